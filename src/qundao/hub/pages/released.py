"""Read what analyses released (`qundao.result/1`) for the pages.

A cell is a number, a text in both languages, a composed text with its numbers, or a withheld
number `{"withheld": "<10", "reason": {"zh", "en"}}`, which is shown as ＜10 with that reason,
never as 0 or blank. Null is a number that does not exist (a limit that cannot be estimated).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qundao.hub.pages.components import Text, as_words
from qundao.hub.pages.plot import Curve, Figure
from qundao.kernel.words import Words

_NOT_SHOWN = Words("不显示", "withheld")
_PLACES = {"percent": 1, "decimal1": 1, "decimal2": 2, "decimal": 3, "decimal3": 3}
"""Decimals by a column's format; `decimal` stands in results of before 0.2."""
BESIDE = 6
"""The most columns of a table that stands beside its figure."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One shown cell. `shown` is what stands on the page, `numeric` sets it flush right."""

    shown: Text
    numeric: bool = False
    withheld: bool = False
    reason: Text = ""


@dataclass(frozen=True, slots=True)
class Heading:
    """A column's heading; `numeric` columns are flush right."""

    label: Text
    numeric: bool


@dataclass(frozen=True, slots=True)
class Table:
    """A released table."""

    title: Text
    columns: tuple[Heading, ...]
    rows: tuple[tuple[Cell, ...], ...]

    @property
    def reasons(self) -> tuple[tuple[Text, Text], ...]:
        """Return each mark with its reason once, in the order in which they occur."""
        cells = (c for row in self.rows for c in row if c.withheld)
        return tuple(dict.fromkeys((c.shown, c.reason) for c in cells))


@dataclass(frozen=True, slots=True)
class Result:
    """A released result, ready to be shown."""

    method: str
    words: tuple[Text, ...]
    tables: tuple[Table, ...]
    figure: Figure | None
    notes: tuple[Text, ...]
    nodes: int
    min_cell: int
    event_floor: int

    @property
    def beside(self) -> tuple[Table, ...]:
        """Return the tables that fit beside a figure."""
        return tuple(t for t in self.tables if self.figure and len(t.columns) <= BESIDE)

    @property
    def below(self) -> tuple[Table, ...]:
        """Return the tables that need the page's whole width."""
        return tuple(t for t in self.tables if t not in self.beside)


def read_cell(value: Any, written: str = "") -> Cell:
    """Return how one released value is shown; `written` is the column's format."""
    if value is None:
        return Cell("–", numeric=True)
    if isinstance(value, Mapping):
        return _composed(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return Cell(str(value))
    return Cell(plain_number(value, written), numeric=True)


def _composed(value: Mapping[str, Any]) -> Cell:
    if "withheld" in value:
        mark = str(value["withheld"]).replace("<", "＜")
        shown: Text = _NOT_SHOWN if mark == "*" else mark
        return Cell(shown, numeric=True, withheld=True, reason=as_words(value["reason"]))
    if "text" in value:
        return Cell(str(value["text"]), numeric=True)
    return Cell(as_words(value))


def plain_number(value: float, written: str = "") -> str:
    """Return a number as text: thousands grouped; a column's numbers have the same decimals."""
    places = _PLACES.get(written)
    if places is not None:
        return f"{value:,.{places}f}"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.3f}".rstrip("0").rstrip(".")


def read_table(table: Mapping[str, Any]) -> Table:
    """Return a released table `{title, columns: [{label, format}], rows}`."""
    formats = [str(c.get("format", "")) for c in table["columns"]]
    rows = tuple(
        tuple(read_cell(v, f) for v, f in zip(row, formats, strict=True)) for row in table["rows"]
    )
    flush = [all(row[i].numeric for row in rows) for i in range(len(formats))]
    headings = zip(table["columns"], formats, flush, strict=True)
    return Table(
        title=as_words(table["title"]),
        columns=tuple(
            Heading(as_words(c["label"]), f != "text" or right) for c, f, right in headings
        ),
        rows=rows,
    )


def read_result(result: Mapping[str, Any]) -> Result:
    """Return a released result (`qundao.result/1`)."""
    figure, floors = result.get("figure"), result.get("floors") or {}
    return Result(
        method=str(result.get("method", "")),
        words=_texts(result, "words"),
        tables=tuple(read_table(t) for t in result.get("tables", ())),
        figure=read_figure(figure) if figure else None,
        notes=_texts(result, "notes"),
        nodes=int(result.get("nodes") or 0),
        min_cell=int(floors.get("min_cell") or 0),
        event_floor=int(floors.get("event_floor") or 0),
    )


def _texts(result: Mapping[str, Any], name: str) -> tuple[Text, ...]:
    return tuple(as_words(t) for t in result.get(name, ()))


def read_figure(figure: Mapping[str, Any]) -> Figure | None:
    """Return a Kaplan–Meier figure; None for a kind that the page cannot draw."""
    drawn = [s for s in figure.get("series", ()) if s["points"]]
    if figure.get("kind") != "kaplan_meier" or not drawn:
        return None
    return Figure(
        x_title=as_words(figure["x"]["label"]),
        y_title=as_words(figure["y"]["label"]),
        until=float(figure["x"]["max"]),
        curves=tuple(_curve(s) for s in drawn),
    )


def _curve(series: Mapping[str, Any]) -> Curve:
    points: Sequence[Mapping[str, Any]] = series["points"]
    after = series.get("withheld_after")
    return Curve(
        label=as_words(series.get("label") or series["group"]),
        times=tuple(float(p["day"]) for p in points),
        survival=tuple(float(p["survival"]) for p in points),
        lower=tuple(p.get("low") for p in points),
        upper=tuple(p.get("high") for p in points),
        at_risk=tuple((float(p["day"]), str(read_cell(p["at_risk"]).shown)) for p in points),
        withheld_from=None if after is None else float(after),
    )
