"""What a place in the form, or in a definition, is called by its reader."""

from __future__ import annotations

import re

from qundao.kernel.words import Words
from qundao.query.words.phrases import joined

_PARTS = {
    "sets": Words("概念集 {n}", "concept set {n}"),
    "concept_sets": Words("概念集 {n}", "concept set {n}"),
    "items": Words("第 {n} 个概念", "concept {n}"),
    "entry": Words("入组事件 {n}", "entry event {n}"),
    "criteria": Words("入组事件 {n}", "entry event {n}"),
    "additional": Words("附加条件", "additional criteria"),
    "rules": Words("规则 {n}", "rule {n}"),
    "events": Words("条件 {n}", "criterion {n}"),
    "groups": Words("第 {n} 组", "group {n}"),
    "censoring": Words("提前退出的事件 {n}", "event {n} that ends the stay"),
    "exit": Words("退出", "exit"),
    "period": Words("日历期间", "period"),
    "observation": Words("入组前后的观察期", "observation around the entry"),
}
_ALL = Words("整个定义", "the definition as a whole")
_FIELDS = {
    "name_zh": Words("名称", "name"),
    "name": Words("名称", "name"),
    "domain": Words("记录类别", "kind of record"),
    "set": Words("概念集", "concept set"),
    "a": Words("值", "value"),
    "b": Words("区间上端", "end of the range"),
    "unit": Words("单位", "unit"),
    "age_a": Words("年龄", "age"),
    "age_b": Words("年龄上端", "end of the ages"),
    "count": Words("次数", "number"),
    "from": Words("窗口起", "window from"),
    "to": Words("窗口止", "window to"),
    "prior": Words("此前观察天数", "days observed before"),
    "post": Words("此后观察天数", "days observed after"),
    "exit_days": Words("退出天数", "days of the exit"),
    "exit_set": Words("退出的药物", "drug of the exit"),
    "exit_gap": Words("用药间隔", "gap between exposures"),
    "exit_after": Words("加上的天数", "days added"),
    "collapse": Words("合并间隔", "days between stays"),
    "id": Words("概念编号", "concept id"),
}
_STEP = re.compile(r"([a-z_]+)(?:[.\[](\d+)\]?)?")


def place_words(where: str) -> Words:
    """Return a field's name (`rules.0.group.events.1.count`) or a path (`$.rules[0]`) in words."""
    said = []
    for name, number in _STEP.findall(where.removeprefix("$.")):
        if name in _PARTS and (number or "{n}" not in _PARTS[name].zh):
            said.append(_PARTS[name].format(n=int(number or 0) + 1))
        elif name in _FIELDS and not number and not where.startswith("$"):
            said.append(_FIELDS[name])
    return joined(said, "，", ", ") if said else _ALL
