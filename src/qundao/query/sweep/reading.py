"""The one reading of the source: rows that any definition needs, as arrays.

Numbers that name something are 64-bit integers with `NO_ID` for none, measured numbers are
floats with NaN for none, dates are codes (`days`), texts stay Arrow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from qundao.kernel.errors import QundaoError
from qundao.query.compiler.sql import as_date, col
from qundao.query.domains import DOMAINS, Domain, Link
from qundao.query.engine import Engine
from qundao.query.sweep.columns import TABLE, Values
from qundao.query.sweep.days import codes
from qundao.query.sweep.fitness import UnfitError
from qundao.query.sweep.needs import PERIOD, DomainNeeds

Array = npt.NDArray[Any]
Raw = dict[str, Any]
"""One array per column; all of one length. Texts are Arrow arrays."""
NO_ID = np.iinfo(np.int64).max
VISIT = "visit_id"
_NO_VISIT = exp.cast(exp.null(), exp.DType.BIGINT)
_SOURCE_AWAY = 503


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of person ids, both ends included."""

    first: int
    last: int


def domain_query(domain: Domain, needs: DomainNeeds, meant: exp.Expr | None) -> exp.Select:
    """Return the query for the events of a domain that any definition needs.

    meant: the condition on their codes, over the alias `TABLE`; None takes all.
    """
    table = DOMAINS[domain]
    asked = (v if n != VISIT or needs.visits else _NO_VISIT for n, v in needs.values.items())
    listed = [value.copy().as_(f"value_{i}") for i, value in enumerate(asked)]
    query = exp.select(*listed).from_(exp.table_(table.table, alias=TABLE))
    query = query.where(_known(col(TABLE, table.person)))
    return query if meant is None else query.where(meant)


def read_domain(engine: Engine, query: exp.Select, names: Iterable[str], span: Span | None) -> Raw:
    """Return the values of a domain's events, by name, in the source's order.

    query: a `domain_query`, or one over its kept rows; the first value is the person's id.
    """
    person = query.selects[0]
    return _arrays(_asked(engine, _within(query, person.unalias(), span)), names)


def read_periods(engine: Engine, span: Span | None, among: exp.Query | None = None) -> Raw:
    """Return `person_id, start_date, end_date` of the observation periods.

    among: a query for the persons (one column); None takes all.
    """
    start, end = (as_date(col(TABLE, name)) for name in PERIOD)
    values = {"person_id": col(TABLE, "person_id"), "start_date": start, "end_date": end}
    return _read(engine, "observation_period", values, span, among)


def read_people(
    engine: Engine, names: Iterable[str], span: Span | None, among: exp.Query | None = None
) -> Raw:
    """Return `person_id` and, as `id:…`, the named columns of `person`."""
    values: Values = {"person_id": col(TABLE, "person_id")}
    values |= {f"id:{n}": col(TABLE, n) for n in names}
    return _read(engine, "person", values, span, among)


def read_link(engine: Engine, link: Link, span: Span | None, among: exp.Query | None = None) -> Raw:
    """Return `id:key`, `id:code` and, where it must be the person's own, `person_id`."""
    values: Values = {"id:key": col(TABLE, link.key), "id:code": col(TABLE, link.code)}
    if link.same_person:
        values["person_id"] = col(TABLE, "person_id")
    return _read(engine, link.table, values, span, among)


def _read(
    engine: Engine, table: str, values: Values, span: Span | None, among: exp.Query | None
) -> Raw:
    query = exp.select(*values.values()).from_(exp.table_(table, alias=TABLE))
    key = next(iter(values.values()))
    query = query.where(_known(key))
    if "person_id" in values:
        query = _within(query.where(_known(values["person_id"])), values["person_id"], span)
        if among is not None:
            query = query.where(values["person_id"].copy().isin(query=among))
    return _arrays(_asked(engine, query), values)


def _known(value: exp.Expr) -> exp.Expr:
    return exp.not_(value.copy().is_(exp.null()))


def _within(query: exp.Select, person: exp.Expr, span: Span | None) -> exp.Select:
    if span is None:
        return query
    ends = (exp.convert(span.first), exp.convert(span.last))
    return query.where(exp.Between(this=person.copy(), low=ends[0], high=ends[1]))


def _asked(engine: Engine, query: exp.Select) -> pa.Table:
    """Return the rows. What the source cannot answer is left to the plain way to say."""
    try:
        return engine.query(query)
    except QundaoError as error:
        if error.status == _SOURCE_AWAY:
            raise
        raise UnfitError(str(error)) from error


def _arrays(rows: pa.Table, names: Iterable[str]) -> Raw:
    found: Raw = {}
    for i, name in enumerate(names):
        found[name] = _converter(name)(rows[i])
    return found


def _converter(name: str) -> Callable[[pa.ChunkedArray], Any]:
    kind = name.partition(":")[0]
    return _KINDS[name if kind == name else kind]


def _ids(values: pa.ChunkedArray) -> Array:
    if not (pa.types.is_integer(values.type) or pa.types.is_null(values.type)):
        values = _whole(values)
    plain = values.cast(pa.int64())
    found: Array = (plain.fill_null(NO_ID) if plain.null_count else plain).to_numpy()
    return found


def _whole(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return decimals that are whole numbers as such; ids that are texts are left alone."""
    if not (pa.types.is_decimal(values.type) or pa.types.is_floating(values.type)):
        raise UnfitError(f"ids of type {values.type}")
    try:
        return values.cast(pa.int64())
    except pa.ArrowException as error:
        raise UnfitError("ids that are no whole numbers") from error


def _numbers(values: pa.ChunkedArray) -> Array:
    plain = values if values.type == pa.float32() else values.cast(pa.float64())
    found: Array = plain.fill_null(0.0).to_numpy()
    if plain.null_count or np.isnan(found).any():
        found = found.copy()
        found[np.isnan(found)] = np.inf  # engines sort NaN above every number
        found[plain.is_null().to_numpy()] = np.nan
    return found


def _texts(values: pa.ChunkedArray) -> pa.Array:
    return pa.concat_arrays(values.cast(pa.string()).chunks or [pa.array([], pa.string())])


def _flags(values: pa.ChunkedArray) -> Array:
    found: Array = pc.fill_null(values.cast(pa.bool_()), False).to_numpy()  # noqa: FBT003
    return found


_KINDS: Mapping[str, Callable[[pa.ChunkedArray], Any]] = {
    "person_id": _ids,
    "event_id": _ids,
    "concept_id": _ids,
    VISIT: _ids,
    "start_date": codes,
    "end_date": codes,
    "id": _ids,
    "number": _numbers,
    "text": _texts,
    "flag": _flags,
}
