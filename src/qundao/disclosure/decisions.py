"""The gate's decisions: which rule acted on which cells, in words for the steward's list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from qundao.kernel.words import Words

Action = Literal["withheld", "merged", "rounded", "masked", "shown"]

SMALL_CELL = "small_cell"
SMALL_TOTAL = "small_total"
COMPLEMENTARY = "complementary"
FOLLOWS = "follows"
MERGED = "merged"
TAIL = "tail"
AT_NODE = "at_node"
ROUNDED = "rounded"
MASKED = "masked"
SHOWN = "shown"

RULES: Mapping[str, Words] = {
    SMALL_CELL: Words("人数少于 {min_cell}", "fewer than {min_cell} people"),
    SMALL_TOTAL: Words(
        "合计人数少于 {min_cell}，其构成全部不显示",
        "the total is below {min_cell} people, so its breakdown is withheld whole",
    ),
    COMPLEMENTARY: Words(
        "为防止由合计相减推出其他不显示的数（互补隐藏）",
        "withheld so that another withheld number cannot be worked out from totals "
        "(complementary suppression)",
    ),
    FOLLOWS: Words(
        "对应的人数不显示，因此其统计量也不显示",
        "the count of people behind it is withheld, so it is withheld too",
    ),
    MERGED: Words(
        "与后面的区间合并，直到在险人数不少于 {min_cell}、事件数不少于 {event_floor}",
        "merged with the intervals after it until at least {min_cell} people are at risk and at "
        "least {event_floor} have the event",
    ),
    TAIL: Words(
        "尾部直到随访结束事件数不足 {event_floor} 或在险人数不足 {min_cell}，不显示",
        "the tail never reaches {event_floor} events with {min_cell} people at risk "
        "and is withheld",
    ),
    AT_NODE: Words(
        "至少一个成员节点按其门槛未放行", "withheld by at least one node under its floor"
    ),
    ROUNDED: Words("取整到 {base} 的倍数", "rounded to a multiple of {base}"),
    MASKED: Words(
        "以掩码形式发出，平台只能看到各节点之和；门槛用于合计数",
        "leaves masked: the hub sees the sum over nodes only, and the floor applies to that sum",
    ),
    SHOWN: Words("达到门槛，放行", "meets the thresholds and is shown"),
}


@dataclass(frozen=True, slots=True)
class Decision:
    """What the gate did to some cells (by name), under which rule, in words."""

    rule: str
    cells: tuple[str, ...]
    action: Action
    words: Words

    def to_json(self) -> dict[str, Any]:
        """Return the decision as plain JSON, for the node's list of what left it."""
        return {
            "rule": self.rule,
            "cells": list(self.cells),
            "action": self.action,
            "words": {"zh": self.words.zh, "en": self.words.en},
        }


def decision(rule: str, cells: Iterable[str], action: Action, **facts: object) -> Decision:
    """Return a decision with its rule's words filled in."""
    return Decision(rule, tuple(cells), action, RULES[rule].format(**facts))
