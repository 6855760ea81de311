"""Circe criteria, windows, counts and groups."""

from __future__ import annotations

from functools import partial

from qundao.query.circe.fields import KINDS, PERSON_FIELDS, Kind
from qundao.query.circe.node import Node, names
from qundao.query.circe.read_fields import attributes, facts, period
from qundao.query.circe.sets import SetNames
from qundao.query.circe.words import COLUMNS, COUNTING, MODES, SIDES
from qundao.query.criteria import (
    Anchor,
    Counting,
    Criterion,
    DateShift,
    Demographic,
    Distinct,
    Group,
    Mode,
    Near,
    Window,
)
from qundao.query.domains import DOMAINS, Domain
from qundao.query.values import LONGEST_DAYS

_NOTHING = Criterion(Domain.CONDITION)
_GROUP = names("Type", "Count", "CriteriaList", "DemographicCriteriaList", "Groups")
_NEAR = names(
    "Criteria",
    "StartWindow",
    "EndWindow",
    "Occurrence",
    "RestrictVisit",
    "IgnoreObservationPeriod",
)
_PERSON = names(*(k for f in PERSON_FIELDS for k in (f.key, f.key + "CS")))
_WINDOW = names("Start", "End", "UseIndexEnd", "UseEventEnd")
_OCCURRENCE = names("Type", "Count", "IsDistinct", "CountColumn")
_SHIFT = names("StartWith", "StartOffset", "EndWith", "EndOffset")
_DAYS = {"lowest": -LONGEST_DAYS, "most": LONGEST_DAYS}


def criterion(wrapped: Node, sets: SetNames) -> Criterion:
    """Read an object with one criterion under the name of its kind."""
    node = wrapped.only()
    if not node.value and not isinstance(node.value, dict):
        return _NOTHING
    kind = KINDS.get(node.name)
    if kind is None:
        wrapped.bad("、".join(KINDS), f"one of {', '.join(KINDS)}")
        return _NOTHING
    if not node.object(kind.names):
        return _NOTHING
    return _criterion(node, kind, sets)


def _criterion(node: Node, kind: Kind, sets: SetNames) -> Criterion:
    near = node["CorrelatedCriteria"] or node["CorelatedCriteria"]
    make = partial(
        Criterion,
        kind.domain,
        sets.name(node[kind.codeset]) if kind.codeset else None,
        node["First"].flag(),
        tuple(attributes(node, kind.fields, sets)),
        sets.name(node[kind.source]) if kind.source else None,
        _near_group(near, sets) if near else None,
        _shift(node["DateAdjustment"]),
        period(node["UserDefinedPeriod"]),
    )
    return node.made(make, _NOTHING)


def _near_group(node: Node, sets: SetNames) -> Group | None:
    """Return a group around a criterion's events; one without parts asks for nothing."""
    found = group(node, sets)
    return found if found.parts else None


def _shift(node: Node) -> DateShift | None:
    if not node or not node.object(_SHIFT):
        return None
    make = partial(
        DateShift,
        node["StartWith"].choice(SIDES, Anchor.START),
        node["StartOffset"].whole(0, **_DAYS),
        node["EndWith"].choice(SIDES, Anchor.END),
        node["EndOffset"].whole(0, **_DAYS),
    )
    return node.made(make, None)


def group(node: Node, sets: SetNames) -> Group:
    """Read a group; one without parts always holds, whatever its type."""
    if not node.object(_GROUP):
        return Group(Mode.ALL)
    events = tuple(_near(n, sets) for n in node["CriteriaList"].items())
    people = [_person(n, sets) for n in node["DemographicCriteriaList"].items()]
    inner = tuple(group(n, sets) for n in node["Groups"].items())
    single = tuple(p[0] for p in people if len(p) == 1)
    several = tuple(Group(Mode.ALL, person=p) for p in people if len(p) != 1)
    if not (events or people or inner):
        return Group(Mode.ALL)
    mode = node["Type"].choice(MODES)
    counted = mode in (Mode.AT_LEAST, Mode.AT_MOST)
    count = node["Count"].whole(lowest=0, most=100_000) if counted else None
    make = partial(Group, mode, events, single, (*several, *inner), count)
    return node.made(make, Group(Mode.ALL))


def _person(node: Node, sets: SetNames) -> tuple[Demographic, ...]:
    """Return the facts that one entry asks for; several must hold together."""
    if not node.object(_PERSON):
        return ()
    return tuple(f for field in PERSON_FIELDS for f in facts(node, field, sets))


def _near(node: Node, sets: SetNames) -> Near:
    nothing = Near(_NOTHING)
    if not node.object(_NEAR):
        return nothing
    found = criterion(node["Criteria"], sets)
    distinct, counting, count = _occurrence(node["Occurrence"], found.domain)
    second = node["EndWindow"]
    make = partial(
        Near,
        found,
        _window(node["StartWindow"], Anchor.START),
        counting,
        count,
        distinct,
        _window(second, Anchor.END) if second else None,
        _same_visit(node["RestrictVisit"], found.domain),
        node["IgnoreObservationPeriod"].flag(),
    )
    return node.made(make, nothing)


def _same_visit(place: Node, domain: Domain) -> bool:
    if place.flag() and DOMAINS[domain].visit is None:
        place.bad("有就诊编号的条件", "a criterion whose events belong to visits")
    return place.flag()


def _occurrence(node: Node, domain: Domain) -> tuple[Distinct, Counting, int]:
    if not node.object(_OCCURRENCE):
        return Distinct.EVENT, Counting.AT_LEAST, 1
    counting = node["Type"].choice(COUNTING)
    count = node["Count"].whole(lowest=0, most=100_000)
    if not node["IsDistinct"].flag():
        return Distinct.EVENT, counting, count
    column = node["CountColumn"]
    distinct = column.choice(COLUMNS, Distinct.CONCEPT)
    if not distinct.counted_by(domain):
        column.bad(f"{domain} 有的列", f"a column that {domain} has")
    return distinct, counting, count


def _window(node: Node, event: Anchor) -> Window:
    """Read a window; `event` is the date it looks at where that is not said."""
    if not node.object(_WINDOW):
        return Window()
    first, first_open = _edge(node["Start"])
    last, last_open = _edge(node["End"])
    ends = (Anchor.START, Anchor.END)
    index = ends[node["UseIndexEnd"].flag()]
    looked = ends[node["UseEventEnd"].flag(default=event is Anchor.END)]
    if first is not None:
        first_open = Anchor.START
    if last is not None:
        last_open = Anchor.END
    make = partial(Window, first, last, index, looked, first_open, last_open)
    return node.made(make, Window())


def _edge(node: Node) -> tuple[int | None, Anchor]:
    """Return days with their sign, and the end of observation that no number stands for."""
    if not node.object(names("Days", "Coeff", "TimeUnit", "TimeUnitValue")):
        return None, Anchor.START
    sign = node["Coeff"].whole(lowest=-1, most=1)
    side = Anchor.START if sign == -1 else Anchor.END
    if not node["Days"]:
        return None, side
    days = node["Days"].whole(**_DAYS)
    return sign * days, side
