"""The catalogue of checks: data that reads back, and that fails with the line that is wrong."""

from __future__ import annotations

import pytest

from qundao.kernel.errors import QundaoError
from qundao.models import Model, cdisc, omop
from qundao.quality import KINDS, Category, Check, Level, checks_for, read_checks
from qundao.quality.rules import RULES

MODELS = [omop("5.3"), omop("5.4"), cdisc(), cdisc("sdtm"), cdisc("adam")]


@pytest.mark.parametrize("model", MODELS, ids=lambda m: f"{m.standard}-{m.version}")
def test_each_check_stands_once_and_on_a_field_of_the_model(model):
    checks = checks_for(model)
    assert len({c.id for c in checks}) == len(checks) > 0
    for check in checks:
        assert all(field in model[check.table] for field in check.fields), check.id
        assert check.source, check.id


def test_every_kind_is_measured_and_used():
    used = {c.check for m in MODELS for c in checks_for(m)}
    measured = {k for k in KINDS if not k.startswith("profile")}  # profiles count by themselves
    assert used == measured - {"siteCondition"}  # which a site writes for itself
    assert set(RULES) == measured - {"cdmTable", "cdmField"}


def test_every_category_is_held_against_both_standards():
    for model in (omop("5.4"), cdisc()):
        assert {c.category for c in checks_for(model)} == set(Category)


def test_a_catalogue_reads_sets_arguments_and_thresholds():
    text = """
    [person]
    source: a handbook
    isRequired<=2.5: (required)
    isPrimaryKey<=0: (key)
    plausibleValueLow<=1: year_of_birth(1850)
        month_of_birth(1)
    """
    text = "\n".join(line[4:] for line in text.splitlines())
    checks = read_checks(text, omop("5.3"))
    assert [c.id for c in checks[-3:]] == [
        "isPrimaryKey:person.person_id",
        "plausibleValueLow:person.year_of_birth",
        "plausibleValueLow:person.month_of_birth",
    ]
    assert checks[0].threshold_pct == 2.5
    assert checks[-2].argument == "1850"
    assert {c.source for c in checks} == {"a handbook"}


@pytest.mark.parametrize(
    "text",
    [
        "[nowhere]\ncdmTable",
        "[person]\nisBeautiful<=0: person_id",
        "[person]\nisRequired<=0: shoe_size",
        "[person]\nisRequired<=101: person_id",
        "[person]\nisRequired",
        "[person]\nis required: person_id",
    ],
)
def test_a_malformed_line_is_named(text):
    with pytest.raises(QundaoError) as raised:
        read_checks(text, omop("5.3"))
    assert raised.value.code == "quality.bad_catalogue"


def test_a_model_without_checks_is_refused():
    with pytest.raises(QundaoError) as raised:
        checks_for(Model("fhir", "4.0.1", ()))
    assert raised.value.code == "quality.no_checks"
    assert "omop 5.3" in raised.value.problems[0].text("en")["required"]


def test_a_composite_key_is_one_field_in_the_report_and_several_in_the_check():
    check = Check("isPrimaryKey", Level.FIELD, "ae", "studyid+usubjid+aeseq", threshold_pct=0.0)
    assert check.fields == ("studyid", "usubjid", "aeseq")
