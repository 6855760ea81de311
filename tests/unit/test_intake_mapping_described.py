"""A mapping to tables of its own: what `describe` declares, and defects with their lines."""

from __future__ import annotations

import pytest

from qundao.intake.mapping import read_mapping
from qundao.intake.mapping.columns import columns_named, columns_needed
from qundao.kernel.errors import QundaoError
from qundao.kernel.words import Words
from qundao.models import Foreign, Kind, omop

HEAD = """\
mapping: cohort
version: 2
target: own
sources:
  people: {files: a.csv}
  follow: {files: b.csv, optional: yes}
"""
DESCRIBE = """\
describe:
  person:
    label: {zh: 患者, en: patients}
    fields:
      person_id: {kind: integer, key: yes, label: {zh: 假名, en: pseudonym}}
      sex: {kind: text, length: 1, required: yes}
      born: date
  visit:
    label: 随访
    fields:
      visit_id: {kind: integer, key: yes}
      person_id: {kind: integer, required: yes, to: person.person_id}
      at: datetime
      score: number
"""
TABLES = """\
tables:
  person:
    from: people
    fields: {person_id: person(号), sex: 性别, born: 出生}
  visit:
    {from: follow, same: yes, where: 分 <> '9', fields: {person_id: person(号)}}
"""


def read(text):
    return read_mapping(text, "m.yaml")


def defects(text):
    with pytest.raises(QundaoError) as caught:
        read(text)
    return [(p.where, p.received) for p in caught.value.problems]


def test_a_description_is_a_model_of_its_own():
    mapping = read(HEAD + DESCRIBE + TABLES)
    model = mapping.model
    assert (mapping.standard, model.standard, model.version) == ("own", "own", "cohort@2")
    assert model.names == ("person", "visit")
    assert model["person"].words == Words("患者", "patients")
    assert model["visit"].words == Words("随访", "随访")
    assert model["person"].keys == ("person_id",)
    assert [(f.name, f.kind, f.length, f.required) for f in model["person"].fields] == [
        ("person_id", Kind.INTEGER, None, True),
        ("sex", Kind.TEXT, 1, True),
        ("born", Kind.DATE, None, False),
    ]
    assert model["visit"]["person_id"].foreign == Foreign("person", "person_id")


def test_a_standards_target_needs_no_description():
    text = HEAD.replace("own", "omop 5.3") + "tables: {}\n"
    mapping = read(text)
    assert mapping.described is None
    assert mapping.model == omop("5.3")
    assert [s.optional for s in mapping.sources.values()] == [False, True]


def test_the_columns_of_a_source_are_those_that_are_named_and_those_that_same_must_find():
    mapping = read(HEAD + DESCRIBE + TABLES)
    assert columns_named(mapping, "people") == ("号", "性别", "出生")
    assert columns_named(mapping, "follow") == ("号", "分")
    assert columns_needed(mapping, "follow", ("VISIT_ID",)) == ("号", "分")
    assert columns_needed(mapping, "follow") == ("号", "分", "visit_id")


def test_a_list_of_codes_is_no_column_though_a_column_may_have_its_name():
    text = HEAD + DESCRIBE + TABLES.replace("sex: 性别", 'sex: "code(性别, 性别)"')
    assert columns_named(read(f"codes: {{性别: {{男: M}}}}\n{text}"), "people") == (
        "号",
        "性别",
        "出生",
    )
    other = text.replace("code(性别, 性别)", "code(sex, 男女)")
    assert columns_named(read(f"codes: {{sex: {{男: M}}}}\n{other}"), "people")[1] == "男女"


@pytest.mark.parametrize(
    ("old", "new", "line", "received"),
    [
        ("born: date", "born: day", 13, "day"),
        ("born: date", "Born: date", 13, "Born"),
        ("length: 1", "length: short", 12, "short"),
        ("required: yes}\n", "required: perhaps}\n", 12, "perhaps"),
        ("to: person.person_id", "to: people.person_id", 15, "visit.person_id → people.person_id"),
        ("to: person.person_id", "to: person.sex", 15, "visit.person_id → person.sex"),
        ("visit_id: {kind: integer, key: yes}", "visit_id: integer", 15, "visit"),
        ("kind: integer, required", "length: 3, required", 18, ""),
        ("born: date", "born: {kind: date, size: 3}", 13, "size"),
        (", en: patients", "", 9, ""),
        ("optional: yes", "optional: maybe", 6, "maybe"),
    ],
)
def test_defects_of_a_description_are_told_with_their_lines(old, new, line, received):
    text = HEAD + DESCRIBE + TABLES
    assert text.count(old) == 1 or old.startswith("required")
    assert (f"m.yaml:{line}", received) in defects(text.replace(old, new, 1))


def test_a_description_and_a_target_of_its_own_go_together():
    assert ("m.yaml:8", "omop 5.4") in defects(HEAD.replace("own", "omop 5.4") + DESCRIBE + TABLES)
    assert ("m.yaml:1", "") in defects(HEAD + "tables: {}\n")
