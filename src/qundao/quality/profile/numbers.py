"""Numbers of a table: quantiles in one pass; then outliers and fixed bins in another.

Outliers lie beyond Tukey's outer fences, three interquartile ranges away (Tukey 1977, 2D).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from sqlglot import exp

from qundao.quality.profile.forms import FORMS, SENTINELS, like, one_of
from qundao.quality.profile.scan import in_table, text_of
from qundao.query.engine import Engine

QUANTILES = (0.01, 0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9, 0.99)
_DECILES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
_FENCE = 3.0
_DIGITS = 10


@dataclass(frozen=True, slots=True)
class Numbers:
    """Summary of one column of numbers. `edges` part its bins, `counts` are one more than they."""

    low: float
    high: float
    mean: float
    sd: float | None
    quantiles: Mapping[float, float]
    outliers: int = 0
    edges: tuple[float, ...] = ()
    counts: tuple[int, ...] = ()

    @property
    def fences(self) -> tuple[float, float] | None:
        """Return the outer fences; None where half of the values are one and the same."""
        low, high = self.quantiles[0.25], self.quantiles[0.75]
        return (low - _FENCE * (high - low), high + _FENCE * (high - low)) if high > low else None

    def to_json(self) -> dict[str, Any]:
        """Return the summary for the steward's profile."""
        return {
            "min": self.low,
            "max": self.high,
            "mean": _rounded(self.mean),
            "sd": _rounded(self.sd),
            "quantiles": {str(q): v for q, v in self.quantiles.items()},
            "outliers": self.outliers,
            "bins": {"edges": list(self.edges), "counts": list(self.counts)},
        }


def summarise(
    engine: Engine, table: str, columns: Mapping[str, bool], edges: Mapping[str, Sequence[float]]
) -> dict[str, Numbers]:
    """Return the numbers of each column (True: sentinels stand for nothing in it).

    `edges` are the bins to count in, of a profile made before; else the deciles.
    """
    if not columns:
        return {}
    values = {name: _value(name, without_sentinels=skip) for name, skip in columns.items()}
    first = _first(engine, table, values)
    return _second(engine, table, values, first, edges)


def _value(name: str, *, without_sentinels: bool) -> exp.Expr:
    text = text_of(name)
    written = like(text, FORMS["number"])
    if without_sentinels:
        written = exp.and_(written, exp.not_(one_of(text, SENTINELS)))
    return exp.Case().when(written, exp.TryCast(this=text.copy(), to=exp.DataType.build("DOUBLE")))


def _first(engine: Engine, table: str, values: Mapping[str, exp.Expr]) -> dict[str, Numbers]:
    columns = []
    for i, value in enumerate(values.values()):
        columns += [
            exp.Min(this=value.copy()).as_(f"c{i}_low"),
            exp.Max(this=value.copy()).as_(f"c{i}_high"),
            exp.Avg(this=value.copy()).as_(f"c{i}_mean"),
            exp.StddevSamp(this=value.copy()).as_(f"c{i}_sd"),
            *(_quantile(value, q).as_(f"c{i}_q{n}") for n, q in enumerate(QUANTILES)),
        ]
    answer = engine.records(exp.select(*columns).from_(in_table(table)))[0]
    return {
        name: Numbers(
            answer[f"c{i}_low"],
            answer[f"c{i}_high"],
            answer[f"c{i}_mean"],
            answer[f"c{i}_sd"],
            {q: answer[f"c{i}_q{n}"] for n, q in enumerate(QUANTILES)},
        )
        for i, name in enumerate(values)
        if answer[f"c{i}_low"] is not None and math.isfinite(answer[f"c{i}_high"])
    }


def _quantile(value: exp.Expr, share: float) -> exp.Expr:
    order = exp.Order(expressions=[exp.Ordered(this=value.copy())])
    percentile = exp.PercentileCont(this=exp.Literal.number(str(share)))
    return exp.WithinGroup(this=percentile, expression=order)


def _second(
    engine: Engine,
    table: str,
    values: Mapping[str, exp.Expr],
    first: Mapping[str, Numbers],
    edges: Mapping[str, Sequence[float]],
) -> dict[str, Numbers]:
    parts = {n: tuple(edges.get(n) or _deciles(held)) for n, held in first.items()}
    columns = []
    for i, (name, held) in enumerate(first.items()):
        value = values[name]
        outside = _outside(value, held.fences)
        columns.append(exp.Count(this=exp.Case().when(outside, _one())).as_(f"c{i}_out"))
        for j, edge in enumerate(parts[name]):
            below = value.copy() < exp.Literal.number(repr(edge))
            columns.append(exp.Count(this=exp.Case().when(below, _one())).as_(f"c{i}_b{j}"))
        columns.append(exp.Count(this=value.copy()).as_(f"c{i}_n"))
    if not columns:
        return {}
    answer = engine.records(exp.select(*columns).from_(in_table(table)))[0]
    return {
        name: replace(
            held,
            outliers=answer[f"c{i}_out"],
            edges=parts[name],
            counts=_between(answer, i, len(parts[name])),
        )
        for i, (name, held) in enumerate(first.items())
    }


def _deciles(held: Numbers) -> tuple[float, ...]:
    return tuple(sorted({held.quantiles[q] for q in _DECILES}))


def _outside(value: exp.Expr, fences: tuple[float, float] | None) -> exp.Expr:
    if fences is None:
        return exp.false()
    low, high = (exp.Literal.number(repr(f)) for f in fences)
    return exp.or_(value.copy() < low, value.copy() > high)


def _between(answer: Mapping[str, int], i: int, edges: int) -> tuple[int, ...]:
    """Return the counts of bins from the counts below each edge."""
    below = [0, *(answer[f"c{i}_b{j}"] for j in range(edges)), answer[f"c{i}_n"]]
    return tuple(b - a for a, b in pairwise(below))


def _one() -> exp.Expr:
    return exp.Literal.number(1)


def _rounded(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(f"{value:.{_DIGITS}g}")
