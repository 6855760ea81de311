"""Why candidates are rejected, in words. A reason that a mapping writes stays as it is."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from qundao.intake.units import UNIT_FAULTS
from qundao.kernel.words import Words

REASONS: Mapping[str, Words] = MappingProxyType(
    {
        "empty": Words("必填而为空", "required and empty"),
        "not_a_number": Words("不是数字", "not a number"),
        "not_a_whole_number": Words("不是整数", "not a whole number"),
        "not_a_date": Words("不是日历上的日期", "not a day of the calendar"),
        "not_in_list": Words("编码表中没有", "not in the list of codes"),
        "too_long": Words("超过字段长度", "longer than the field"),
        "too_many_days": Words("天数超过一百年", "more days than a century"),
        "no_parent": Words("所指的行未载入", "points at a row that was not loaded"),
        "key_repeated": Words("主键相同而内容不同", "the same key with other content"),
        "several_match": Words("另一来源有多行相符", "several rows of another source fit"),
        **UNIT_FAULTS,
    }
)


def reason_words(told: str) -> Words:
    """Return a reason as `reasons` of an account names it (`reason:field`), in words."""
    reason, _, name = told.partition(":")
    known = REASONS.get(reason)
    if known is None:
        return Words(told, told)
    return Words(f"{known.zh}（{name}）", f"{known.en} ({name})") if name else known
