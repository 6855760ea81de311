"""A site's own thresholds, checks and waivers, and how they change the catalogue's checks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatchcase
from typing import Any

from qundao.quality.check import Check
from qundao.quality.finding import Finding, Status
from qundao.quality.waiver import Waiver

_COSTLY = (Status.FAILED, Status.ERROR)


@dataclass(frozen=True, slots=True)
class Threshold:
    """Another threshold for the checks whose id fits a pattern, and why."""

    check: str
    threshold_pct: float
    reason: str

    def covers(self, check: Check) -> bool:
        """Tell whether a check is meant; what has no threshold cannot be given one."""
        return check.threshold_pct is not None and fnmatchcase(check.id, self.check)

    def to_json(self) -> dict[str, Any]:
        """Return the threshold as plain JSON."""
        return {
            "check": self.check,
            "threshold_pct": self.threshold_pct,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Site:
    """What a site sets for itself. An empty one changes nothing."""

    thresholds: tuple[Threshold, ...] = ()
    checks: tuple[Check, ...] = ()
    waivers: tuple[Waiver, ...] = ()

    def applied(self, checks: Iterable[Check]) -> tuple[Check, ...]:
        """Return the checks under the site's thresholds, and its own after them."""
        return (*(self._under(check) for check in checks), *self.checks)

    def waived(self, findings: Iterable[Finding], today: date) -> tuple[Finding, ...]:
        """Return the findings, each shortcoming with the waiver that covers it, if one does."""
        in_force = [w for w in self.waivers if not w.expired(today)]
        return tuple(_waived(finding, in_force) for finding in findings)

    def told(self, findings: Sequence[Finding], today: date) -> dict[str, Any]:
        """Return, as plain JSON, what was set and what became of each waiver."""
        return {
            "thresholds": [t.to_json() for t in self.thresholds],
            "checks": [c.id for c in self.checks],
            "waivers": [w.to_json() | _state(w, findings, today) for w in self.waivers],
        }

    def _under(self, check: Check) -> Check:
        found = next((t for t in self.thresholds if t.covers(check)), None)
        return replace(check, threshold_pct=found.threshold_pct) if found else check


def _waived(finding: Finding, in_force: Sequence[Waiver]) -> Finding:
    if finding.status not in _COSTLY:
        return finding
    covering = [w for w in in_force if w.covers(finding.check.id)]
    if not covering:
        return finding
    return replace(finding, waiver=max(covering, key=lambda w: (w.until, w.reason)))


def _state(waiver: Waiver, findings: Sequence[Finding], today: date) -> dict[str, Any]:
    """Return whether a waiver is in force, and how many shortcomings it covers (or did)."""
    covered = [f for f in findings if f.status in _COSTLY and waiver.covers(f.check.id)]
    return {"expired": waiver.expired(today), "findings": len(covered)}
