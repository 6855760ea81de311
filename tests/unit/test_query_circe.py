"""Reading Circe JSON: every field of every kind, every defect with its place, bounded time."""

from __future__ import annotations

import json

import pytest

from qundao.kernel.errors import QundaoError
from qundao.query import (
    Aged,
    Anchor,
    Criterion,
    Distinct,
    Domain,
    EndOfObservation,
    Entry,
    Group,
    Limit,
    Mode,
    NumberRange,
    Numeric,
    Op,
    Population,
    Rule,
    Window,
    words,
)
from qundao.query.circe import read_circe, write_circe
from qundao.query.circe.fields import (
    KINDS,
    Abnormality,
    Age,
    Codes,
    Number,
    SetOf,
    Text,
    When,
    Who,
)
from qundao.query.domains import DOMAINS
from support.populations import ON_THE_DAY

ENTRY = Entry((Criterion(Domain.DEATH),))
WINDOW = {"Start": {"Coeff": -1}, "End": {"Days": 0, "Coeff": 1}}
ONCE = {"Type": 2, "Count": 1}
RANGE = {"Op": "bt", "Value": 1, "Extent": 2}
DATES = {"Op": "!bt", "Value": "2020-01-31", "Extent": "2020-02-01"}
SETS = [
    {"id": i, "name": f"set {i}", "expression": {"items": [{"concept": {"CONCEPT_ID": i + 1}}]}}
    for i in range(2)
]


def definition(criterion=None, **parts):
    criterion = {"ConditionOccurrence": {"CodesetId": 0}} if criterion is None else criterion
    return {
        "ConceptSets": SETS,
        "PrimaryCriteria": {
            "CriteriaList": [criterion],
            "ObservationWindow": {"PriorDays": 0, "PostDays": 0},
            "PrimaryCriteriaLimit": {"Type": "All"},
        },
        "QualifiedLimit": {"Type": "First"},
        "ExpressionLimit": {"Type": "All"},
        **parts,
    }


def read(criterion=None, name="cohort", **parts):
    return read_circe(json.dumps(definition(criterion, **parts)), name)


def problems(*args, **parts):
    with pytest.raises(QundaoError) as error:
        read(*args, **parts)
    return {p.where: p.received for p in error.value.problems}


def filled(kind):
    """Return a criterion of a kind with a value in each of its fields."""
    body = {"DateAdjustment": {"StartWith": "END_DATE", "StartOffset": -3, "EndOffset": 5}}
    body |= {key: 1 for key in (kind.codeset, kind.source) if key}
    body |= {"First": True} if kind.first else {}
    body |= {"UserDefinedPeriod": {"StartDate": "2020-1-5"}} if kind.period else {}
    for field in kind.fields:
        match field:
            case Number() | Age():
                body[field.key] = RANGE
            case When():
                body[field.key] = DATES
            case Text():
                body[field.key] = {"Op": "!startsWith", "Text": "it's %"}
            case SetOf():
                body[field.key] = 0
            case Abnormality():
                body[field.key] = True
            case Codes() | Who():
                body[field.key] = [{"CONCEPT_ID": 5}, {"CONCEPT_ID": 6}]
                body[field.key + "CS"] = {"CodesetId": 1, "IsExclusion": True}
        if isinstance(field, Codes) and field.exclude:
            body[field.exclude] = True
    return {kind.name: body}


@pytest.mark.parametrize("name", KINDS)
def test_every_field_of_every_kind_is_read_and_written_back(name):
    kind = KINDS[name]
    criterion = filled(kind)
    population = read(criterion)
    found = population.entry.criteria[0]
    both = sum(isinstance(f, Codes | Who) for f in kind.fields)
    assert (found.domain, len(found.where)) == (kind.domain, len(kind.fields) + both)
    written = write_circe(population)
    (again,) = written["PrimaryCriteria"]["CriteriaList"]
    assert set(again[name]) == set(criterion[name])
    assert read_circe(json.dumps(written), "cohort") == population
    assert words(population).en.count("\n") == words(population).zh.count("\n")


def test_every_domain_has_its_kind():
    assert {k.domain for k in KINDS.values()} == set(DOMAINS)


def test_numbers_are_as_precise_as_the_reference_takes_them():
    body = {"Quantity": {"Op": "gt", "Value": 1.00005}, "Age": {"Op": "lt", "Value": 18.9}}
    found = read({"DrugExposure": body}).entry.criteria[0].where
    assert found == (
        Numeric("quantity", NumberRange(Op.GT, 1.0001)),
        Aged(Anchor.START, NumberRange(Op.LT, 18)),
    )


def test_older_spellings_and_missing_parts_are_read():
    value = json.loads(json.dumps(definition()))
    value["PrimaryCriteria"]["CriteriaList"] = [
        {"ConditionOccurrence": {"codesetID": "0", "First": "true", "Gender": None}}
    ]
    del value["QualifiedLimit"], value["ExpressionLimit"]
    value["ConceptSets"][0]["expression"]["items"][0]["concept"]["conceptName"] = "x"
    value |= {"AdditionalCriteria": {"Type": "All"}, "CensorWindow": {}, "Title": "old"}
    population = read_circe(json.dumps(value), "old")
    assert population.entry.criteria == (Criterion(Domain.CONDITION, "set 0", first=True),)
    assert (population.qualified_limit, population.included_limit) == (Limit.FIRST,) * 2
    assert (population.additional, population.exit) == (None, EndOfObservation())


def near(criterion=None, **parts):
    body = {"Criteria": criterion or {"Death": {}}, "StartWindow": WINDOW, "Occurrence": ONCE}
    return {"Type": "ALL", "CriteriaList": [{**body, **parts}]}


def test_windows_look_at_the_start_first_and_the_end_second_unless_told():
    found = read(AdditionalCriteria=near(EndWindow=WINDOW)).additional.events[0]
    assert found.window == Window(None, 0)
    assert found.second_window == Window(None, 0, Anchor.START, Anchor.END)
    told = read(AdditionalCriteria=near(StartWindow={**WINDOW, "UseEventEnd": True}))
    assert told.additional.events[0].window.event is Anchor.END


def test_a_distinct_count_without_a_column_counts_concepts():
    distinct = near(Occurrence={**ONCE, "IsDistinct": True})
    assert read(AdditionalCriteria=distinct).additional.events[0].distinct is Distinct.CONCEPT


def test_facts_of_one_entry_hold_together():
    facts = [{"Age": RANGE, "Gender": [{"CONCEPT_ID": 8507}]}, {"Age": RANGE}]
    group = {"Type": "ANY", "DemographicCriteriaList": facts}
    found = read(AdditionalCriteria=group).additional
    assert (len(found.person), len(found.groups)) == (1, 1)
    assert (found.groups[0].mode, len(found.groups[0].person)) == (Mode.ALL, 2)


def test_names_become_ones_that_can_be_printed_and_differ():
    rules = [{"name": n, "expression": near()} for n in ("a\n b ", "a b", "", "x" * 500)]
    found = read(name="two\nlines", InclusionRules=rules)
    assert [r.name for r in found.rules] == ["a b", "a b (2)", "rule 3", "x" * 200]
    assert found.name == "two lines"


def test_every_defect_is_told_at_once_with_its_path():
    found = problems(
        {"ConditionOccurrence": {"CodesetId": 9, "Colour": 1, "Age": {"Op": "~", "Value": "x"}}},
        AdditionalCriteria=near({"Surgery": {}}, StartWindow={"Start": {"Days": 1}}),
        EndStrategy={"Forever": {}},
        CensorWindow={"StartDate": "2020-02-31"},
        ExpressionLimit={"Type": "Some"},
    )
    primary = "$.PrimaryCriteria.CriteriaList[0].ConditionOccurrence"
    beside = "$.AdditionalCriteria.CriteriaList[0]"
    assert found == {
        f"{primary}.Colour": "1",
        f"{primary}.CodesetId": "9",
        f"{primary}.Age.Op": '"~"',
        f"{primary}.Age.Value": '"x"',
        f"{beside}.Criteria": "{Surgery}",
        f"{beside}.StartWindow.Start.Coeff": "",
        f"{beside}.StartWindow.End": "",
        "$.EndStrategy": "{Forever}",
        "$.CensorWindow.StartDate": '"2020-02-31"',
        "$.ExpressionLimit.Type": '"Some"',
    }


def test_what_is_no_definition_is_refused():
    for data, where in (("", "$"), ("[]", "$"), ("{}", "$.PrimaryCriteria"), ("{", "$")):
        with pytest.raises(QundaoError) as error:
            read_circe(data, "x")
        assert error.value.problems[0].where == where


def nested(levels):
    group = '{"Type": "ALL", "Groups": [' * levels + "]}" * levels
    text = json.dumps(definition())
    return text[:-1] + f', "AdditionalCriteria": {group}}}'


def test_hostile_definitions_are_refused_in_bounded_time():
    far = near(StartWindow={**WINDOW, "End": {"Days": 10**12, "Coeff": 1}})
    assert problems(AdditionalCriteria=far) == {
        "$.AdditionalCriteria.CriteriaList[0].StartWindow.End.Days": str(10**12)
    }
    crowd = json.dumps(definition(CensoringCriteria=[{"Death": {}}] * 1_001))
    rules = [{"name": "same", "expression": near()}] * 20_000
    for data in (
        nested(10_000),
        nested(60),
        "[" * 200_000,
        json.dumps([[0] * 400_000]),
        crowd,
        json.dumps(definition(InclusionRules=rules)),
    ):
        with pytest.raises(QundaoError) as error:
            read_circe(data, "x")
        assert error.value.problems[0].code in ("query.too_large", "query.malformed")


def test_no_more_defects_are_told_than_somebody_could_read():
    wrong = [{"Colour": i} for i in range(5_000)]
    assert len(problems({"Death": {"x" * 10_000: 1}}, CensoringCriteria=wrong)) == 500
    (where,) = problems({"x" * 10_000: {}})
    assert len(where) < 400


def test_sql_is_refused_in_names_and_where_a_number_or_a_word_is_asked():
    drop = "1); DROP TABLE person; --"
    assert problems(
        {"ConditionOccurrence": {"CodesetId": drop, "Age": {"Op": drop, "Value": 1}}},
        ExpressionLimit={"Type": drop},
        ConceptSets=[*SETS, {"id": 2, "name": drop, "expression": {"items": []}}],
        InclusionRules=[{"name": "a\x00b\n", "expression": near()}],
        name=drop,
    ).keys() == {
        "name",
        "$.ConceptSets[2].name",
        "$.InclusionRules[0].name",
        "$.PrimaryCriteria.CriteriaList[0].ConditionOccurrence.CodesetId",
        "$.PrimaryCriteria.CriteriaList[0].ConditionOccurrence.Age.Op",
        "$.ExpressionLimit.Type",
    }


def test_a_name_twice_in_one_object_or_half_a_character_is_refused():
    for part in ('{"Death": {}, "Death": {"First": true}}', '{"Death": {"\\ud800": 1}}'):
        text = json.dumps(definition("here")).replace('"here"', part)
        with pytest.raises(QundaoError) as error:
            read_circe(text, "x")
        assert (error.value.code, error.value.problems[0].where) == ("query.malformed", "$")
        str(error.value).encode("utf-8")
    assert problems({"Death": {"x\x1b[2J\u202e": 1}}).keys() == {
        "$.PrimaryCriteria.CriteriaList[0].Death.x\\u001b[2J\\u202e"
    }


def test_what_circe_has_no_words_for_is_not_written():
    outside = Population("a", (), Entry((Criterion(Domain.DEATH),), None), exit=ON_THE_DAY)
    old = Aged(Anchor.END, NumberRange(Op.GT, 1))
    twice = (Aged(Anchor.START, NumberRange(Op.GT, 1)),) * 2
    for population in (
        outside,
        Population("a", (), Entry((Criterion(Domain.DEATH, where=(old,)),))),
        Population("a", (), Entry((Criterion(Domain.DEATH, where=twice),))),
        Population(
            "a",
            (),
            Entry((Criterion(Domain.DEATH),)),
            rules=(Rule("r", Group(Mode.ALL, person=(old,))),),
        ),
    ):
        with pytest.raises(QundaoError):
            write_circe(population)
