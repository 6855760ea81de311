"""Reads one entry of a site's file: its fields as text, with every defect by line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from qundao.kernel.errors import Problem, QundaoError, problem
from qundao.kernel.strict_yaml import Value
from qundao.kernel.words import Words
from qundao.quality.codes import BAD_SITE_ENTRY

_MAPPING = Words("“字段: 值”的一组", "a mapping of fields to values")
_TEXT = Words("文字", "text")


@dataclass
class Entry:
    """One entry and what is wrong with it. `where` is the section and the entry's number."""

    file: str
    where: str
    value: Value
    problems: list[Problem] = field(default_factory=list)

    @property
    def fields(self) -> Mapping[str, Value]:
        """Return the fields; none where the entry is no mapping."""
        return self.value.held if isinstance(self.value.held, dict) else {}

    def check_fields(self, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> None:
        """Note fields that are missing or unknown, and an entry that is no mapping."""
        if not isinstance(self.value.held, dict):
            self.note("", str(self.value.held)[:80], _MAPPING)
            return
        known = (*required, *optional)
        for name in self.fields:
            if name not in known:
                listed = ", ".join(known)
                self.note(name, name, Words(f"字段之一：{listed}", f"one of {listed}"))
        for name in required:
            if name not in self.fields:
                self.note(name, "", Words(f"字段 {name}", f"the field {name}"))

    def text(self, name: str) -> str:
        """Return a field's text; empty where it is absent or no text."""
        value = self.fields.get(name)
        if value is None:
            return ""
        if value.text is None:
            self.note(name, type(value.held).__name__, _TEXT)
            return ""
        return value.text

    def percent(self, name: str, default: float = 0.0) -> float:
        """Return a field as a percentage, 0 to 100."""
        text = self.text(name)
        if not text:
            return default
        try:
            number = float(text)
        except ValueError:
            number = -1.0
        if not 0 <= number <= 100:
            self.note(name, text, Words("0 至 100 的百分数", "a percentage from 0 to 100"))
            return default
        return number

    def note(self, name: str, received: str, required: Words) -> None:
        """Note a defect of a field, at its line."""
        words = {"zh": required.zh, "en": required.en}
        self.problems.append(problem(BAD_SITE_ENTRY, received, self.place(name), **words))

    def keep(self, error: QundaoError, name: str = "") -> None:
        """Note what a value's own constructor refused, at the line of the field it names."""
        for found in error.problems:
            field_ = name or found.where
            self.problems.append(replace(found, where=self.place(field_)))

    def place(self, name: str) -> str:
        """Return `file:line section[n].field`."""
        held = self.fields.get(name)
        line = held.line if held is not None else self.value.line
        return f"{self.file}:{line} {self.where}" + (f".{name}" if name else "")
