"""The gate: every table passes here before it leaves a node, and again when pooled at the hub."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from qundao.disclosure import decisions as d
from qundao.disclosure.codes import BAD_ROUNDING, BAD_TABLE
from qundao.disclosure.decisions import Decision, decision
from qundao.disclosure.margins import Margins, RiskSeries, contradictions
from qundao.disclosure.risk_series import Run, publishable, read_runs, write_runs
from qundao.disclosure.rounding import check_base, round_count
from qundao.disclosure.suppression import withheld_counts
from qundao.disclosure.thresholds import Floors
from qundao.kernel.errors import fail, problem, raise_if


@dataclass(frozen=True, slots=True)
class Gated:
    """What may be shown: values (None: withheld), per cell the rule that withheld or merged it.

    `decisions` list every rule that acted, with the cells it acted on.
    """

    values: tuple[int | None, ...]
    rules: tuple[str | None, ...]
    decisions: tuple[Decision, ...]


def gate(
    names: Sequence[str],
    values: Sequence[int | None],
    margins: Margins,
    floors: Floors,
    rounding: int = 1,
) -> Gated:
    """Apply the thresholds to a table of named cells. None was withheld before and stays so.

    Counts: small cells, then complementary suppression, then rounding to multiples of
    `rounding` (1 for tables with a risk series, whose numbers hang together). Sums follow their
    counts. Risk series: neighbours merge until the floors are met.
    Raises `disclosure.bad_table` when cells contradict the margins, `disclosure.bad_rounding`.
    """
    if check_base(rounding) > 1 and margins.series:
        raise fail(BAD_ROUNDING, rounding, "rounding")
    _check(names, values, margins)
    out, rules = list(values), dict[int, str]()
    _counts(out, rules, margins, floors, rounding)
    for series in margins.series:
        _series(out, rules, series, floors)
    shown_rules = tuple(rules.get(i) for i in range(len(out)))
    return Gated(tuple(out), shown_rules, tuple(_decisions(names, out, rules, floors, rounding)))


def _check(names: Sequence[str], values: Sequence[int | None], margins: Margins) -> None:
    if len(names) != len(values):
        required = f"{len(names)} values"
        raise_if([problem(BAD_TABLE, len(values), "values", required=required)])
    required = "totals equal to the sums of their parts, counts of at least 0"
    raise_if(
        problem(BAD_TABLE, found, "values", required=required)
        for found in contradictions(values, margins)
    )


def _counts(
    out: list[int | None], rules: dict[int, str], margins: Margins, floors: Floors, base: int
) -> None:
    rules |= withheld_counts(out, margins, floors)
    rules |= {f.cell: d.FOLLOWS for f in margins.follows if f.count in rules}
    for cell in rules:
        out[cell] = None
    for cell in margins.counts:
        value = out[cell]
        if value is not None and base > 1:
            out[cell] = round_count(value, base)


def _series(
    out: list[int | None], rules: dict[int, str], series: RiskSeries, floors: Floors
) -> None:
    start = out[series.start]
    if start is None or floors.small(start):
        rules[series.start] = d.AT_NODE if start is None else d.SMALL_CELL
        rules |= dict.fromkeys(series.cells, d.SMALL_TOTAL)
        write_runs(out, series, None, ())
        return
    kept = publishable(read_runs(out, series), floors)
    write_runs(out, series, start, kept)
    rules |= _series_rules(series, kept)


def _series_rules(series: RiskSeries, kept: Sequence[Run]) -> Mapping[int, str]:
    rules: dict[int, str] = {}
    reached = kept[-1].last if kept else -1
    ends = {r.last for r in kept}
    for j, cells in enumerate(zip(series.events, series.exits, strict=True)):
        if j > reached:
            rules |= dict.fromkeys(cells, d.TAIL)
        elif j not in ends:
            rules |= dict.fromkeys(cells, d.MERGED)
    if reached < len(series.events) - 1:
        rules[series.left] = d.TAIL
    return rules


def _decisions(
    names: Sequence[str],
    out: Sequence[int | None],
    rules: Mapping[int, str],
    floors: Floors,
    base: int,
) -> Iterator[Decision]:
    facts = {"min_cell": floors.min_cell, "event_floor": floors.event_floor, "base": base}
    for rule in d.RULES:
        cells = _named(names, (c for c, r in sorted(rules.items()) if r == rule))
        if cells:
            action: d.Action = "merged" if rule == d.MERGED else "withheld"
            yield decision(rule, cells, action, **facts)
    shown = _named(names, (c for c, v in enumerate(out) if v is not None))
    if shown:
        yield decision(d.SHOWN, shown, "shown", **facts)
        if base > 1:
            yield decision(d.ROUNDED, shown, "rounded", **facts)


def _named(names: Sequence[str], cells: Iterable[int]) -> tuple[str, ...]:
    return tuple(names[c] for c in cells)
