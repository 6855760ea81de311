"""What a changed mapping would make differently: counted by key, shown with its place, not kept."""

from __future__ import annotations

import duckdb
import openpyxl
import pytest

from qundao.intake.load import load, versions
from qundao.intake.mapping import read_mapping
from qundao.intake.suggest import TableComparison, compare
from qundao.kernel.errors import QundaoError
from support.intake_hospital import HEADER, MAPPING, ROWS, write_hospital

MORE_ROWS = (
    "  death:\n    from: front\n    where: 出院 = '2023/2/9'\n    fields:\n"
    "      person_id: person(病案号)\n      death_date: {day}\n"
)


@pytest.fixture
def places(tmp_path):
    export = write_hospital(tmp_path / "export")
    return export, tmp_path / "intake"


def changed(*pairs, more=""):
    text = MAPPING + more
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return read_mapping(text, "changed.yaml")


def differing(found):
    return {t.table: t for t in found.tables if t.differs}


def test_the_same_mapping_changes_no_row(places):
    found = compare(changed(), changed(), *places, rows=0)
    assert not found.differs
    assert {t.table: t.same for t in found.tables if t.same}["condition_occurrence"] == 5
    assert found.old == found.new
    assert not any(t.examples for t in found.tables)


def test_changed_fields_are_counted_with_rows_before_and_after(places):
    new = changed(("E11.900: 201826", "ZZZ: 201826"))
    found = compare(changed(), new, *places)
    table = differing(found)["condition_occurrence"]
    assert table.key == ("condition_occurrence_id",)
    counts = (table.before, table.after, table.added, table.removed, table.changed, table.same)
    assert counts == (5, 5, 0, 0, 2, 3)
    assert table.fields == {"condition_concept_id": 2}
    by_code = {e.before["condition_source_value"]: e for e in table.examples}
    assert set(by_code) == {"E11.900", "ZZZ"}
    example = by_code["ZZZ"]
    assert (example.before["condition_concept_id"], example.after["condition_concept_id"]) == (
        0,
        201826,
    )
    assert example.fields == ("condition_concept_id",)
    assert set(example.key) == {"condition_occurrence_id"}
    (place,) = example.places
    assert (place.source, place.file, place.place, place.item) == ("front", "front.csv", 4, 1)


def test_added_and_removed_rows_are_those_of_two_real_loads(places, tmp_path):
    export, _ = places
    old = changed()
    new = changed(("where: code is not empty", "where: code is not empty and code <> 'E11.900'"))
    found, back = compare(new, old, *places), compare(old, new, *places)
    table, other = (differing(f)["condition_occurrence"] for f in (found, back))
    assert (table.added, table.removed) == (other.removed, other.added) == (1, 0)
    (example,) = table.examples
    assert example.before is None
    assert example.after["condition_source_value"] == "E11.900"
    assert example.places[0].place == 2
    (example,) = other.examples
    assert example.after is None
    assert example.places[0].place == 2
    keys = []
    for mapping in (new, old):
        load(mapping, export, places[1])
        tables = versions(places[1] / "loaded")[-1].tables
        query = f"SELECT condition_occurrence_id FROM '{tables}/condition_occurrence.parquet'"
        keys.append({k for (k,) in duckdb.sql(query).fetchall()})
    assert len(keys[1] - keys[0]) == table.added
    assert example.key["condition_occurrence_id"] in keys[1] - keys[0]


def test_rows_without_a_key_are_compared_whole(places):
    old = changed(more=MORE_ROWS.replace("{day}", "出院"))
    new = changed(more=MORE_ROWS.replace("{day}", "入院"))
    table = differing(compare(old, new, *places))["death"]
    assert table.key == ()
    assert (table.before, table.after, table.added, table.removed) == (2, 2, 2, 2)
    assert table.changed == 0
    assert {str(e.after["death_date"]) for e in table.examples if e.after} == {"2023-02-03"}


def test_a_table_that_only_one_of_them_fills_is_all_added(places):
    table = differing(compare(changed(), changed(more=MORE_ROWS.format(day="出院")), *places))
    assert (table["death"].before, table["death"].after, table["death"].added) == (0, 2, 2)


def test_examples_are_as_many_as_asked_for(places):
    new = changed(("visit_concept_id: 9201", "visit_concept_id: 9203"))
    table = differing(compare(changed(), new, *places, 1))["visit_occurrence"]
    assert table.changed == 2
    assert len(table.examples) == 1


def test_nothing_is_kept_and_what_was_staged_serves_both(tmp_path):
    export, folder = tmp_path / "export", tmp_path / "intake"
    export.mkdir()
    book = openpyxl.Workbook()
    for row in (HEADER, *ROWS[:-1]):
        book.active.append(row.split(","))
    book.save(export / "front.xlsx")
    mapping = changed(("front*.csv", "front.xlsx"))
    load(mapping, export, folder)
    before = held_below(folder)
    assert any("/stage/" in str(path) for path in before)
    found = compare(mapping, mapping, export, folder)
    assert sum(t.same for t in found.tables) > 8
    assert held_below(folder) == before
    load(mapping, export, folder)
    assert [v.number for v in versions(folder / "loaded")] == [1, 2]


def held_below(folder):
    files = (p for p in sorted(folder.rglob("*")) if p.is_file() and p.name != "vault.db")
    return {p: p.read_bytes() for p in files}


def test_pseudonyms_are_those_of_the_folder(places):
    export, folder = places
    load(changed(), export, folder)
    tables = versions(folder / "loaded")[-1].tables
    query = f"SELECT person_id FROM '{tables}/person.parquet'"
    people = {p for (p,) in duckdb.sql(query).fetchall()}
    new = changed(("year(出生)", "1900"))
    table = differing(compare(changed(), new, export, folder))["person"]
    assert {e.key["person_id"] for e in table.examples if e.before} == people
    assert (table.changed, table.added) == (2, 1)


def test_the_accounts_tell_what_is_rejected_besides(places):
    found = compare(changed(), changed(("男: 8507, 女: 8532, otherwise: 0", "男: 8507")), *places)
    reasons = [
        {r for t in a.tables if t.target == "person" for r in t.reasons}
        for a in (found.old, found.new)
    ]
    assert reasons[1] - reasons[0] == {"not_in_list:gender_concept_id"}
    assert differing(found)["person"].removed == 1


def test_different_standards_are_refused(places):
    other = read_mapping(
        "mapping: a\nversion: 1\ntarget: cdisc\nsources:\n  s: {files: x.csv}\n"
        "tables:\n  dm:\n    from: s\n    same: yes\n",
        "other.yaml",
    )
    with pytest.raises(QundaoError) as refused:
        compare(changed(), other, *places)
    assert refused.value.code == "intake.not_comparable"


def test_a_comparison_adds_up():
    with pytest.raises(ArithmeticError, match="rows before less removed"):
        TableComparison("person", (), 5, 5, 2, 1, 0, {}, ())
