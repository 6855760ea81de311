"""From rows to a node's integers, through the gate and the masks, and to sums at the hub.

A vector follows the layout's cells. In a round with masks, the cells of masked groups carry
this node's share of the masked vector, and one check cell is appended; the cells of all other
groups carry what the node's own gate let out (None: withheld).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import pyarrow as pa

from qundao.analysis.cells import Layout
from qundao.analysis.codes import BAD_ANSWER
from qundao.analysis.registry import Spec
from qundao.disclosure.decisions import MASKED, Decision, decision
from qundao.disclosure.gate import Gated, gate
from qundao.disclosure.masks import unmask_sum
from qundao.disclosure.risk_series import common_runs, read_runs, write_runs
from qundao.disclosure.thresholds import Floors
from qundao.kernel.errors import fail
from qundao.query.engine import Engine

Values = Sequence[int | None]


@dataclass(frozen=True, slots=True)
class Partial:
    """What one node computed: an integer for each cell of the layout. Not to leave as it is."""

    layout_digest: str
    values: tuple[int, ...]


def local(engine: Engine, spec: Spec) -> Partial:
    """Compute a node's half. Raises `analysis.bad_rows`, `query.*` and `engines.*`."""
    return tally(spec.rows(engine), spec)


def tally(rows: pa.Table, spec: Spec) -> Partial:
    """Count rows that an engine returned. Raises `analysis.bad_rows`."""
    return Partial(spec.layout().digest, spec.tally(rows))


def gate_local(
    spec: Spec, partial: Partial, floors: Floors, masked_groups: Collection[str] = ()
) -> Gated:
    """Apply the node's own floors to every group that is not masked.

    Masked groups keep their numbers here: only their masked shares may leave, and the floor is
    applied to the pooled numbers (`release`). Nothing is rounded before it is pooled.
    """
    layout = spec.layout()
    hidden = frozenset(layout.of_groups(masked_groups))
    shown = frozenset(range(len(layout.cells))) - hidden
    open_margins = layout.margins.only(shown)
    gated = gate(layout.names, partial.values, open_margins, floors)
    if not hidden:
        return gated
    note = decision(MASKED, [layout.names[i] for i in sorted(hidden)], "masked")
    return Gated(gated.values, gated.rules, (*_without(gated.decisions, layout, hidden), note))


def _without(
    decisions: Sequence[Decision], layout: Layout, hidden: Collection[int]
) -> tuple[Decision, ...]:
    """Return the decisions without the masked cells, on which the gate has decided nothing."""
    names = {layout.names[i] for i in hidden}
    cut = (
        Decision(d.rule, tuple(c for c in d.cells if c not in names), d.action, d.words)
        for d in decisions
    )
    return tuple(d for d in cut if d.cells)


def seal(
    layout: Layout,
    gated: Gated,
    masked_groups: Collection[str],
    mask: Callable[[Sequence[int]], Sequence[int]],
) -> tuple[int | None, ...]:
    """Return a node's answer: masked groups masked, the check cell last when there are any.

    `mask` masks a vector for this round (`disclosure.masks.mask` with its keys filled in).
    """
    hidden = layout.of_groups(masked_groups)
    if not hidden:
        return gated.values
    out = list(gated.values)
    shares = mask([_number(gated.values[i]) for i in hidden])
    for place, share in zip(hidden, shares[:-1], strict=True):
        out[place] = share
    return (*out, shares[-1])


def _number(value: int | None) -> int:
    if value is None:
        raise fail(BAD_ANSWER, "nothing", "values", required="a number in each masked cell")
    return value


@dataclass(frozen=True, slots=True)
class Totals:
    """The pooled cells before the last gate; None where a contributing node withheld its part."""

    layout_digest: str
    values: tuple[int | None, ...]
    nodes: int


def combine(
    layout: Layout, answers: Sequence[Values], masked_groups: Collection[str] = ()
) -> Totals:
    """Add up the answers of one round.

    Groups that several nodes gated on their own are summed over what all of them show; life
    tables over the edges that all of them publish. Every answer counts for every group: leave
    out nodes that do not contribute a group with `blank`. Raises `analysis.bad_answer` and
    `disclosure.mask_check_failed`.
    """
    hidden = layout.of_groups(masked_groups)
    length = len(layout.cells) + bool(hidden)
    for answer in answers:
        if len(answer) != length:
            raise fail(BAD_ANSWER, len(answer), "values", required=f"{length} values")
    values = add_open(layout, answers)
    if hidden:
        shares = [[_number(a[i]) for i in (*hidden, length - 1)] for a in answers]
        for place, total in zip(hidden, unmask_sum(shares), strict=True):
            values[place] = total
    return Totals(layout.digest, tuple(values), len(answers))


def blank(layout: Layout, answer: Values, groups: Collection[str]) -> tuple[int | None, ...]:
    """Return an answer with zeros in the cells of groups to which its node contributes nothing."""
    foreign = set(layout.of_groups(groups))
    return tuple(0 if i in foreign else v for i, v in enumerate(answer))


def add_open(layout: Layout, answers: Sequence[Values]) -> list[int | None]:
    """Return the sums of plain numbers over nodes, None where one withheld its part."""
    values = [_sum([a[i] for a in answers]) for i in range(len(layout.cells))]
    for series in layout.margins.series:
        runs = common_runs([read_runs(a, series) for a in answers])
        start = values[series.start]
        write_runs(values, series, start, runs if start is not None else ())
    return values


def _sum(parts: Sequence[int | None]) -> int | None:
    known = [p for p in parts if p is not None]
    return sum(known) if len(known) == len(parts) else None


def release(spec: Spec, totals: Totals, floors: Floors, rounding: int | None = None) -> Gated:
    """Apply the floors to the pooled numbers: the last gate before a result is written.

    Counts are rounded as the protocol says, unless `rounding` says otherwise.
    """
    layout = spec.layout()
    if totals.layout_digest != layout.digest:
        raise fail(BAD_ANSWER, totals.layout_digest, "layout", required=layout.digest)
    return gate(layout.names, totals.values, layout.margins, floors, rounding or layout.rounding)
