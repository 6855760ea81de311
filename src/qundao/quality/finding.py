"""What a check found: counts, a status, the reason for it, and rows for the steward's eyes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from qundao.kernel.words import Words
from qundao.quality.check import Check
from qundao.quality.waiver import Waiver

MOST_EXAMPLES = 20


class Status(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_APPLICABLE = "not_applicable"
    ERROR = "error"


class Reason(StrEnum):
    """Why a check ended as it did."""

    WITHIN = "within_threshold"
    ABOVE = "above_threshold"
    NO_TABLE = "table_missing"
    NO_FIELD = "field_missing"
    EMPTY_TABLE = "table_empty"
    EMPTY_FIELD = "field_empty"
    NO_CONCEPT = "concept_missing"
    NO_CASE = "case_missing"
    NO_REFERENCE = "reference_missing"
    COULD_NOT_RUN = "could_not_run"

    @property
    def words(self) -> Words:
        """Return the reason in both languages."""
        return _REASONS[self]


_REASONS = {
    Reason.WITHIN: Words("未超过阈值", "within the threshold"),
    Reason.ABOVE: Words("超过阈值", "above the threshold"),
    Reason.NO_TABLE: Words("缺少该表", "the table is missing"),
    Reason.NO_FIELD: Words("缺少该字段", "the field is missing"),
    Reason.EMPTY_TABLE: Words("表中没有记录", "the table has no rows"),
    Reason.EMPTY_FIELD: Words("字段全部为空", "the field is empty throughout"),
    Reason.NO_CONCEPT: Words("没有该概念的记录", "no row has the concept"),
    Reason.NO_CASE: Words("没有适用的记录", "no row is such that it applies"),
    Reason.NO_REFERENCE: Words("缺少用来比对的表或字段", "what it is held against is missing"),
    Reason.COULD_NOT_RUN: Words("检查未能执行", "the check could not be run"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's outcome. `examples` are keys of violated rows and never leave the node.

    A `waiver` changes neither counts nor status.
    """

    check: Check
    status: Status
    reason: Reason
    violated_rows: int = 0
    denominator_rows: int = 0
    detail: str = ""
    examples: tuple[str, ...] = ()
    waiver: Waiver | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.violated_rows <= self.denominator_rows:
            counts = f"{self.violated_rows} of {self.denominator_rows}"
            raise ValueError(f"0 ≤ violated ≤ denominator is required, received {counts}")
        if len(self.examples) > MOST_EXAMPLES:
            raise ValueError(f"at most {MOST_EXAMPLES} examples, received {len(self.examples)}")

    @property
    def violated_pct(self) -> float:
        """Return the share of violated rows, 0 to 100; 0 where nothing was counted."""
        return 100 * self.violated_rows / self.denominator_rows if self.denominator_rows else 0.0

    def to_json(self) -> dict[str, Any]:
        """Return the finding for `report.json`: no example, no key, no value of any row."""
        check = self.check
        return {
            "check": check.check,
            "level": check.level.value,
            "table": check.table.upper(),
            "field": None if check.field is None else check.field.upper(),
            "concept_id": check.concept_id,
            "unit_concept_id": check.unit_concept_id,
            "violated_rows": self.violated_rows,
            "denominator_rows": self.denominator_rows,
            "threshold_pct": check.threshold_pct,
            "status": self.status.value,
            "code": self.reason.value,
            "category": check.category.value,
            "context": check.context.value,
            "severity": check.severity.value,
            "rule": check.rule.id if check.rule else None,
            "waived": None if self.waiver is None else self.waiver.told(),
        }
