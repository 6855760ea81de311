"""What the verification of a log found: values that name the events concerned."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from qundao.kernel.errors import Problem, problem


@dataclass(frozen=True, slots=True)
class Finding:
    """One defect of a log, and the events concerned (`first` to `last`, by number), if any."""

    problem: Problem
    first: int | None = None
    last: int | None = None

    @property
    def code(self) -> str:
        """Return the problem's code."""
        return self.problem.code

    def names(self, event: int) -> bool:
        """Tell whether the finding concerns this event."""
        return self.first is not None and self.last is not None and self.first <= event <= self.last

    def line(self, language: str) -> str:
        """Return the finding as one paragraph."""
        return self.problem.line(language)

    def to_json(self) -> dict[str, Any]:
        """Return the finding as plain JSON."""
        return {**self.problem.to_json(), "first": self.first, "last": self.last}


@dataclass(frozen=True, slots=True)
class Verification:
    """The outcome.

    origin    the log's name
    events    events read
    heads     signed heads that the events lead to
    proved    events covered by the longest run of good heads from the start; where a finding
              names one of them, the heads prove that its record was right and it is not
    findings  the defects, in the order of the log; none means the log is whole
    more      findings beyond the limit, counted only
    """

    origin: str
    events: int
    heads: int
    proved: int
    findings: tuple[Finding, ...]
    more: int = 0

    @property
    def ok(self) -> bool:
        """Tell whether nothing was found."""
        return not self.findings and not self.more

    def to_json(self) -> dict[str, Any]:
        """Return the outcome as plain JSON."""
        return {
            "schema": "qundao.audit-verification/1",
            "ok": self.ok,
            "origin": self.origin,
            "events": self.events,
            "heads": self.heads,
            "proved": self.proved,
            "findings": [finding.to_json() for finding in self.findings],
            "more": self.more,
        }


class Findings:
    """Collects findings up to a limit; neighbours with one code become one range."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._found: list[Finding] = []
        self.more = 0

    def add(self, code: str, received: object, where: str = "", **facts: object) -> None:
        """Add a defect that concerns no event in particular."""
        self._keep(Finding(problem(code, received, where, **facts)))

    def add_events(
        self, code: str, received: object, first: int, last: int, **facts: object
    ) -> None:
        """Add a defect of the events from `first` to `last`."""
        before = self._found[-1] if self._found else None
        if before and before.code == code and before.last == first - 1 and not self.more:
            self._found[-1] = _extended(before, last)
            return
        self._keep(Finding(problem(code, received, _where(first, last), **facts), first, last))

    def drop(self, code: str, event: int) -> None:
        """Forget a finding of one event, because a better name for it was found."""
        self._found = [f for f in self._found if (f.code, f.first, f.last) != (code, event, event)]

    def sorted(self) -> tuple[Finding, ...]:
        """Return the findings: those of the whole log first, then in the order of events."""
        return tuple(sorted(self._found, key=lambda f: -1 if f.first is None else f.first))

    def _keep(self, finding: Finding) -> None:
        if len(self._found) < self._limit:
            self._found.append(finding)
        else:
            self.more += 1


class Gaps:
    """Numbers not seen yet; a late one is out of order, those that never come are missing."""

    def __init__(self, findings: Findings, code: str, limit: int = 1000) -> None:
        self._findings = findings
        self._code = code
        self._limit = limit
        self._ranges: list[tuple[int, int]] = []

    def open(self, first: int, last: int) -> None:
        """Note that the numbers from `first` to `last` were passed over."""
        self._ranges.append((first, last))
        if len(self._ranges) > self._limit:
            self._report(self._ranges.pop(0))

    def fill(self, number: int) -> bool:
        """Take a late number out; False when it was not missing."""
        for place, (first, last) in enumerate(self._ranges):
            if first <= number <= last:
                halves = [(first, number - 1), (number + 1, last)]
                self._ranges[place : place + 1] = [half for half in halves if half[0] <= half[1]]
                return True
        return False

    def close(self) -> None:
        """Report what is still missing."""
        for gap in self._ranges:
            self._report(gap)
        self._ranges = []

    def _report(self, gap: tuple[int, int]) -> None:
        self._findings.add_events(self._code, "", *gap)


def _extended(finding: Finding, last: int) -> Finding:
    first = finding.first if finding.first is not None else last
    said = replace(finding.problem, where=_where(first, last))
    return replace(finding, problem=said, last=last)


def _where(first: int, last: int) -> str:
    return f"#{first}" if first == last else f"#{first}–{last}"
