"""What changed between two versions of a dataset: which places cost points now, or no longer.

Scorecards alone tell which places cost points; the findings that stay on the node also tell
whether a place that costs nothing any more was mended or is merely no longer judged.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any

from qundao.kernel.words import Words
from qundao.quality.catalogue import known_rules
from qundao.quality.finding import Status
from qundao.quality.kinds import KINDS
from qundao.quality.yardstick import same_yardstick

_LEAST = 0.005
"""Points that show as a change: scorecards are shown to a hundredth."""


class Outcome(StrEnum):
    """What became of a place."""

    NEW = "new"
    MORE = "more"
    LESS = "less"
    MENDED = "mended"
    DROPPED = "dropped"
    ENDED = "ended"
    WAIVED = "waived"
    LAPSED = "lapsed"

    @property
    def words(self) -> Words:
        """Return the outcome in both languages."""
        return _OUTCOMES[self]


_OUTCOMES = {
    Outcome.NEW: Words("新出现", "newly failed"),
    Outcome.MORE: Words("扣分增加", "costs more"),
    Outcome.LESS: Words("扣分减少", "costs less"),
    Outcome.MENDED: Words("已改好", "mended"),
    Outcome.DROPPED: Words("不再适用", "no longer applies"),
    Outcome.ENDED: Words("不再扣分", "no longer costs points"),
    Outcome.WAIVED: Words("已豁免", "waived"),
    Outcome.LAPSED: Words("豁免已结束", "no longer waived"),
}


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a dataset: its name, its scorecard as JSON and, on the node, its findings."""

    label: str
    card: Mapping[str, Any]
    findings: Sequence[Mapping[str, Any]] | None = None


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A rule (or a kind of check without one) at a table or field; concepts are put together."""

    table: str
    field: str
    question: str
    check: str

    @property
    def words(self) -> Words:
        """Return what a violated row is; the name itself where the catalogue has no such rule."""
        return question_words(self.check, self.question)

    @property
    def shown(self) -> str:
        """Return `TABLE.FIELD`."""
        return ".".join(p for p in (self.table, self.field) if p)


@dataclass(frozen=True, slots=True)
class PlaceChange:
    """What became of one place, with what it cost before and costs now, in points."""

    place: Place
    outcome: Outcome
    before: float
    after: float

    @property
    def gain(self) -> float:
        """Return the points won (negative: lost)."""
        return self.before - self.after


@dataclass(frozen=True, slots=True)
class Step:
    """A version and what changed since the one before.

    `gain` is the difference of the totals; None for the first version, and where the two are not
    `comparable` because other checks or thresholds made one of them.
    """

    version: Version
    comparable: bool | None
    gain: float | None
    changes: tuple[PlaceChange, ...]

    @property
    def failed(self) -> tuple[PlaceChange, ...]:
        """Return the places that cost points and did not before."""
        return tuple(c for c in self.changes if not c.before)

    @property
    def mended(self) -> tuple[PlaceChange, ...]:
        """Return the places that cost points before and do not now."""
        return tuple(c for c in self.changes if not c.after)

    @property
    def moved(self) -> tuple[PlaceChange, ...]:
        """Return the places that cost points before and after, but not the same."""
        return tuple(c for c in self.changes if c.before and c.after)


def steps(versions: Sequence[Version]) -> tuple[Step, ...]:
    """Return each version (oldest first) with what changed since the one before it."""
    first = [Step(v, None, None, ()) for v in versions[:1]]
    return (*first, *(_step(one, other) for one, other in pairwise(versions)))


def _step(one: Version, other: Version) -> Step:
    comparable = same_yardstick(one.card, other.card)
    gain = round(other.card["total"] - one.card["total"], 2) if comparable else None
    return Step(other, comparable, gain, changes(one.card, other.card, other.findings))


def changes(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    findings: Iterable[Mapping[str, Any]] | None = None,
) -> tuple[PlaceChange, ...]:
    """Return what changed from one scorecard (as JSON) to the next, the largest change first.

    `findings` are the later version's checks as in `report.json`, where they are at hand.
    """
    told = _Told(before, after, findings)
    found = (
        PlaceChange(place, told.outcome(place), told.before[place], told.after[place])
        for place in {*told.before, *told.after}
    )
    seen = [c for c in found if abs(c.gain) >= _LEAST or 0 in (c.before, c.after)]
    return tuple(sorted(seen, key=lambda c: (-abs(c.gain), c.place)))


def question_words(check: str, question: str) -> Words:
    """Return what a violated row of a rule or kind is, or its name where it is not known here."""
    rule, kind = known_rules().get(question), KINDS.get(check)
    if rule:
        return rule.words
    return kind.words if kind else Words(question, question)


class _Told:
    """What two versions tell: costs before and after, what is waived, what is still judged."""

    def __init__(
        self,
        before: Mapping[str, Any],
        after: Mapping[str, Any],
        findings: Iterable[Mapping[str, Any]] | None,
    ) -> None:
        self.before, self.after = costs_by_place(before), costs_by_place(after)
        self._was_waived, self._waived = _waived(before), _waived(after)
        self._judged = None if findings is None else _judged(findings)

    def outcome(self, place: Place) -> Outcome:
        if not self.before[place]:
            return Outcome.LAPSED if place in self._was_waived else Outcome.NEW
        if self.after[place]:
            more = self.after[place] > self.before[place]
            return Outcome.MORE if more else Outcome.LESS
        if place in self._waived:
            return Outcome.WAIVED
        if self._judged is None:
            return Outcome.ENDED
        return Outcome.MENDED if place in self._judged else Outcome.DROPPED


def costs_by_place(card: Mapping[str, Any]) -> defaultdict[Place, float]:
    """Return what each place costs, in points of the total, from a scorecard as JSON."""
    costs: defaultdict[Place, float] = defaultdict(float)
    for cost in card.get("costs") or ():
        costs[place_in(cost)] += float(cost.get("points") or 0)
    return costs


def _waived(card: Mapping[str, Any]) -> frozenset[Place]:
    return frozenset(place_in(cost) for cost in card.get("waived") or ())


def _judged(findings: Iterable[Mapping[str, Any]]) -> frozenset[Place]:
    idle = Status.NOT_APPLICABLE.value
    return frozenset(place_in(f) for f in findings if f["status"] != idle)


def place_in(data: Mapping[str, Any]) -> Place:
    """Return the place that a cost or a finding (as JSON) speaks of."""
    check = str(data["check"])
    question = str(data.get("rule") or check)
    return Place(str(data["table"]), str(data.get("field") or ""), question, check)
