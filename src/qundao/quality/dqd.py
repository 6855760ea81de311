"""The results in DataQualityDashboard's own JSON, so that its viewer opens them.

The form is that which DataQualityDashboard 2.8.4 writes (`writeResultsToJson`, jsonlite): single
values stand in arrays of one, absent values are left out. Counts, statuses and thresholds are
those of the report. What differs is said in place: checks share scans, so none is timed alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from qundao import __version__
from qundao.models.model import Model
from qundao.quality.check import Check
from qundao.quality.described import widened
from qundao.quality.execute import prepare
from qundao.quality.finding import Finding, Reason, Status
from qundao.quality.kinds import Category
from qundao.quality.naming import standard_name
from qundao.quality.report import Report
from qundao.quality.source import Source
from qundao.query.engine import Engine

REFERENCE = "2.8.4"
"""The version of DataQualityDashboard whose form this is."""
NOT_TIMED = "not timed alone: many checks share one scan"
_SIGNIFICANT = 4


def dqd_results(
    report: Report, facts: Mapping[str, str], statements: Mapping[str, str]
) -> dict[str, Any]:
    """Return the results file of a report.

    `facts` are those of `cdm_source` (`naming.source_facts`), `statements` the SQL of each check
    by its id (`statements_of`); a check without one shows an empty text.
    """
    rows = [_row(f, statements.get(f.check.id, "")) for f in report.findings]
    seconds = (report.ended - report.began).total_seconds()
    return {
        "startTimestamp": [_time(report.began)],
        "endTimestamp": [_time(report.ended)],
        "executionTime": [f"{seconds:.0f} secs"],
        "executionTimeSeconds": [round(seconds, _SIGNIFICANT)],
        "CheckResults": rows,
        "Metadata": [_metadata(report, facts)],
        "Overview": {name: [number] for name, number in _overview(rows).items()},
    }


def statements_of(report: Report, engine: Engine, model: Model) -> Mapping[str, str]:
    """Return each check's own query, in the engine's dialect, by the check's id.

    It counts what the shared scans count; checks that need no query have none. PostgreSQL and
    Spark answer it after their engines have rewritten what they spell otherwise (safe casts).
    """
    held = widened(model, engine.schema) if report.site.get("checks") else model
    source = Source(engine, held, report.began.date())
    scans = prepare([f.check for f in report.findings], source, fused=False).scans
    return {s.measures[0][0].id: s.query().sql(engine.dialect, pretty=True) for s in scans}


def check_id(check: Check) -> str:
    """Return level, name, table, field, concept, unit, joined by underscores in lower case."""
    parts = (
        check.level.value,
        check.question,
        check.table,
        check.field,
        check.concept_id,
        check.unit_concept_id,
    )
    return "_".join(p.replace(" ", "") for p in parts if p).lower()


def _row(finding: Finding, statement: str) -> dict[str, Any]:
    """Return one check's result, in the order in which the reference writes its fields."""
    check = finding.check
    whole = {
        "numViolatedRows": finding.violated_rows,
        "pctViolatedRows": round(finding.violated_pct / 100, _SIGNIFICANT),
        "numDenominatorRows": finding.denominator_rows,
        "executionTime": NOT_TIMED,
        "queryText": statement,
        **_described(check),
        "error": finding.detail or finding.reason.value if _is(finding, Status.ERROR) else None,
        "checkId": check_id(check),
        **_judged(finding),
        "thresholdValue": check.threshold_pct,
        "notesValue": _notes(finding),
    }
    return {name: value for name, value in whole.items() if value is not None}


def _described(check: Check) -> dict[str, Any]:
    kind = check.kind
    return {
        "checkName": check.question,
        "checkLevel": check.level.value,
        "checkDescription": _description(check),
        "cdmTableName": check.table.upper(),
        "cdmFieldName": check.field.upper() if check.field else None,
        "conceptId": check.concept_id,
        "unitConceptId": check.unit_concept_id,
        "sqlFile": f"qundao/{kind.name}",
        "category": check.category.value.capitalize(),
        "subcategory": kind.subcategory.value.capitalize() if kind.subcategory else None,
        "context": check.context.value.capitalize(),
    }


def _judged(finding: Finding) -> dict[str, Any]:
    idle = _is(finding, Status.NOT_APPLICABLE)
    return {
        "failed": int(_is(finding, Status.FAILED)),
        "passed": int(_is(finding, Status.PASSED)),
        "isError": int(_is(finding, Status.ERROR)),
        "notApplicable": int(idle),
        "notApplicableReason": _why_idle(finding) if idle else None,
    }


def _is(finding: Finding, status: Status) -> bool:
    return finding.status is status


def _description(check: Check) -> str:
    place = ".".join(p.upper() for p in (check.table, check.field) if p)
    against = f" (held against {check.argument})" if check.argument else ""
    concept = f", concept {check.concept_id}" if check.concept_id else ""
    return f"How many records of {place}{concept} are so that {check.words.en}{against}"


_IDLE: Mapping[Reason, Callable[[Check], str]] = {
    Reason.NO_TABLE: lambda c: f"Table {c.table.upper()} is not there.",
    Reason.NO_FIELD: lambda c: f"Field {_field(c)} is not there.",
    Reason.EMPTY_TABLE: lambda c: f"Table {c.table.upper()} has no rows.",
    Reason.EMPTY_FIELD: lambda c: f"Field {_field(c)} is empty throughout.",
    Reason.NO_CONCEPT: lambda c: f"No row of {c.table.upper()} has concept {c.concept_id}.",
}


def _why_idle(finding: Finding) -> str:
    said = _IDLE.get(finding.reason)
    if said:
        return said(finding.check)
    words = finding.reason.words.en
    return f"{words[0].upper()}{words[1:]}{': ' if finding.detail else ''}{finding.detail}."


def _field(check: Check) -> str:
    return ".".join(p.upper() for p in (check.table, check.field) if p)


def _notes(finding: Finding) -> str | None:
    waiver = finding.waiver
    if waiver is None:
        return None
    return f"Waived until {waiver.until} by {waiver.by}: {waiver.reason}"


def _metadata(report: Report, facts: Mapping[str, str]) -> dict[str, str]:
    """Return `cdm_source` in camel case; a source without one is called by its standard."""
    told = {_camel(name): text for name, text in facts.items()}
    named = {"cdmSourceName": standard_name(report.model)} | told
    return named | {"dqdVersion": f"{REFERENCE} (form), Qundao {__version__}"}


def _camel(name: str) -> str:
    first, *rest = name.lower().split("_")
    return first + "".join(part.capitalize() for part in rest)


def _overview(rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Return the counts that the reference keeps; what does not apply counts as not failed."""
    failed = sum(r["failed"] for r in rows)
    errors = sum(r["isError"] for r in rows)
    passed = len(rows) - failed
    categories = [c.value.capitalize() for c in Category]
    return {
        "countTotal": len(rows),
        "countPassed": passed,
        "countErrorFailed": errors,
        "countThresholdFailed": failed,
        "countOverallFailed": failed,
        "percentPassed": round(100 * passed / len(rows), 2) if rows else 0,
        "percentFailed": round(100 * failed / len(rows), 2) if rows else 0,
        **{f"countTotal{c}": len(_of(rows, c)) for c in categories},
        **{f"countFailed{c}": sum(r["failed"] for r in _of(rows, c)) for c in categories},
        **{f"countPassed{c}": sum(r["passed"] for r in _of(rows, c)) for c in categories},
    }


def _of(rows: Iterable[Mapping[str, Any]], category: str) -> list[Mapping[str, Any]]:
    return [r for r in rows if r["category"] == category]


def _time(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%d %H:%M:%S")
