"""Conditions as the catalogue writes them: what is read, what is refused, what they come to."""

from __future__ import annotations

import pytest

from qundao.kernel.errors import QundaoError
from qundao.models import cdisc
from qundao.quality import Category, Severity, checks_for, read_checks
from qundao.quality.condition import FUNCTIONS, read_condition
from qundao.quality.rules import RULES
from qundao.quality.rules.conditions import _FUNCTIONS
from qundao.quality.rules.related import RELATED
from support.cdisc_study import Study


@pytest.fixture(scope="module")
def study():
    return Study()


def counted(study, field, argument, table="ae"):
    """Return how many rows violate a condition, and of how many."""
    text = f"[{table}]\nisConsistent<=0: {field}({argument})"
    (check,) = read_checks(text, cdisc())
    measure = RULES["isConsistent"](check, study.source())
    from qundao.quality.plan import Scan

    ((_, counts),) = Scan(measure.base, ((check, measure),)).counts(
        study.query(Scan(measure.base, ((check, measure),)).query()).to_pylist()
    )
    return counts.violated, counts.counted


def test_a_condition_names_its_own_fields_and_those_it_points_at():
    condition = read_condition("aeser = 'Y' => dm.dthfl is not null and aesdth = 'Y'")
    assert condition.own() == ("aeser", "aesdth")
    assert condition.related() == (("dm", "dthfl"),)
    assert read_condition("aeser = 'Y'").when is None


@pytest.mark.parametrize(
    "text",
    ["aeser =", "(select 1)", "aeser = 'Y' or exists (select 1 from dm)", "read_text('/etc/hosts')",
     "aeser => ", "cast(aeser as int) = 1", "aeser; drop table ae"],
)  # fmt: skip
def test_what_is_no_condition_is_refused(text):
    with pytest.raises(QundaoError) as raised:
        read_condition(text)
    assert raised.value.code == "quality.bad_catalogue"


def test_every_function_that_may_be_written_is_known_to_the_writer():
    assert set(FUNCTIONS) == set(_FUNCTIONS) | {"first", "last"}


def test_every_relation_is_used_by_a_rule_and_every_rule_uses_a_known_one():
    used = {
        name
        for c in checks_for(cdisc())
        if c.check in ("isConsistent", "isOnlyOne") and c.argument
        for name, _ in read_condition(c.argument).related()
    }
    assert used == set(RELATED)


def test_it_counts_rows_to_which_it_applies_and_that_can_be_told(study):
    assert counted(study, "aeser", "aeser = 'Y'") == (3, 4)
    assert counted(study, "aeser", "aeout = 'FATAL' => aeser = 'Y'") == (0, 1)
    assert counted(study, "aedy", "date_of(aestdtc) is null => aedy = 1") == (1, 1)
    assert counted(study, "aestdy", "aestdy = 32") == (0, 3), "an empty day is not judged"


def test_blank_text_is_nothing(study):
    with study.planted("update ae set aerel = '  ' where usubjid = 'SYN01-1'"):
        assert counted(study, "aerel", "aerel is not null") == (1, 4)
        assert counted(study, "aerel", "aerel = 'NONE'") == (0, 3)


def test_numbers_are_read_from_text_only_where_they_are_numbers(study):
    for text, number in (("4.50", 4.5), ("-.5", -0.5), ("+7.", 7), ("<4", None), ("1e3", None)):
        with study.planted(f"update lb set lbstresc = '{text}', lbstresn = 4.5"):
            violated, of = counted(study, "lbstresn", "lbstresn = number_of(lbstresc)", "lb")
        assert of == (0 if number is None else 12), text
        assert violated == (0 if number in (None, 4.5) else 12), text


def test_first_and_last_choose_among_the_rows_pointed_at(study):
    later = "insert into ex select * replace (2 as exseq, '2020-02-01' as exstdtc) from ex"
    with study.planted(later):
        assert counted(study, "rfstdtc", "rfxstdtc = first(ex.exstdtc)", "dm") == (0, 4)
        assert counted(study, "rfstdtc", "rfxstdtc = last(ex.exstdtc)", "dm") == (4, 4)


def test_a_number_that_is_a_key_is_compared_to_six_decimals(study):
    moved = "update lb set visitnum = 3.0000000000000004 where visitnum = 3"
    with study.planted(moved):
        assert counted(study, "visitnum", "visit = sv.visit", "lb") == (0, 12)


def test_a_rule_is_carried_by_its_checks_at_every_place_that_has_the_fields():
    text = """
group two: ae ds
rule: QD-TEST-0001 fatal plausibility | a handbook, 3 | 不对 | it is wrong
[two] isConsistent<=0: --seq(--seq > 0) --spid(--spid is not null)
[sdtm] isIso8601<=0: --stdtc
[suppae] isControlledTerm<=0: rdomain(@)
"""
    checks = read_checks(text, cdisc())
    places = [f"{c.table}.{c.field}" for c in checks]
    assert places[:4] == ["ae.aeseq", "ae.aespid", "ds.dsseq", "ds.dsspid"]
    assert {"ae.aestdtc", "se.sestdtc", "sv.svstdtc"} < set(places)
    assert checks[-1].argument == "AE"
    assert checks[0].id == "QD-TEST-0001:ae.aeseq"
    assert {(c.category, c.severity) for c in checks} == {(Category.PLAUSIBILITY, Severity.FATAL)}
    assert {c.words.en for c in checks} == {"it is wrong"}
    assert {c.source for c in checks} == {"a handbook, 3"}


@pytest.mark.parametrize(
    "line",
    ["rule: QD-1 fatal conformance | s | z | e", "rule: QD-TEST-0001 grave conformance | s | z | e",
     "rule: QD-TEST-0001 fatal conformance | s | z", "group none: nowhere", "isRequired<=0: aeseq",
     "[ae] isConsistent<=0: aeseq(vsseq = 1)", "[ae dm"],
)  # fmt: skip
def test_a_malformed_rule_is_named(line):
    with pytest.raises(QundaoError) as raised:
        read_checks(line, cdisc())
    assert raised.value.code == "quality.bad_catalogue"
