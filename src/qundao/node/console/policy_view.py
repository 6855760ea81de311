"""Changes of the rule for exploring, for the page that lists them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from qundao.disclosure.budget import show_epsilon
from qundao.kernel.words import Words

_NAMES = {
    "enabled": Words("允许试算", "answers questions"),
    "cohorts": Words("试算已放行的人群定义", "counts released cohort definitions"),
    "min_cell": Words("最小人数 k", "smallest count k"),
    "price": Words("每个问题的 ε", "ε of one question"),
    "total": Words("每个单位每年的 ε", "ε of one member a year"),
    "dataset_total": Words("所有单位每年的 ε", "ε of all members a year"),
}
_MICRO = ("price", "total", "dataset_total")
_YES, _NO = Words("是", "yes"), Words("否", "no")


def change_view(change: Mapping[str, Any]) -> dict[str, Any]:
    """Return a change for a reader: at, who, why, and one phrase {zh, en} for each number."""
    phrases = list(_phrases(change["before"], change["after"]))
    return {n: change[n] for n in ("at", "who", "why")} | {"phrases": phrases}


def _phrases(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    for name, words in _NAMES.items():
        # Rules of before there were cohort definitions do not name them.
        old, new = (_shown(name, rule.get(name, False)) for rule in (before, after))
        if old != new:
            yield {
                "zh": f"{words.zh}：{old.zh} → {new.zh}",
                "en": f"{words.en}: {old.en} → {new.en}",
            }


def _shown(name: str, value: Any) -> Words:
    if isinstance(value, bool):
        return _YES if value else _NO
    text = show_epsilon(value) if name in _MICRO else str(value)
    return Words(text, text)
