"""Asks an engine: a definition in, an Arrow table (or a count) out."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import pyarrow as pa
import pyarrow.compute as pc

from qundao.kernel.errors import raise_if
from qundao.query.adam import AdamBaseline, AdamPopulation, AdamTimeToEvent
from qundao.query.compiler import compile_query
from qundao.query.compiler.sources import lacking
from qundao.query.definition import Definition
from qundao.query.engine import Engine
from qundao.query.measures import Baseline, TimeToEvent
from qundao.query.population import Population
from qundao.query.predicate import BandedPredicate


@runtime_checkable
class Evaluates(Protocol):
    """An engine that executes definitions by itself, without SQL: the oracle."""

    def evaluate(self, definition: Definition) -> pa.Table:
        """Return the rows of a definition, in the order that the compiled query has."""


def cohort(engine: Engine | Evaluates, population: Population | AdamPopulation) -> pa.Table:
    """Return `subject_id, cohort_start_date, cohort_end_date`, ordered by all three.

    Subjects are int64 for OMOP and text for CDISC; dates are date32. Raises
    `query.source_lacks` and `engines.*`.
    """
    return ask(engine, population)


def persons(engine: Engine | Evaluates, population: Population | AdamPopulation) -> int:
    """Return how many distinct subjects a population has."""
    return int(pc.count_distinct(cohort(engine, population)["subject_id"]).as_py())


def time_to_event(engine: Engine | Evaluates, measure: TimeToEvent | AdamTimeToEvent) -> pa.Table:
    """Return `arm` (text), `time` (int32, days), `event` (bool) and `subject_id`, one row each.

    Ordered by arm and subject. Raises `query.source_lacks` and `engines.*`.
    """
    return ask(engine, measure)


def baseline(engine: Engine | Evaluates, measure: Baseline | AdamBaseline) -> pa.Table:
    """Return `arm`, `subject_id` and one column per covariate.

    Age is int32 (years), sex text, flags bool; ADSL variables are text or double. Ordered by
    arm and subject. Raises `query.source_lacks` and `engines.*`.
    """
    return ask(engine, measure)


def count(engine: Engine | Evaluates, predicate: BandedPredicate) -> int:
    """Return the exact number of persons; noise and thresholds are the disclosure room's."""
    return int(ask(engine, predicate)[0][0].as_py())


def ask(engine: Engine | Evaluates, definition: Definition) -> pa.Table:
    """Return the rows of any definition. Raises `query.source_lacks` and `engines.*`."""
    if isinstance(engine, Evaluates):
        return engine.evaluate(definition)
    query = compile_query(definition, engine.schema)
    raise_if(lacking(query, engine.schema))
    return typed(engine.query(query))


_TYPES = {
    "arm": pa.string(),
    "time": pa.int32(),
    "event": pa.bool_(),
    "cohort_start_date": pa.date32(),
    "cohort_end_date": pa.date32(),
}


def typed(table: pa.Table) -> pa.Table:
    """Return a result with the types that this module promises, whatever the engine chose."""
    fields = [pa.field(f.name, _type(f)) for f in table.schema]
    return table.cast(pa.schema(fields))


def _type(field: pa.Field) -> pa.DataType:
    if field.name in _TYPES:
        return _TYPES[field.name]
    if field.name == "subject_id" and pa.types.is_integer(field.type):
        return pa.int64()
    if pa.types.is_large_string(field.type) or pa.types.is_string_view(field.type):
        return pa.string()
    return field.type
