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
from qundao.quality.site import Site, Threshold, read_bytes, read_site
from qundao.quality.waiver import Waiver, grant, waiver_from_json

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
    "Site",
    "Status",
    "Threshold",
    "Waiver",
    "checks_for",
    "grant",
    "known_rules",
    "read_bytes",
    "read_checks",
    "read_site",
    "run",
    "score",
    "waiver_from_json",
]
