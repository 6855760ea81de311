"""Sifts out of what was written straight the rows that only the whole shows to need a decision.

Those that point at a row which was not loaded, and those whose key is there twice, go among the
rule's candidates, where it is decided on them as on any other. All others stay as they lie.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from sqlglot import exp

from qundao.intake.load.desk import TARGET, Desk
from qundao.intake.load.layout import FAULTS, FILE, ITEM, PSEUDONYMS
from qundao.intake.load.lineage import key_of
from qundao.intake.load.parents import orphans
from qundao.intake.load.plans import Planned
from qundao.intake.load.slices import GrowingFile, encoded
from qundao.intake.load.straight import NTH, PLACES, Straight, has_twins, number_key
from qundao.intake.source import PLACE
from qundao.models import Field, Kind

_IN_MEMORY = 32_000_000
"""Keys that are looked at in memory for repetitions, 8 bytes each."""

_Numbers = npt.NDArray[np.int64]


def sifted(desk: Desk, plan: Planned) -> Straight | None:
    """Return what may stay of what was written of a rule; the rest are its candidates now.

    None where nothing was written, or nothing of it may stay.
    """
    straight = desk.straight.get(plan.number)
    if straight is None or not straight.rows:
        return None
    straight.finish()
    out = np.sort(_astray(desk, straight))
    if not len(out):
        return straight
    kept = replace(
        straight,
        table=GrowingFile(straight.table.path.with_suffix(".sifted")),
        lineage=GrowingFile(straight.lineage.path.with_suffix(".sifted")),
        files=[],
        rows=[],
    )
    begins = np.cumsum([0, *straight.rows])
    bounds = np.searchsorted(out, begins)
    for nth, (low, high) in enumerate(pairwise(bounds)):
        _sift(desk, straight, kept, nth, out[low:high] - begins[nth])
    if not kept.rows:
        return None
    kept.finish()
    return kept


def _sift(desk: Desk, whole: Straight, kept: Straight, nth: int, out: _Numbers) -> None:
    """Let a slice stay but for the rows of these numbers."""
    file, rows = whole.files[nth], whole.rows[nth]
    if not len(out):
        lying = [f.bytes_of(f.slices[nth]) for f in (whole.table, whole.lineage)]
        kept.put([lying[0]], [lying[1]], [file], [rows])
        return
    table, lineage = (_slice(f, nth) for f in (whole.table, whole.lineage))
    stays = np.ones(rows, bool)
    stays[out] = False
    _put_by(desk, kept, table.filter(~stays), lineage.filter(~stays), file)
    if stays.any():
        parts = [encoded(table.filter(stays))], [encoded(lineage.filter(stays), PLACES)]
        kept.put(*parts, [file], [int(stays.sum())])


def _slice(file: GrowingFile, nth: int) -> pa.Table:
    with pq.ParquetFile(file.path) as parquet:
        return parquet.read_row_group(nth)


def _put_by(desk: Desk, straight: Straight, table: pa.Table, lineage: pa.Table, file: int) -> None:
    """Put rows among the candidates that they were."""
    given = {f.name: table[f.name] for f in straight.plan.rule.fields}
    places = {PLACE: lineage["place"], ITEM: lineage["item"]}
    number = pa.array(np.full(len(table), file, np.int32))
    desk.make_candidates(straight.plan)
    desk.add(straight.plan.candidates, pa.table({FILE: number, **places, **given}), into=True)


def _astray(desk: Desk, straight: Straight) -> _Numbers:
    """Return the numbers of the rows that cannot stay, counted from 0 in the file."""
    plan = straight.plan
    known = {f.name for f in plan.table.fields if _are_all_there(desk, plan, f)}
    reasons = [orphan for field, orphan in orphans(desk, plan) if field.name not in known]
    keys = key_of(plan.rule, plan.table)
    if keys and _repeats(desk, straight):
        reasons.append(_is_twin(desk, straight, keys))
    if not reasons:
        return np.empty(0, np.int64)
    query = exp.select(NTH).from_(_written(straight)).where(exp.or_(*reasons))
    found: _Numbers = np.ma.getdata(desk.arrays(query)[NTH])
    return found


def _are_all_there(desk: Desk, plan: Planned, field: Field) -> bool:
    """Tell whether a field can only be of persons that were loaded: a pseudonym was looked up.

    Persons are fewer than the rows that speak of them.
    """
    if field.name not in plan.persons or field.foreign is None:
        return False
    key = desk.mapping.model[field.foreign.table][field.foreign.field]
    if not field.kind is key.kind is Kind.INTEGER:
        return False
    parent = f"{TARGET}{field.foreign.table}"
    if parent not in desk.names():
        return False
    lost = (
        f'SELECT 1 FROM {PSEUDONYMS} p ANTI JOIN "{parent}" t '  # noqa: S608
        f'ON t."{field.foreign.field}" = p.pseudonym LIMIT 1'
    )
    return not desk.rows(lost)


def _written(straight: Straight) -> exp.Expr:
    numbered = exp.PropertyEQ(this=exp.to_identifier(NTH), expression=exp.true())
    given = [exp.Literal.string(str(straight.table.path)), numbered]
    return exp.Table(this=exp.Anonymous(this="read_parquet", expressions=given))


def _repeats(desk: Desk, straight: Straight) -> bool:
    """Tell whether any key is there twice: whole numbers are put in order to see it."""
    number = number_key(straight.plan)
    if not number or sum(straight.rows) > _IN_MEMORY:
        return True
    return has_twins(np.ma.compressed(desk.arrays(_keys(desk, straight, (number,)))[number]))


def _is_twin(desk: Desk, straight: Straight, keys: Sequence[str]) -> exp.Expr:
    """Return whether a row's key is there twice, among what was written and the candidates."""
    names = [exp.column(k, quoted=True) for k in keys]
    every = exp.select(*names).from_(_keys(desk, straight, keys).subquery("k"))
    shared = every.group_by(*names).having(exp.Count(this=exp.Star()) > 1)
    whole = exp.Tuple(expressions=[n.copy() for n in names])
    return exp.In(this=whole, query=shared.subquery())


def _keys(desk: Desk, straight: Straight, keys: Sequence[str]) -> exp.Query:
    """Return the keys of all sound rows: written, and among the candidates."""
    names = [exp.column(k, quoted=True) for k in keys]
    written = exp.select(*names).from_(_written(straight))
    if not desk.has_candidates(straight.plan):
        return written
    put_by = exp.select(*names).from_(exp.to_table(straight.plan.candidates))
    put_by = put_by.where(exp.Is(this=exp.column(FAULTS), expression=exp.null()))
    return exp.union(written, put_by, distinct=False)
