"""The score in all and per category as bars from 0 to 100."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qundao.kernel.words import Words
from qundao.quality.figures.svg import Drawing
from qundao.quality.kinds import Category

WIDTH, ROW, LEFT, RIGHT = 640, 34, 130, 70
_TITLE = Words("质量评分，满分 100", "Quality score, of 100")
_TOTAL = Words("总分", "Total")
_NONE = Words("没有适用的检查", "no check applies")


def category_bars(card: Mapping[str, Any], language: str) -> str:
    """Draw a scorecard (`Scorecard.to_json`); a category without a check says so."""
    rows: list[tuple[Words, float | None]] = [(_TOTAL, card["total"])]
    rows += [(c.words, card["categories"].get(c.value)) for c in Category]
    drawing = Drawing(WIDTH, ROW * len(rows) + 26, _TITLE.in_(language))
    for i, (words, points) in enumerate(rows):
        _bar(drawing, i * ROW, words.in_(language), points, _NONE.in_(language), first=i == 0)
    _axis(drawing, ROW * len(rows))
    return str(drawing)


def _bar(
    drawing: Drawing, y: float, words: str, points: float | None, none: str, *, first: bool
) -> None:
    drawing.text(LEFT - 10, y + 22, words, "strong" if first else "", "end")
    if points is None:
        drawing.text(LEFT + 4, y + 22, none, "soft")
        return
    whole = WIDTH - LEFT - RIGHT
    drawing.rect(LEFT, y + 8, whole, 18, "rail")
    drawing.rect(LEFT, y + 8, round(whole * points / 100, 1), 18, "bar")
    drawing.text(WIDTH - RIGHT + 8, y + 22, f"{points:.2f}", "strong" if first else "")


def _axis(drawing: Drawing, y: float) -> None:
    for tick in range(0, 101, 25):
        x = LEFT + (WIDTH - LEFT - RIGHT) * tick / 100
        drawing.line(x, y, x, y + 5, "axis")
        drawing.text(x, y + 20, str(tick), "soft", "middle")
