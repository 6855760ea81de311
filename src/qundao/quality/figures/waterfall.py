"""What costs how much: from 100 down to the total, one step for each kind of check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qundao.kernel.words import Words
from qundao.quality.figures.svg import Drawing, fitting

WIDTH, ROW, RIGHT = 720, 42, 74
SPANS = (1, 2, 5, 10, 20, 50, 100)
"""Points that the axis may span, so that its ticks are round numbers."""
MOST = 12
"""Steps drawn one by one; the smaller ones together make the last."""
_TITLE = Words("扣分：从 100 分到总分", "Points lost: from 100 down to the total")
_OTHERS = Words("其余 {n} 类检查", "{n} other kinds of check")
_TOTAL = Words("总分", "Total")


@dataclass(frozen=True, slots=True)
class Loss:
    """What one kind of check costs, in points of the total."""

    words: Words
    points: float


def cost_waterfall(losses: Sequence[Loss], total: float, language: str) -> str:
    """Draw the losses, largest first; together they make 100 less the total."""
    steps = _steps(sorted(losses, key=lambda loss: -loss.points))
    scale = _Scale(100.0 - next((s for s in SPANS if 100 - 0.9 * s <= total), 100))
    drawing = Drawing(WIDTH, ROW * (len(steps) + 1) + 30, _TITLE.in_(language))
    level = 100.0
    for i, step in enumerate(steps):
        _step(drawing, i * ROW, step, level, scale, language)
        level -= step.points
    _total(drawing, ROW * len(steps), total, scale, language)
    _axis(drawing, ROW * (len(steps) + 1), scale)
    return str(drawing)


@dataclass(frozen=True, slots=True)
class _Scale:
    """The axis runs from `low` to 100 points: the steps are what is to be compared."""

    low: float

    def x(self, points: float) -> float:
        share = (points - self.low) / (100 - self.low)
        return round(8 + share * (WIDTH - RIGHT - 8), 1)


def _steps(losses: list[Loss]) -> list[Loss]:
    if len(losses) <= MOST:
        return losses
    rest = losses[MOST - 1 :]
    others = Loss(_OTHERS.format(n=len(rest)), sum(loss.points for loss in rest))
    return [*losses[: MOST - 1], others]


def _step(
    drawing: Drawing, y: float, step: Loss, level: float, scale: _Scale, language: str
) -> None:
    left, right = scale.x(level - step.points), scale.x(level)
    drawing.text(8, y + 15, fitting(step.words.in_(language), WIDTH - 16))
    drawing.rect(scale.x(scale.low), y + 20, right - scale.x(scale.low), 16, "rail")
    drawing.rect(left, y + 20, max(right - left, 1), 16, "loss")
    drawing.line(left, y + 36, left, y + ROW + 20, "grid")
    drawing.text(right + 6, y + 33, f"−{step.points:.2f}")


def _total(drawing: Drawing, y: float, total: float, scale: _Scale, language: str) -> None:
    left, right = scale.x(scale.low), scale.x(total)
    drawing.text(8, y + 15, _TOTAL.in_(language), "strong")
    drawing.rect(left, y + 20, max(right - left, 1), 16, "bar")
    drawing.text(right + 6, y + 33, f"{total:.2f}", "strong")


def _axis(drawing: Drawing, y: float, scale: _Scale) -> None:
    for i in range(6):
        tick = scale.low + (100 - scale.low) * i / 5
        x = scale.x(tick)
        drawing.line(x, y, x, y + 5, "axis")
        anchor = {0: "start", 5: "end"}.get(i, "middle")
        drawing.text(x, y + 20, f"{tick:g}", "soft", anchor)
