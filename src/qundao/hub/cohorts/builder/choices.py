"""What the builder offers to choose from, in both languages."""

from __future__ import annotations

from qundao.kernel.words import Words
from qundao.query import DOMAINS, Counting, Domain, Limit, Mode, Op
from qundao.query.words.fields import FIELDS

Choices = tuple[tuple[str, Words], ...]

SHOWN_DOMAINS = tuple(d for d in Domain if d is not Domain.LOCATION_REGION)
DOMAIN_CHOICES: Choices = tuple((d.value, DOMAINS[d].words) for d in SHOWN_DOMAINS)
FIRST: Choices = (
    ("", Words("任意一次", "any event")),
    ("first", Words("首次", "the first ever")),
)
LIMITS: Choices = (
    (Limit.ALL.value, Words("所有事件", "all events")),
    (Limit.FIRST.value, Words("每人最早一次", "each person's earliest")),
    (Limit.LAST.value, Words("每人最晚一次", "each person's latest")),
)
COUNTING: Choices = (
    (Counting.AT_LEAST.value, Words("至少", "at least")),
    (Counting.EXACTLY.value, Words("恰好", "exactly")),
    (Counting.AT_MOST.value, Words("至多", "at most")),
)
MODES: Choices = (
    (Mode.ALL.value, Words("全部成立", "all of these")),
    (Mode.ANY.value, Words("任一成立", "any of these")),
    (Mode.AT_LEAST.value, Words("至少几项成立", "at least so many")),
    (Mode.AT_MOST.value, Words("至多几项成立", "at most so many")),
)
RANGE: Choices = (
    ("", Words("不限", "any")),
    (Op.GTE.value, Words("不小于", "at least")),
    (Op.GT.value, Words("大于", "more than")),
    (Op.LTE.value, Words("不超过", "at most")),
    (Op.LT.value, Words("小于", "less than")),
    (Op.EQ.value, Words("等于", "equal to")),
    (Op.NE.value, Words("不等于", "other than")),
    (Op.BT.value, Words("在两者之间", "between")),
    (Op.NOT_BT.value, Words("不在两者之间", "not between")),
)
SIDES: Choices = (
    ("before", Words("天前", "days before")),
    ("after", Words("天后", "days after")),
)
SEXES: Choices = (
    ("", Words("不限", "any")),
    ("8532", Words("女", "female")),
    ("8507", Words("男", "male")),
)
EXITS: Choices = (
    ("observation", Words("观察期结束", "the end of observation")),
    ("fixed", Words("入组事件后若干天", "some days after the entry event")),
    ("drug", Words("连续用药结束", "the end of continuous drug exposure")),
)
ANCHORS: Choices = (
    ("start", Words("从事件开始算起", "from the event's start")),
    ("end", Words("从事件结束算起", "from the event's end")),
)
INDEX: Choices = (
    ("start", Words("入组事件的开始", "the entry event's start")),
    ("end", Words("入组事件的结束", "the entry event's end")),
)
INSIDE: Choices = (
    ("start", Words("事件的开始落在其中", "events starting in it")),
    ("end", Words("事件的结束落在其中", "events ending in it")),
)


def measures_of(domain: str) -> Choices:
    """Return the numeric attributes of a domain; "" chooses none."""
    held = DOMAINS[Domain(domain)].numbers if domain in set(Domain) else {}
    return (("", Words("不限数值", "no value")), *((n, FIELDS[n]) for n in held))


def has_unit(domain: str) -> bool:
    """Tell whether events of a domain have a unit."""
    return domain in set(Domain) and "unit" in DOMAINS[Domain(domain)].codes
