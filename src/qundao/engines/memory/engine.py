"""The oracle as an engine: it is asked definitions, not SQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from qundao.engines.memory.measures import (
    adam_baselines,
    adam_stays,
    adam_times,
    baselines,
    times,
)
from qundao.engines.memory.population import stays_of
from qundao.engines.memory.predicate import persons_of
from qundao.engines.memory.tables import Row, Tables
from qundao.models import Kind, cdisc
from qundao.query.adam import AdamBaseline, AdamPopulation, AdamTimeToEvent
from qundao.query.definition import Definition
from qundao.query.measures import AgeAtIndex, AnyPrior, Baseline, TimeToEvent
from qundao.query.population import Population

_COHORT = ("subject_id", "cohort_start_date", "cohort_end_date")
_FIXED = {
    "arm": pa.string(),
    "time": pa.int32(),
    "event": pa.bool_(),
    "cohort_start_date": pa.date32(),
    "cohort_end_date": pa.date32(),
}


class MemoryEngine:
    """Executes definitions over rows held in memory. Implements `query.Evaluates`."""

    def __init__(self, tables: Mapping[str, Sequence[Row]]) -> None:
        self._tables = Tables(tables)

    @classmethod
    def from_arrow(cls, tables: Mapping[str, pa.Table]) -> MemoryEngine:
        """Return an engine over Arrow tables."""
        return cls({name: table.to_pylist() for name, table in tables.items()})

    def evaluate(self, definition: Definition) -> pa.Table:
        """Return the rows of a definition, types and order as the compiled query gives them."""
        match definition:
            case Population():
                stays = stays_of(self._tables, definition)
                rows = [dict(zip(_COHORT, s, strict=True)) for s in stays]
                return _table(rows, dict.fromkeys(_COHORT, pa.int64()), _COHORT)
            case AdamPopulation():
                rows = list(adam_stays(self._tables, definition))
                return _table(rows, dict.fromkeys(_COHORT, pa.string()), _COHORT)
            case TimeToEvent():
                return _times(times(self._tables, definition), pa.int64())
            case AdamTimeToEvent():
                return _times(adam_times(self._tables, definition), pa.string())
            case Baseline() | AdamBaseline():
                return self._baseline(definition)
            case _:
                return pa.table({"persons": [persons_of(self._tables, definition)]})

    def _baseline(self, measure: Baseline | AdamBaseline) -> pa.Table:
        if isinstance(measure, AdamBaseline):
            rows = list(adam_baselines(self._tables, measure))
            types = {v: _adam_type(self._tables["adsl"], v) for v in measure.variables}
            order = ("arm", "subject_id", *measure.variables)
            return _table(rows, {"arm": pa.string(), "subject_id": pa.string(), **types}, order)
        types = {c.name: _covariate_type(c) for c in measure.covariates}
        rows = list(baselines(self._tables, measure))
        keys = ("arm", "subject_id")
        return _table(rows, {"arm": pa.string(), "subject_id": pa.int64(), **types}, keys)


def _times(rows: Iterable[Row], subject: pa.DataType) -> pa.Table:
    types = {"arm": None, "time": None, "event": None, "subject_id": subject}
    return _table(list(rows), types, ("arm", "subject_id", "time", "event"))


def _table(
    rows: Sequence[Row], types: Mapping[str, pa.DataType | None], order: Sequence[str]
) -> pa.Table:
    """Return rows as an Arrow table, ordered, nulls last."""

    def key(row: Row) -> list[tuple[bool, Any]]:
        return [(row[n] is None, row[n]) for n in order]

    fields = [pa.field(n, _FIXED.get(n, t)) for n, t in types.items()]
    return pa.Table.from_pylist(sorted(rows, key=key), schema=pa.schema(fields))


def _covariate_type(covariate: object) -> pa.DataType:
    if isinstance(covariate, AgeAtIndex):
        return pa.int32()
    return pa.bool_() if isinstance(covariate, AnyPrior) else pa.string()


def _adam_type(rows: Sequence[Row], variable: str) -> pa.DataType:
    """Return the type by the standard, or by the values where a sponsor added the variable."""
    adsl = cdisc("adam")["adsl"]
    if variable in adsl:
        numeric = adsl[variable].kind is Kind.NUMBER
    else:
        numeric = any(isinstance(r[variable], int | float) for r in rows)
    return pa.float64() if numeric else pa.string()
