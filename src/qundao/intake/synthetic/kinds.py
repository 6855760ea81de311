"""The kinds of planted defects: what each means and who has to find it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from qundao.kernel.words import Words

Finder = Literal["reader", "mapping", "identity", "quality"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of defect.

    `reader`: the row does not come out of the file; `mapping`: a value does not convert, a code or
    row is refused or merged; `identity`: two records are one person; `quality`: values that are
    each well formed contradict one another.
    """

    name: str
    found_by: Finder
    words: Words


def _kinds(*kinds: Kind) -> Mapping[str, Kind]:
    return MappingProxyType({k.name: k for k in kinds})


RAGGED, BROKEN = "ragged_line", "broken_bytes"
TOTALS, HEADER = "totals_line", "repeated_header"
DUPLICATE_ROW, DUPLICATE_KEY = "duplicate_row", "duplicate_key"
SECOND_RECORD = "two_record_numbers"

TEXT_ONLY = frozenset({RAGGED, BROKEN})
"""Kinds that a sheet cannot have."""

KINDS = _kinds(
    Kind(
        RAGGED, "reader", Words("一行的列数与表头不同", "a line with more fields than the header")
    ),
    Kind(BROKEN, "reader", Words("汉字的字节被截断", "bytes broken inside a character")),
    Kind(TOTALS, "mapping", Words("表尾的合计行", "a line of totals at the end")),
    Kind(HEADER, "mapping", Words("数据中间重复的表头", "the header again among the rows")),
    Kind(DUPLICATE_ROW, "mapping", Words("整行重复", "a row that is there twice")),
    Kind(DUPLICATE_KEY, "mapping", Words("主键重复而内容不同", "a key with two contents")),
    Kind("impossible_date", "mapping", Words("不存在的日期", "a day that never was")),
    Kind("missing_required", "mapping", Words("缺少必填值", "a required value is missing")),
    Kind("unknown_code", "mapping", Words("目录中没有的编码", "a code that is in no list")),
    Kind("unreadable_number", "mapping", Words("不是数字", "a number that cannot be read")),
    Kind("other_unit", "mapping", Words("以另一单位报告的结果", "a result in another unit")),
    Kind("result_censored", "mapping", Words("低于检出限的结果", "a result below a limit")),
    Kind("result_not_numeric", "mapping", Words("定量项目的文字结果", "words for a number")),
    Kind("orphan_row", "mapping", Words("就诊流水号不存在", "a visit that does not exist")),
    Kind("bad_check_digit", "identity", Words("身份证号校验位错误", "a wrong check digit")),
    Kind(SECOND_RECORD, "identity", Words("一人两个病案号", "one person, two record numbers")),
    Kind(
        "wrong_unit",
        "quality",
        Words("单位与结果、参考范围不符", "a unit that fits neither result nor range"),
    ),
    Kind(
        "discharge_before_admission",
        "quality",
        Words("出院早于入院", "discharge before admission"),
    ),
    Kind("birth_after_admission", "quality", Words("出生晚于就诊", "birth after the visit")),
    Kind("age_disagrees", "quality", Words("年龄与出生日期不符", "age against date of birth")),
    Kind("sex_disagrees", "quality", Words("性别与身份证号不符", "sex against identity number")),
    Kind("report_before_sample", "quality", Words("报告早于采样", "reported before it was taken")),
)
"""Every kind, by name."""
