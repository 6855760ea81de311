"""What the readers of a mapping's sections have in common: they gather defects with their lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TypeVar

from qundao.intake.codes import BAD_MAPPING
from qundao.intake.mapping.expression import LARGEST_WHOLE
from qundao.kernel.errors import Problem, problem
from qundao.kernel.strict_yaml import Value
from qundao.models import Table

_T = TypeVar("_T")
_YES = ("yes", "no")
_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,18})")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,18})\.[0-9]{1,18}")


@dataclass
class Sections:
    """Reads a section's values and notes what is wrong with them."""

    file: str
    problems: list[Problem] = field(default_factory=list)

    def _named(
        self, parts: Map[str, Value], name: str, read: Callable[[str, Value], _T]
    ) -> dict[str, _T]:
        held = self._parts(parts[name], ()) if name in parts else {}
        folded = [fold(key) for key in held]
        for key, value in held.items():
            if not key.isidentifier() or folded.count(fold(key)) > 1:
                self._note(value, "name_1 (letters, digits, _)", key)
        return {key: read(key, value) for key, value in held.items()}

    def _parts(self, value: Value, known: Sequence[str]) -> dict[str, Value]:
        """Return a section's entries; of those `known` only, where some are."""
        if not isinstance(value.held, dict):
            self._note(value, ", ".join(known) or "name: value", value.text or "[…]")
            return {}
        for name, held in value.held.items():
            if known and name not in known:
                self._note(held, ", ".join(known), name)
        return dict(value.held)

    def _listed(self, value: Value | None) -> list[Value]:
        """Return a list's entries; what stands alone is a list of one."""
        if value is None or value.held == "":
            return []
        return value.held if isinstance(value.held, list) else [value]

    def _text(self, parts: Map[str, Value], name: str, needed_in: Value | None = None) -> str:
        text = (parts[name].text if name in parts else "") or ""
        if needed_in is not None and not text:
            self._note(needed_in, f"{name}: …", "")
        return text

    def _is_so(self, parts: Map[str, Value], name: str) -> bool:
        text = self._text(parts, name) or "no"
        if text not in _YES:
            self._note(parts[name], f"{name}: yes | no", text)
        return text == "yes"

    def _whole(self, value: Value, wanted: str = "version: 1, 2, 3 …") -> int:
        text = value.text or ""
        if not text.isdecimal():
            self._note(value, wanted, text)
            return 0
        return int(text)

    def _known(self, value: Value, name: str, known: Collection[str], what: str) -> bool:
        """Tell whether a name is known; note those that are near where it is not."""
        if name in known:
            return True
        near = get_close_matches(name, known, 3) or list(known)[:8]
        self._note(value, f"{what}: {', '.join(near)}", name)
        return False

    def _known_field(self, table: Table, name: str, value: Value) -> bool:
        return name in table or self._known(value, name, table.names, table.name)

    def _note(self, value: Value, wanted: str, received: str) -> None:
        where = f"{self.file}:{value.line}"
        self.problems.append(problem(BAD_MAPPING, received, where, zh=wanted, en=wanted))


def fold(name: str) -> str:
    """Return what a database knows a name by: it does not tell A from a."""
    return "".join(c.lower() if c.isascii() else c for c in name)


def plain(text: str) -> int | float | str:
    """Return a whole number of 64 bits or a decimal where the text writes one."""
    if _WHOLE.fullmatch(text) and abs(int(text)) <= LARGEST_WHOLE:
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text
