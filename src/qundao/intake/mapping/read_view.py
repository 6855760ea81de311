"""Reads a source that is a view of a database: its address, its keys. No password stands in it."""

from __future__ import annotations

from collections.abc import Mapping as Map
from zoneinfo import available_timezones

from qundao.intake.mapping.document import SourceRule, ViewRule
from qundao.intake.mapping.sections import Sections
from qundao.intake.readers.addresses import (
    holds_password,
    is_address,
    is_variable,
    without_secrets,
)
from qundao.kernel.strict_yaml import Value

_PARTS = ("database", "view", "keys", "unordered", "zone", "newer")


class ViewReader(Sections):
    """Reads such a source and notes what is wrong with it."""

    def read(self, name: str, value: Value) -> SourceRule:
        """Return the source, which names a view."""
        parts = self._parts(value, _PARTS)
        keys = tuple(v.text or "" for v in self._listed(parts.get("keys")))
        unordered = self._is_so(parts, "unordered")
        if not all(keys) or not (keys or unordered):
            self._note(parts.get("keys", value), "keys: [column, …] | unordered: yes", "")
        database = self._database(parts, value)
        view = self._text(parts, "view", value)
        rule = ViewRule(database, view, keys, unordered, self._zone(parts))
        return SourceRule(name, (), newer=self._text(parts, "newer"), view=rule)

    def _database(self, parts: Map[str, Value], value: Value) -> str:
        told = self._text(parts, "database", value)
        if not told or is_variable(told):
            return told
        held = parts["database"]
        if not is_address(told):
            self._note(held, "database: $NAME | postgresql://user@host/database", "")
        elif holds_password(told):
            wanted = "database: $NAME (no password in a mapping)"
            self._note(held, wanted, without_secrets(told))
        return told

    def _zone(self, parts: Map[str, Value]) -> str:
        zone = self._text(parts, "zone")
        if zone and zone not in available_timezones():
            self._note(parts["zone"], "zone: Asia/Shanghai", zone)
        return zone
