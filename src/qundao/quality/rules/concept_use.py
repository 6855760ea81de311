"""Rules about single concepts: the sex they are found in, the units they are measured in.

Hundreds of concepts are asked about one table. The table is scanned once and counted by concept
and sex, or by concept and unit; each concept is then read off those few rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from sqlglot import exp

from qundao.models.model import Kind
from qundao.quality.check import Check
from qundao.quality.measure import ROW, Base, Lookup, Measure, Shared, not_null, row
from qundao.quality.rules.common import first_per, named, only_field
from qundao.quality.source import Source
from qundao.quality.tally import CONCEPT, ROWS, Record, Tally

_SEX = {"Male": 8507, "Female": 8532}
_NO_UNIT, _UNMAPPED = -1, 0


@dataclass(frozen=True, slots=True)
class _Facets:
    """What rows are counted by besides their concept, and the join that brings it.

    `whole` tells whether all of it is whole numbers, which read the same in every engine.
    """

    name: str
    values: tuple[exp.Expr, ...]
    whole: bool
    join: Lookup | None = None


def sex(check: Check, source: Source) -> Measure:
    """Violated: rows of the concept, of a person of another sex. Counted: rows of the concept."""
    counted = _is_one_of(check)
    violated = exp.and_(counted.copy(), _of_another_sex(check))
    own = _SEX[check.argument]
    tally = Tally(_ids(check), lambda r: r["gender"] is not None and r["gender"] != own)
    return _measure(check, source, _sexes(check, source), violated, counted, tally=tally)


def sex_of_descendants(check: Check, source: Source) -> Measure:
    """As `sex`, for all concepts below; a row below several of them counts for each."""
    source.need("concept_ancestor", "ancestor_concept_id", "descendant_concept_id")
    below = _below(check)
    counted = not_null(exp.column("k", table=below.alias))
    violated = exp.and_(counted.copy(), _of_another_sex(check))
    return _measure(check, source, _sexes(check, source), violated, counted, below)


def unit(check: Check, source: Source) -> Measure:
    """Violated: a number in a unit that is none of `A,B` (-1: none). Counted: all with a number.

    Units that could not be mapped (0) are left out: they are missing, not wrong.
    """
    source.need(check.table, "unit_concept_id", "value_as_number")
    valued = exp.Case().when(not_null(row("value_as_number")), exp.Literal.number(1))
    values = (row("unit_concept_id").as_("unit"), valued.as_("valued"))
    facets = _Facets("unit", values, source.actual(check.table, "unit_concept_id") is Kind.INTEGER)
    held = exp.func("COALESCE", row("unit"), exp.Literal.number(_NO_UNIT))
    other = exp.not_(held.isin(*_numbers(check.argument)))
    counted = exp.and_(row("valued").eq(1), _is_one_of(check), held.copy().neq(_UNMAPPED))
    violated = exp.and_(counted.copy(), other)
    return _measure(check, source, facets, violated, counted, tally=_unit_tally(check))


def _unit_tally(check: Check) -> Tally:
    allowed = {int(u) for u in check.argument.split(",")}

    def unit_of(record: Record) -> int:
        return _NO_UNIT if record["unit"] is None else int(record["unit"])

    return Tally(
        _ids(check),
        lambda r: unit_of(r) not in allowed,
        lambda r: r["valued"] == 1 and unit_of(r) != _UNMAPPED,
    )


def _sexes(check: Check, source: Source) -> _Facets:
    source.need("person", "person_id", "gender_concept_id")
    source.need(check.table, "person_id")
    gender = exp.Min(this=exp.column("gender_concept_id")).as_("gender")
    persons = first_per("genders", "person", "person_id", gender)
    same = row("person_id").eq(exp.column("k", table="p"))
    whole = source.actual("person", "gender_concept_id") is Kind.INTEGER
    return _Facets("sex", (exp.column("gender", table="p"),), whole, Lookup("p", persons, same))


def _of_another_sex(check: Check) -> exp.Expr:
    return row("gender").neq(_SEX[check.argument])


def _is_one_of(check: Check) -> exp.Expr:
    return row(CONCEPT).isin(*_numbers(str(check.concept_id)))


def _below(check: Check) -> Lookup:
    """Return the concepts below the check's, each with how many of those it lies below."""
    ancestor, descendant = exp.column("ancestor_concept_id"), exp.column("descendant_concept_id")
    ids = _numbers(str(check.concept_id))
    query = (
        exp.select(descendant.as_("k"), exp.Count(this=exp.Star()).as_("m"))
        .from_("concept_ancestor")
        .where(ancestor.isin(*ids))
        .group_by(descendant.copy())
    )
    alias = f"below_{ids[0].name}"
    shared = Shared(f"concepts_{alias}", query)
    return Lookup(alias, shared, row(CONCEPT).eq(exp.column("k", table=alias)))


def _measure(
    check: Check,
    source: Source,
    facets: _Facets,
    violated: exp.Expr,
    counted: exp.Expr,
    *below: Lookup,
    tally: Tally | None = None,
) -> Measure:
    """Return the measure over the table as counted by concept and facets, and over its rows."""
    many = exp.column("m", table=below[0].alias) if below else None
    name = f"{check.table}_by_{facets.name}"
    base = source.once(name, lambda: _counted(name, check, facets))
    whole = facets.whole and source.actual(check.table, only_field(check)) is Kind.INTEGER

    def by_row() -> Measure:
        names = [n.as_(f"k{i}") for i, n in enumerate(named(check, source))]
        make = partial(_rows, check, facets, *names)
        rows = Base(f"{check.table}_with_{facets.name}", make, check.table)
        keys = tuple(row(n.alias) for n in names)
        return Measure(rows, violated.copy(), counted.copy(), below, keys, times=many)

    return Measure(
        base,
        violated,
        counted,
        below,
        times=many,
        rowwise=by_row,
        tally=tally if whole else None,
    )


def _counted(name: str, check: Check, facets: _Facets) -> Base:
    """Return the rows as counted by concept and facets; several scans may read it."""
    by = [row(only_field(check)), *(f.unalias() for f in facets.values)]
    rows = _of_table(check, facets, exp.Count(this=exp.Star()).as_(ROWS))
    needs: tuple[Shared, ...] = ()
    if facets.join:
        needs = (facets.join.shared,)
        persons = exp.to_table(needs[0].name).as_(facets.join.alias)
        rows = rows.join(persons, on=facets.join.on, join_type="left")
    counted = Shared(f"counted_{name}", rows.group_by(*(b.copy() for b in by)), needs)
    columns = (CONCEPT, *(f.alias_or_name for f in facets.values), ROWS)
    query = exp.select(*columns).from_(counted.name)
    return Base(name, lambda: query, check.table, ROWS, (counted,))


def _rows(check: Check, facets: _Facets, *others: exp.Expr) -> exp.Select:
    query = _of_table(check, facets, *others)
    if facets.join is None:
        return query
    persons = facets.join.shared.query.subquery(facets.join.alias)
    return query.join(persons, on=facets.join.on, join_type="left")


def _of_table(check: Check, facets: _Facets, *others: exp.Expr) -> exp.Select:
    concept = row(only_field(check)).as_(CONCEPT)
    query = exp.select(concept, *(f.copy() for f in facets.values), *others)
    return query.from_(exp.to_table(check.table).as_(ROW))


def _ids(check: Check) -> frozenset[int]:
    return frozenset(int(i) for i in str(check.concept_id).split(","))


def _numbers(ids: str) -> list[exp.Expr]:
    return [exp.Literal.number(int(i)) for i in ids.split(",")]
