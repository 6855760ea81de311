"""Read what nodes and analyses released (JSON) for the pages: results, cells, scorecards.

A withheld number arrives as `{"withheld": "<10", "reason": {"zh", "en"}}` and is shown as ＜10
with that reason; null is a number nobody released and is shown as withheld too, never as 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qundao.hub.pages.components import Category, Shortcoming, Text, as_words
from qundao.hub.pages.plot import Curve
from qundao.kernel.words import Words

_NOT_RELEASED = Words("未公布", "not released")
_WHY_NOT = Words(
    "节点的出域规则没有放行这个数", "the disclosure rules of a node did not let this number out"
)


@dataclass(frozen=True, slots=True)
class Cell:
    """One shown cell. `shown` is what stands on the page, `numeric` sets it flush right."""

    shown: Text
    numeric: bool = False
    withheld: bool = False
    reason: Text = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A released table."""

    title: Text
    columns: tuple[Text, ...]
    rows: tuple[tuple[Cell, ...], ...]

    @property
    def reasons(self) -> tuple[Text, ...]:
        """Return each reason for a withheld cell once, in the order in which they occur."""
        cells = (c for row in self.rows for c in row if c.withheld and c.reason)
        return tuple(dict.fromkeys(c.reason for c in cells))


@dataclass(frozen=True, slots=True)
class Result:
    """A released result, ready to be shown."""

    method: str
    tables: tuple[Table, ...]
    figure: Mapping[str, Any] | None
    withheld: tuple[Text, ...]
    notes: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class ScoreView:
    """A scorecard, ready to be shown."""

    total: str
    categories: tuple[Category, ...]
    mend: tuple[Shortcoming, ...]
    run: int
    passed: int


def read_cell(value: Any) -> Cell:
    """Return how one released value is shown."""
    if value is None:
        return Cell(_NOT_RELEASED, numeric=True, withheld=True, reason=_WHY_NOT)
    if isinstance(value, Mapping) and "withheld" in value:
        return _withheld(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return Cell(as_words(value))
    return Cell(_plain(value), numeric=True)


def _withheld(value: Mapping[str, Any]) -> Cell:
    bound = str(value["withheld"]).replace("<", "＜")
    reason = as_words(value["reason"]) if value.get("reason") else _WHY_NOT
    shown = bound if bound.startswith("＜") else _NOT_RELEASED
    return Cell(shown, numeric=True, withheld=True, reason=reason)


def _plain(value: float) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.0f}" if value == int(value) else f"{value:,.3f}".rstrip("0").rstrip(".")


def read_table(table: Mapping[str, Any]) -> Table:
    """Return a released table `{title, columns, rows}`."""
    return Table(
        title=as_words(table.get("title", "")),
        columns=tuple(as_words(c) for c in table["columns"]),
        rows=tuple(tuple(read_cell(v) for v in row) for row in table["rows"]),
    )


def read_result(result: Mapping[str, Any]) -> Result:
    """Return a released result (`qundao.result/1`)."""
    figure = result.get("figure")
    return Result(
        method=str(result.get("method", "")),
        tables=tuple(read_table(t) for t in result.get("tables", ())),
        figure=read_figure(figure) if figure else None,
        withheld=tuple(as_words(t) for t in result.get("withheld", ())),
        notes=tuple(as_words(t) for t in result.get("notes", ())),
    )


def read_figure(figure: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return a Kaplan–Meier figure for `plot.survival_plot`; None for a kind we cannot draw."""
    if figure.get("kind") != "kaplan_meier":
        return None
    return {**figure, "curves": tuple(_curve(s) for s in figure["series"])}


def _curve(series: Mapping[str, Any]) -> Curve:
    points: Sequence[Mapping[str, Any]] = series["points"]
    return Curve(
        label=as_words(series.get("label") or series["group"]),
        times=tuple(float(p["time"]) for p in points),
        survival=tuple(float(p["survival"]) for p in points),
        lower=tuple(p.get("lower") for p in points),
        upper=tuple(p.get("upper") for p in points),
        at_risk=tuple((float(p["time"]), str(read_cell(p["at_risk"]).shown)) for p in points),
        withheld_from=series.get("withheld_from"),
    )


_CATEGORIES = (
    ("conformance", Words("一致性", "Conformance")),
    ("completeness", Words("完整性", "Completeness")),
    ("plausibility", Words("合理性", "Plausibility")),
)


def read_scorecard(card: Mapping[str, Any]) -> ScoreView:
    """Return a quality scorecard (`Scorecard.to_json` of the quality room)."""
    checks: Sequence[Mapping[str, Any]] = card.get("checks") or ()
    failed = [c for c in checks if c.get("status") == "failed"]
    run = [c for c in checks if c.get("status") in {"passed", "failed"}]
    return ScoreView(
        total=_plain(card["total"]),
        categories=tuple(_category(card, name, words) for name, words in _CATEGORIES),
        mend=tuple(_shortcoming(c) for c in sorted(failed, key=_share, reverse=True)[:5]),
        run=len(run),
        passed=len(run) - len(failed),
    )


def _category(card: Mapping[str, Any], name: str, words: Words) -> Category:
    value = card.get(name)
    return Category(words, float(value or 0), "–" if value is None else _plain(value))


def _share(check: Mapping[str, Any]) -> float:
    return float(check.get("violated_rows") or 0) / max(1, int(check.get("denominator_rows") or 0))


def _shortcoming(check: Mapping[str, Any]) -> Shortcoming:
    place = ".".join(str(check[k]) for k in ("table", "field") if check.get(k))
    return Shortcoming(
        as_words(check.get("title") or check["check"]),
        place,
        int(check.get("violated_rows") or 0),
        int(check.get("denominator_rows") or 0),
    )
