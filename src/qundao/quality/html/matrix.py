"""Counts of checks side by side: the categories and contexts of Kahn et al., and the tables."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qundao.kernel.words import Words
from qundao.quality.finding import Finding, Status
from qundao.quality.kinds import Category, Context

CONTEXTS = {
    Context.VERIFICATION: Words("核验（对照数据自身的约定）", "verification"),
    Context.VALIDATION: Words("确认（对照数据之外）", "validation"),
}
COLUMNS = tuple((category, context) for category in Category for context in Context)
_EDGES = (0, 0.02, 0.05, 0.1, 0.25)
"""Shares of failed checks above which a cell is one shade darker."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Checks of one cell. `run` leaves out those that do not apply; errors count as failed."""

    passed: int = 0
    failed: int = 0
    idle: int = 0

    @property
    def run(self) -> int:
        """Return how many checks were judged."""
        return self.passed + self.failed

    @property
    def share(self) -> float:
        """Return the share that passed, 0 to 100; 100 where none was judged."""
        return 100 * self.passed / self.run if self.run else 100.0

    @property
    def shade(self) -> int:
        """Return 0 (none failed) to 5 (over a quarter)."""
        return sum(self.failed > edge * self.run for edge in _EDGES) if self.run else 0


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a matrix: its name, its cells, and all of them together."""

    name: Words | str
    cells: tuple[Cell, ...]
    whole: Cell


def kahn_matrix(findings: Sequence[Finding]) -> tuple[Line, ...]:
    """Return category by context, with a line and a column of totals."""
    lines = [
        _line(category.words, [f for f in findings if f.check.category is category])
        for category in Category
    ]
    return (*lines, _line(Words("合计", "total"), findings))


def table_matrix(findings: Sequence[Finding]) -> tuple[Line, ...]:
    """Return table by category and context, the tables with most failed checks first."""
    held: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        held[finding.check.table.upper()].append(finding)
    lines = [
        Line(name, tuple(_cell(f for f in own if _column(f) == c) for c in COLUMNS), _cell(own))
        for name, own in held.items()
    ]
    return tuple(sorted(lines, key=lambda line: (-line.whole.failed, str(line.name))))


def _line(name: Words, findings: Sequence[Finding]) -> Line:
    cells = (_cell(f for f in findings if f.check.context is context) for context in Context)
    return Line(name, tuple(cells), _cell(findings))


def _cell(findings: Iterable[Finding]) -> Cell:
    counts = Counter(f.status for f in findings)
    failed = counts[Status.FAILED] + counts[Status.ERROR]
    return Cell(counts[Status.PASSED], failed, counts[Status.NOT_APPLICABLE])


def _column(finding: Finding) -> tuple[Category, Context]:
    return finding.check.category, finding.check.context
