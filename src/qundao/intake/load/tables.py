"""Loads one rule's candidates into its target: sound ones in, the others told and counted.

Rows with the same identity (`one_per`, else the model's key) become one: the first in the order of
files and places. Where the key is the model's and the rows differ, the later ones are rejected.
Nothing is copied: a target is a view of the candidates that are in it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
from sqlglot import exp

from qundao.intake.load.account import TableAccount
from qundao.intake.load.desk import NEW, Desk
from qundao.intake.load.layout import FAULTS, FILE, ITEM, TYPES
from qundao.intake.load.lineage import LOADED, is_numbered, key_of, told_key
from qundao.intake.load.parents import check_parents
from qundao.intake.load.plans import Planned
from qundao.intake.load.sifting import sifted
from qundao.intake.load.slices import SLICE, encoded
from qundao.intake.load.straight import Straight
from qundao.intake.load.wrong_units import find_wrong_units
from qundao.intake.source import PLACE
from qundao.intake.units import WRONG_UNIT
from qundao.models import Field, Kind, Table

_FATE, _ROW = "_fate", "_row"
_MERGED, _REPEATED, _FAULTY = "merged", "key_repeated", "faulty"
_IN_MEMORY = 32_000_000
"""Keys that are looked at in memory for repetitions, 16 bytes each."""


def load_table(desk: Desk, plan: Planned) -> TableAccount:
    """Load a rule's rows into `target_<table>` and return what became of each candidate."""
    written = sifted(desk, plan)
    if written is not None and not desk.has_candidates(plan):
        return _as_written(desk, plan, written)
    desk.make_candidates(plan)
    emptied = check_parents(desk, plan)
    table = _Loading(desk, plan, written)
    table.sort_out()
    doubtful = find_wrong_units(desk, plan, table.fates)
    table.tell_rejects()
    account = table.account(emptied, doubtful)
    table.show()
    table.write_lineage()
    return account


def _as_written(desk: Desk, plan: Planned, written: Straight) -> TableAccount:
    """Load what was written straight where nothing else came of the rule: most exports are sound.

    It is what `_Loading` would do without candidates, in none of its dozen queries.
    """
    every, left_out = desk.counted(plan)
    desk.show_file(plan.table, written.table.path)
    desk.write_lineage(plan.table, written.lineage.path)
    rule, loaded = plan.rule, sum(written.rows)
    return TableAccount(rule.target, rule.source, rule.line, every, left_out, 0, 0, loaded)


class _Loading:
    """One rule's candidates on their way into the target."""

    def __init__(self, desk: Desk, plan: Planned, written: Straight | None) -> None:
        self._desk, self._plan, self._written = desk, plan, written
        self._key = key_of(plan.rule, plan.table)
        self.fates = f"fates_{plan.number}"
        self._sorted = 0
        self._straight = sum(written.rows) if written else 0

    def sort_out(self) -> None:
        """Find the sound rows that are not loaded, and why: few, where an export is sound."""
        nothing = _some(self._plan, exp.Literal.string(_MERGED)).where(exp.false())
        self._desk.create(self.fates, nothing)
        if self._key and self._there():
            again = exp.Literal.string(_MERGED if self._plan.rule.one_per else _REPEATED)
            there = _some(self._plan, again).where(exp.and_(_sound(), self._already()))
            self._desk.rows(exp.insert(there, self.fates))
        if self._key and self._has_twins():
            new = exp.select(exp.Star()).from_(self._twins().subquery("t"))
            known = exp.select(exp.column(_ROW)).from_(self.fates)
            new = new.where(exp.not_(exp.In(this=exp.column(_ROW), query=known.subquery())))
            self._desk.rows(exp.insert(new, self.fates))
        self._sorted = self._desk.count(exp.select(exp.Count(this=exp.Star())).from_(self.fates))

    def show(self) -> None:
        """Let the target show the rows that are loaded, after those of earlier rules."""
        given = {f.name for f in self._plan.rule.fields}
        loaded = self._loaded(*(_shown(f, given) for f in self._plan.table.fields))
        if self._written is None:
            self._desk.show(self._plan.table, loaded)
        else:
            file = self._written.table
            file.append([encoded(rows) for rows in self._desk.batches(loaded, SLICE)])
            file.finish()
            self._desk.show_file(self._plan.table, file.path)

    def write_lineage(self) -> None:
        """Write where each row that was loaded or merged came from."""
        if self._written is not None:
            self._desk.write_lineage(self._plan.table, self._written.lineage.path)
        mapping = f"{self._desk.mapping.name}@{self._desk.mapping.version}"
        told = [
            told_key(self._plan).as_("key"),
            self._fate().as_("fate"),
            exp.Literal.string(self._plan.rule.source).as_("source"),
            self._desk.file_name().as_("file"),
            exp.column(PLACE).as_("place"),
            exp.column(ITEM).as_("item"),
            exp.Literal.string(mapping).as_("mapping"),
        ]
        rows = self._sound_rows().select(*told)
        if self._sorted:
            rows = rows.where(self._fate().neq(exp.Literal.string(_REPEATED)))
        self._desk.write_lineage(self._plan.table, rows)

    def tell_rejects(self) -> None:
        """Tell of every defect of every rejected candidate."""
        place = (FILE, PLACE, ITEM)
        unfolded = exp.Anonymous(this="unnest", expressions=[exp.column(FAULTS)]).as_("f")
        faulty = exp.select(*place, unfolded).from_(self._plan.candidates).where(exp.not_(_sound()))
        parts = [
            exp.Anonymous(
                this="struct_extract", expressions=[exp.column("f"), exp.Literal.string(name)]
            )
            for name in ("reason", "field", "value")
        ]
        told = exp.select(*self._place(), *parts).from_(faulty.subquery("x"))
        self._desk.rows(exp.insert(told, "rejects"))
        if self._sorted:
            words = (_REPEATED, ", ".join(self._key), "")
            repeated = self._sound_rows().select(
                *self._place(), *(exp.Literal.string(w) for w in words)
            )
            repeated = repeated.where(self._fate().eq(exp.Literal.string(_REPEATED)))
            self._desk.rows(exp.insert(repeated, "rejects"))

    def account(self, emptied: Mapping[str, int], doubtful: int) -> TableAccount:
        """Return what became of the candidates."""
        every, left_out = self._desk.counted(self._plan)
        fates = dict(
            self._desk.rows(f"SELECT {_FATE}, count(*) FROM {self.fates} GROUP BY 1")  # noqa: S608
        )
        name = self._plan.candidates
        counted = exp.select(exp.Count(this=exp.Star()))
        faulty = self._desk.count(counted.from_(name).where(exp.not_(_sound())))
        reasons = self._desk.rows(
            f"SELECT f.reason, f.field, count(*) FROM (SELECT unnest({FAULTS}) AS f FROM {name} "  # noqa: S608
            f"WHERE {FAULTS} IS NOT NULL) GROUP BY ALL ORDER BY ALL"
        )
        told = {f"{reason}:{field}" if field else reason: int(n) for reason, field, n in reasons}
        if fates.get(_REPEATED):
            told[_REPEATED] = fates[_REPEATED]
        return TableAccount(
            self._plan.rule.target,
            self._plan.rule.source,
            self._plan.rule.line,
            every,
            left_out,
            faulty + fates.get(_REPEATED, 0),
            fates.get(_MERGED, 0),
            self._desk.count(self._loaded(exp.Count(this=exp.Star()))) + self._straight,
            told,
            emptied,
            {WRONG_UNIT: doubtful} if doubtful else {},
        )

    def _place(self) -> tuple[exp.Expr, ...]:
        return (
            exp.Literal.string(self._plan.table.name),
            exp.Literal.string(self._plan.rule.source),
            self._desk.file_name(),
            exp.column(PLACE),
            exp.column(ITEM),
        )

    def _sound_rows(self) -> exp.Select:
        """Return a query over the sound candidates, each with its fate, that selects nothing."""
        rows = exp.Select().from_(exp.to_table(self._plan.candidates).as_("c")).where(_sound())
        if not self._sorted:
            return rows
        same = exp.column("rowid", table="c").eq(exp.column(_ROW, table="f"))
        fates = exp.to_table(self.fates).as_("f")
        return rows.join(fates, on=same, join_type="left")

    def _fate(self) -> exp.Expr:
        loaded = exp.Literal.string(LOADED)
        return (
            exp.func("COALESCE", exp.column(_FATE, table="f"), loaded) if self._sorted else loaded
        )

    def _loaded(self, *fields: exp.Expr) -> exp.Select:
        rows = self._sound_rows().select(*fields)
        if not self._sorted:
            return rows
        return rows.where(exp.Is(this=exp.column(_FATE, table="f"), expression=exp.null()))

    def _there(self) -> bool:
        """Tell whether earlier rules have filled the target."""
        return f"{NEW}{self._plan.table.name}" in self._desk.views

    def _already(self) -> exp.Expr:
        """Return whether an earlier rule loaded a row with the same key."""
        held = exp.to_table(f"{NEW}{self._plan.table.name}", quoted=True)
        keys = exp.select(*(exp.column(k, quoted=True) for k in self._key)).from_(held)
        whole = exp.Tuple(expressions=[exp.column(k, quoted=True) for k in self._key])
        return exp.In(this=whole, query=keys.subquery())

    def _has_twins(self) -> bool:
        """Tell whether any key is there twice: whole numbers are put in order to see it."""
        name = self._plan.candidates
        fields = [self._plan.table[k] for k in self._key]
        rows = self._desk.count(exp.select(exp.Count(this=exp.Star())).from_(name))
        if len(fields) > 1 or fields[0].kind is not Kind.INTEGER or rows > _IN_MEMORY:
            return True
        query = exp.select(exp.column(fields[0].name, quoted=True).as_("k")).from_(name)
        keys = self._desk.arrays(query.where(_sound()))["k"]
        empty = int(np.ma.getmaskarray(keys).sum())
        ordered = np.sort(np.ma.compressed(keys))
        return empty > 1 or bool((ordered[1:] == ordered[:-1]).any())

    def _twins(self) -> exp.Select:
        """Return all but the first of the rows that share a key, and what becomes of them."""
        names = [exp.column(k, quoted=True) for k in self._key]
        shared = (
            exp.select(*(n.copy() for n in names))
            .from_(self._plan.candidates)
            .where(_sound())
            .group_by(*(n.copy() for n in names))
            .having(exp.Count(this=exp.Star()) > 1)
        )
        order = exp.Order(expressions=[exp.column(c) for c in (FILE, PLACE, ITEM)])
        nth = exp.Window(this=exp.RowNumber(), partition_by=names, order=order)
        first = exp.Window(
            this=exp.FirstValue(this=_content(self._plan)),
            partition_by=[n.copy() for n in names],
            order=order.copy(),
        )
        whole = exp.Tuple(expressions=[n.copy() for n in names])
        ranked = exp.select(
            exp.column("rowid").as_(_ROW),
            nth.as_("_nth"),
            first.as_("_first"),
            _content(self._plan).as_("_content"),
        )
        ranked = ranked.from_(self._plan.candidates).where(
            exp.and_(_sound(), exp.In(this=whole, query=shared.subquery()))
        )
        one_per = self._plan.rule.one_per
        same = exp.true() if one_per else exp.column("_content").eq(exp.column("_first"))
        merged, repeated = (exp.Literal.string(f) for f in (_MERGED, _REPEATED))
        fate = exp.Case().when(same, merged).else_(repeated)
        later = exp.column("_nth") > 1
        return exp.select(_ROW, fate.as_(_FATE)).from_(ranked.subquery("r")).where(later)


def _some(plan: Planned, fate: exp.Expr) -> exp.Select:
    row = exp.column("rowid").as_(_ROW)
    return exp.select(row, fate.as_(_FATE)).from_(exp.to_table(plan.candidates).as_("r"))


def _sound() -> exp.Expr:
    return exp.Is(this=exp.column(FAULTS), expression=exp.null())


def _content(plan: Planned) -> exp.Expr:
    """Return a row's fields as one value, to tell whether two rows are the same."""
    fields = [exp.column(f.name, quoted=True) for f in plan.rule.fields]
    return exp.Anonymous(this="row", expressions=fields)


def keep_lineage(desk: Desk, table: Table) -> None:
    """Write the lineage of the rows that stay of the version that the load adds to."""
    told = desk.base.lineage(table) if desk.base and table.name in desk.base.tables else None
    if told is None:
        return
    rows = exp.select(exp.Star()).from_(told)
    if is_numbered(table) and f"{NEW}{table.name}" in desk.views:
        key = exp.column(table.keys[0], quoted=True)
        new = exp.select(key).from_(exp.to_table(f"{NEW}{table.name}", quoted=True))
        rows = rows.where(exp.not_(exp.In(this=exp.column("key"), query=new.subquery())))
    desk.write_lineage(table, rows)


def _shown(field: Field, given: Collection[str]) -> exp.Expr:
    value = exp.column(field.name, quoted=True) if field.name in given else exp.null()
    return exp.cast(value, TYPES[field.kind]).as_(field.name, quoted=True)
