"""Rules of CDISC: dates as text, agreement between datasets, one value per key, links."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from sqlglot import exp

from qundao.models.model import Kind
from qundao.quality.check import Check
from qundao.quality.measure import ROW, Base, Lookup, Measure, Shared, is_null, not_null, row
from qundao.quality.rules.common import distinct, first_per, only_field, over_rows, target
from qundao.quality.rules.dates import ISO_8601, days_between
from qundao.quality.rules.related import comparable, value
from qundao.quality.source import MissingError, Source

_CODE = 2
"""Letters of a domain's code: datasets of that length hold domains."""


def iso_8601(check: Check, source: Source) -> Measure:
    """Violated: text that is no ISO 8601 date, whole or in part. Counted: rows with text."""
    field = only_field(check)
    there = source.present(check.table, field)
    pattern = exp.Literal.string(ISO_8601)
    good = exp.RegexpLike(this=source.text(check.table, field), expression=pattern)
    return over_rows(check, source, exp.and_(there, exp.not_(good)), there.copy())


def agrees_with(check: Check, source: Source) -> Measure:
    """Violated: another value than the subject's in `table.field`. Counted: rows with both.

    A date agrees with a date and time on the same day.
    """
    field = only_field(check)
    table, other = target(check)
    source.need(table, "usubjid", other)
    source.need(check.table, "usubjid")
    alias = f"other_{table}_{other}"
    compared = _comparable(source.declared(check.table, field))
    smallest = exp.Min(this=compared(source, table, other, table)).as_("v")
    shared = first_per(f"{table}_{other}", table, "usubjid", smallest)
    lookup = Lookup(alias, shared, row("usubjid").eq(exp.column("k", table=alias)))
    mine, theirs = compared(source, check.table, field, ROW), exp.column("v", table=alias)
    counted = exp.and_(source.present(check.table, field), not_null(theirs))
    return over_rows(
        check, source, exp.and_(counted.copy(), mine.neq(theirs.copy())), counted, lookup
    )


def elapsed_days(check: Check, source: Source) -> Measure:
    """Violated: not `end - start + 1` days (argument `start|end`). Counted: rows with all three.

    ADaM has no day 0 (ADaMIG 1.1, 3.3.3).
    """
    field = only_field(check)
    start, end = check.argument.split("|")
    source.need(check.table, start, end)
    days = days_between(source.day(check.table, start), source.day(check.table, end))
    counted = exp.and_(*(not_null(row(f)) for f in (field, start, end)))
    differs = source.value(check.table, field).neq(days + 1)
    return over_rows(check, source, exp.and_(counted.copy(), differs), counted)


def _comparable(kind: Kind) -> Callable[[Source, str, str, str], exp.Expr]:
    """Return how two fields are made comparable, by the kind that the first declares."""
    if kind in (Kind.INTEGER, Kind.NUMBER):
        return Source.value
    return _day if kind in (Kind.DATE, Kind.DATETIME) else Source.text


def _day(source: Source, table: str, field: str, alias: str) -> exp.Expr:
    text = source.text(table, field, alias)
    return exp.Left(this=text, expression=exp.Literal.number(10))


def determined(check: Check, source: Source) -> Measure:
    """Violated: a key (argument `a+b`; none: the dataset) with several values. Counted: keys."""
    field = only_field(check)
    keys = tuple(k for k in check.argument.split("+") if k)
    source.need(check.table, *keys)
    held = comparable(source, check.table, field, check.table)
    columns = [comparable(source, check.table, k, check.table) for k in keys]
    query = (
        exp.select(*(c.as_(f"k{i}") for i, c in enumerate(columns)))
        .select(exp.Min(this=held).as_("lowest"), exp.Max(this=held.copy()).as_("highest"))
        .from_(check.table)
        .where(not_null(held.copy()))
    )
    if keys:
        query = query.group_by(*(c.copy() for c in columns))
    base = Base(f"{check.table}_{field}_by_{'_'.join(keys)}", lambda: query, check.table)
    names = tuple(row(f"k{i}") for i in range(len(keys))) or (row("lowest"), row("highest"))
    several = row("lowest").neq(row("highest"))
    return Measure(base, several, not_null(row("lowest")), (), names)


def has_values(check: Check, source: Source) -> Measure:
    """Violated: a term of `A|B|…` that no row holds. Counted: the terms."""
    field = only_field(check)
    source.need(check.table, field)
    terms = [exp.Literal.string(t) for t in check.argument.split("|")]
    each = [exp.select(term.as_("term")) for term in terms]
    query = _union(each, distinct=False)
    base = Base(f"terms_of_{check.table}_{field}", lambda: query, check.table)
    alias = f"held_{field}"
    held = distinct(check.table, field)
    look = Lookup(alias, held, row("term").eq(exp.column("k", table=alias)))
    return Measure(base, is_null(exp.column("k", table=alias)), None, (look,), (row("term"),))


def linked(check: Check, source: Source) -> Measure:
    """Violated: RDOMAIN, IDVAR and IDVARVAL lead to no row. Counted: links into datasets held.

    IDVAR may name a sequence number, a sponsor's or a group's identifier, or a visit; without
    it, the link leads to the subject (SDTMIG 3.2, 8.4.1).
    """
    source.need(check.table, "rdomain", "usubjid", "idvar", "idvarval")
    parts = [p for table in _domains(source) for p in _targets(table, source)]
    if not parts:
        raise MissingError("sdtm")
    targets = _union(parts, distinct=True)
    names = ("rdomain", "usubjid", "idvar", "idvarval")
    mine = [exp.func("COALESCE", _held(source, check.table, n), _text("")) for n in names]
    on = exp.and_(*(m.eq(exp.column(f"k{i}", table="linked")) for i, m in enumerate(mine)))
    look = Lookup("linked", Shared("link_targets", targets), on)
    known = mine[0].copy().isin(*(t.upper() for t in _domains(source)))
    missing = exp.and_(known, is_null(exp.column("k0", table="linked")))
    measure = over_rows(check, source, missing, known.copy(), look)
    return Measure(measure.base, missing, known.copy(), (look,), measure.examples)


def _union(parts: Sequence[exp.Query], *, distinct: bool) -> exp.Query:
    first, *others = parts
    for other in others:
        first = exp.union(first, other, distinct=distinct, copy=False)
    return first


def _domains(source: Source) -> tuple[str, ...]:
    """Return the datasets of subjects that links may lead into."""
    parts = (t.name for t in source.model.tables if t.part == "sdtm" and len(t.name) == _CODE)
    return tuple(t for t in parts if source.has(t, "usubjid"))


def _targets(table: str, source: Source) -> Iterator[exp.Select]:
    """Yield what can be linked to in a dataset: the subject, then each identifying variable."""
    yield _target(table, source, "", _text(""))
    for name in (f"{table}seq", f"{table}spid", f"{table}grpid", f"{table}refid", "visitnum"):
        if name in source.model[table] and source.has(table, name):
            held = value(source, table, name, table)
            if source.declared(table, name) is not Kind.TEXT:
                held = _shortest(held)
            yield _target(table, source, name, held).where(not_null(held.copy()))


def _target(table: str, source: Source, name: str, held: exp.Expr) -> exp.Select:
    columns = (_text(table.upper()), value(source, table, "usubjid", table), _text(name.upper()))
    keys = (c.as_(f"k{i}") for i, c in enumerate((*columns, held.copy())))
    return exp.select(*keys).distinct().from_(table)


def _shortest(number: exp.Expr) -> exp.Expr:
    """Return a number as IDVARVAL writes it: 7 and not 7.0, but 3.5."""
    whole = exp.cast(exp.cast(number, "BIGINT"), "TEXT")
    is_whole = number.copy().eq(exp.Floor(this=number.copy()))
    return exp.Case().when(is_whole, whole).else_(exp.cast(number.copy(), "TEXT"))


def _held(source: Source, table: str, field: str) -> exp.Expr:
    return value(source, table, field, ROW)


def _text(text: str) -> exp.Expr:
    return exp.Literal.string(text)
