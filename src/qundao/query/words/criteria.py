"""Criteria and groups in words."""

from __future__ import annotations

from qundao.kernel.words import Words
from qundao.query.concepts import ConceptItem, ConceptSet
from qundao.query.criteria import (
    Abnormal,
    Anchor,
    Attribute,
    Coded,
    CodedBySet,
    Counting,
    Criterion,
    Dated,
    DateShift,
    Demographic,
    Distinct,
    Gender,
    Group,
    Mode,
    Near,
    Numeric,
    PersonBySet,
    PersonCoded,
    TextOp,
    Textual,
    Window,
)
from qundao.query.domains import DOMAINS
from qundao.query.values import Period
from qundao.query.words.phrases import (
    days,
    indented,
    joined,
    lines,
    listed,
    put,
    range_words,
    same,
)

_ANCHORS = {Anchor.START: Words("开始", "start"), Anchor.END: Words("结束", "end")}
_FIELDS = {
    "type": Words("记录类型", "record type"),
    "status": Words("诊断状态", "condition status"),
    "route": Words("给药途径", "route"),
    "modifier": Words("修饰", "modifier"),
    "operator": Words("比较符", "operator"),
    "value": Words("结果代码", "coded result"),
    "unit": Words("单位", "unit"),
    "qualifier": Words("限定", "qualifier"),
    "value_as_number": Words("数值结果", "numeric result"),
    "value_as_string": Words("文本结果", "text result"),
    "range_low": Words("参考下限", "lower reference limit"),
    "range_high": Words("参考上限", "upper reference limit"),
    "quantity": Words("数量", "quantity"),
    "days_supply": Words("供药天数", "days of supply"),
    "refills": Words("续配次数", "refills"),
    "occurrence_count": Words("次数", "number of occurrences"),
    "gap_days": Words("间隔天数", "gap days"),
    "era_length": Words("持续天数", "length in days"),
    "stop_reason": Words("停止原因", "stop reason"),
    "lot_number": Words("批号", "lot number"),
    "unique_device_id": Words("器械唯一标识", "unique device id"),
    "effective_drug_dose": Words("有效剂量", "effective dose"),
    "dose_unit": Words("剂量单位", "dose unit"),
    "dose_value": Words("剂量", "dose"),
    "range_low_ratio": Words("与参考下限之比", "ratio to the lower reference limit"),
    "range_high_ratio": Words("与参考上限之比", "ratio to the upper reference limit"),
    "visit": Words("就诊类型", "kind of visit"),
    "provider_specialty": Words("医务人员专科", "provider's specialty"),
    "place_of_service": Words("服务场所", "place of service"),
    "anatomic_site": Words("解剖部位", "anatomic site"),
    "disease_status": Words("疾病状态", "disease status"),
    "source_id": Words("来源编号", "source id"),
    "plan": Words("计划", "plan"),
    "sponsor": Words("资助方", "sponsor"),
    "plan_source": Words("计划源代码", "source code of the plan"),
    "sponsor_source": Words("资助方源代码", "source code of the sponsor"),
    "stop_reason_source": Words("停止原因源代码", "source code of the stop reason"),
    "gender": Words("性别", "sex"),
    "race": Words("种族", "race"),
    "ethnicity": Words("族裔", "ethnicity"),
}
_TEXT = {
    TextOp.CONTAINS: Words("包含", "contains"),
    TextOp.STARTS: Words("开头为", "starts with"),
    TextOp.ENDS: Words("结尾为", "ends with"),
}
GENDERS = {8507: Words("男", "male"), 8532: Words("女", "female")}


def concept_set_words(concepts: ConceptSet) -> Words:
    """Return a concept set: its name and items."""
    items = joined([_item(i) for i in concepts.items], "；", "; ")
    return put(
        "概念集“{name}”：{items}",
        "Concept set “{name}”: {items}",
        name=same(concepts.name),
        items=items,
    )


def _item(item: ConceptItem) -> Words:
    notes = [
        words
        for flag, words in (
            (item.descendants, Words("含下级", "with descendants")),
            (item.mapped, Words("含映射到它的概念", "with concepts mapped to it")),
        )
        if flag
    ]
    text = same(item.concept_id)
    if notes:
        inside = joined(notes, "，", ", ")
        text = put("{c}（{n}）", "{c} ({n})", c=text, n=inside)
    return put("排除 {c}", "without {c}", c=text) if item.excluded else text


def criterion_words(criterion: Criterion) -> Words:
    """Return which events a criterion means; what it asks for nearby follows on further lines."""
    domain = DOMAINS[criterion.domain].words
    parts = [put("{d}记录", "{d}", d=domain)]
    if criterion.concepts is not None:
        parts = [put("“{c}”的{d}记录", "{d} of “{c}”", c=same(criterion.concepts), d=domain)]
    if criterion.source_concepts is not None:
        name = same(criterion.source_concepts)
        parts.append(put("源代码属于“{c}”", "source code in “{c}”", c=name))
    if criterion.first:
        parts.append(Words("每人首次", "the person's first ever"))
    if criterion.within is not None:
        parts.append(_within(criterion.within))
    if criterion.dates is not None:
        parts.append(_shift(criterion.dates))
    parts += [attribute_words(a) for a in criterion.where]
    text = joined(parts, "，", ", ")
    if criterion.near is None:
        return text
    near = indented(group_words(criterion.near))
    return put("{t}，且以该事件为基准：\n{n}", "{t}, and around that event:\n{n}", t=text, n=near)


def _within(period: Period) -> Words:
    given = [same(d) for d in (period.first, period.last) if d is not None]
    return put(
        "含 {d}，并以此为起止", "holding {d}, from or until then", d=joined(given, " 与 ", " and ")
    )


def _shift(dates: DateShift) -> Words:
    return put(
        "起止改为{a}后 {m}至{b}后 {n}",
        "moved to {m} after its {a} until {n} after its {b}",
        a=_ANCHORS[dates.start_from],
        b=_ANCHORS[dates.end_from],
        m=days(dates.start_days),
        n=days(dates.end_days),
    )


def attribute_words(asked: Attribute) -> Words:
    """Return what one attribute asks for."""
    match asked:
        case Numeric():
            return put("{f}{r}", "{f} {r}", f=_FIELDS[asked.field], r=range_words(asked.range))
        case Coded():
            verb = Words("不属于", "not in") if asked.negated else Words("属于", "in")
            codes = listed(asked.concepts)
            return put("{f}{v} {c}", "{f} {v} {c}", f=_FIELDS[asked.field], v=verb, c=codes)
        case CodedBySet() | PersonBySet():
            return _by_set(asked)
        case Abnormal():
            return Words("结果异常", "an abnormal result")
        case Textual():
            return _textual(asked)
        case _:
            return person_words(asked)


def _by_set(asked: CodedBySet | PersonBySet) -> Words:
    field = _FIELDS[asked.field]
    if asked.concepts is None:
        verb = Words("未记录", "not recorded") if asked.negated else Words("有记录", "recorded")
        return put("{f}{v}", "{f} {v}", f=field, v=verb)
    verb = Words("不属于", "not in") if asked.negated else Words("属于", "in")
    return put("{f}{v}“{c}”", "{f} {v} “{c}”", f=field, v=verb, c=same(asked.concepts))


def _textual(asked: Textual) -> Words:
    field, text, verb = _FIELDS[asked.field], same(asked.text), _TEXT[asked.op]
    if asked.negated:
        return put("{f}并非{v}“{t}”", "{f} not: {v} “{t}”", f=field, v=verb, t=text)
    return put("{f}{v}“{t}”", "{f} {v} “{t}”", f=field, v=verb, t=text)


def person_words(asked: Demographic) -> Words:
    """Return a fact about an event's dates or its person."""
    if isinstance(asked, Gender):
        names = [GENDERS.get(c, same(c)) for c in asked.concepts]
        return put("性别为{g}", "sex {g}", g=joined(names, "或", " or "))
    if isinstance(asked, PersonCoded):
        codes = listed(asked.concepts)
        return put("{f}属于 {c}", "{f} in {c}", f=_FIELDS[asked.field], c=codes)
    if isinstance(asked, PersonBySet):
        return _by_set(asked)
    anchor, asked_range = _ANCHORS[asked.anchor], range_words(asked.range)
    if isinstance(asked, Dated):
        return put("{a}日期{r}", "{a} date {r}", a=anchor, r=asked_range)
    return put("{a}时年龄{r} 岁", "age at {a} {r} years", a=anchor, r=asked_range)


def group_words(group: Group) -> Words:
    """Return a group: how many of its parts must hold, then a line for each."""
    if not group.parts:
        return Words("不作要求", "nothing is asked")
    parts = [put("- {p}", "- {p}", p=_part(p)) for p in group.parts]
    return lines([_mode(group), *(indented(p) for p in parts)])


def _mode(group: Group) -> Words:
    count = same(group.count)
    match group.mode:
        case Mode.ALL:
            return Words("满足以下全部：", "all of:")
        case Mode.ANY:
            return Words("满足以下任意一项：", "any of:")
        case Mode.AT_LEAST:
            return put("满足以下至少 {n} 项：", "at least {n} of:", n=count)
        case Mode.AT_MOST:
            return put("满足以下至多 {n} 项：", "at most {n} of:", n=count)


def _part(part: Near | Demographic | Group) -> Words:
    match part:
        case Near():
            return near_words(part)
        case Group():
            return group_words(part)
        case _:
            return person_words(part)


_COUNTING = {
    Counting.AT_LEAST: Words("至少", "at least"),
    Counting.AT_MOST: Words("至多", "at most"),
    Counting.EXACTLY: Words("恰好", "exactly"),
}
_DISTINCT = {
    Distinct.EVENT: Words("次", "×"),
    Distinct.CONCEPT: Words("个不同概念的", "different concepts of"),
    Distinct.DAY: Words("个不同日期的", "different days of"),
    Distinct.VISIT: Words("次不同就诊的", "different visits of"),
    Distinct.END_DAY: Words("个不同结束日期的", "different last days of"),
    Distinct.LENGTH: Words("种不同天数的", "different lengths of"),
    Distinct.VISIT_DETAIL: Words("次不同就诊明细的", "different visit details of"),
    Distinct.UNIT: Words("种不同单位的", "different units of"),
    Distinct.VALUE: Words("个不同数值的", "different values of"),
    Distinct.RANGE_LOW: Words("个不同参考下限的", "different lower reference limits of"),
    Distinct.RANGE_HIGH: Words("个不同参考上限的", "different upper reference limits of"),
    Distinct.QUANTITY: Words("个不同数量的", "different quantities of"),
    Distinct.DAYS_SUPPLY: Words("个不同供药天数的", "different days of supply of"),
    Distinct.REFILLS: Words("个不同续配次数的", "different numbers of refills of"),
    Distinct.GAP_DAYS: Words("个不同间隔天数的", "different gap days of"),
    Distinct.OCCURRENCES: Words("个不同次数的", "different numbers of occurrences of"),
}


def near_words(near: Near) -> Words:
    """Return how many events of which kind must stand where."""
    windows = [near.window, *([near.second_window] if near.second_window else [])]
    notes = [window_words(w) for w in windows]
    if near.same_visit:
        notes.append(Words("在同一次就诊中", "in the same visit"))
    if near.outside_observation:
        notes.append(Words("观察期之外也算", "also outside observation"))
    return put(
        "{o} {n} {x}{c}，{w}",
        "{o} {n} {x} {c}, {w}",
        o=_COUNTING[near.counting],
        n=same(near.count),
        x=_DISTINCT[near.distinct],
        c=criterion_words(near.criterion),
        w=joined(notes, "，", ", "),
    )


_OPEN = {
    (Anchor.START, True): Words("此前任何时间", "any time before"),
    (Anchor.END, True): Words("此后任何时间", "any time after"),
    (Anchor.START, False): Words("观察期首日", "the first day of observation, for"),
    (Anchor.END, False): Words("观察期末日", "the last day of observation, for"),
}


def window_words(window: Window) -> Words:
    """Return the days of a window."""
    index, event = _ANCHORS[window.index], _ANCHORS[window.event]
    usual = (window.first_open, window.last_open) == (Anchor.START, Anchor.END)
    if window.first_day is None and window.last_day is None and usual:
        return put("{e}于任何时间", "with its {e} at any time", e=event)
    first = _edge(window.first_day, _OPEN[window.first_open, window.first_open is Anchor.START])
    last = _edge(window.last_day, _OPEN[window.last_open, window.last_open is Anchor.END])
    return put(
        "{e}于基准事件{i}日的{a}至{b}",
        "with its {e} from {a} to {b} the index event's {i}",
        e=event,
        i=index,
        a=first,
        b=last,
    )


def _edge(day: int | None, unbounded: Words) -> Words:
    if day is None:
        return unbounded
    if day == 0:
        return Words("当日", "the day of")
    side = Words("前 {d}", "{d} before") if day < 0 else Words("后 {d}", "{d} after")
    return put(side.zh, side.en, d=days(abs(day)))
