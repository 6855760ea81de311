"""Figures of the quality room, drawn here as SVG text: for the report, the hub and the node."""

from __future__ import annotations

from qundao.quality.figures.bars import category_bars
from qundao.quality.figures.lines import trend_lines
from qundao.quality.figures.waterfall import Loss, cost_waterfall

__all__ = ["Loss", "category_bars", "cost_waterfall", "trend_lines"]
