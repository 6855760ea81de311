"""Scores over the versions of a dataset: the total and each category as a line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from qundao.kernel.words import Words
from qundao.quality.figures.svg import Drawing
from qundao.quality.kinds import Category
from qundao.quality.trend import Version
from qundao.quality.yardstick import same_yardstick

WIDTH, HEIGHT, LEFT, RIGHT, TOP = 720, 300, 44, 130, 24
SPANS = (4, 8, 20, 40, 100)
"""Points that the axis may span, so that its ticks are round numbers."""
LINE = 17
"""Least distance between two names at the lines' ends."""
_TITLE = Words("各版本的质量评分", "Quality scores over versions")
_TOTAL = Words("总分", "Total")


def trend_lines(versions: Sequence[Version], language: str) -> str:
    """Draw the versions, oldest first.

    A line breaks between two versions whose scores are not comparable: other checks, another
    scale.
    """
    scale = _scale(versions)
    drawing = Drawing(WIDTH, HEIGHT + 30, _TITLE.in_(language))
    _axes(drawing, versions, scale)
    ends = []
    for number, (words, scores) in enumerate(_series(versions)):
        end = _line(drawing, number, scores, versions, scale)
        if end is not None:
            ends.append((end, words.in_(language)))
    for i, version in enumerate(versions):
        x, total = scale.x(i), version.card["total"]
        drawing.text(x, scale.y(total) - 10, f"{total:.1f}", "strong", "middle")
    for (_, name), y in zip(sorted(ends), _spaced(sorted(e for e, _ in ends)), strict=True):
        drawing.text(WIDTH - RIGHT + 12, y + 4, name)
    return str(drawing)


@dataclass(frozen=True, slots=True)
class _Scale:
    low: float
    count: int

    def x(self, i: int) -> float:
        return LEFT + 20 + i * (WIDTH - LEFT - RIGHT - 40) / max(1, self.count - 1)

    def y(self, points: float) -> float:
        return TOP + (100 - points) / (100 - self.low) * (HEIGHT - TOP)


def _series(versions: Sequence[Version]) -> list[tuple[Words, list[float | None]]]:
    total: list[float | None] = [v.card["total"] for v in versions]
    parts = [(c.words, [v.card["categories"].get(c.value) for v in versions]) for c in Category]
    return [(_TOTAL, total), *parts]


def _scale(versions: Sequence[Version]) -> _Scale:
    """Return the closest scale below 100 that leaves room under the lowest score."""
    lowest = min(s for _, scores in _series(versions) for s in scores if s is not None)
    span = next((s for s in SPANS if 100 - 0.9 * s <= lowest), 100)
    return _Scale(100.0 - span, len(versions))


def _axes(drawing: Drawing, versions: Sequence[Version], scale: _Scale) -> None:
    for i in range(5):
        points = scale.low + (100 - scale.low) * i / 4
        y = scale.y(points)
        drawing.line(LEFT, y, WIDTH - RIGHT, y, "axis" if i == 0 else "grid")
        drawing.text(LEFT - 8, y + 4, f"{points:g}", "soft", "end")
    every = -(-len(versions) // 8)
    for i, version in enumerate(versions):
        if i % every == 0 or i == len(versions) - 1:
            drawing.text(scale.x(i), HEIGHT + 20, version.label, "soft", "middle")


def _line(
    drawing: Drawing,
    number: int,
    scores: Sequence[float | None],
    versions: Sequence[Version],
    scale: _Scale,
) -> float | None:
    """Draw one line and return the height of its end; None when it has no point."""
    places = [None if s is None else (scale.x(i), scale.y(s)) for i, s in enumerate(scores)]
    for (a, b), (one, other) in zip(pairwise(places), pairwise(versions), strict=True):
        if a and b and same_yardstick(one.card, other.card):
            drawing.path([a, b], f"line s{number}")
    found = [p for p in places if p]
    for place in found:
        drawing.dot(*place, f"dot d{number}")
    return found[-1][1] if found else None


def _spaced(heights: Sequence[float]) -> list[float]:
    """Return the heights, moved down where a name would stand on another."""
    placed: list[float] = []
    for height in heights:
        placed.append(max(height, placed[-1] + LINE) if placed else height)
    return placed
