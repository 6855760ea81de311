"""What two versions differ in: aligned while they are short, listed when they are long."""

from __future__ import annotations

import difflib

import pytest

from qundao.hub.cohorts.queries import MOST_ALIGNED, changed_lines


def told(old: list[str], new: list[str]) -> list[tuple[str, str]]:
    return [(line.change, line.text) for line in changed_lines(old, new)]


def test_short_texts_are_aligned() -> None:
    assert told(["a", "b"], ["a", "c"]) == [("", "a"), ("del", "b"), ("ins", "c")]


def test_long_texts_are_not_aligned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(difflib, "Differ")  # whose time grows with the cube of the lines
    same = [f"line {i}" for i in range(MOST_ALIGNED)]
    assert told([*same, "old", "old"], ["new", *same, "old"]) == [("del", "old"), ("ins", "new")]
    wide = "x" * 5_000
    assert told([wide], [f"{wide}y"]) == [("del", wide), ("ins", f"{wide}y")]
