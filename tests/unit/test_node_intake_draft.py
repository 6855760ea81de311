"""One click changes one place of a mapping's text and nothing else."""

import difflib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qundao.intake.mapping import read_mapping
from qundao.intake.templates import template
from qundao.kernel.errors import QundaoError
from qundao.kernel.strict_yaml import read_yaml
from qundao.node.console.bench_view import sources_of
from qundao.node.intake_draft import add_code, outline, set_field
from support.intake_hospital import MAPPING

SIGNS = st.characters(exclude_categories=("C", "Zl", "Zp"))
LINES = st.text(SIGNS, min_size=1, max_size=30).filter(lambda t: t.isprintable() and t.strip())
SMALL = "codes:\n  flow: {A: 1, otherwise: 0}\n  block:\n    A: 1 # one\n    B: 2\n\nnote: x\n"


def changed(before, after):
    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    return [line for line in lines if line[:2] in ("+ ", "- ")]


def rule(text, target):
    return next(r for r in outline(text).rules if r.target == target)


def test_the_outline_of_a_mapping():
    told = outline(MAPPING)
    assert (told.target, dict(told.sources)) == ("omop 5.4", {"front": ["front*.csv"]})
    assert [r.target for r in told.rules] == ["condition_occurrence", "visit_occurrence", "person"]
    assert rule(MAPPING, "person").fields["gender_concept_id"] == "code(sex, 性别)"
    assert told.lists["icd10"].codes["I10.x00"] == "320128"


def test_a_sheet_of_a_workbook_is_read_by_the_sources_that_name_it_or_name_none():
    told = outline(
        "sources:\n  front: {files: [a*.xlsx], table: 病案首页}\n"
        "  labs: {files: [a1.xlsx], table: 检验}\n  any: {files: [a1.xlsx]}\n"
    )
    sheet = {"source": "export/a1.xlsx", "table": "检验"}
    assert sources_of(told, sheet) == ["labs", "any"]


def test_a_new_field_is_one_new_line():
    number = rule(MAPPING, "visit_occurrence").number
    after = set_field(MAPPING, number, "visit_source_value", "病案号")
    assert changed(MAPPING, after) == ["+       visit_source_value: 病案号"]
    fields = {f.name: f.text for f in read_mapping(after, "m").tables[number].fields}
    assert fields["visit_source_value"] == "病案号"


def test_a_field_that_is_there_gets_another_value():
    number = rule(MAPPING, "visit_occurrence").number
    after = set_field(MAPPING, number, "visit_concept_id", "if(出院 is empty, 9202, 9201)")
    assert changed(MAPPING, after) == [
        "-       visit_concept_id: 9201",
        "+       visit_concept_id: if(出院 is empty, 9202, 9201)",
    ]


def test_a_code_goes_into_braces():
    after = add_code(MAPPING, "icd10", "ZZZ+", "4000")
    _, come = changed(MAPPING, after)
    assert come.endswith('otherwise: 0, "ZZZ+": 4000}')
    assert read_mapping(after, "m").codes["icd10"].codes["ZZZ+"] == 4000


@pytest.mark.parametrize(
    "text",
    [
        "tables:\n  person:\n    from: a\n",
        "tables:\n  person: {from: a}\n",
        "tables:\n  person:\n    - from: a\n      where: x is not empty\n",
        "tables:\n  person: {from: a, fields: {}}\n",
        "tables:\n  person:\n    from: a\n    fields:\n      x: 1 # so\n# the end",
        "tables:\n  person:\n    from: a\n    fields:\n      x: |\n        1\n",
        "tables:\n  person:\n    from: a\n    fields: {x: 1,}\n",
    ],
)
def test_however_a_rule_is_written(text):
    after = set_field(text, 0, "year_of_birth", "year(出生: 日期)")
    held = read_yaml(after, "m", "intake.bad_mapping").held["tables"].held["person"].held
    held = held[0].held if isinstance(held, list) else held
    assert held["fields"].held["year_of_birth"].text == "year(出生: 日期)"
    assert len(changed(text, after)) <= 4


@pytest.mark.parametrize(
    ("act", "given"),
    [
        (set_field, (9, "x", "1")),
        (set_field, (-1, "x", "1")),
        (set_field, (0, "x: 1\n", "1")),
        (set_field, (0, "x", "1\ny: 2")),
        (set_field, (0, "x", "")),
        (add_code, ("none", "A", "1")),
        (add_code, ("sex", "", "1")),
        (add_code, ("sex", "A", "1\n  B: 2")),
    ],
)
def test_what_cannot_be_placed(act, given):
    with pytest.raises(QundaoError) as caught:
        act(MAPPING, *given)
    assert caught.value.code == "node.intake_cannot_place"


def test_a_list_in_a_file_is_not_written_to():
    text = template("hospital-omop")
    with pytest.raises(QundaoError) as caught:
        add_code(text, "icd10", "A", "1")
    assert caught.value.code == "node.intake_cannot_place"
    assert outline(text).lists["icd10"].file == "codes/icd10.csv"
    published = "codes:\n  icd10: {table: codes/icd10.xlsx, gives: concept, otherwise: 0}\n"
    with pytest.raises(QundaoError):
        add_code(published, "icd10", "A", "1")
    listed = outline(published).lists["icd10"]
    assert (listed.file, listed.published) == ("codes/icd10.xlsx", True)
    assert not outline(text).lists["icd10"].published


def test_every_rule_of_a_template_takes_a_field():
    text = template("hospital-omop")
    for held in outline(text).rules[::6]:
        after = set_field(text, held.number, "zz_new", "text(x)")
        assert outline(after).rules[held.number].fields == {**held.fields, "zz_new": "text(x)"}
        others = [r.fields for r in outline(text).rules if r.number != held.number]
        assert [r.fields for r in outline(after).rules if r.number != held.number] == others


@settings(max_examples=150)
@given(code=LINES, value=LINES, listed=st.sampled_from(["flow", "block"]))
def test_whatever_is_written_is_read_back_and_the_rest_stays(code, value, listed):
    before = outline(SMALL).lists[listed].codes
    after = outline(add_code(SMALL, listed, code, value)).lists[listed].codes
    assert after == {**before, code: value.strip()}
