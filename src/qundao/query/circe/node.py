"""A place in a JSON document: reads plain values there, and notes what is wrong with its path.

Names are compared without case and underscores (`CONCEPT_ID` is `conceptId`); null is absent.
What cannot be read becomes a harmless value and a note: whoever started the reading refuses the
whole when there are notes, so that all of them are told at once.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from qundao.kernel.errors import Problem, QundaoError, problem
from qundao.query.codes import LONGEST_PATH, MALFORMED, printable

Notes = list[Problem]
MOST_NOTES = 500
"""The most defects that are told of one document."""
T = TypeVar("T")


class Node:
    """A JSON value, its path, and the notes of the document."""

    __slots__ = ("notes", "path", "value")

    def __init__(self, value: Any, path: str, notes: Notes) -> None:
        self.value = value
        self.path = path
        self.notes = notes

    def __bool__(self) -> bool:
        """Tell whether there is a value."""
        return self.value is not None

    def bad(self, zh: str, en: str) -> None:
        """Note that something else is required here."""
        if len(self.notes) < MOST_NOTES:
            received = shown(self.value) if self else ""
            required = {"required_zh": zh, "required_en": en}
            self.notes.append(problem(MALFORMED, received, self.place, **required))

    @property
    def place(self) -> str:
        """Return the path as it can be told."""
        return printable(self.path[:LONGEST_PATH])

    def __getitem__(self, name: str) -> Node:
        """Return the place under a name of this object."""
        value, spelled = None, name
        if isinstance(self.value, Mapping):
            wanted = plain(name)
            for key, held in self.value.items():
                if plain(key) == wanted and held is not None:
                    value, spelled = held, key
        return Node(value, f"{self.path}.{spelled}", self.notes)

    def object(self, names: frozenset[str] | None = None) -> bool:
        """Tell whether this is an object; note it if not, and each name that is not of `names`."""
        if not isinstance(self.value, Mapping):
            self.bad("对象", "an object")
            return False
        for key in self.value if names is not None else ():
            if names is not None and plain(str(key)) not in names:
                Node(self.value[key], f"{self.path}.{key}", self.notes).bad(
                    "Circe 在此处有的字段", "a field that Circe has here"
                )
        return True

    def items(self, *, required: bool = False) -> Iterator[Node]:
        """Yield the places of a list; none if it is absent."""
        if not self and not required:
            return
        if not isinstance(self.value, list):
            self.bad("列表", "a list")
            return
        for i, value in enumerate(self.value):
            yield Node(value, f"{self.path}[{i}]", self.notes)

    def only(self) -> Node:
        """Return the one place of an object that wraps a value in its kind."""
        if isinstance(self.value, Mapping):
            held = [(k, v) for k, v in self.value.items() if v is not None]
            if len(held) == 1:
                return Node(held[0][1], f"{self.path}.{str(held[0][0])[:80]}", self.notes)
        self.bad("恰有一个字段的对象", "an object with exactly one field")
        return Node(None, self.path, self.notes)

    @property
    def name(self) -> str:
        """Return the last name of the path."""
        return self.path.rpartition(".")[2]

    def whole(self, default: int | None = None, lowest: int = -(2**31), most: int = 2**31) -> int:
        """Return a whole number; also written as text or with a zero fraction."""
        if not self and default is not None:
            return default
        number = _number(self.value)
        if number is None or not number.is_integer() or not lowest <= number <= most:
            low, high = (f"{lowest}", f"{most}")
            self.bad(f"整数，{low} 至 {high}", f"a whole number, {low} to {high}")
            return max(lowest, 0)
        return int(number)

    def number(self) -> float:
        """Return a finite number."""
        number = _number(self.value)
        if number is None:
            self.bad("有限的数", "a finite number")
            return 0.0
        return number

    def flag(self, *, default: bool = False) -> bool:
        """Return true or false."""
        if not self:
            return default
        if isinstance(self.value, bool):
            return self.value
        if str(self.value).lower() in ("true", "false"):
            return str(self.value).lower() == "true"
        self.bad("true 或 false", "true or false")
        return default

    def text(self, default: str | None = None) -> str:
        """Return a text."""
        if not self and default is not None:
            return default
        if not isinstance(self.value, str):
            self.bad("文本", "a text")
            return ""
        return self.value

    def choice(self, choices: Mapping[str, T], default: T | None = None) -> T:
        """Return what a word stands for, compared without case."""
        if not self and default is not None:
            return default
        if isinstance(self.value, str | int) and str(self.value).lower() in choices:
            return choices[str(self.value).lower()]
        self.bad("、".join(choices), " | ".join(choices))
        return next(iter(choices.values()))

    def made(self, make: Callable[[], T], fallback: T) -> T:
        """Return what `make` builds of this place; note what it refuses."""
        before = len(self.notes)
        try:
            built = make()
        except QundaoError as error:
            places = [f"{self.place} ({p.where})" for p in error.problems]
            self.notes += [replace(p, where=w) for p, w in zip(error.problems, places, strict=True)]
            return fallback
        return built if len(self.notes) == before else fallback


def plain(name: str) -> str:
    """Return a field's name as it is compared."""
    return name.replace("_", "").lower()


def names(*listed: str) -> frozenset[str]:
    """Return field names as they are compared."""
    return frozenset(plain(n) for n in listed)


def shown(value: Any) -> str:
    """Return a value for a message, cut to a readable length."""
    if isinstance(value, Mapping):
        return printable("{" + ", ".join(str(k)[:30] for k in list(value)[:5]) + "}")
    if isinstance(value, list):
        return f"[{len(value)}]"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return printable(text if len(text) <= 80 else text[:77] + "…")


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
