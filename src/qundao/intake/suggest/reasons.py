"""Why something is suggested: a closed set of reasons, each with facts that a steward can check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from qundao.kernel.words import Words

REASONS: Mapping[str, Words] = MappingProxyType(
    {
        # Of columns.
        "same_name": Words("列名与目标字段同名", "the column has the field's own name"),
        "known_name": Words(
            "列名“{column}”是已知的列名（{origin_zh}）", "“{column}” is a known name ({origin_en})"
        ),
        "known_synonym": Words(
            "列名“{column}”是“{listed}”的已知写法（{origin_zh}）",
            "“{column}” is a known name of “{listed}” ({origin_en})",
        ),
        "similar_name": Words(
            "列名“{column}”与已知写法“{listed}”相近（{origin_zh}）",
            "“{column}” is much like the known name “{listed}” ({origin_en})",
        ),
        "meaning_in_values": Words(
            "{share} 的抽样值像{meaning_zh}", "{share} of the sampled values look like {meaning_en}"
        ),
        "type_fits": Words("值的类型合适：{type}", "the values are of a fitting type: {type}"),
        "type_differs": Words(
            "值的类型是 {type}，应为 {wanted}", "the values are of type {type}, not {wanted}"
        ),
        "key": Words("{column} 是来源表的主键", "{column} names the rows of its table"),
        "part_of_key": Words(
            "{column} 是来源表主键的一部分", "{column} is part of its table's key"
        ),
        "joins": Words(
            "{share} 的值也在 {table} 的 {column} 中",
            "{share} of its values stand in {column} of {table} too",
        ),
        "mostly_empty": Words("只有 {fill} 的行有值", "only {fill} of rows have a value"),
        # Of expressions.
        "fixed_by_kind": Words(
            "这类来源（{kind_zh}）的固定值", "what it always is for such a source ({kind_en})"
        ),
        "kind_of_source": Words(
            "来源像是{kind_zh}（{score}）", "the source looks like {kind_en} ({score})"
        ),
        "instead_of": Words(
            "没有找到首选的列（{missing_zh}），以此代替",
            "stands in for what was not found ({missing_en})",
        ),
        "needs_list": Words("需要编码表 {list}", "needs the list of codes {list}"),
        # Of sources.
        "has_column": Words("有{role_zh}（{column}）", "has {role_en} ({column})"),
        "lacks_column": Words("没有{role_zh}", "has no {role_en}"),
        "columns_of_standard": Words(
            "{same} 列与 {standard} 的 {table} 同名，共 {columns} 列",
            "{same} of its {columns} columns are named as in {table} of {standard}",
        ),
        # Of codes.
        "same_code": Words(
            "{vocabulary} 中有同一编码 {code}", "{vocabulary} has the same code, {code}"
        ),
        "code_without_signs": Words(
            "去掉点与符号后与 {vocabulary} 的 {code} 相同",
            "without dots and signs it is {code} of {vocabulary}",
        ),
        "code_shortened": Words(
            "去掉国内扩展位后是 {vocabulary} 的 {code}",
            "without its national extension it is {code} of {vocabulary}",
        ),
        "same_concept_name": Words("名称相同：{name}", "the same name: {name}"),
        "same_synonym": Words("同义词相同：{name}", "the same synonym: {name}"),
        "similar_concept_name": Words(
            "名称相近（{likeness}）：{name}", "a similar name ({likeness}): {name}"
        ),
        "similar_synonym": Words(
            "同义词相近（{likeness}）：{name}", "a similar synonym ({likeness}): {name}"
        ),
        "maps_to": Words(
            "词表把 {code} 映射到该标准概念（Maps to）",
            "the vocabulary maps {code} to this standard concept (Maps to)",
        ),
        "standard": Words("本身是标准概念", "is a standard concept itself"),
    }
)
"""Every reason, in words that its facts fill."""


@dataclass(frozen=True, slots=True)
class Because:
    """One reason: its code (of `REASONS`) and the facts behind it."""

    code: str
    facts: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if self.code not in REASONS:
            raise ValueError(f"one of {', '.join(REASONS)} is required, received {self.code!r}")

    @property
    def words(self) -> Words:
        """Return the reason in words."""
        return REASONS[self.code].format(**dict(self.facts))

    def to_json(self) -> dict[str, Any]:
        """Return the reason as plain JSON."""
        words = self.words
        return {
            "reason": self.code,
            "facts": dict(self.facts),
            "words": {"zh": words.zh, "en": words.en},
        }


def because(code: str, /, **facts: object) -> Because:
    """Return a reason with its facts as text."""
    return Because(code, tuple((k, str(v)) for k, v in facts.items()))


def percent(share: float) -> str:
    """Return a share of 1 in percent, whole."""
    return f"{100 * share:.0f}%"
