"""Criteria: which events are meant, and which other events must stand near them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum

from qundao.query.codes import invalid
from qundao.query.domains import DOMAINS, Domain
from qundao.query.values import (
    DateRange,
    NumberRange,
    Period,
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
class CodedBySet:
    """A coded attribute in a concept set of the definition, or not; None: any code at all."""

    field: str
    concepts: str | None = None
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Abnormal:
    """A measurement outside its reference limits, or whose result is coded as low or high."""


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


class PersonField(StrEnum):
    """A coded fact of the person."""

    GENDER = "gender"
    RACE = "race"
    ETHNICITY = "ethnicity"


@dataclass(frozen=True, slots=True)
class PersonCoded:
    """A coded fact of the person: one of some concepts."""

    field: PersonField
    concepts: tuple[int, ...]

    def __post_init__(self) -> None:
        check_concepts("concepts", self.concepts)


@dataclass(frozen=True, slots=True)
class PersonBySet:
    """A coded fact of the person in a concept set, or not; None: any concept at all."""

    field: PersonField
    concepts: str | None = None
    negated: bool = False


OwnAttribute = Numeric | Coded | CodedBySet | Textual | Abnormal
"""What the event's own row says, or a row that it points at."""
Demographic = Aged | Gender | Dated | PersonCoded | PersonBySet
Attribute = (
    Numeric
    | Coded
    | Textual
    | Dated
    | Aged
    | Gender
    | CodedBySet
    | Abnormal
    | PersonCoded
    | PersonBySet
)


@dataclass(frozen=True, slots=True)
class DateShift:
    """Other dates for an event: days counted from its own start or end.

    Events whose new end lies before their new start are left out.
    """

    start_from: Anchor = Anchor.START
    start_days: int = 0
    end_from: Anchor = Anchor.END
    end_days: int = 0

    def __post_init__(self) -> None:
        check_days("start_days", self.start_days)
        check_days("end_days", self.end_days)


@dataclass(frozen=True, slots=True)
class Criterion:
    """Events of one domain.

    `concepts` and `source_concepts` name concept sets of the definition (None: any concept).
    `first` keeps each person's first event of those concepts *before* the other attributes are
    looked at. `dates` moves the dates that everything after sees. `within` (of observation and
    payer plan periods) keeps those that hold given dates, which become theirs. `near` asks for
    other events around each of these.
    """

    domain: Domain
    concepts: str | None = None
    first: bool = False
    where: tuple[Attribute, ...] = ()
    source_concepts: str | None = None
    near: Group | None = None
    dates: DateShift | None = None
    within: Period | None = None

    def __post_init__(self) -> None:
        table = DOMAINS[self.domain]
        if self.within is not None and not table.spans:
            raise invalid(
                "within", self.domain, "观察期或参保时段", "an observation or payer period"
            )
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
    allowed: Collection[str]
    match attribute:
        case Numeric():
            allowed = table.numbers
        case Coded() | CodedBySet():
            allowed = table.coded
        case Textual():
            allowed = table.texts
        case Abnormal():
            _check_abnormal(where.removesuffix(".field"), domain)
            return
        case _:
            return
    if attribute.field not in allowed:
        names = ", ".join(sorted(allowed)) or "–"
        raise invalid(where, attribute.field, f"{domain} 的属性：{names}", f"of {domain}: {names}")


def _check_abnormal(where: str, domain: Domain) -> None:
    if domain is not Domain.MEASUREMENT:
        raise invalid(where, domain, "检验", "a measurement")


@dataclass(frozen=True, slots=True)
class Window:
    """Days around an index event, both ends included; None reaches as far as observation does.

    `index` says which date of the index event the days count from, `event` which date of the
    other event must lie inside. `Window(-365, -1)` is the year before. `first_open` and
    `last_open` say which end of observation an open side stands for. A window whose last day
    lies before its first holds no event; published definitions have such.
    """

    first_day: int | None = None
    last_day: int | None = None
    index: Anchor = Anchor.START
    event: Anchor = Anchor.START
    first_open: Anchor = Anchor.START
    last_open: Anchor = Anchor.END

    def __post_init__(self) -> None:
        check_days("first_day", self.first_day)
        check_days("last_day", self.last_day)


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
    END_DAY = "end_day"
    LENGTH = "length"
    VISIT_DETAIL = "visit_detail"
    UNIT = "unit"
    VALUE = "value_as_number"
    RANGE_LOW = "range_low"
    RANGE_HIGH = "range_high"
    QUANTITY = "quantity"
    DAYS_SUPPLY = "days_supply"
    REFILLS = "refills"
    GAP_DAYS = "gap_days"
    OCCURRENCES = "occurrence_count"

    def counted_by(self, domain: Domain) -> bool:
        """Tell whether events of a domain can be counted so."""
        table = DOMAINS[domain]
        if self is Distinct.UNIT:
            return "unit" in table.codes
        if self is Distinct.VALUE:
            return bool({"value_as_number", "dose_value"} & set(table.numbers))
        if self is Distinct.VISIT_DETAIL:
            return domain is Domain.VISIT_DETAIL
        return self in _COUNTED_ALWAYS or self.value in table.numbers


_COUNTED_ALWAYS = frozenset(
    (
        Distinct.EVENT,
        Distinct.CONCEPT,
        Distinct.DAY,
        Distinct.VISIT,
        Distinct.END_DAY,
        Distinct.LENGTH,
    )
)


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
        if self.same_visit and DOMAINS[self.criterion.domain].visit is None:
            raise invalid(
                "same_visit", self.criterion.domain, "有就诊编号的域", "a domain with visits"
            )
        if not self.distinct.counted_by(self.criterion.domain):
            raise invalid(
                "distinct",
                self.distinct,
                f"{self.criterion.domain} 有此属性",
                f"something that {self.criterion.domain} has",
            )

    @property
    def counts_rows(self) -> bool:
        """Tell whether an event in several observation periods counts what it finds in each.

        Circe does so where at most a number of events is asked for.
        """
        at_most = self.counting is Counting.AT_MOST and self.count > 0
        return at_most and self.distinct is Distinct.EVENT


class Mode(StrEnum):
    """How many parts of a group must hold."""

    ALL = "all"
    ANY = "any"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"


@dataclass(frozen=True, slots=True)
class Group:
    """Parts that must hold together: nearby events, facts of the person, further groups.

    `count` is used by `at_least` and `at_most` only. A group without parts always holds, as in
    Circe.
    """

    mode: Mode
    events: tuple[Near, ...] = ()
    person: tuple[Demographic, ...] = ()
    groups: tuple[Group, ...] = ()
    count: int | None = None

    def __post_init__(self) -> None:
        counted = self.mode in (Mode.AT_LEAST, Mode.AT_MOST)
        if counted != (self.count is not None):
            raise invalid(
                "count", self.count, "仅用于至少／至多", "a count for at_least and at_most only"
            )
        if self.count is not None and not 0 <= self.count <= 100_000:
            raise invalid("count", self.count, "0 至 100000", "0 to 100000")

    @property
    def facts_of_one(self) -> tuple[Demographic, ...]:
        """Return the facts of a group that asks for several and for nothing else.

        Within another group they are looked at together, as Circe does with those of one entry.
        """
        alone = self.mode is Mode.ALL and not self.events and not self.groups
        return self.person if alone and len(self.person) > 1 else ()

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


def criterion_size(criterion: Criterion) -> int:
    """Return how many things a criterion asks for: itself, its attributes, what must be near."""
    return 1 + len(criterion.where) + (group_size(criterion.near) if criterion.near else 0)


def group_size(group: Group) -> int:
    """Return how many things a group asks for, at any depth."""
    events = sum(criterion_size(near.criterion) for near in group.events)
    return 1 + events + len(group.person) + sum(map(group_size, group.groups))


def sets_of(criterion: Criterion) -> Iterator[str]:
    """Yield the names of the concept sets that a criterion itself asks for."""
    by_set = (a.concepts for a in criterion.where if isinstance(a, CodedBySet | PersonBySet))
    for name in (criterion.concepts, criterion.source_concepts, *by_set):
        if name is not None:
            yield name
    yield from person_sets(criterion.near)


def person_sets(group: Group | None) -> Iterator[str]:
    """Yield the names of the concept sets that facts of the person ask for in a group."""
    if group is None:
        return
    for fact in group.person:
        if isinstance(fact, PersonBySet) and fact.concepts is not None:
            yield fact.concepts
    for inner in group.groups:
        yield from person_sets(inner)
