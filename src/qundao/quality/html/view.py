"""The report as its page shows it: category, kind or rule, place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate

from qundao.kernel.words import Words
from qundao.quality.check import Check
from qundao.quality.figures import Loss
from qundao.quality.finding import Finding, Reason, Status
from qundao.quality.kinds import Category, Kind, Severity, Subcategory
from qundao.quality.report import Report
from qundao.quality.score import WEIGHTS

SEVERITIES = {
    Severity.FATAL: Words("致命", "fatal"),
    Severity.CONVENTION: Words("惯例", "convention"),
    Severity.CHARACTERIZATION: Words("描述", "characterization"),
}
SUBCATEGORIES = {
    Subcategory.VALUE: Words("取值", "value"),
    Subcategory.RELATIONAL: Words("关系", "relational"),
    Subcategory.COMPUTATIONAL: Words("计算", "computational"),
    Subcategory.ATEMPORAL: Words("与时间无关", "atemporal"),
    Subcategory.TEMPORAL: Words("与时间有关", "temporal"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One check that was judged: a finding, with what it costs in points of the total."""

    finding: Finding
    points: float

    @property
    def place(self) -> str:
        """Return `TABLE.FIELD = concept, unit`."""
        return place_of(self.finding.check)

    @property
    def error(self) -> bool:
        """Tell whether the check could not be run."""
        return self.finding.status is Status.ERROR


@dataclass(frozen=True, slots=True)
class Idle:
    """Checks that do not apply, for one reason: their places."""

    reason: Reason
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """One rule (or kind of check) over all its places."""

    name: str
    words: Words
    kind: Kind
    severity: Severity
    sources: tuple[str, ...]
    failed: tuple[Row, ...]
    passed: tuple[Row, ...]
    idle: tuple[Idle, ...]

    @property
    def points(self) -> float:
        """Return what it costs, in points of the total."""
        return sum(r.points for r in self.failed)

    @property
    def weight(self) -> int:
        """Return its weight within the category."""
        return WEIGHTS[self.severity]

    @property
    def not_applicable(self) -> int:
        """Return how many of its checks do not apply."""
        return sum(len(i.places) for i in self.idle)


@dataclass(frozen=True, slots=True)
class Part:
    """One category: its score of 100 (None: no check applied) and its questions."""

    category: Category
    score: float | None
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Fix:
    """A place to mend: what that wins, and the total once all up to here are mended."""

    row: Row
    after: float


def place_of(check: Check) -> str:
    """Return where a check looks: `TABLE.FIELD`, and the concept and unit it is about."""
    place = ".".join(p.upper() for p in (check.table, check.field) if p)
    concepts = ", ".join(p for p in (check.concept_id, check.unit_concept_id) if p)
    return f"{place} = {concepts}" if concepts else place


def parts(report: Report) -> tuple[Part, ...]:
    """Return every check, by category and question; those that cost most first."""
    rows = _rows(report)
    held: dict[Category, dict[str, list[Row]]] = {c: defaultdict(list) for c in Category}
    for row in rows:
        held[row.finding.check.category][row.finding.check.question].append(row)
    scores = report.scorecard.categories
    return tuple(
        Part(c, float(scores[c]) if c in scores else None, _questions(own.values()))
        for c, own in held.items()
    )


def fixes(report: Report) -> tuple[Fix, ...]:
    """Return what to mend, by points won, with the total that each step reaches."""
    costs = report.scorecard.costs
    reached = accumulate((c.points for c in costs), initial=report.scorecard.total)
    next(reached)
    return tuple(
        Fix(Row(c.finding, float(c.points)), float(after))
        for c, after in zip(costs, reached, strict=True)
    )


def waived(report: Report) -> tuple[Row, ...]:
    """Return what is waived, with what it would cost."""
    return tuple(Row(c.finding, float(c.points)) for c in report.scorecard.waived)


def losses(report: Report) -> tuple[Loss, ...]:
    """Return what each question costs."""
    whole: dict[str, Fraction] = defaultdict(Fraction)
    words: Mapping[str, Words] = {
        c.finding.check.question: c.finding.check.words for c in report.scorecard.costs
    }
    for cost in report.scorecard.costs:
        whole[cost.finding.check.question] += cost.points
    return tuple(Loss(words[name], float(points)) for name, points in whole.items())


def _rows(report: Report) -> list[Row]:
    points = {c.finding.check.id: float(c.points) for c in report.scorecard.costs}
    return [Row(f, points.get(f.check.id, 0.0)) for f in report.findings]


def _questions(groups: Iterable[Sequence[Row]]) -> tuple[Question, ...]:
    found = [_question(rows) for rows in groups]
    return tuple(sorted(found, key=lambda q: (-q.points, -len(q.failed), -len(q.passed))))


def _question(rows: Sequence[Row]) -> Question:
    check = rows[0].finding.check
    failed = [r for r in rows if r.finding.status in (Status.FAILED, Status.ERROR)]
    return Question(
        name=check.question,
        words=check.words,
        kind=check.kind,
        severity=check.severity,
        sources=tuple(sorted({r.finding.check.source for r in rows} - {""})),
        failed=tuple(sorted(failed, key=lambda r: (-r.points, r.place))),
        passed=tuple(r for r in rows if r.finding.status is Status.PASSED),
        idle=_idle(rows),
    )


def _idle(rows: Sequence[Row]) -> tuple[Idle, ...]:
    places: dict[Reason, list[str]] = defaultdict(list)
    for row in rows:
        if row.finding.status is Status.NOT_APPLICABLE:
            places[row.finding.reason].append(row.place)
    return tuple(Idle(reason, tuple(held)) for reason, held in places.items())
