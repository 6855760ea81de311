"""A site's file of checks: what is refused, with its line, before anything runs."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qundao.engines import open_engine
from qundao.kernel.errors import QundaoError
from qundao.kernel.strict_yaml import LARGEST, read_yaml
from qundao.models import omop
from qundao.quality import read_bytes, read_site
from qundao.quality.codes import BAD_YAML
from support.model_folder import write_model

TODAY = date(2026, 3, 1)
WAIVER = """
waivers:
  - check: isRequired:person.person_id
    reason: synthetic
    by: 王数据
    until: {until}
"""
CHECK = """
checks:
  - id: XH-LAB-0001
    table: measurement
    field: value_as_number
    words: {{zh: 负值, en: negative}}
    violated: {violated}
"""


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    with open_engine(write_model(tmp_path_factory.mktemp("cdm"), omop("5.4"), {})) as engine:
        yield engine


def problems(engine, text):
    with pytest.raises(QundaoError) as caught:
        read_site(text, "site.yaml", engine, omop("5.4"), TODAY)
    return [(p.code, p.where.partition(" ")[0], p.received) for p in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("checks: [", 1),
        ("a: 1\nb: {c: 1, c: 2}", 2),
        ("a: &x [1]\nb: *x", 1),
        ("a: !!python/object/apply:os.system ['true']", 1),
        ("a: 1\n---\nb: 2", 3),
        ("a: " + "[" * 20 + "]" * 20, 1),
        ("a: \x00", 1),
        ("? [1, 2]\n: 3", 1),
        ("x" * (LARGEST + 1), 1),
    ],
)
def test_yaml_that_could_mean_something_else_is_refused_at_its_line(text, line):
    with pytest.raises(QundaoError) as caught:
        read_yaml(text, "site.yaml", BAD_YAML)
    codes = {(p.code, p.where) for p in caught.value.problems}
    assert ("quality.bad_yaml", f"site.yaml:{line}") in codes


def test_text_stays_what_was_written():
    read = read_yaml("a: no\nb: 1:30\nc: 2026-01-01\nd:\n  - 0x10\n", "x", BAD_YAML).held
    assert [read[k].held for k in "abc"] == ["no", "1:30", "2026-01-01"]
    assert (read["d"].line, read["d"].held[0].held) == (5, "0x10")


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text):
    found = []
    try:
        read_yaml(text, "x", BAD_YAML)
    except QundaoError as error:
        found = [p.code for p in error.problems]
    assert set(found) <= {"quality.bad_yaml"}


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"x" * (LARGEST + 1)])
def test_bytes_that_are_no_text_are_refused(data):
    with pytest.raises(QundaoError) as caught:
        read_bytes(data, "site.yaml")
    assert caught.value.code == "quality.bad_yaml"


def test_every_defect_is_told_at_once_with_its_line(engine):
    text = """
thresholds:
  - check: nothingOfTheKind:*
    threshold_pct: 500
    extra: 1
checks:
  - id: QD-SDTM-0001
    table: measurment
    field: value_as_number
    violated: value_as_number < 0
    words: {zh: 只有中文}
  - id: XH-LAB-0001
    kind: plausibleValueLow
    table: measurement
    field: value_as_nummer
    argument: low
    severity: awful
    words: {zh: 甲, en: a}
waivers:
  - check: "*"
    reason: ""
    by: x
    until: 2027-03-02
others: []
"""
    found = {(where, received) for _, where, received in problems(engine, text)}
    assert found >= {
        ("site.yaml:3", "nothingOfTheKind:*"),
        ("site.yaml:4", "500"),
        ("site.yaml:5", "extra"),
        ("site.yaml:3", ""),  # no reason
        ("site.yaml:7", "QD-SDTM-0001"),
        ("site.yaml:8", "measurment"),
        ("site.yaml:11", "zh"),
        ("site.yaml:15", "value_as_nummer"),
        ("site.yaml:16", "low"),
        ("site.yaml:17", "awful"),
        ("site.yaml:20", "*"),
        ("site.yaml:21", ""),
        ("site.yaml:23", "2027-03-02"),
        ("site.yaml:24", "others"),
    }


def test_defects_are_told_in_the_order_of_the_file(engine):
    text = "waivers: 1\nchecks: 2\nthresholds: 3\n"
    assert [where for _, where, _ in problems(engine, text)] == [
        "site.yaml:1", "site.yaml:2", "site.yaml:3",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "violated",
    [
        "value_as_number < 0; drop table person",
        "value_as_number < 0 -- and more",
        "value_as_number < /* x */ 0",
        "value_as_number > (select 1)",
        "value_as_number in (select 1)",
        "exists (select 1 from person)",
        "read_text('/etc/passwd') = ''",
        "getenv('HOME') = ''",
        "count(*) > 1",
        "row_number() over () > 1",
        "cast(value_as_number as text) = ''",
        "value_as_nummer < 0",
        "concept.domain_id = 'x'",
        "nowhere.field = 1",
        "a.b.person_id = 1",
        "person.no_such_field = 1",
        "value_as_number = $1",
        "value_as_number = ?",
        "value_as_number <",
        "'a=>b' = 'c'",
        "*",
        "(" * 200 + "1" + ")" * 200 + " = 1",
        "not " * 400 + "true",
        "value_as_number = 'x' || 'y'",
    ],
)
def test_a_condition_is_refused_that_could_do_more_than_compare(engine, violated):
    text = CHECK.format(violated="'" + violated.replace("'", "''") + "'")
    found = problems(engine, text)
    assert {(code, where) for code, where, _ in found} == {("quality.bad_condition", "site.yaml:7")}


def test_what_the_database_cannot_compare_is_told_before_the_run(engine):
    found = problems(engine, CHECK.format(violated="value_as_number like 'x%'"))
    assert [(code, where) for code, where, _ in found] == [
        ("quality.cannot_compare", "site.yaml:7")
    ]


@pytest.mark.parametrize(
    "violated",
    [
        "VALUE_AS_NUMBER between 1 and 2 or value_as_number is null",
        "value_as_number + 1 >= range_low * 2 / 3 - abs(range_high)",
        "measurement_source_value like 'A%' and not unit_concept_id in (1, 2)",
        "person.year_of_birth > 2020",
        "visit_occurrence.visit_start_date > measurement_date",
        "length(lower(trim(measurement_source_value))) > 50",
        "coalesce(value_source_value, '') = '' and true",
        "matches(value_source_value, '^[0-9]+$') and number_of(value_source_value) > 3",
    ],
)
def test_a_condition_may_compare_count_and_look_up_by_key(engine, violated):
    text = CHECK.format(violated="'" + violated.replace("'", "''") + "'")
    (check,) = read_site(text, "site.yaml", engine, omop("5.4"), TODAY).checks
    assert check.id == "XH-LAB-0001:measurement.value_as_number"


@pytest.mark.parametrize(("until", "good"), [("2027-03-01", True), ("2027-03-02", False)])
def test_nobody_waives_for_more_than_a_year(engine, until, good):
    text = WAIVER.format(until=until)
    if good:
        (waiver,) = read_site(text, "site.yaml", engine, omop("5.4"), TODAY).waivers
        assert waiver.until == date(2027, 3, 1)
    else:
        assert problems(engine, text) == [("quality.bad_waiver", "site.yaml:6", until)]


def test_an_id_and_a_threshold_are_set_once(engine):
    one = CHECK.format(violated="value_as_number < 0").removeprefix("\nchecks:\n")
    limits = (
        "thresholds:\n" + "  - {check: 'isRequired:person.*', threshold_pct: 1, reason: x}\n" * 2
    )
    found = problems(engine, f"{limits}checks:\n{one}\n{one}")
    assert [where for _, where, _ in found] == ["site.yaml:3", "site.yaml:11"]


def test_an_empty_section_sets_nothing(engine):
    site = read_site("waivers:\nchecks: []\n", "site.yaml", engine, omop("5.4"), TODAY)
    assert (site.thresholds, site.checks, site.waivers) == ((), (), ())


def test_the_example_of_the_guide_is_read(engine):
    guide = Path(__file__).parents[2] / "docs" / "how-to" / "site-checks.md"
    (example,) = re.findall(r"```yaml\n(.*?)```", guide.read_text("utf-8"), re.DOTALL)
    site = read_site(example, "site.yaml", engine, omop("5.4"), date(2026, 11, 22))
    assert [len(part) for part in (site.thresholds, site.checks, site.waivers)] == [1, 2, 1]
