"""Reads `examples`: rows of the sources as literals, and the rows of the targets they become."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from collections.abc import Mapping as Map
from datetime import date, datetime
from types import MappingProxyType

from qundao.intake.mapping.columns import columns_named
from qundao.intake.mapping.document import Mapping
from qundao.intake.mapping.examples import Example, ExpectedReject, ExpectedRow, Label
from qundao.intake.mapping.examples import Value as Cell
from qundao.intake.mapping.sections import Sections, plain
from qundao.kernel.strict_yaml import Value
from qundao.models import Field, Kind

_EXAMPLE = ("name", "given", "codes", "expect", "rejected")
_REJECTED = ("table", "reason", "field", "rows")
_MOST_ROWS = 100
"""Expected of a table: more is a test of a load, and not an example."""
_LABEL = re.compile(r"^=(\w.*)$")
_READ: Map[Kind, Callable[[str], Cell]] = MappingProxyType(
    {
        Kind.INTEGER: int,
        Kind.NUMBER: float,
        Kind.TEXT: str,
        Kind.DATE: date.fromisoformat,
        Kind.DATETIME: datetime.fromisoformat,
    }
)
_WRITTEN = MappingProxyType(
    {
        Kind.INTEGER: "1960",
        Kind.NUMBER: "5.5",
        Kind.DATE: "2023-03-05",
        Kind.DATETIME: "2023-03-05 08:30:00",
    }
)


class ExamplesReader(Sections):
    """Reads examples against the mapping they are of, and notes what is wrong with them."""

    def read(self, value: Value | None, mapping: Mapping) -> tuple[Example, ...]:
        """Return the examples of a section."""
        self._mapping = mapping
        found = tuple(self._example(v) for v in self._listed(value))
        seen = set[str]()
        for example, held in zip(found, self._listed(value), strict=True):
            if example.name in seen:
                self._note(held, "name: …", example.name)
            seen.add(example.name)
        return found

    def _example(self, value: Value) -> Example:
        parts = self._parts(value, _EXAMPLE)
        if "expect" not in parts and "rejected" not in parts:
            self._note(value, "expect: … | rejected: …", "")
        return Example(
            self._text(parts, "name", value),
            value.line,
            dict(self._given(parts.get("given", value))) if "given" in parts else {},
            dict(self._expected(parts["expect"])) if "expect" in parts else {},
            tuple(self._rejected(v) for v in self._listed(parts.get("rejected"))),
            dict(self._codes(parts["codes"])) if "codes" in parts else {},
        )

    def _given(self, value: Value) -> Iterator[tuple[str, tuple[dict[str, str], ...]]]:
        for source, rows in self._parts(value, ()).items():
            if self._known(rows, source, self._mapping.sources, "sources"):
                yield source, tuple(self._given_row(source, v) for v in self._listed(rows))

    def _given_row(self, source: str, value: Value) -> dict[str, str]:
        """Return a row as it is written; a column that no rule speaks of is a slip."""
        known = columns_named(self._mapping, source)
        same = any(r.same for r in self._mapping.tables if r.source == source)
        parts = self._parts(value, ())
        for name, held in parts.items():
            if not same:
                self._known(held, name, known, source)
            if not isinstance(held.held, str):
                self._note(held, f"{name}: …", "[…]")
        return {name: held.text or "" for name, held in parts.items()}

    def _expected(self, value: Value) -> Iterator[tuple[str, tuple[ExpectedRow, ...]]]:
        model = self._mapping.model
        for name, rows in self._parts(value, ()).items():
            if self._known(rows, name.lower(), model.names, model.standard):
                if len(self._listed(rows)) > _MOST_ROWS:
                    self._note(rows, f"<= {_MOST_ROWS}", str(len(self._listed(rows))))
                yield name.lower(), tuple(self._expected_row(name, v) for v in self._listed(rows))

    def _expected_row(self, table: str, value: Value) -> ExpectedRow:
        declared = self._mapping.model[table]
        parts = self._parts(value, ())
        fields = {
            name.lower(): self._cell(declared[name], held)
            for name, held in parts.items()
            if self._known_field(declared, name, held)
        }
        return ExpectedRow(fields, value.line)

    def _cell(self, field: Field, value: Value) -> Cell | Label:
        """Return what a field is expected to hold: `=x` is a label, nothing is empty."""
        text = value.text or ""
        if label := _LABEL.match(text):
            return Label(label[1])
        if not text:
            return None
        try:
            return _READ[field.kind](text)
        except ValueError:
            self._note(value, f"{field.name}: {_WRITTEN[field.kind]} | =label", text)
            return None

    def _rejected(self, value: Value) -> ExpectedReject:
        parts = self._parts(value, _REJECTED)
        table, model = self._text(parts, "table", value), self._mapping.model
        name = self._text(parts, "field")
        if (
            table
            and self._known(parts["table"], table.lower(), model.names, model.standard)
            and name
        ):
            self._known_field(model[table], name, parts["field"])
        rows = self._whole(parts["rows"], "rows: 1, 2, 3 …") if "rows" in parts else 1
        reason = self._text(parts, "reason", value)
        return ExpectedReject(table.lower(), reason, name.lower(), rows, value.line)

    def _codes(self, value: Value) -> Iterator[tuple[str, dict[str, int | float | str]]]:
        for name, held in self._parts(value, ()).items():
            if self._known(held, name, self._mapping.codes, "codes"):
                listed = self._parts(held, ())
                yield name, {code: plain(v.text or "") for code, v in listed.items()}
