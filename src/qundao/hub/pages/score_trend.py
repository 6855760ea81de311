"""Scores over the versions of a dataset: a figure and a table, with what changed each time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.utils.safestring import SafeString, mark_safe

from qundao.hub.pages.components import Text
from qundao.hub.pages.released import plain_number
from qundao.quality.figures import trend_lines
from qundao.quality.kinds import Category
from qundao.quality.trend import PlaceChange, Step, Version, steps

MOST_SHOWN = 12
"""Changes listed for each version; the rest are counted."""


class Registered(Protocol):
    """What is needed of a dataset version."""

    accession: str
    scorecard: dict[str, Any]
    registered_at: datetime


@dataclass(frozen=True, slots=True)
class Row:
    """One version: its scores as shown, and what changed since the one before.

    `without` is the total if nothing were waived, empty where that is the same.
    `gain` is signed text, empty for the first version and where the two are not comparable.
    """

    accession: str
    at: datetime
    total: str
    without: str
    parts: tuple[str, ...]
    first: bool
    comparable: bool
    gain: str
    failed: int
    mended: int
    changes: tuple[PlaceChange, ...]
    more: int


@dataclass(frozen=True, slots=True)
class TrendView:
    """The figure, and the versions, newest first."""

    figure: SafeString
    categories: tuple[Text, ...]
    rows: tuple[Row, ...]


def read_trend(versions: Sequence[Registered], language: str) -> TrendView | None:
    """Return the trend of a dataset's versions; None where there is one version alone."""
    if len(versions) < 2:
        return None
    held = sorted(versions, key=lambda v: v.registered_at)
    scored = [Version(v.accession, v.scorecard) for v in held]
    rows = [_row(v, step) for v, step in zip(held, steps(scored), strict=True)]
    figure = mark_safe(trend_lines(scored, language))  # noqa: S308 - escaped where it is drawn
    return TrendView(figure, tuple(c.words for c in Category), tuple(rows[::-1]))


def _row(version: Registered, step: Step) -> Row:
    card = version.scorecard
    scores = (card["categories"].get(c.value) for c in Category)
    return Row(
        accession=version.accession,
        at=version.registered_at,
        total=plain_number(card["total"]),
        without=_without_waivers(card),
        parts=tuple("–" if s is None else plain_number(s) for s in scores),
        first=step.comparable is None,
        comparable=bool(step.comparable),
        gain="" if step.gain is None else f"{step.gain:+.2f}",
        failed=len(step.failed),
        mended=len(step.mended),
        changes=step.changes[:MOST_SHOWN],
        more=max(0, len(step.changes) - MOST_SHOWN),
    )


def _without_waivers(card: Mapping[str, Any]) -> str:
    total = card.get("total_without_waivers", card["total"])
    return "" if total == card["total"] else plain_number(total)
