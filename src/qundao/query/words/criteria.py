"""Criteria and groups in words."""

from __future__ import annotations

from collections.abc import Iterator

from qundao.kernel.words import Words
from qundao.query.concepts import ConceptItem, ConceptSet
from qundao.query.criteria import (
    Abnormal,
    Attribute,
    Coded,
    CodedBySet,
    Counting,
    Criterion,
    Dated,
    Demographic,
    Distinct,
    Gender,
    Group,
    Mode,
    Near,
    Numeric,
    PersonBySet,
    PersonCoded,
    PersonField,
    TextOp,
    Textual,
)
from qundao.query.domains import DOMAINS
from qundao.query.words.fields import ANCHORS, DISTINCT, FIELDS, GENDERS, PERSON_FIELDS
from qundao.query.words.phrases import (
    indented,
    joined,
    lines,
    listed,
    put,
    range_words,
    same,
)
from qundao.query.words.units import units_listed
from qundao.query.words.windows import period_words, shift_words, window_words

ENTRY = Words("入组事件", "entry event")
_THAT = Words("该事件", "event")
_TEXT = {
    TextOp.CONTAINS: Words("包含", "contains"),
    TextOp.STARTS: Words("开头为", "starts with"),
    TextOp.ENDS: Words("结尾为", "ends with"),
}


def concept_set_words(concepts: ConceptSet) -> Words:
    """Return a concept set: its name and items."""
    said = [_item(i) for i in concepts.items] or [Words("（空）", "(empty)")]
    items = joined(said, "；", "; ")
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
    return _around(_head(criterion), criterion, _AND)


def _head(criterion: Criterion) -> Words:
    return joined(list(_events(criterion)), "，", ", ")


_AND = Words("{t}，且以该事件为基准，{n}", "{t}, and around that event {n}")
_COUNTED = Words("{t}；只计这样的事件：{n}", "{t}; events count that have around them {n}")


def _around(text: Words, criterion: Criterion, how: Words) -> Words:
    """Return what is said of an event, followed by what is asked for around it."""
    if criterion.near is None:
        return text
    near = group_words(criterion.near, _THAT)
    return put(how.zh, how.en, t=text, n=near)


def _events(criterion: Criterion) -> Iterator[Words]:
    domain = DOMAINS[criterion.domain].words
    if criterion.concepts is None:
        yield put("{d}记录", "{d}", d=domain)
    else:
        yield put("“{c}”的{d}记录", "{d} of “{c}”", c=same(criterion.concepts), d=domain)
    if criterion.source_concepts is not None:
        name = same(criterion.source_concepts)
        yield put("源代码属于“{c}”", "source code in “{c}”", c=name)
    if criterion.first:
        yield Words("每人首次", "the person's first ever")
    if criterion.dates is not None:
        yield shift_words(criterion.dates)
    if criterion.within is not None:
        dates = period_words(criterion.within.first, criterion.within.last)
        yield put("涵盖 {p}（即以此为起止）", "holding {p} (which become its dates)", p=dates)
    yield from (attribute_words(a) for a in criterion.where)


def attribute_words(asked: Attribute) -> Words:
    """Return what one attribute asks for."""
    match asked:
        case Numeric():
            return put("{f}{r}", "{f} {r}", f=FIELDS[asked.field], r=range_words(asked.range))
        case Coded():
            verb = Words("不属于", "not in") if asked.negated else Words("属于", "in")
            unit = asked.field in ("unit", "dose_unit")
            codes = units_listed(asked.concepts) if unit else listed(asked.concepts)
            return put("{f}{v} {c}", "{f} {v} {c}", f=FIELDS[asked.field], v=verb, c=codes)
        case CodedBySet():
            return _by_set(FIELDS[asked.field], asked)
        case Textual():
            return _textual(asked)
        case Abnormal():
            return Words(
                "结果异常（超出参考范围，或编码为偏高、偏低）",
                "abnormal (outside its reference limits, or coded as low or high)",
            )
        case _:
            return person_words(asked)


def _by_set(name: Words, asked: CodedBySet | PersonBySet) -> Words:
    if asked.concepts is None:
        known = Words("{f}没有代码", "no code for {f}") if asked.negated else None
        known = known or Words("{f}有代码", "any code for {f}")
        return put(known.zh, known.en, f=name)
    verb = Words("不属于", "not in") if asked.negated else Words("属于", "in")
    return put("{f}{v}“{c}”", "{f} {v} “{c}”", f=name, v=verb, c=same(asked.concepts))


def _textual(asked: Textual) -> Words:
    field, text, verb = FIELDS[asked.field], same(asked.text), _TEXT[asked.op]
    if asked.negated:
        return put("{f}并非{v}“{t}”", "{f} not: {v} “{t}”", f=field, v=verb, t=text)
    return put("{f}{v}“{t}”", "{f} {v} “{t}”", f=field, v=verb, t=text)


def person_words(asked: Demographic) -> Words:
    """Return a fact about an event's dates or its person."""
    match asked:
        case Gender():
            return _one_of(PersonField.GENDER, asked.concepts)
        case PersonCoded():
            return _one_of(asked.field, asked.concepts)
        case PersonBySet():
            return _by_set(PERSON_FIELDS[asked.field], asked)
        case Dated():
            anchor, dates = ANCHORS[asked.anchor], range_words(asked.range)
            return put("{a}日期{r}", "{a} date {r}", a=anchor, r=dates)
        case _:
            anchor, ages = ANCHORS[asked.anchor], range_words(asked.range)
            return put("{a}时年龄{r} 岁", "age at {a} {r} years", a=anchor, r=ages)


def _one_of(field: PersonField, concepts: tuple[int, ...]) -> Words:
    known = GENDERS if field is PersonField.GENDER else {}
    names = [known.get(c, Words(f" {c}", str(c))) for c in concepts]
    one = joined(names, "或", " or ")
    return put("{f}为{g}", "{f} {g}", f=PERSON_FIELDS[field], g=one)


def group_words(group: Group, index: Words = ENTRY) -> Words:
    """Return a group: how many of its parts must hold, then a line for each.

    index: what the event is called that the group is asked of.
    """
    if not group.parts:
        return Words("没有条件，总是成立", "without a condition: always so")
    if len(group.parts) == 1 and group.mode in (Mode.ALL, Mode.ANY):
        return _part(group.parts[0], index)
    parts = [put("- {p}", "- {p}", p=_part(p, index)) for p in group.parts]
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


def _part(part: Near | Demographic | Group, index: Words) -> Words:
    match part:
        case Near():
            return near_words(part, index)
        case Group():
            return group_words(part, index)
        case _:
            return person_words(part)


_COUNTING = {
    Counting.AT_LEAST: Words("至少", "at least"),
    Counting.AT_MOST: Words("至多", "at most"),
    Counting.EXACTLY: Words("恰好", "exactly"),
}


def near_words(near: Near, index: Words = ENTRY) -> Words:
    """Return how many events of which kind must stand where around an index event."""
    windows = [near.window, *([near.second_window] if near.second_window else [])]
    said = [_number(near), joined([window_words(w, index) for w in windows], "，且", " and ")]
    if near.same_visit:
        said.append(Words("在同一次就诊中", "in the same visit"))
    if near.outside_observation:
        said.append(Words("观察期之外也算", "also outside observation"))
    return _around(joined(said, "，", ", "), near.criterion, _COUNTED)


def _number(near: Near) -> Words:
    """Return how many events are asked for; of nothing but at least one, that there are any."""
    events, count = _head(near.criterion), same(near.count)
    least = near.counting is Counting.AT_LEAST
    if near.count == 0 and least:
        return put("有无{e}均可", "with or without any {e}", e=events)
    if near.count == 0:
        return put("没有{e}", "no {e}", e=events)
    if near.distinct is not Distinct.EVENT:
        what, how = DISTINCT[near.distinct], _COUNTING[near.counting]
        zh, en = "{e}，{o}有 {n} 个不同的{x}", "{e}, with {o} {n} different {x}"
        return put(zh, en, e=events, o=how, n=count, x=what)
    if near.count == 1 and least:
        return put("有{e}", "any {e}", e=events)
    return put("{o} {n} 次{e}", "{o} {n} × {e}", o=_COUNTING[near.counting], n=count, e=events)
