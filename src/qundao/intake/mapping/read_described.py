"""Reads `describe`: the tables of a target of the mapping's own."""

from __future__ import annotations

import re
from collections.abc import Mapping as Map

from qundao.intake.mapping.sections import Sections
from qundao.kernel.strict_yaml import Value
from qundao.kernel.words import Words
from qundao.models import OWN, Field, Foreign, Kind, Model, Table, misfits

_NAME = re.compile(r"^[a-z][a-z0-9_]{0,62}$")
_KINDS = tuple(kind.value for kind in Kind)
_TAKEN = ("rowid",)
"""Names that the work database has for columns of its own."""
_TABLE = ("label", "fields")
_FIELD = ("kind", "label", "length", "required", "key", "to")


class DescribedReader(Sections):
    """Reads the tables and notes what is wrong with them."""

    def read(self, value: Value, version: str) -> Model:
        """Return the model that a section describes."""
        held = self._parts(value, ())
        model = Model(OWN, version, tuple(self._table(n, v) for n, v in held.items()))
        for table, field, to in misfits(model):
            self._note(held[table], "to: table.key", f"{table}.{field} → {to}")
        return model

    def _table(self, name: str, value: Value) -> Table:
        self._checked(name, value)
        parts = self._parts(value, _TABLE)
        fields = self._parts(parts.get("fields", value), ())
        own = tuple(self._field(n, v) for n, v in fields.items())
        if not any(f.key for f in own):
            self._note(value, "key: yes", name)
        return Table(name, OWN, own, words=self._label(parts))

    def _field(self, name: str, value: Value) -> Field:
        """Return a field; where its kind is all there is to say, it stands alone."""
        self._checked(name, value)
        short = isinstance(value.held, str)
        parts = {"kind": value} if short else self._parts(value, _FIELD)
        key, required = self._is_so(parts, "key"), self._is_so(parts, "required")
        return Field(
            name,
            self._kind(parts, value),
            self._whole(parts["length"], "length: 1, 2, 3 …") if "length" in parts else None,
            required=key or required,
            key=key,
            foreign=self._reference(parts),
            words=self._label(parts),
        )

    def _kind(self, parts: Map[str, Value], value: Value) -> Kind:
        text = self._text(parts, "kind")
        if text not in _KINDS:
            self._note(parts.get("kind", value), f"kind: {' | '.join(_KINDS)}", text)
            return Kind.TEXT
        return Kind(text)

    def _reference(self, parts: Map[str, Value]) -> Foreign | None:
        table, _, field = self._text(parts, "to").partition(".")
        return Foreign(table, field) if table else None

    def _label(self, parts: Map[str, Value]) -> Words | None:
        """Return what a table or field is called; one text is the name in both languages."""
        if "label" not in parts:
            return None
        value = parts["label"]
        if value.text:
            return Words(value.text, value.text)
        told = self._parts(value, ("zh", "en"))
        zh, en = (self._text(told, k, value) for k in ("zh", "en"))
        return Words(zh, en) if zh and en else None

    def _checked(self, name: str, value: Value) -> None:
        if not _NAME.match(name) or name in _TAKEN:
            self._note(value, "name_1 (a-z, 0-9, _)", name)
