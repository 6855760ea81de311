"""Server-drawn figures: the geometry of a Kaplan–Meier plot with its numbers at risk.

The template writes the SVG; here are only places. Survival is released at the days of the grid
and nowhere else: those days are marked, and the curve steps down on them as a Kaplan–Meier
curve does, because a slope would claim values in between that nobody released. The page says
that the day of a fall inside an interval is not told. Confidence limits are bars at the marked
days for the same reason: a band would claim them in between. A curve ends where its numbers
end, and says so, instead of running on as a plateau.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from qundao.hub.pages.components import Text

WIDTH, LEFT, RIGHT, TOP, HEIGHT = 640, 56, 16, 12, 300
ROW = 20
"""Height of one row of numbers at risk."""
ROOM = 34
"""Least distance between two numbers of a row."""


@dataclass(frozen=True, slots=True)
class Curve:
    """One group's survival at the days of the grid (the first is 1 at 0).

    `at_risk[i]` is text to print under `times[i]`; `withheld_from` is the time after which the
    protocol still looks but nothing may be shown (None: everything is shown).
    """

    label: Text
    times: tuple[float, ...]
    survival: tuple[float, ...]
    lower: tuple[float | None, ...] = ()
    upper: tuple[float | None, ...] = ()
    at_risk: tuple[tuple[float, str], ...] = ()
    withheld_from: float | None = None

    def __post_init__(self) -> None:
        if not self.times or len(self.times) != len(self.survival):
            raise ValueError(
                "one survival value for each time is required, received "
                f"{len(self.times)} times and {len(self.survival)} values"
            )


@dataclass(frozen=True, slots=True)
class Figure:
    """A Kaplan–Meier figure: its curves over `until` units of `x_title`."""

    x_title: Text
    y_title: Text
    until: float
    curves: tuple[Curve, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A text at a place."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """One group's steps and limits as SVG path data, its marked days, and its row of numbers.

    `end` is where a curve whose tail is withheld stops; None when everything is shown.
    """

    number: int
    label: Text
    path: str
    limits: str
    points: tuple[Mark, ...]
    end: Mark | None
    at_risk: tuple[Mark, ...]
    y: float


@dataclass(frozen=True, slots=True)
class Plot:
    """All places of one figure."""

    width: int
    height: int
    left: float
    right: float
    top: float
    bottom: float
    x_ticks: tuple[Mark, ...]
    y_ticks: tuple[Mark, ...]
    lines: tuple[Line, ...]
    x_title: Text
    y_title: Text
    risk_y: float


@dataclass(frozen=True, slots=True)
class _Scale:
    until: float

    def x(self, time: float) -> float:
        return round(LEFT + time / self.until * (WIDTH - LEFT - RIGHT), 1)

    @staticmethod
    def y(probability: float) -> float:
        return round(TOP + (1 - probability) * (HEIGHT - TOP), 1)


def survival_plot(figure: Figure) -> Plot:
    """Return the places of a figure. Ticks stand where the grid of the first curve stands."""
    scale = _Scale(figure.until)
    lines = tuple(_line(i, c, scale) for i, c in enumerate(figure.curves))
    return Plot(
        width=WIDTH,
        height=HEIGHT + 64 + ROW * (len(lines) + 1),
        left=LEFT,
        right=WIDTH - RIGHT,
        top=TOP,
        bottom=HEIGHT,
        x_ticks=_x_ticks(scale, _step(figure)),
        y_ticks=tuple(Mark(LEFT - 8, scale.y(p / 4) + 4, f"{p * 25}%") for p in range(5)),
        lines=lines,
        x_title=figure.x_title,
        y_title=figure.y_title,
        risk_y=HEIGHT + 64,
    )


def _step(figure: Figure) -> float:
    times = max((c.times for c in figure.curves), key=len)
    return times[1] - times[0] if len(times) > 1 else figure.until / 6


def _line(number: int, curve: Curve, scale: _Scale) -> Line:
    y = HEIGHT + 64 + ROW * (number + 1)
    points = _points(curve.times, curve.survival, scale)
    return Line(
        number=number % 4,
        label=curve.label,
        path=_joined(_stepped(points)),
        limits=_limits(number, curve, scale),
        points=points,
        end=_end(curve, points, scale),
        at_risk=_spaced([Mark(scale.x(t), y, text) for t, text in curve.at_risk]),
        y=y,
    )


def _spaced(marks: Sequence[Mark]) -> tuple[Mark, ...]:
    """Return the marks that leave each other room, the first always among them."""
    kept: list[Mark] = []
    for mark in marks:
        if not kept or mark.x - kept[-1].x >= ROOM:
            kept.append(mark)
    return tuple(kept)


def _points(times: Sequence[float], values: Sequence[float], scale: _Scale) -> tuple[Mark, ...]:
    pairs = zip(times, values, strict=True)
    return tuple(Mark(scale.x(t), scale.y(v), f"{v:.3f}") for t, v in pairs)


def _stepped(points: Sequence[Mark]) -> tuple[Mark, ...]:
    """Return the corners of a right-continuous step curve through the points."""
    corners = (m for a, b in pairwise(points) for m in (Mark(b.x, a.y, a.text), b))
    return (points[0], *corners)


def _joined(points: Sequence[Mark]) -> str:
    return "M" + "L".join(f"{p.x},{p.y}" for p in points)


def _limits(number: int, curve: Curve, scale: _Scale) -> str:
    """Return a bar for each marked day, aside so that neither steps nor groups hide it."""
    bars = (
        f"M{scale.x(t) + 4 * (number + 1):.1f},{scale.y(low)}V{scale.y(high)}"
        for t, low, high in zip(curve.times, curve.lower, curve.upper, strict=False)
        if low is not None and high is not None and low < high
    )
    return "".join(bars)


def _end(curve: Curve, points: Sequence[Mark], scale: _Scale) -> Mark | None:
    if curve.withheld_from is None or curve.withheld_from >= scale.until:
        return None
    return points[-1]


def _x_ticks(scale: _Scale, step: float) -> tuple[Mark, ...]:
    while scale.until / step > 10:
        step *= 2
    count = int(scale.until / step + 1e-9)
    return tuple(Mark(scale.x(i * step), HEIGHT + 18, f"{i * step:g}") for i in range(count + 1))
