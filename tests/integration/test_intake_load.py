"""A hospital's export loaded into OMOP: every row is accounted for, whatever happens."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys

import duckdb
import pytest

from qundao.intake.load import load, rehearse, versions
from qundao.intake.load.identity import Identity
from qundao.intake.mapping import read_mapping
from qundao.kernel.errors import QundaoError
from support.intake_hospital import HEADER, MAPPING, ROWS, write_hospital


@pytest.fixture
def export(tmp_path):
    return write_hospital(tmp_path / "export")


@pytest.fixture
def node(tmp_path):
    folder = tmp_path / "node"
    folder.mkdir()
    return folder


def loaded(export, node, mapping=MAPPING):
    return load(read_mapping(mapping, "m.yaml"), export, node)


def rows(version, table, *columns):
    source = f"'{version.folder}/{table}.parquet'"
    return sorted(duckdb.sql(f"SELECT {', '.join(columns)} FROM {source}").fetchall())


def by_target(account):
    return {t.target: t for t in account.tables}


def test_every_row_is_accounted_for(export, node):
    account = loaded(export, node)
    (source,) = account.to_json()["sources"]
    assert (source["rows"], source["read"], source["broken"]) == (7, 6, 1)
    told = by_target(account)
    person, visit, condition = (
        told[t] for t in ("person", "visit_occurrence", "condition_occurrence")
    )
    assert (person.candidates, person.loaded, person.merged, person.rejected) == (6, 2, 3, 1)
    assert person.reasons == {"not_a_date:year_of_birth": 1}
    assert (visit.candidates, visit.loaded, visit.merged, visit.rejected) == (6, 2, 1, 3)
    assert visit.reasons == {"no_parent:person_id": 1, "出院早于入院": 1, "key_repeated": 1}
    assert (condition.candidates, condition.left_out) == (18, 9)
    assert (condition.loaded, condition.merged, condition.rejected) == (5, 3, 1)
    assert condition.emptied == {"visit_occurrence_id": 1}
    assert account.rows["observation_period"] == 2


def test_codes_are_covered_in_percent_of_rows_the_most_frequent_gap_first(export, node):
    coverage = {c.codes: c for c in loaded(export, node).coverage}
    assert (coverage["icd10"].rows, coverage["icd10"].mapped) == (9, 6)
    assert coverage["icd10"].unmapped == (("ZZZ", 3),)
    assert (coverage["sex"].rows, coverage["sex"].mapped) == (6, 6)


def test_each_reject_names_the_line_the_field_the_reason_and_the_value(export, node):
    loaded(export, node)
    (version,) = versions(node / "loaded")
    told = rows(version, "rejects", "target", "place", "field", "reason", "value")
    assert ("person", 3, "year_of_birth", "not_a_date", "1980/2/30") in told
    assert ("visit_occurrence", 5, "", "出院早于入院", None) in told
    assert ("visit_occurrence", 7, "visit_occurrence_id", "key_repeated", "") in told
    assert ("", 8, "", "intake.bad_row") in [t[:4] for t in told]


def test_lineage_leads_from_each_row_to_its_line(export, node):
    loaded(export, node)
    (version,) = versions(node / "loaded")
    keys = rows(version, "tables/condition_occurrence", "condition_occurrence_id")
    lineage = rows(
        version, "lineage/condition_occurrence/*", "key", "fate", "file", "place", "mapping"
    )
    assert {k for (k,) in keys} == {k for k, fate, *_ in lineage if fate == "loaded"}
    assert len(lineage) == 5 + 3
    assert {(file, mapping) for *_, file, _, mapping in lineage} == {("front.csv", "front-page@1")}
    lines = {place for *_, place, _ in lineage}
    assert lines == {2, 4, 5, 6, 7}


def test_the_same_files_give_the_same_rows(export, node):
    first = loaded(export, node)
    second = loaded(export, node)
    one, two = versions(node / "loaded")
    assert (one.number, two.number, one.current, two.current) == (1, 2, False, True)
    assert first.tables == second.tables
    for table in first.rows:
        assert rows(one, f"tables/{table}", "*") == rows(two, f"tables/{table}", "*")


def test_what_is_slow_to_read_is_read_once(export, node):
    from openpyxl import Workbook

    book = Workbook()
    for line in [HEADER, *ROWS[:-1]]:
        book.active.append(line.split(","))
    book.save(export / "front.xlsx")
    mapping = MAPPING.replace('"front*.csv"', '"front*.xlsx"')
    first = loaded(export, node, mapping)
    staged = {p: p.stat().st_mtime_ns for p in (node / "stage").iterdir()}
    assert staged
    assert loaded(export, node, mapping).tables == first.tables
    assert {p: p.stat().st_mtime_ns for p in (node / "stage").iterdir()} == staged
    assert first.tables == loaded(export, node).tables


def test_a_file_that_comes_later_adds_its_rows_and_changes_no_id(export, node):
    loaded(export, node)
    write_hospital(
        export,
        [ROWS[0], "A9,新（合成）,n,2,19880808,2023-07-01,2023-07-02,E11.900,,"],
        "front2.csv",
    )
    account = loaded(export, node)
    one, two = versions(node / "loaded")
    assert set(rows(one, "tables/person", "*")) < set(rows(two, "tables/person", "*"))
    assert by_target(account)["visit_occurrence"].loaded == 3
    assert by_target(account)["visit_occurrence"].merged == 2


def test_identifiers_are_in_the_vault_and_nowhere_else(export, node):
    loaded(export, node)
    (version,) = versions(node / "loaded")
    for place in [*version.folder.rglob("*"), *(node / "identity").iterdir()]:
        if place.is_file() and "rejects" not in place.name:
            assert "张三".encode() not in place.read_bytes(), place
            assert b"440101197003051239" not in place.read_bytes(), place
    identity = Identity(node / "identity")
    (person,) = [p for p, name in identity.all_of("姓名") if name == "张三（合成）"]
    assert identity.held(person)["身份证号"] == "440101197003051239"
    assert person == identity.pseudonym(" ａ1 ")
    assert (person,) in rows(version, "tables/person", "person_id")
    assert (node / "identity" / "identity.key").stat().st_mode & 0o077 == 0


def test_another_node_makes_other_pseudonyms(export, tmp_path):
    found = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        loaded(export, tmp_path / name)
        (version,) = versions(tmp_path / name / "loaded")
        found.append({p for (p,) in rows(version, "tables/person", "person_id")})
    assert len(found[0]) == 2
    assert not found[0] & found[1]


def test_a_key_that_others_can_read_is_refused(export, node):
    loaded(export, node)
    (node / "identity" / "identity.key").chmod(0o644)
    with pytest.raises(QundaoError) as caught:
        loaded(export, node)
    assert caught.value.code == "intake.key_exposed"
    assert len(versions(node / "loaded")) == 1


def test_an_altered_vault_is_not_believed(export, node):
    import sqlite3

    loaded(export, node)
    with sqlite3.connect(node / "identity" / "vault.db") as vault:
        sealed = vault.execute(
            "SELECT pseudonym, sealed FROM vault WHERE field = '姓名'"
        ).fetchall()
        vault.execute("UPDATE vault SET sealed = ? WHERE field = '姓名'", (sealed[0][1],))
    with pytest.raises(QundaoError) as caught:
        Identity(node / "identity").held(sealed[1][0])
    assert caught.value.code == "intake.vault_unreadable"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("性别)", "性别代码)", "intake.column_missing"),
        ('"front*.csv"', '"rear*.csv"', "intake.source_missing"),
        ('"front*.csv"}', '"front*.csv", table: 首页}', "intake.no_such_table"),
    ],
)
def test_what_does_not_fit_is_told_and_leaves_no_version(export, node, old, new, code):
    with pytest.raises(QundaoError) as caught:
        loaded(export, node, MAPPING.replace(old, new))
    assert caught.value.code == code
    assert versions(node / "loaded") == []
    assert not list(node.glob(".*"))


def test_a_key_that_an_earlier_rule_loaded_is_rejected_however_often_it_comes(export, node):
    """A row is merged with one that was loaded, never with one that was rejected itself."""
    visit = MAPPING[MAPPING.index("  visit_occurrence:\n") : MAPPING.index("  person:\n")]
    header, rule = visit.split("\n", 1)
    listed = "\n".join(f"    {line}" for line in rule.rstrip().split("\n"))
    first = "    -" + listed[5:]
    again = first.replace("visit_concept_id: 9201", "visit_concept_id: 9202")
    twice = MAPPING.replace(visit, f"{header}\n{first}\n{again}\n")
    one, two = (t for t in loaded(export, node, twice).tables if t.target == "visit_occurrence")
    assert (one.loaded, one.merged) == (2, 1)
    assert (two.loaded, two.merged) == (0, 0)
    assert two.reasons["key_repeated"] == one.loaded + one.merged + one.reasons["key_repeated"]


def test_a_code_that_is_in_no_list_rejects_where_nothing_is_left_for_it(export, node):
    strict = MAPPING.replace("E11.900: 201826, otherwise: 0", "E11.900: 201826")
    condition = by_target(loaded(export, node, strict))["condition_occurrence"]
    assert condition.reasons["not_in_list:condition_concept_id"] == 3
    assert condition.loaded == 4


def test_a_list_of_codes_may_be_a_file_of_the_sites_own(export, node):
    (export / "icd.csv").write_text("code,concept\nI10.x00,320128\nZZZ,4000\n", "utf-8")
    mapping = MAPPING.replace(
        "{I10.x00: 320128, E11.900: 201826, otherwise: 0}", "{file: icd.csv, otherwise: 0}"
    )
    coverage = {c.codes: c for c in loaded(export, node, mapping).coverage}
    assert coverage["icd10"].unmapped == (("E11.900", 2),)


def test_a_rehearsal_tells_the_account_and_keeps_nothing(export, node):
    account, shown = rehearse(read_mapping(MAPPING, "m.yaml"), export, node, rows=1)
    assert by_target(account)["person"].loaded == 2
    assert len(shown["person"]) == 1
    assert versions(node / "loaded") == []
    assert account.tables == loaded(export, node).tables


def test_formulas_in_rejected_values_are_text_in_the_reject_file(export, node):
    write_hospital(
        export, ["B1,合成,i,1,=cmd|' /C calc'!A0,2023-01-01,2023-01-02,I10.x00,,"], "front3.csv"
    )
    loaded(export, node)
    (version,) = versions(node / "loaded")
    text = (version.folder / "rejects.csv").read_text("utf-8")
    assert "'=cmd|" in text
    assert ",=cmd|" not in text


WORK = """
import pathlib, sys
from qundao.intake.load import feeding, load
from qundao.intake.mapping import read_mapping
export, node = map(pathlib.Path, sys.argv[1:])
feeding.ROWS = 2
load(read_mapping((export / "m.yaml").read_text(), "m.yaml"), export, node)
"""


@pytest.mark.parametrize(
    ("point", "taken"),
    [
        ("intake.load.after_chunk@1", 2),
        ("intake.load.in_chunk@3", 4),
        ("intake.load.after_chunk@3", 6),
        ("intake.load.after_chunk@4", 8),
        ("intake.load.read", 12),
        ("intake.load.before_version", 12),
    ],
)
def test_a_killed_load_leaves_no_version_and_goes_on_where_it_was(export, node, point, taken):
    write_hospital(export, ROWS, "front2.csv")
    (export / "m.yaml").write_text(MAPPING, "utf-8")
    command = [sys.executable, "-c", WORK, str(export), str(node)]
    killed = subprocess.run(command, env={**os.environ, "QUNDAO_FAULT": point}, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert versions(node / "loaded") == []
    assert rows_taken(node) == taken
    subprocess.run(command, check=True)
    loaded(export, node)
    resumed, whole = versions(node / "loaded")
    assert resumed.account == whole.account
    assert rows(resumed, "rejects", "*") == rows(whole, "rejects", "*")
    assert not [p for p in (*node.iterdir(), *(node / "loaded").iterdir()) if p.name[0] == "."]


def rows_taken(node):
    """Return how many rows an interrupted load has taken in."""
    (left,) = node.glob(".work-*")
    for path in left.glob("work.duckdb*"):
        shutil.copy(path, node.parent / path.name)
    with duckdb.connect(str(node.parent / "work.duckdb")) as work:
        return work.execute("SELECT sum(rows)::BIGINT FROM reading").fetchall()[0][0]


def test_other_work_removes_what_a_killed_load_left(export, node):
    (export / "m.yaml").write_text(MAPPING, "utf-8")
    command = [sys.executable, "-c", WORK, str(export), str(node)]
    fault = {**os.environ, "QUNDAO_FAULT": "intake.load.read"}
    subprocess.run(command, env=fault, check=False)
    assert rows_taken(node) == 6
    write_hospital(export, ROWS[:3], "front2.csv")
    told = by_target(loaded(export, node))
    assert told["person"].candidates == 9
    assert not list(node.glob(".*"))


def test_an_empty_export_loads_as_no_rows(tmp_path, node):
    export = write_hospital(tmp_path / "empty", [])
    account = loaded(export, node)
    assert set(account.rows.values()) == {0, 1}  # the database itself is described all the same
    assert {t.candidates for t in account.tables} == {0}
