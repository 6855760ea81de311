"""Makes the profile of `catalogue.profile`: shares and bands, never values of small groups.

`facts` are distinct (person, concept, date) of a domain; a domain with fewer persons than the
threshold is not listed. `period` spans the five-year bands in which enough persons were seen.
Every number is counted here and checked once more by `catalogue.profile` before it is sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from qundao.catalogue.bands import band
from qundao.catalogue.profile import LONGEST_VALUE, Profile, threshold_problems
from qundao.kernel.errors import raise_if
from qundao.models import ModelVersion
from qundao.node.licences import names_told
from qundao.node.profile_facts import DOMAINS, PERSONS, SUBJECT
from qundao.query.engine import Engine, Progress

SCHEMA = "qundao.profile/1"
MOST_VALUES = 20
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_KEYS = ("_id", "id", "_source_value", "seq")


@dataclass(frozen=True, slots=True)
class Profiler:
    """Profiles one source. `least` is the smallest number of persons that is told of."""

    engine: Engine
    model: ModelVersion
    least: int

    def run(self, progress: Progress | None = None) -> dict[str, Any]:
        """Return the profile. Raises `engines.*`."""
        persons = self._persons()
        tables = []
        for done, table in enumerate(self._tables()):
            if progress:
                progress(done, len(self._tables()), table)
            tables.append(self._table(table))
        profile = {
            "schema": SCHEMA,
            "model": str(self.model),
            "persons": persons if persons >= self.least else None,
            "persons_band": self._band(persons),
            "period": self._period(),
            "domains": list(self._domains()) if persons >= self.least else [],
            "tables": tables,
        }
        raise_if(threshold_problems(Profile.from_json(profile), self.least))
        return profile

    def _band(self, count: int) -> str:
        return band(count, self.least).text

    @property
    def subject(self) -> str:
        """Return the column that names the person."""
        return SUBJECT[self.model.standard]

    def _tables(self) -> list[str]:
        """Return the tables about persons, of those that the source has."""
        return sorted(
            t for t in self.engine.schema if _NAME.fullmatch(t) and self.subject in self._columns(t)
        )

    def _columns(self, table: str) -> list[str]:
        """Return a table's columns; one whose name is no plain word is not told of."""
        return [c.name for c in self.engine.schema.get(table, ()) if _NAME.fullmatch(c.name)]

    def _persons(self) -> int:
        table = next((t for t in PERSONS[self.model.standard] if t in self.engine.schema), None)
        return (
            self._number(exp.select(_distinct(self.subject)).from_(_table(table))) if table else 0
        )

    def _table(self, table: str) -> dict[str, Any]:
        columns = self._columns(table)
        counts = [exp.Count(this=exp.Star())]
        for name in columns:
            counts += [exp.Count(this=_column(name)), _distinct(name)]
        aliased = [exp.alias_(c, f"n{i}", quoted=True) for i, c in enumerate(counts)]
        rows, *pairs = self._row(exp.select(*aliased).from_(_table(table)))
        variables = [
            self._variable(table, name, rows, pairs[2 * i], pairs[2 * i + 1])
            for i, name in enumerate(columns)
        ]
        return {"table": table, "rows": self._band(rows), "variables": variables}

    def _variable(
        self, table: str, name: str, rows: int, filled: int, distinct: int
    ) -> dict[str, Any]:
        kind = self._kind(table, name, filled, distinct)
        told: dict[str, Any] = {
            "name": name,
            "kind": kind,
            "filled_pct": round(100 * filled / rows) if rows >= self.least else 0,
            "distinct": self._band(distinct),
        }
        if kind == "code" and rows >= self.least:
            told["values"] = list(self._values(table, name))
        return told

    def _kind(self, table: str, name: str, filled: int, distinct: int) -> str:
        """Tell what a variable is; only of codes the common values are told."""
        type_ = next(c.type for c in self.engine.schema[table] if c.name == name).upper()
        if name.endswith("_concept_id"):
            return "code"
        if name == self.subject or name.endswith(_KEYS):
            return "key"
        if type_.startswith(("DATE", "TIME")) or name.endswith("dtc"):
            return "date"
        if not type_.startswith("VARCHAR"):
            return "number"
        return "code" if 0 < distinct < max(filled, 2) else "text"

    def _values(self, table: str, name: str) -> Iterator[dict[str, Any]]:
        """Yield the most common values that enough persons share."""
        persons = _distinct(self.subject)
        query = (
            exp.select(exp.alias_(_column(name), "v"), exp.alias_(persons, "n"))
            .from_(_table(table))
            .where(exp.Not(this=exp.Is(this=_column(name), expression=exp.Null())))
            .group_by(_column(name))
            .having(exp.GTE(this=persons.copy(), expression=exp.Literal.number(self.least)))
            .order_by(exp.Ordered(this=exp.column("n"), desc=True), exp.column("v"))
            .limit(MOST_VALUES)
        )
        rows = self.engine.records(query)
        labels = self._labels(name, [r["v"] for r in rows])
        for value, row in {str(r["v"])[:LONGEST_VALUE]: r for r in rows}.items():
            told = {"value": value, "persons": self._band(row["n"])}
            label = labels.get(row["v"])
            yield told | ({"label": label} if label else {})

    def _labels(self, name: str, values: list[Any]) -> dict[Any, str]:
        """Return the concepts' names, where the source has a vocabulary that may be told of."""
        if not name.endswith("_concept_id") or "concept" not in self.engine.schema or not values:
            return {}
        wanted = _column("concept_id").isin(*values)
        columns = ("concept_id", "concept_name", "vocabulary_id")
        query = exp.select(*columns).from_(_table("concept")).where(wanted)
        permitted = names_told()
        return {
            r["concept_id"]: str(r["concept_name"])[:LONGEST_VALUE]
            for r in self.engine.records(query)
            if r["vocabulary_id"] in permitted
        }

    def _domains(self) -> Iterator[dict[str, Any]]:
        for domain in DOMAINS[self.model.standard]:
            columns = self._columns(domain.table)
            key = [c for c in (self.subject, *domain.key) if c in columns]
            if self.subject not in key or len(key) < 1 + bool(domain.key):
                continue
            inner = exp.select(*(_column(c) for c in key)).distinct().from_(_table(domain.table))
            counts = (
                exp.alias_(exp.Count(this=exp.Star()), "f"),
                exp.alias_(_distinct(self.subject), "p"),
            )
            facts, persons = self._row(exp.select(*counts).from_(inner.subquery("facts")))
            if persons >= self.least:
                yield {"domain": domain.name, "facts": facts}

    def _period(self) -> dict[str, int] | None:
        """Return the first and last year of the five-year bands with enough persons."""
        if self.model.standard != "omop" or "observation_period" not in self.engine.schema:
            return None
        return self._span("observation_period_start_date", "observation_period_end_date")

    def _span(self, start: str, end: str) -> dict[str, int] | None:
        seen = [(low, self._seen(start, end, low, low + 4)) for low in range(1900, 2100, 5)]
        bands = [low for low, persons in seen if persons >= self.least]
        return {"from": bands[0], "to": bands[-1] + 4} if bands else None

    def _seen(self, start: str, end: str, low: int, high: int) -> int:
        year_of = [exp.Extract(this=exp.var("year"), expression=_column(c)) for c in (start, end)]
        inside = exp.and_(
            exp.LTE(this=year_of[0], expression=exp.Literal.number(high)),
            exp.GTE(this=year_of[1], expression=exp.Literal.number(low)),
        )
        table = _table("observation_period")
        return self._number(exp.select(_distinct(self.subject)).from_(table).where(inside))

    def _number(self, query: exp.Select) -> int:
        return self._row(query)[0]

    def _row(self, query: exp.Select) -> list[int]:
        answer = self.engine.query(query)
        return [int(c[0].as_py() or 0) for c in answer.columns]


def _column(name: str) -> exp.Column:
    return exp.column(name, quoted=True)


def _table(name: str) -> exp.Table:
    return exp.table_(name, quoted=True)


def _distinct(name: str) -> exp.Count:
    return exp.Count(this=exp.Distinct(expressions=[_column(name)]))
