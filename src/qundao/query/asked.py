"""Which columns must hold something, if a definition is to be answered and not be zero by itself.

A column that stands in a table and was never filled makes every condition on it fail: nobody is
found, and nobody can tell that from a true zero.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from qundao.query.criteria import (
    Abnormal,
    Aged,
    Coded,
    CodedBySet,
    Criterion,
    Gender,
    Near,
    Numeric,
    PersonBySet,
    PersonCoded,
    Textual,
)
from qundao.query.domains import DOMAINS, ERA_LENGTH, RATIOS, DomainTable
from qundao.query.predicate import AgeBand, SexIs
from qundao.query.walking import parts

_PERSON, _VALUE = "person", "value_as_number"


@dataclass(frozen=True, slots=True)
class AskedColumns:
    """Columns of a table of which at least one must hold something.

    `zero`: the code 0 (no matching concept) is an answer too.
    """

    table: str
    columns: tuple[str, ...]
    zero: bool = False


def asked_columns(definition: Any) -> tuple[AskedColumns, ...]:
    """Return what a definition over OMOP asks of columns, each once, in its order."""
    found = (a for _, part in parts(definition) for a in _asked(part))
    return tuple(dict.fromkeys(found))


def _asked(part: Any) -> Iterator[AskedColumns]:
    if isinstance(part, Criterion):
        yield from _criterion(part)
    elif isinstance(part, Near):
        yield from _near(part)
    elif isinstance(part, Gender):
        yield _person("gender_concept_id", zero=0 in part.concepts)
    elif isinstance(part, PersonCoded):
        yield _person(f"{part.field}_concept_id", zero=0 in part.concepts)
    elif isinstance(part, PersonBySet):
        zero = part.negated or part.concepts is None
        yield _person(f"{part.field}_concept_id", zero=zero)
    elif isinstance(part, Aged | AgeBand):
        yield _person("year_of_birth", zero=True)
    elif isinstance(part, SexIs):
        yield _person("gender_concept_id", zero=False)


def _person(column: str, *, zero: bool) -> AskedColumns:
    return AskedColumns(_PERSON, (column,), zero)


def _criterion(asked: Criterion) -> Iterator[AskedColumns]:
    held = DOMAINS[asked.domain]
    if asked.concepts is not None and held.blank_concept is None:
        yield AskedColumns(held.table, (held.concept,))
    if asked.source_concepts is not None and held.source:
        yield AskedColumns(held.table, (held.source,))
    for attribute in asked.where:
        if type(attribute) in _ATTRIBUTES:
            yield from _ATTRIBUTES[type(attribute)](held, attribute)


def _numeric(held: DomainTable, asked: Numeric) -> Iterator[AskedColumns]:
    if asked.field == ERA_LENGTH:
        return
    if asked.field in RATIOS:
        yield AskedColumns(held.table, (_VALUE,))
        yield AskedColumns(held.table, (RATIOS[asked.field],))
    else:
        yield AskedColumns(held.table, (held.numbers[asked.field],))


def _coded(held: DomainTable, asked: Coded) -> Iterator[AskedColumns]:
    return _code(held, asked.field, zero=asked.negated or 0 in asked.concepts)


def _by_set(held: DomainTable, asked: CodedBySet) -> Iterator[AskedColumns]:
    return _code(held, asked.field, zero=asked.negated or asked.concepts is None)


def _code(held: DomainTable, field: str, *, zero: bool) -> Iterator[AskedColumns]:
    link = held.linked.get(field)
    if link is None:
        yield AskedColumns(held.table, (held.codes[field],), zero)
    else:
        yield AskedColumns(held.table, (link.column,))
        yield AskedColumns(link.table, (link.code,), zero)


def _textual(held: DomainTable, asked: Textual) -> Iterator[AskedColumns]:
    yield AskedColumns(held.table, (held.texts[asked.field],))


def _abnormal(held: DomainTable, asked: Abnormal) -> Iterator[AskedColumns]:  # noqa: ARG001
    """A result beyond its limits, or coded as such: a value and a limit, or a code."""
    coded = "value_as_concept_id"
    yield AskedColumns(held.table, (_VALUE, coded))
    yield AskedColumns(held.table, ("range_low", "range_high", coded))


_ATTRIBUTES: Mapping[type, Callable[[DomainTable, Any], Iterator[AskedColumns]]] = {
    Numeric: _numeric,
    Coded: _coded,
    CodedBySet: _by_set,
    Textual: _textual,
    Abnormal: _abnormal,
}


def _near(asked: Near) -> Iterator[AskedColumns]:
    """Yield what is counted once, and the visit that both events must share."""
    held = DOMAINS[asked.criterion.domain]
    if asked.same_visit and held.visit:
        yield AskedColumns(held.table, (held.visit,))
    counted = {**held.numbers, "unit": held.codes.get("unit", "")}
    if column := counted.get(asked.distinct.value):
        yield AskedColumns(held.table, (column,))
