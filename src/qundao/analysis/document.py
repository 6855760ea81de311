"""The pieces of a released result: JSON from which table and plot are drawn without anything else.

A table's cell is a number, a text in both languages (`{"zh", "en"}`), a composed text with its
numbers (`{"text": "355 (19.3%)", "n": 355, "percent": 19.3}`), or a withheld one
(`{"withheld": "<10", "reason": {"zh", "en"}}`). Everything here comes from released cells alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from qundao.analysis.cells import Layout
from qundao.analysis.groups import Arm
from qundao.analysis.reading import words_json
from qundao.disclosure import decisions as d
from qundao.disclosure.gate import Gated
from qundao.disclosure.thresholds import Floors
from qundao.kernel.words import Words

SCHEMA = "qundao.result/1"

Format = Literal["text", "integer", "decimal1", "decimal2", "decimal3", "percent", "p", "days"]
ResultCell = int | float | str | Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Column:
    """A table's column: its id, heading and how its numbers are written."""

    id: str
    label: Words
    format: Format = "integer"


@dataclass(frozen=True, slots=True)
class Report:
    """What a statistic makes of its released cells."""

    tables: tuple[Mapping[str, Any], ...]
    words: tuple[Words, ...]
    figure: Mapping[str, Any] | None = None
    notes: tuple[Words, ...] = ()


@dataclass(frozen=True, slots=True)
class Released:
    """The released cells by their place in the layout, and why others are not there.

    `unrounded`: the same before rounding, for means and spreads only, which would be wrong over
    a rounded number of people.
    """

    layout: Layout
    gated: Gated
    floors: Floors
    unrounded: Gated

    def place(self, group: str, *key: str, kind: str = "persons") -> int:
        """Return a cell's position. Raises ValueError when the layout has no such cell."""
        return self.layout.names.index("/".join((group, *key, kind)))

    def value(self, group: str, *key: str, kind: str = "persons") -> int | None:
        """Return a released number, or None."""
        return self.gated.values[self.place(group, *key, kind=kind)]

    def unrounded_value(self, group: str, *key: str, kind: str = "persons") -> int | None:
        """Return a released number before rounding, or None."""
        return self.unrounded.values[self.place(group, *key, kind=kind)]

    def cell(self, group: str, *key: str, kind: str = "persons") -> ResultCell:
        """Return a table cell: the number, or the mark with the reason."""
        place = self.place(group, *key, kind=kind)
        value = self.gated.values[place]
        return value if value is not None else self.mark(self.gated.rules[place])

    def mark(self, rule: str | None) -> Mapping[str, Any]:
        """Return the mark that a rule leaves on a withheld cell."""
        small = rule in {d.SMALL_CELL, d.SMALL_TOTAL}
        return withheld(f"<{self.floors.min_cell}" if small else "*", self.reason(rule))

    def reason(self, rule: str | None) -> Words:
        """Return the rule's words."""
        facts = {"min_cell": self.floors.min_cell, "event_floor": self.floors.event_floor}
        return d.RULES[rule or d.FOLLOWS].format(**facts)


def withheld(mark: str, reason: Words) -> Mapping[str, Any]:
    """Return a table cell for a number that is not shown."""
    return {"withheld": mark, "reason": words_json(reason)}


def composed(text: str, **numbers: float) -> Mapping[str, Any]:
    """Return a table cell with a composed text and the numbers in it."""
    return {"text": text, **numbers}


def table(
    name: str, title: Words, columns: Sequence[Column], rows: Iterable[Sequence[ResultCell]]
) -> Mapping[str, Any]:
    """Return a table as JSON."""
    return {
        "id": name,
        "title": words_json(title),
        "columns": [
            {"id": c.id, "label": words_json(c.label), "format": c.format} for c in columns
        ],
        "rows": [list(r) for r in rows],
    }


def document(
    method: str, arms: Sequence[Arm], nodes: int, released: Released, report: Report
) -> dict[str, Any]:
    """Return the whole result as JSON."""
    gate = released.gated.decisions
    return {
        "schema": SCHEMA,
        "method": method,
        "groups": [a.to_json() for a in arms],
        "nodes": nodes,
        "floors": released.floors.to_json(),
        "words": [words_json(w) for w in report.words],
        "tables": [dict(t) for t in report.tables],
        "figure": None if report.figure is None else dict(report.figure),
        "withheld": [_withheld(x) for x in gate if x.action in {"withheld", "merged"}],
        "notes": [words_json(w) for w in report.notes],
        "gate": [x.to_json() for x in gate],
    }


def _withheld(found: d.Decision) -> Mapping[str, Any]:
    return {
        "rule": found.rule,
        "action": found.action,
        "cells": list(found.cells),
        "reason": words_json(found.words),
    }


def rounded(value: float, digits: int = 6) -> float:
    """Return a number for JSON, short enough to be the same on every machine."""
    return round(float(value), digits)
