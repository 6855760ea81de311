"""Quality: checks over a model's tables, findings, and a scorecard that explains itself."""

from __future__ import annotations

from qundao.quality.catalogue import checks_for, known_rules
from qundao.quality.catalogue_text import read_checks
from qundao.quality.check import Check
from qundao.quality.finding import Finding, Reason, Status
from qundao.quality.kinds import KINDS, Category, Context, Kind, Level, Severity
from qundao.quality.report import Report, run
from qundao.quality.rulebook import Rule
from qundao.quality.score import Cost, Scorecard, score

__all__ = [
    "KINDS",
    "Category",
    "Check",
    "Context",
    "Cost",
    "Finding",
    "Kind",
    "Level",
    "Reason",
    "Report",
    "Rule",
    "Scorecard",
    "Severity",
    "Status",
    "checks_for",
    "known_rules",
    "read_checks",
    "run",
    "score",
]
