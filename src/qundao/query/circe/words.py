"""The words of Circe for comparisons, counts and modes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from qundao.query.criteria import Anchor, Counting, Distinct, Mode, TextOp
from qundao.query.population import Limit
from qundao.query.values import Op

T = TypeVar("T")
OPS: Mapping[str, Op] = {
    "lt": Op.LT,
    "lte": Op.LTE,
    "eq": Op.EQ,
    "!eq": Op.NE,
    "gt": Op.GT,
    "gte": Op.GTE,
    "bt": Op.BT,
    "!bt": Op.NOT_BT,
}
TEXT_OPS: Mapping[str, tuple[TextOp, bool]] = {
    "contains": (TextOp.CONTAINS, False),
    "startswith": (TextOp.STARTS, False),
    "endswith": (TextOp.ENDS, False),
    "!contains": (TextOp.CONTAINS, True),
    "!startswith": (TextOp.STARTS, True),
    "!endswith": (TextOp.ENDS, True),
}
TEXT_WORDS = {
    TextOp.CONTAINS: "contains",
    TextOp.STARTS: "startsWith",
    TextOp.ENDS: "endsWith",
}
COUNTING: Mapping[str, Counting] = {
    "0": Counting.EXACTLY,
    "1": Counting.AT_MOST,
    "2": Counting.AT_LEAST,
}
COLUMNS: Mapping[str, Distinct] = {
    "domain_concept": Distinct.CONCEPT,
    "start_date": Distinct.DAY,
    "end_date": Distinct.END_DAY,
    "visit_id": Distinct.VISIT,
    "visit_detail_id": Distinct.VISIT_DETAIL,
    "duration": Distinct.LENGTH,
    "unit": Distinct.UNIT,
    "value_as_number": Distinct.VALUE,
    "range_low": Distinct.RANGE_LOW,
    "range_high": Distinct.RANGE_HIGH,
    "quantity": Distinct.QUANTITY,
    "days_supply": Distinct.DAYS_SUPPLY,
    "refills": Distinct.REFILLS,
    "gap_days": Distinct.GAP_DAYS,
    "era_occurrences": Distinct.OCCURRENCES,
}
MODES: Mapping[str, Mode] = {
    "all": Mode.ALL,
    "any": Mode.ANY,
    "at_least": Mode.AT_LEAST,
    "at_most": Mode.AT_MOST,
}
LIMITS: Mapping[str, Limit] = {"all": Limit.ALL, "first": Limit.FIRST, "last": Limit.LAST}
SIDES: Mapping[str, Anchor] = {"start_date": Anchor.START, "end_date": Anchor.END}
OFFSET_FROM: Mapping[str, Anchor] = {"startdate": Anchor.START, "enddate": Anchor.END}


def word(words: Mapping[str, T], meaning: T) -> str:
    """Return the word that stands for a meaning."""
    return next(w for w, m in words.items() if m == meaning)
