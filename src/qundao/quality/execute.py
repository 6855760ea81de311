"""Runs the checks of a model over an engine and judges what was counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace

from sqlglot import exp

from qundao.kernel.errors import QundaoError
from qundao.quality.check import Check
from qundao.quality.finding import Finding, Reason, Status
from qundao.quality.kinds import Level
from qundao.quality.measure import NOTHING_KEPT, Kept, Measure, Shared, reading
from qundao.quality.plan import Counts, Scan, examples_query, fuse, rows_query
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
    scans = fuse(measures)
    if not fused:
        scans = tuple(alone for scan in scans for alone in scan.alone())
    return Plan(tuple(known), scans, fused)


def run_plan(plan: Plan, engine: Engine, progress: Progress | None = None) -> Iterator[Finding]:
    """Yield every finding; a scan that fails is retried check by check, to name the culprit."""
    yield from plan.known
    empty = _empty_tables(plan.scans, engine) if plan.fused else frozenset()
    with ExitStack() as stack:
        full = [scan for scan in plan.scans if scan.base.table not in empty]
        kept = _keep(full, engine, stack) if plan.fused else NOTHING_KEPT
        for done, scan in enumerate(plan.scans):
            if progress:
                progress(done, len(plan.scans), scan.base.name)
            if scan.base.table in empty:
                yield from (judge(check, counts) for check, counts in scan.without_rows())
            else:
                yield from _run_scan(scan, engine, kept)
    if progress:
        progress(len(plan.scans), len(plan.scans), "")


def _keep(scans: Iterable[Scan], engine: Engine, stack: ExitStack) -> Kept:
    """Hold what several scans look up in tables, and return their names.

    What cannot be held is worked out by each scan, which then says what is wrong with it; so is
    what goes by one name and differs from scan to scan.
    """
    named: dict[str, list[Shared]] = {}
    for shared in (shared for scan in scans for shared in scan.shared()):
        named.setdefault(shared.name, []).append(shared)
    kept: dict[str, str] = {}
    for name, (first, *others) in named.items():
        worth = others or first.worth_keeping
        if worth and all(other.query == first.query for other in others):
            query = reading(first.query, kept)
            assert isinstance(query, exp.Expression)
            with suppress(QundaoError):
                kept[name] = stack.enter_context(engine.scratch(name, query)).name
    return kept


def _empty_tables(scans: Iterable[Scan], engine: Engine) -> frozenset[str]:
    """Return the tables without rows; where one cannot be read, none is known to be empty."""
    tables = sorted({scan.base.table for scan in scans})
    if not tables:
        return frozenset()
    try:
        answer = engine.query(rows_query(tables)).to_pylist()[0]
    except QundaoError:
        return frozenset()  # the scans will say which table, and why
    return frozenset(t for t, held in zip(tables, answer.values(), strict=True) if not held)


def with_examples(
    finding: Finding, measure: Measure, engine: Engine, kept: Kept = NOTHING_KEPT
) -> Finding:
    """Return the finding with keys of violated rows; they are for the steward, on the node."""
    shown = measure.to_show()
    if not shown.examples:
        return finding
    rows = engine.query(examples_query(shown, kept)).to_pylist()
    return replace(finding, examples=tuple(sorted(" ".join(map(str, r.values())) for r in rows)))


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


def _run_scan(scan: Scan, engine: Engine, kept: Kept) -> Iterator[Finding]:
    try:
        answer = engine.query(scan.query(kept)).to_pylist()[0]
    except QundaoError as error:
        yield from _after_failure(scan, engine, kept, error)
        return
    for (_, measure), (check, counts) in zip(scan.measures, scan.counts(answer), strict=True):
        finding = judge(check, counts)
        failed = finding.status is Status.FAILED
        yield with_examples(finding, measure, engine, kept) if failed else finding


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
