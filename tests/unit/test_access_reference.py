"""The committed reference page is what the tables say."""

from __future__ import annotations

from pathlib import Path

from qundao.access.permissions import Act
from qundao.access.reference import page
from qundao.access.states import State

FILE = Path(__file__).parents[2] / "docs" / "reference" / "access.md"


def test_the_committed_page_equals_the_generated_one():
    assert FILE.read_text("utf-8") == page(), "run: python -m qundao.access.reference > " + str(
        FILE.relative_to(FILE.parents[2])
    )


def test_the_page_speaks_both_languages_and_misses_nothing():
    text = page()
    for state in State:
        assert text.count(f"| `{state.value}` |") == 2
    for act in Act:
        assert text.count(f"(`{act.value}`)") == 2
    assert text.count("stateDiagram-v2") == 2
