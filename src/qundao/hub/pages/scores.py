"""Read a quality scorecard (`qundao.scorecard/1`) for the pages: what to mend first, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qundao.hub.pages.components import Text
from qundao.hub.pages.released import plain_number
from qundao.kernel.words import Words
from qundao.quality.finding import Reason
from qundao.quality.kinds import Category
from qundao.quality.trend import question_words

MOST_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Part:
    """One category: points of 100 for the bar (None: no check applied), and as shown."""

    title: Text
    score: float | None
    shown: str


@dataclass(frozen=True, slots=True)
class Shortcoming:
    """What to mend: what a violated row is, where, the share in a band, what it costs."""

    title: Text
    place: str
    share: str
    reason: Text
    points: str


@dataclass(frozen=True, slots=True)
class Waived:
    """A shortcoming that the steward lets stand: why, until when, what it would cost."""

    title: Text
    place: str
    reason: str
    until: str
    points: str


@dataclass(frozen=True, slots=True)
class Made:
    """The catalogue of checks that made a score."""

    version: str
    checks: int
    digest: str


@dataclass(frozen=True, slots=True)
class ScoreView:
    """A scorecard, ready to be shown; `more` counts the shortcomings that are not listed.

    `without_waivers` is the total if nothing were waived (empty where nothing is); `made` is
    None where the scorecard does not name its catalogue.
    """

    total: str
    parts: tuple[Part, ...]
    mend: tuple[Shortcoming, ...]
    more: int
    run: int
    passed: int
    skipped: int
    waived: tuple[Waived, ...]
    without_waivers: str
    made: Made | None


def read_scorecard(card: Mapping[str, Any]) -> ScoreView:
    """Return a scorecard (`quality.score.Scorecard.to_json`)."""
    checks, costs = card.get("checks") or {}, card.get("costs") or []
    passed, failed = int(checks.get("passed", 0)), int(checks.get("failed", 0))
    return ScoreView(
        total=plain_number(card["total"]),
        parts=tuple(_part(c, card["categories"].get(c.value)) for c in Category),
        mend=tuple(_shortcoming(c) for c in costs[:MOST_SHOWN]),
        more=max(0, len(costs) - MOST_SHOWN),
        run=passed + failed + int(checks.get("error", 0)),
        passed=passed,
        skipped=int(checks.get("not_applicable", 0)),
        waived=tuple(_waived(w) for w in card.get("waived") or ()),
        without_waivers=plain_number(card.get("total_without_waivers", card["total"])),
        made=_made(card.get("catalogue")),
    )


def _part(category: Category, score: float | None) -> Part:
    return Part(category.words, score, "–" if score is None else plain_number(score))


def _shortcoming(cost: Mapping[str, Any]) -> Shortcoming:
    code = str(cost.get("code", ""))
    return Shortcoming(
        title=_title(cost),
        place=_place(cost),
        share=str(cost.get("share", "")).replace("<", "＜"),
        reason=Reason(code).words if code in set(Reason) else Words("–", "–"),
        points=plain_number(float(cost.get("points") or 0)),
    )


def _waived(cost: Mapping[str, Any]) -> Waived:
    return Waived(
        title=_title(cost),
        place=_place(cost),
        reason=str(cost["reason"]),
        until=str(cost["until"]),
        points=plain_number(float(cost.get("points") or 0)),
    )


def _made(told: Mapping[str, Any] | None) -> Made | None:
    return Made(str(told["version"]), int(told["checks"]), str(told["digest"])) if told else None


def _title(cost: Mapping[str, Any]) -> Words:
    check = str(cost["check"])
    return question_words(check, str(cost.get("rule") or check))


def _place(cost: Mapping[str, Any]) -> str:
    return ".".join(str(cost[k]) for k in ("table", "field") if cost.get(k))
