"""Runs the checks of a model over an engine and judges what was counted."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace

from qundao.kernel.errors import QundaoError
from qundao.kernel.side_by_side import side_by_side
from qundao.quality.check import Check
from qundao.quality.counts import Counts
from qundao.quality.finding import Finding, Reason, Status
from qundao.quality.holding import empty_relations, empty_tables, hold, without_grouping
from qundao.quality.kinds import Level
from qundao.quality.measure import NOTHING_KEPT, Kept, Measure
from qundao.quality.plan import Scan, examples_query, fuse
from qundao.quality.rules import RULES
from qundao.quality.source import MissingError, Source
from qundao.query.engine import Engine, Progress

_NEEDS_NO_QUERY = ("cdmTable", "cdmField")
_FAULT_OF_THE_DATA = 422
_JUDGED_WHEN_EMPTY = ("measureValueCompleteness", "isRequired")
_BY_CASE = ("isConsistent", "isDeterminedBy", "isLinked", "isOnlyOne", "siteCondition")
"""They apply to rows that hold something: where none does, there is nothing to judge."""
_OF_PERSONS = (
    "measurePersonCompleteness",
    "measureSubjectCompleteness",
    "measureConditionEraCompleteness",
)
"""Their unit is the person, so that an empty table is an answer."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Findings known without a query, and the scans for all others."""

    known: tuple[Finding, ...]
    scans: tuple[Scan, ...]
    fused: bool = True


def prepare(checks: Iterable[Check], source: Source, *, fused: bool = True) -> Plan:
    """Sort out what can be asked of this source; `fused=False` gives every check its own scan."""
    known: list[Finding] = []
    measures: list[tuple[Check, Measure]] = []
    for check in checks:
        found = _known(check, source)
        if isinstance(found, Finding):
            known.append(found)
        else:
            measures.append((check, found))
    scans = fuse(measures, in_process=source.engine.in_process)
    if not fused:
        scans = tuple(alone for scan in scans for alone in scan.alone())
    return Plan(tuple(known), scans, fused)


def run_plan(plan: Plan, engine: Engine, progress: Progress | None = None) -> Iterator[Finding]:
    """Yield every finding; a scan that fails is retried check by check, to name the culprit."""
    yield from plan.known
    at_once = engine.at_once if plan.fused else 1
    empty = empty_tables(plan.scans, engine) if plan.fused else frozenset()

    def run(scan: Scan) -> list[Finding]:
        if scan.base.table in empty:
            return [judge(check, counts) for check, counts in scan.without_rows()]
        return list(_run_scan(scan, engine, kept, vain))

    with ExitStack() as stack:
        full = [scan for scan in plan.scans if scan.base.table not in empty]
        kept = hold(full, engine, stack, empty) if plan.fused else NOTHING_KEPT
        vain = empty | empty_relations(full, kept, engine)
        scans = without_grouping(plan.scans, engine) if plan.fused else plan.scans
        found = stack.enter_context(closing(side_by_side(run, scans, at_once)))
        for done, scan in enumerate(scans):
            if progress:
                progress(done, len(scans), scan.base.name)
            yield from next(found)
    if progress:
        progress(len(plan.scans), len(plan.scans), "")


def examples_of(measure: Measure, engine: Engine, kept: Kept = NOTHING_KEPT) -> tuple[str, ...]:
    """Return keys of violated rows; they are for the steward, on the node."""
    shown = measure.to_show()
    if not shown.examples:
        return ()
    rows = engine.records(examples_query(shown, kept))
    return tuple(sorted(" ".join(map(str, r.values())) for r in rows))


def _known(check: Check, source: Source) -> Finding | Measure:
    if not source.has_table(check.table):
        absent = check.check == "cdmTable"
        return (
            _absent(check, Reason.NO_TABLE) if absent else _not_applicable(check, Reason.NO_TABLE)
        )
    missing = [f for f in check.fields if not source.has(check.table, f)]
    if check.check in _NEEDS_NO_QUERY:
        return _absent(check, Reason.NO_FIELD) if missing else _there(check)
    if missing:
        return _not_applicable(check, Reason.NO_FIELD)
    try:
        return RULES[check.check](check, source)
    except MissingError as error:
        return _not_applicable(check, Reason.NO_REFERENCE, str(error))


def _run_scan(
    scan: Scan, engine: Engine, kept: Kept, empty: Collection[str] = ()
) -> Iterator[Finding]:
    try:
        counted = scan.run(engine, kept, empty)
    except QundaoError as error:
        yield from _after_failure(scan, engine, kept, error)
        return
    for (_, measure), (check, counts) in zip(scan.measures, counted, strict=True):
        finding = judge(check, counts)
        if finding.status is Status.FAILED:
            examples = counts.examples
            if examples is None:
                examples = examples_of(measure, engine, kept)
            finding = replace(finding, examples=examples)
        yield finding


def _after_failure(scan: Scan, engine: Engine, kept: Kept, error: QundaoError) -> Iterator[Finding]:
    """Retry check by check, then blame the data (status 422) or give up on the machine."""
    if len(scan.measures) > 1:
        for alone in scan.alone():
            yield from _run_scan(alone, engine, kept)
    elif error.status == _FAULT_OF_THE_DATA:
        (check, _), *_ = scan.measures
        yield Finding(check, Status.ERROR, Reason.COULD_NOT_RUN, detail=error.code)
    else:
        raise error


def judge(check: Check, counts: Counts) -> Finding:
    """Return the finding for what was counted: failed where the share is above the threshold."""
    violated, counted = counts.violated, counts.counted
    if check.level is Level.CONCEPT and not counted:
        return Finding(check, Status.NOT_APPLICABLE, Reason.NO_CONCEPT, violated, counted)
    if check.check in _BY_CASE and not counted:
        return Finding(check, Status.NOT_APPLICABLE, Reason.NO_CASE, violated, counted)
    if check.check not in _OF_PERSONS and counts.rows == 0:
        return Finding(check, Status.NOT_APPLICABLE, Reason.EMPTY_TABLE, violated, counted)
    if check.check not in _JUDGED_WHEN_EMPTY and not counts.filled:
        return Finding(check, Status.NOT_APPLICABLE, Reason.EMPTY_FIELD, violated, counted)
    above = counted > 0 and 100 * violated > check.tolerated * counted
    if above:
        return Finding(check, Status.FAILED, Reason.ABOVE, violated, counted)
    return Finding(check, Status.PASSED, Reason.WITHIN, violated, counted)


def _there(check: Check) -> Finding:
    return Finding(check, Status.PASSED, Reason.WITHIN, 0, 1)


def _absent(check: Check, reason: Reason) -> Finding:
    return Finding(check, Status.FAILED, reason, 1, 1)


def _not_applicable(check: Check, reason: Reason, detail: str = "") -> Finding:
    return Finding(check, Status.NOT_APPLICABLE, reason, detail=detail)
