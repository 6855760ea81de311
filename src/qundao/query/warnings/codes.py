"""The codes of design warnings."""

from __future__ import annotations

from qundao.kernel.errors import declare
from qundao.kernel.words import Words

EMPTY_SET = declare(
    "query.warn_empty_set",
    title=Words("概念集“{name}”不含任何概念", "The concept set “{name}” holds no concept"),
    required=Words("至少一个未被排除的概念", "at least one concept that is not excluded"),
    remedy=Words("补充概念，或删去用到它的条件", "add a concept, or remove what asks for the set"),
)
UNUSED_SET = declare(
    "query.warn_unused_set",
    title=Words("概念集“{name}”从未用到", "The concept set “{name}” is never used"),
    required=Words("每个概念集都被某个条件用到", "a criterion for each concept set"),
    remedy=Words(
        "删去它，或补上本该用它的条件", "remove it, or add the criterion it was meant for"
    ),
)
ANY_CONCEPT = declare(
    "query.warn_any_concept",
    title=Words(
        "条件没有指明概念集：任何{domain_zh}都算", "No concept set: any {domain_en} counts"
    ),
    required=Words("一个概念集", "a concept set"),
    remedy=Words("指明概念集；若本意如此，可不理会", "name a set; ignore this if any is meant"),
)
WINDOW = declare(
    "query.warn_window",
    title=Words("时间窗自相矛盾，没有事件能落在其中", "No event can lie in this window"),
    required=Words("终点不早于起点", "a last day that is not before the first"),
    remedy=Words("更正天数，或对调两端", "correct the days, or change the two ends"),
)
EMPTY_RANGE = declare(
    "query.warn_empty_range",
    title=Words("取值范围是空的，没有记录能满足", "No record has a value in this range"),
    required=Words("{required_zh}", "{required_en}"),
    remedy=Words("更正比较符或数值", "correct the comparison or its value"),
)
CONTRADICTION = declare(
    "query.warn_contradiction",
    title=Words("必须同时成立的条件互相矛盾", "Conditions that must hold together contradict"),
    required=Words("可以同时成立的条件", "conditions that can hold together"),
    remedy=Words("改为“任意一项”，或删去其中之一", "ask for any of them, or remove one"),
)
TOO_FEW = declare(
    "query.warn_too_few_parts",
    title=Words("要求至少 {count} 项，但只有 {parts} 项", "At least {count} of {parts} parts"),
    required=Words("不多于 {parts} 的个数", "a count of at most {parts}"),
    remedy=Words("减小个数，或补充条件", "lower the count, or add parts"),
)
NOBODY = declare(
    "query.warn_nobody",
    title=Words("没有人能满足“{name_zh}”", "Nobody can meet “{name_en}”"),
    required=Words("可以满足的条件", "conditions that somebody can meet"),
    remedy=Words("更正其中所指出的矛盾", "mend the contradictions named inside it"),
)
SAME_RULE = declare(
    "query.warn_same_rule",
    title=Words("入选规则“{name}”与“{other}”相同", "The rules “{name}” and “{other}” are the same"),
    required=Words("内容互不相同的规则", "rules that differ"),
    remedy=Words("删去其中之一", "remove one of them"),
)
EXIT_BEFORE_ENTRY = declare(
    "query.warn_exit_before_entry",
    title=Words("退出早于入组，没有时段能留下", "The exit lies before the entry: no stay is left"),
    required=Words("不早于入组的退出", "an exit that is not before the entry"),
    remedy=Words("更正退出的天数或日历期间", "correct the days of the exit, or the period"),
)
LEAVES_AT_ONCE = declare(
    "query.warn_leaves_at_once",
    title=Words(
        "入组事件本身就是删失事件：入组当日即退出", "The entry event itself censors the stay"
    ),
    required=Words("与入组事件不同的删失事件", "a censoring event other than the entry event"),
    remedy=Words("更正删失条件", "correct the censoring criterion"),
)
UNKNOWN_CONCEPTS = declare(
    "query.warn_unknown_concepts",
    title=Words(
        "概念集“{name}”的 {all} 个概念中有 {missing} 个不在数据源的词表中",
        "The source's vocabulary lacks {missing} of {all} concepts of “{name}”",
    ),
    required=Words("含有这些概念的词表", "a vocabulary with these concepts"),
    remedy=Words("更新数据源的词表，或更正概念编号", "update the vocabulary, or correct the ids"),
)
EMPTY_IN_SOURCE = declare(
    "query.warn_empty_in_source",
    title=Words("表 {table} 没有任何记录", "The table {table} has no row"),
    required=Words("有记录的表", "a table with rows"),
    remedy=Words("装载该表；否则这一条件的结果总是零", "load it; until then this finds nobody"),
)
