"""The released Kaplan–Meier result: intervals, summary, log-rank test, curve."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qundao.analysis.document import (
    Column,
    Released,
    Report,
    ResultCell,
    composed,
    rounded,
    table,
    withheld,
)
from qundao.analysis.groups import Arm
from qundao.analysis.kaplan_meier import KaplanMeier
from qundao.analysis.log_rank import LogRank, log_rank
from qundao.analysis.reading import words_json
from qundao.analysis.survival import Interval, Median, estimate, median, median_limits
from qundao.disclosure.decisions import SMALL_CELL, TAIL
from qundao.disclosure.margins import RiskSeries
from qundao.disclosure.risk_series import Run, read_runs
from qundao.kernel.words import Words

_INTERVALS = (
    Column("arm", Words("组别", "arm"), "text"),
    Column("from", Words("起（天，不含）", "after day"), "days"),
    Column("to", Words("止（天，含）", "to day"), "days"),
    Column("at_risk", Words("在险人数", "at risk")),
    Column("events", Words("事件", "events")),
    Column("censored", Words("删失", "censored")),
    Column("survival", Words("期末生存率", "survival at the end"), "decimal3"),
    Column("low", Words("95% 下限", "95% lower"), "decimal3"),
    Column("high", Words("95% 上限", "95% upper"), "decimal3"),
)
_SUMMARY = (
    Column("arm", Words("组别", "arm"), "text"),
    Column("persons", Words("人数", "people")),
    Column("events", Words("事件", "events")),
    Column("median", Words("中位时间（天）", "median (days)"), "text"),
    Column("limits", Words("95% 置信区间（天）", "95% confidence limits (days)"), "text"),
)
_TEST = (
    Column("chi_square", Words("χ²", "χ²"), "decimal3"),
    Column("degrees", Words("自由度", "degrees of freedom")),
    Column("p", Words("P 值", "p"), "p"),
    Column("until", Words("截至（天）", "up to day"), "days"),
)
_NOT_REACHED = Words("未达到", "not reached")


@dataclass(frozen=True, slots=True)
class Curve:
    """One arm's released life table."""

    arm: Arm
    persons: int | None
    runs: tuple[Run, ...]
    intervals: tuple[Interval, ...]
    whole: bool

    @property
    def end(self) -> int:
        """Return the last day up to which the curve is published."""
        return self.intervals[-1].end if self.intervals else 0

    @property
    def left(self) -> int | None:
        """Return the people at risk after the published part, None when nothing is published."""
        return self.runs[-1].after if self.runs else self.persons

    @property
    def events(self) -> int:
        """Return the published events."""
        return sum(r.events for r in self.runs)


def report(spec: KaplanMeier, released: Released) -> Report:
    """Return the tables, the figure and the sentences of a Kaplan–Meier analysis."""
    series = released.layout.margins.series
    curves = [_curve(spec, a, s, released) for a, s in zip(spec.arms, series, strict=True)]
    test = log_rank([c.runs for c in curves], spec.grid)
    tables = [
        table(
            "summary", Words("概要", "Summary"), _SUMMARY, [_summary(c, released) for c in curves]
        ),
        table(
            "intervals",
            Words("各区间", "Intervals"),
            _INTERVALS,
            (row for c in curves for row in _interval_rows(spec, c, released)),
        ),
    ]
    if test:
        title = Words("log-rank 检验", "Log-rank test")
        tables.append(table("log_rank", title, _TEST, [_test(test)]))
    sentences = tuple(_sentence(spec, c, released) for c in curves)
    return Report(
        tuple(tables), sentences, _figure(spec, curves), tuple(_notes(spec, curves, test))
    )


def _curve(spec: KaplanMeier, arm: Arm, series: RiskSeries, released: Released) -> Curve:
    values = released.gated.values
    runs = read_runs(values, series)
    whole = values[series.left] is not None
    return Curve(arm, values[series.start], runs, estimate(runs, spec.grid), whole)


def _summary(curve: Curve, released: Released) -> list[ResultCell]:
    name = words_json(curve.arm.label)
    if curve.persons is None:
        hidden = released.mark(SMALL_CELL)
        return [name, hidden, hidden, hidden, hidden]
    low, high = median_limits(curve.intervals)
    middle = words_json(_until(median(curve.intervals), curve))
    limits = words_json(_limits(_day(low), _day(high)))
    return [name, curve.persons, _events(curve, released), middle, limits]


def _limits(low: Words, high: Words) -> Words:
    """Return two days or spans of days; of two that are not reached, one word for both."""
    if low == high == _NOT_REACHED:
        return Words("均未达到", "neither reached")
    return Words(f"下限 {low.zh}，上限 {high.zh}", f"lower {low.en}, upper {high.en}")


def _events(curve: Curve, released: Released) -> ResultCell:
    """Return the total of events: with a withheld tail it would give the tail away."""
    if curve.whole:
        return curve.events
    return withheld(f"≥{curve.events}", released.reason(TAIL))


def _day(found: Median) -> Words:
    if found.by is None:
        return _NOT_REACHED
    text = str(found.by) if found.exact else f"{found.after}–{found.by}"
    return Words(text, text)


def _until(found: Median, curve: Curve) -> Words:
    if found.by is None and not curve.whole:
        end = curve.end
        return Words(f"至第 {end} 天未达到", f"not reached by day {end}")
    return _day(found)


def _interval_rows(
    spec: KaplanMeier, curve: Curve, released: Released
) -> Iterator[list[ResultCell]]:
    name = words_json(curve.arm.label)
    for i in curve.intervals:
        if not i.at_risk:  # everybody has left: nothing more to tell
            return
        yield [
            name,
            i.start,
            i.end,
            i.at_risk,
            i.events,
            i.censored,
            rounded(float(i.survival)),
            _limit(i.low),
            _limit(i.high),
        ]
    if not curve.whole:
        small = curve.persons is None
        hidden = released.mark(SMALL_CELL if small else TAIL)
        at_risk: ResultCell = hidden if curve.left is None else curve.left
        yield [name, curve.end, spec.grid[-1], at_risk, *[hidden] * 5]


def _limit(value: float | None) -> float | None:
    return None if value is None else rounded(value)


def _test(test: LogRank) -> list[ResultCell]:
    p = composed("<0.0001" if test.p < 1e-4 else f"{test.p:.4f}", value=test.p)
    return [rounded(test.chi_square, 7), test.degrees, p, test.until]


def _figure(spec: KaplanMeier, curves: Sequence[Curve]) -> Mapping[str, Any]:
    return {
        "kind": "kaplan_meier",
        "x": {"label": words_json(Words("天", "days")), "max": spec.grid[-1]},
        "y": {"label": words_json(Words("未发生事件的比例", "event-free")), "max": 1},
        "series": [_series(c) for c in curves],
    }


def _series(curve: Curve) -> Mapping[str, Any]:
    points = [{"day": 0, "survival": 1.0, "low": 1.0, "high": 1.0, "at_risk": curve.persons}]
    points += [
        {
            "day": i.end,
            "survival": rounded(float(i.survival)),
            "low": _limit(i.low),
            "high": _limit(i.high),
            "at_risk": r.after,
        }
        for i, r in zip(curve.intervals, curve.runs, strict=True)
    ]
    return {
        "group": curve.arm.id,
        "label": words_json(curve.arm.label),
        "points": points if curve.persons is not None else [],
        "withheld_after": None if curve.whole else curve.end,
    }


def _sentence(spec: KaplanMeier, curve: Curve, released: Released) -> Words:
    zh, en = curve.arm.label.zh, curve.arm.label.en
    if curve.persons is None:
        k = released.floors.min_cell
        return Words(f"{zh}：不足 {k} 人，不显示。", f"{en}: below {k} people, withheld.")
    n, d, end = curve.persons, curve.events, curve.end
    middle = _until(median(curve.intervals), curve)
    if curve.whole:
        return Words(
            f"{zh}：{n} 人，{d} 人发生事件，中位时间{_dated(middle).zh}。",
            f"{en}: {n} people, {d} events, median {_dated(middle).en}.",
        )
    return Words(
        f"{zh}：{n} 人，第 {end} 天前 {d} 人发生事件；第 {end}–{spec.grid[-1]} 天的尾部不显示。",
        f"{en}: {n} people, {d} events by day {end}; the tail from day {end} to "
        f"{spec.grid[-1]} is withheld.",
    )


def _dated(middle: Words) -> Words:
    """Return a median with its unit: `第 0–28 天`, or that it is not reached."""
    if middle == _NOT_REACHED:
        return middle
    return Words(f"在第 {middle.zh} 天", f"on day {middle.en}")


def _notes(spec: KaplanMeier, curves: Sequence[Curve], test: LogRank | None) -> Iterator[Words]:
    yield Words(
        "区间左开右闭；当日删失者计入当日在险。区间内有删失时按寿命表法（删失者计一半）。"
        "方差用 Greenwood 公式，置信区间用 log(-log) 变换。",
        "Intervals are (from, to]; people censored on a day are at risk on it. With censoring "
        "inside an interval the life-table rule applies (those censored count for half). "
        "Variance after Greenwood, limits on the log(-log) scale.",
    )
    if any(i.actuarial for c in curves for i in c.intervals):
        yield Words(
            "本结果含有区间内删失，为寿命表估计，与逐日 Kaplan–Meier 略有差别。",
            "Some intervals hold censored people: these are life-table estimates, close to but "
            "not the same as daily Kaplan–Meier.",
        )
    if any(not c.whole for c in curves):
        yield Words(
            "尾部事件数不足门槛，尾部与全程事件合计均不显示。",
            "The tail has too few events: it and the total over the whole period are withheld.",
        )
    if test and test.until < spec.grid[-1]:
        yield Words(
            f"log-rank 检验只用各组都公布的区间（至第 {test.until} 天）。",
            f"The log-rank test uses the intervals that all arms publish (to day {test.until}).",
        )
