"""Reading planned analyses from JSON: every defect with its path, what is required, received.

A `Reader` stands at one place of the document and collects problems; what cannot be read comes
back as a harmless stand-in, so that one pass finds all defects. `finish` raises them together.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from qundao.analysis.codes import BAD_SPEC
from qundao.kernel.errors import Problem, QundaoError, problem, raise_if
from qundao.kernel.words import Words

T = TypeVar("T")

LONGEST_LIST = 10_000
_MISSING = object()


class Reader:
    """One place in a JSON document."""

    def __init__(
        self, value: Any, path: str = "$", code: str = BAD_SPEC, found: list[Problem] | None = None
    ) -> None:
        self.value = value
        self.path = path
        self.code = code
        self.found = [] if found is None else found

    def refuse(self, required: str) -> None:
        """Note that this place holds something else than required."""
        received = "nothing" if self.value is _MISSING else json.dumps(self.value, default=str)
        self.found.append(problem(self.code, received[:120], self.path, required=required))

    def finish(self) -> None:
        """Raise every problem found so far, if there are any."""
        raise_if(self.found)

    def at(self, key: str) -> Reader:
        """Return the reader of one member; a missing member reads as nothing."""
        held = self.value.get(key, _MISSING) if isinstance(self.value, dict) else _MISSING
        return Reader(held, f"{self.path}.{key}", self.code, self.found)

    def has(self, key: str) -> bool:
        """Tell whether this place is an object with that member."""
        return isinstance(self.value, dict) and key in self.value

    def only(self, *keys: str) -> None:
        """Refuse members that nobody asked for, so that nothing unnoticed is agreed to."""
        if not isinstance(self.value, dict):
            self.refuse("an object")
            return
        for key in sorted(set(self.value) - set(keys)):
            self.at(key).refuse(f"one of {', '.join(keys)}")

    def items(self) -> Iterator[Reader]:
        """Yield the readers of a list's items."""
        if not isinstance(self.value, list) or len(self.value) > LONGEST_LIST:
            self.refuse(f"a list of at most {LONGEST_LIST} items")
            return
        for i, item in enumerate(self.value):
            yield Reader(item, f"{self.path}[{i}]", self.code, self.found)

    def text(self) -> str:
        """Return this place as non-empty text."""
        if not isinstance(self.value, str) or not self.value:
            self.refuse("a text that is not empty")
            return "?"
        return self.value

    def integer(self, low: int, high: int) -> int:
        """Return this place as an integer within bounds."""
        value = self.value
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            self.refuse(f"an integer from {low} to {high}")
            return low
        return value

    def integers(self, low: int, high: int) -> tuple[int, ...]:
        """Return this place as a list of integers within bounds."""
        return tuple(item.integer(low, high) for item in self.items())

    def words(self) -> Words:
        """Return this place as text in both languages: `{"zh": …, "en": …}`."""
        self.only("zh", "en")
        return Words(self.at("zh").text(), self.at("en").text())

    def listed(self, read: Callable[[Reader], T]) -> tuple[T, ...]:
        """Return this place as a list of values that `read` makes."""
        made = (item.attempt(read) for item in self.items())
        return tuple(m for m in made if m is not None)

    def attempt(self, read: Callable[[Reader], T]) -> T | None:
        """Return what `read` makes of this place, or None with its problems noted.

        A value whose parts could not be read is not made; a constructor that refuses sound
        parts adds its own problems at this path.
        """
        before = len(self.found)
        try:
            made = read(self)
        except QundaoError as error:
            if len(self.found) == before:
                self.found.extend(
                    p if p.where.startswith("$") else _under(p, self.path) for p in error.problems
                )
            return None
        return made if len(self.found) == before else None


def _under(found: Problem, path: str) -> Problem:
    where = f"{path}.{found.where}" if found.where else path
    return Problem(found.code, found.received, where, found.facts)


def words_json(words: Words) -> dict[str, str]:
    """Return text in both languages as JSON."""
    return {"zh": words.zh, "en": words.en}
