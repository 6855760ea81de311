"""Criteria: which events are meant, and which other events must stand near them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from qundao.query.codes import invalid
from qundao.query.domains import DOMAINS, Domain
from qundao.query.values import (
    DateRange,
    NumberRange,
    check_concepts,
    check_days,
    check_name,
)


class Anchor(StrEnum):
    """Which end of an event a rule looks at."""

    START = "start"
    END = "end"


class TextOp(StrEnum):
    """How a text is compared; case counts, as in Circe."""

    CONTAINS = "contains"
    STARTS = "starts_with"
    ENDS = "ends_with"


@dataclass(frozen=True, slots=True)
class Numeric:
    """A numeric attribute of the domain, such as `value_as_number` or `days_supply`."""

    field: str
    range: NumberRange


@dataclass(frozen=True, slots=True)
class Coded:
    """A coded attribute of the domain, such as `unit` or `type`: one of the concepts, or none."""

    field: str
    concepts: tuple[int, ...]
    negated: bool = False

    def __post_init__(self) -> None:
        check_concepts("concepts", self.concepts)


@dataclass(frozen=True, slots=True)
class Textual:
    """A text attribute of the domain, such as `value_as_string`."""

    field: str
    op: TextOp
    text: str
    negated: bool = False

    def __post_init__(self) -> None:
        check_name("text", self.text)


@dataclass(frozen=True, slots=True)
class Dated:
    """The event's start or end date."""

    anchor: Anchor
    range: DateRange


@dataclass(frozen=True, slots=True)
class Aged:
    """The person's age in years at the event's start or end: its year less the year of birth."""

    anchor: Anchor
    range: NumberRange


@dataclass(frozen=True, slots=True)
class Gender:
    """The person's gender concept."""

    concepts: tuple[int, ...]

    def __post_init__(self) -> None:
        check_concepts("concepts", self.concepts)


Attribute = Numeric | Coded | Textual | Dated | Aged | Gender
Demographic = Aged | Gender | Dated


@dataclass(frozen=True, slots=True)
class Criterion:
    """Events of one domain.

    `concepts` and `source_concepts` name concept sets of the definition (None: any concept).
    `first` keeps each person's first event of those concepts *before* the other attributes are
    looked at. `near` asks for other events around each of these.
    """

    domain: Domain
    concepts: str | None = None
    first: bool = False
    where: tuple[Attribute, ...] = ()
    source_concepts: str | None = None
    near: Group | None = None

    def __post_init__(self) -> None:
        table = DOMAINS[self.domain]
        if self.source_concepts is not None and table.source is None:
            raise invalid(
                "source_concepts",
                self.source_concepts,
                "该域没有源概念",
                "a domain with source codes",
            )
        for i, attribute in enumerate(self.where):
            _check_field(f"where[{i}].field", self.domain, attribute)


def _check_field(where: str, domain: Domain, attribute: Attribute) -> None:
    table = DOMAINS[domain]
    match attribute:
        case Numeric():
            allowed = table.numbers
        case Coded():
            allowed = table.codes
        case Textual():
            allowed = table.texts
        case _:
            return
    if attribute.field not in allowed:
        names = ", ".join(sorted(allowed)) or "–"
        raise invalid(where, attribute.field, f"{domain} 的属性：{names}", f"of {domain}: {names}")


@dataclass(frozen=True, slots=True)
class Window:
    """Days around an index event, both ends included; None reaches as far as observation does.

    `index` says which date of the index event the days count from, `event` which date of the
    other event must lie inside. `Window(-365, -1)` is the year before.
    """

    first_day: int | None = None
    last_day: int | None = None
    index: Anchor = Anchor.START
    event: Anchor = Anchor.START

    def __post_init__(self) -> None:
        check_days("first_day", self.first_day)
        check_days("last_day", self.last_day)
        if None not in (self.first_day, self.last_day) and self.last_day < self.first_day:  # type: ignore[operator]
            raise invalid(
                "last_day", self.last_day, f"不早于第 {self.first_day} 天", f"≥ {self.first_day}"
            )


class Counting(StrEnum):
    """How a number of events is compared."""

    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    EXACTLY = "exactly"


class Distinct(StrEnum):
    """What is counted once."""

    EVENT = "event"
    CONCEPT = "concept"
    DAY = "day"
    VISIT = "visit"


@dataclass(frozen=True, slots=True)
class Near:
    """A number of events of a criterion near the index event.

    Events count when their start lies in the index event's observation period, unless
    `outside_observation`; with `same_visit` only those of the same visit.
    """

    criterion: Criterion
    window: Window = Window()
    counting: Counting = Counting.AT_LEAST
    count: int = 1
    distinct: Distinct = Distinct.EVENT
    second_window: Window | None = None
    same_visit: bool = False
    outside_observation: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.count <= 100_000:
            raise invalid("count", self.count, "0 至 100000", "0 to 100000")
        if self.counting is Counting.AT_LEAST and self.count == 0:
            raise invalid(
                "count", 0, "至少 1（“至少 0 次”恒真）", "at least 1 (at least 0 is always so)"
            )
        if self.same_visit and DOMAINS[self.criterion.domain].visit is None:
            raise invalid(
                "same_visit", self.criterion.domain, "有就诊编号的域", "a domain with visits"
            )


class Mode(StrEnum):
    """How many parts of a group must hold."""

    ALL = "all"
    ANY = "any"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"


@dataclass(frozen=True, slots=True)
class Group:
    """Parts that must hold together: nearby events, facts of the person, further groups.

    `count` is used by `at_least` and `at_most` only.
    """

    mode: Mode
    events: tuple[Near, ...] = ()
    person: tuple[Demographic, ...] = ()
    groups: tuple[Group, ...] = ()
    count: int | None = None

    def __post_init__(self) -> None:
        size = len(self.events) + len(self.person) + len(self.groups)
        if not size:
            raise invalid("events", "[]", "至少一个条件", "at least one part")
        counted = self.mode in (Mode.AT_LEAST, Mode.AT_MOST)
        if counted != (self.count is not None):
            raise invalid(
                "count", self.count, "仅用于至少／至多", "a count for at_least and at_most only"
            )
        if self.count is not None and not (self.mode is Mode.AT_LEAST) <= self.count <= size:
            raise invalid("count", self.count, f"不超过 {size} 的个数", f"at most {size} parts")

    @property
    def parts(self) -> tuple[Near | Demographic | Group, ...]:
        """Return everything the group asks for, in order."""
        return (*self.events, *self.person, *self.groups)


def criteria_in(group: Group | None) -> Iterator[Criterion]:
    """Yield every criterion of a group, also those nested in others."""
    if group is None:
        return
    for near in group.events:
        yield from nested(near.criterion)
    for inner in group.groups:
        yield from criteria_in(inner)


def nested(criterion: Criterion) -> Iterator[Criterion]:
    """Yield a criterion and every one that it asks for nearby."""
    yield criterion
    yield from criteria_in(criterion.near)
