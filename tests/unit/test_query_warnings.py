"""Design warnings: each is given where it belongs, and nowhere else."""

from __future__ import annotations

from datetime import date

import pytest

from qundao.query import (
    AdamPopulation,
    Aged,
    Anchor,
    Coded,
    ConceptItem,
    ConceptSet,
    Counting,
    Criterion,
    Dated,
    DateRange,
    Domain,
    EndOfObservation,
    Entry,
    Equals,
    FixedOffset,
    Gender,
    Group,
    Mode,
    Near,
    NumberRange,
    Numeric,
    Op,
    Period,
    PersonCoded,
    PersonField,
    Population,
    Rule,
    Window,
    concept_set,
)
from qundao.query.walking import parts
from qundao.query.warnings import design_warnings, source_warnings
from support.ascii_tables import ENGINES, database
from support.definitions import RICH
from support.populations import TEN, TWENTY, condition
from support.whole_language import WHOLE


def made(*rules, entry=None, sets=(TEN, TWENTY), **more):
    """Return a population that is faultless but for what is given."""
    entry = entry or (condition("ten"), condition("twenty"))
    named = tuple(Rule(f"r{i}", g) for i, g in enumerate(rules))
    return Population("p", sets, Entry(entry), rules=named, **more)


def found(population):
    return [(w.code.removeprefix("query.warn_"), w.where) for w in design_warnings(population)]


def every(*nears, person=()):
    return Group(Mode.ALL, nears, person)


def test_a_faultless_definition_has_no_warning():
    later = every(
        Near(condition("twenty"), Window(1, 30)),
        person=(Aged(Anchor.START, NumberRange(Op.BT, 18, 65)), Gender((8507, 8532))),
    )
    none = every(Near(condition("ten"), Window(-365, -1), Counting.EXACTLY, 0))
    assert found(made(later, none, censoring=(Criterion(Domain.DEATH),))) == []


def test_empty_concept_sets():
    away = ConceptSet("ten", (ConceptItem(10), ConceptItem(10, excluded=True)))
    assert found(made(sets=(away, TWENTY)))[0] == ("empty_set", "$.concept_sets[0]")
    only_excluded = ConceptSet("ten", (ConceptItem(10, excluded=True),))
    assert found(made(sets=(only_excluded, TWENTY)))[0] == ("empty_set", "$.concept_sets[0]")
    assert found(made(sets=(ConceptSet("ten", ()), TWENTY)))[0][0] == "empty_set"


def test_a_set_that_keeps_descendants_is_not_empty():
    kept = ConceptSet("ten", (ConceptItem(10, descendants=True), ConceptItem(10, excluded=True)))
    assert found(made(sets=(kept, TWENTY))) == []


def test_an_event_of_an_empty_set_is_met_by_nobody():
    assert found(made(sets=(ConceptSet("ten", ()), TWENTY)))[1] == ("nobody", "$.entry.criteria[0]")


def test_unused_concept_sets():
    sets = (TEN, TWENTY, concept_set("thirty", 30))
    assert found(made(sets=sets)) == [("unused_set", "$.concept_sets[2]")]
    assert found(made(every(Near(condition("thirty"))), sets=sets)) == []


def test_a_criterion_without_concept_set():
    any_drug = every(Near(Criterion(Domain.DRUG)))
    assert found(made(any_drug)) == [("any_concept", "$.rules[0].group.events[0].criterion")]
    assert found(made(every(Near(Criterion(Domain.OBSERVATION_PERIOD))))) == []


@pytest.mark.parametrize(
    "asked",
    [
        Aged(Anchor.START, NumberRange(Op.LT, 0)),
        Aged(Anchor.START, NumberRange(Op.LTE, -1)),
        Aged(Anchor.END, NumberRange(Op.GT, 150)),
        Aged(Anchor.END, NumberRange(Op.BT, -9, -1)),
    ],
    ids=str,
)
def test_ages_that_nobody_has(asked):
    assert found(made(every(person=(asked,)))) == [
        ("nobody", "$.rules[0]"),
        ("empty_range", "$.rules[0].group.person[0].range"),
    ]


def test_values_that_no_record_has():
    supply = Numeric("days_supply", NumberRange(Op.LT, 0))
    entry = (Criterion(Domain.DRUG, "ten", where=(supply,)), condition("twenty"))
    assert found(made(entry=entry)) == [
        ("nobody", "$.entry.criteria[0]"),
        ("empty_range", "$.entry.criteria[0].where[0].range"),
    ]
    change = Numeric("value_as_number", NumberRange(Op.LT, 0))
    entry = (Criterion(Domain.MEASUREMENT, "ten", where=(change,)), condition("twenty"))
    assert found(made(entry=entry)) == []


CLASHES = [
    (Aged(Anchor.START, NumberRange(Op.LT, 18)), Aged(Anchor.START, NumberRange(Op.GTE, 18))),
    (Aged(Anchor.START, NumberRange(Op.GT, 17)), Aged(Anchor.START, NumberRange(Op.LT, 18))),
    (Gender((8507,)), Gender((8532,))),
    (PersonCoded(PersonField.RACE, (1,)), PersonCoded(PersonField.RACE, (2, 3))),
    (
        Dated(Anchor.START, DateRange(Op.GT, date(2020, 1, 1))),
        Dated(Anchor.START, DateRange(Op.LT, date(2020, 1, 2))),
    ),
]


@pytest.mark.parametrize("facts", CLASHES, ids=str)
def test_facts_that_contradict(facts):
    assert found(made(every(person=facts))) == [
        ("nobody", "$.rules[0]"),
        ("contradiction", "$.rules[0].group"),
    ]
    assert found(made(Group(Mode.ANY, person=facts))) == []


NO_CLASHES = [
    (Aged(Anchor.START, NumberRange(Op.GTE, 18)), Aged(Anchor.START, NumberRange(Op.LTE, 18))),
    (Aged(Anchor.START, NumberRange(Op.LT, 18)), Aged(Anchor.END, NumberRange(Op.GTE, 18))),
    (Aged(Anchor.START, NumberRange(Op.NE, 1)), Aged(Anchor.START, NumberRange(Op.EQ, 1))),
    (Gender((8507, 8532)), Gender((8532,))),
]


@pytest.mark.parametrize("facts", NO_CLASHES, ids=str)
def test_facts_that_can_hold_together(facts):
    assert found(made(every(person=facts))) == []


def test_attributes_of_one_event_that_contradict():
    low = Numeric("value_as_number", NumberRange(Op.LT, 5))
    high = Numeric("value_as_number", NumberRange(Op.GT, 5))
    in_one, in_other = Coded("unit", (1,)), Coded("unit", (2,))
    for where in ((low, high), (in_one, in_other)):
        entry = (Criterion(Domain.MEASUREMENT, "ten", where=where), condition("twenty"))
        assert found(made(entry=entry)) == [
            ("contradiction", "$.entry.criteria[0]"),
            ("nobody", "$.entry.criteria[0]"),
        ]
    not_in = Coded("unit", (2,), negated=True)
    entry = (Criterion(Domain.MEASUREMENT, "ten", where=(in_one, not_in)), condition("twenty"))
    assert found(made(entry=entry)) == []


def test_windows_that_end_before_they_begin():
    group = every(Near(condition("ten"), Window(30, 1)))
    assert found(made(group)) == [
        ("nobody", "$.rules[0]"),
        ("window", "$.rules[0].group.events[0].window"),
    ]


def test_nobody_is_kept_out_by_a_window_in_which_nothing_may_lie():
    none = every(Near(condition("ten"), Window(30, 1), Counting.EXACTLY, 0))
    assert found(made(none)) == [("window", "$.rules[0].group.events[0].window")]


END, START = Anchor.END, Anchor.START


@pytest.mark.parametrize(
    ("first", "second", "clash"),
    [
        (Window(0, 10), Window(20, 30), True),
        (Window(0, 10), Window(10, 30), False),
        (Window(0, 10), Window(20, 30, index=END), False),
        (Window(5, None), Window(None, 4, event=END), True),
        (Window(5, None), Window(None, 5, event=END), False),
        (Window(5, None), Window(None, 4, index=END, event=END), False),
        (Window(5, None, index=END), Window(None, 4, event=END), True),
    ],
)
def test_two_windows_in_which_no_event_can_lie_at_once(first, second, clash):
    group = every(Near(condition("ten"), first, second_window=second))
    expected = [("nobody", "$.rules[0]"), ("window", "$.rules[0].group.events[0]")]
    assert found(made(group)) == (expected if clash else [])


def test_counts_of_the_same_events_that_contradict():
    some = Near(condition("ten"), Window(0, 30), Counting.AT_LEAST, 2)
    few = Near(condition("ten"), Window(0, 30), Counting.AT_MOST, 1)
    elsewhere = Near(condition("ten"), Window(0, 31), Counting.AT_MOST, 1)
    assert found(made(every(some, few))) == [
        ("nobody", "$.rules[0]"),
        ("contradiction", "$.rules[0].group"),
    ]
    assert found(made(every(some, elsewhere))) == []
    assert found(made(Group(Mode.ANY, (some, few)))) == []


def test_more_parts_asked_for_than_there_are():
    group = Group(Mode.AT_LEAST, (Near(condition("ten")),), count=2)
    assert found(made(group)) == [
        ("nobody", "$.rules[0]"),
        ("too_few_parts", "$.rules[0].group.count"),
    ]


def test_what_nobody_meets_inside_is_met_by_nobody_outside():
    never = every(person=(Aged(Anchor.START, NumberRange(Op.LT, 0)),))
    inner = Group(Mode.ALL, (Near(condition("ten", near=never)),))
    assert ("nobody", "$.rules[0]") in found(made(inner))
    either = Group(Mode.ANY, (Near(condition("ten")),), groups=(never,))
    assert ("nobody", "$.rules[0]") not in found(made(either))
    assert ("nobody", "$.additional") in found(made(additional=never))


def test_rules_that_are_the_same():
    group = every(Near(condition("ten"), Window(0, 1)))
    (warning,) = design_warnings(made(group, group))
    assert (warning.code, warning.where) == ("query.warn_same_rule", "$.rules[1]")
    assert warning.text("zh")["title"] == "入选规则“r1”与“r0”相同"


def test_exits_before_the_entry():
    assert found(made(exit=FixedOffset(Anchor.START, -1))) == [("exit_before_entry", "$.exit.days")]
    assert found(made(exit=FixedOffset(Anchor.END, -1))) == []
    late = (Dated(Anchor.START, DateRange(Op.GT, date(2020, 1, 1))),)
    entry = (condition("ten", where=late), condition("twenty", where=late))
    ended = made(entry=entry, period=Period(None, date(2020, 1, 1)))
    assert found(ended) == [("exit_before_entry", "$.period.last")]
    assert found(made(entry=entry, period=Period(None, date(2020, 1, 2)))) == []


def test_an_entry_event_that_ends_its_own_stay():
    assert found(made(censoring=(condition("ten"),), exit=EndOfObservation())) == [
        ("leaves_at_once", "$.censoring[0]")
    ]


def test_trial_filters_that_contradict():
    filters = (Equals("adsl.saffl", ("Y",)), Equals("adsl.saffl", ("N",)))
    assert found(AdamPopulation("p", filters)) == [("contradiction", "$.filters[1]")]
    assert found(AdamPopulation("p", filters[:1])) == []


@pytest.mark.parametrize("definition", [RICH, WHOLE], ids=["rich", "whole"])
def test_warnings_are_told_in_both_languages_in_the_order_of_the_parts(definition):
    warnings = design_warnings(definition)
    assert warnings
    for warning in warnings:
        for language in ("zh", "en"):
            assert "–" not in warning.text(language)["title"]
    order = [path for path, _ in parts(definition)]
    places = [order.index(w.where) for w in warnings if w.where in order]
    assert places == sorted(places)


def test_what_a_source_lacks():
    tables = database(
        {
            "condition_occurrence": """
    person_id | condition_occurrence_id | condition_concept_id | condition_start_date
    1         | 1                       | 10                   | 2020-02-01
    """
        }
    )
    del tables["device_exposure"]
    engine = ENGINES["duckdb"](tables)
    asked = made(
        entry=(condition("ten"), Criterion(Domain.DEVICE, "twenty"), Criterion(Domain.DRUG, "ten")),
    )
    told = [(w.code, w.where, w.received) for w in source_warnings(engine, asked)]
    engine.close()
    assert [c for c, *_ in told] == [
        "query.source_lacks",
        "query.warn_empty_in_source",
        "query.warn_unknown_concepts",
    ]
    assert told[1][2] == "drug_exposure"
    assert told[2][1:] == ("$.concept_sets[1]", "20")
