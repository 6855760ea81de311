"""Licensed tables of codes, in their published layouts with invented content (synthetic)."""

from __future__ import annotations

from datetime import date

import pytest

from qundao.intake.code_tables import (
    CONCEPT_SCHEMA,
    SCHEMA,
    as_codes,
    as_concepts,
    read_code_tables,
    report_lines,
)
from qundao.intake.code_tables.loinc import has_check_digit
from qundao.intake.code_tables.sheets import parent_of, version_in
from qundao.kernel.errors import QundaoError
from support.code_tables import (
    ATC,
    CLINICAL,
    CONCEPTS,
    DRUGS,
    LOINC,
    MEDDRA,
    NHSA,
    OPERATIONS,
    write_athena,
    write_csv,
    write_meddra,
    write_sheet,
)


def only(path):
    (table,) = read_code_tables(path)
    assert table.rows.schema.equals(SCHEMA)
    return table


def rows(table, *columns):
    return [tuple(r[c] for c in columns) for r in table.rows.to_pylist()]


def reasons(table):
    return [(d.table, d.place, d.reason, d.value) for d in table.defects]


def test_the_clinical_edition_is_read_from_a_workbook_below_its_title(tmp_path):
    path = write_sheet(
        tmp_path / "疾病分类代码国家临床版2.0.xlsx", CLINICAL, title="合成：疾病分类代码"
    )
    table = only(path)
    assert (table.vocabulary.id, table.version, table.defects) == ("ICD10CN", "2.0", ())
    assert rows(table, "code", "name", "parent", "place") == [
        ("Q01.000", "合成疾病甲", "Q01.0", 3),
        ("Q01.000x001", "合成疾病甲一型", "Q01.000", 4),
        ("Q02.x00", "合成疾病乙", "Q02", 5),
        ("Q03.001+", "合成疾病丙", "Q03.0", 6),
    ]
    assert dict(table.rows["extra"].to_pylist()[3]) == {"additional_code": "Q04.1*"}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_the_insurers_edition_is_told_by_its_columns(tmp_path, encoding):
    table = only(write_csv(tmp_path / "诊断.csv", NHSA, encoding=encoding))
    assert table.vocabulary.id == "ICD10NHSA"
    assert rows(table, "code", "name", "parent") == [
        ("Q01.000", "合成诊断甲", "Q01.0"),
        ("Q01.001", "合成诊断乙", "Q01.0"),
    ]
    assert dict(table.rows["extra"].to_pylist()[0])["chapter_name"] == "合成章"


def test_a_files_name_tells_the_edition_where_the_columns_do_not(tmp_path):
    plain = (("诊断代码", "诊断名称"), ("Q01.000", "合成疾病甲"))
    assert only(write_csv(tmp_path / "医保版.csv", plain)).vocabulary.id == "ICD10NHSA"
    assert only(write_csv(tmp_path / "院内.csv", plain)).vocabulary.id == "ICD10CN"


def test_operations_drugs_and_atc(tmp_path):
    operations = only(write_csv(tmp_path / "手术操作3.0版.csv", OPERATIONS))
    assert (operations.vocabulary.id, operations.version) == ("ICD9ProcCN", "3.0")
    assert rows(operations, "code", "parent") == [("97.0100", "97.01"), ("97.0100x001", "97.0100")]
    drugs = only(write_sheet(tmp_path / "医保药品.xlsx", DRUGS))
    assert drugs.vocabulary.id == "NHSADrug"
    assert rows(drugs, "code", "name", "parent")[0] == (
        "XQ01AAH001A001010100001",
        "合成药片",
        "XQ01AA",
    )
    extra = dict(drugs.rows["extra"].to_pylist()[0])
    assert (extra["class"], extra["form"], extra["strength"]) == ("Q01AA", "片剂", "5mg")
    atc = only(write_csv(tmp_path / "atc.csv", ATC))
    assert rows(atc, "code", "parent", "class_id")[-2:] == [
        ("Q01AA", "Q01A", "ATC 4th"),
        ("Q01AA01", "Q01AA", "ATC 5th"),
    ]


def test_loinc_with_its_check_digits_and_release(tmp_path):
    folder = tmp_path / "Loinc_2.99" / "LoincTable"
    folder.mkdir(parents=True)
    bad = ("99992-9", *LOINC[1][1:])
    table = only(write_csv(folder / "Loinc.csv", [*LOINC, bad]).parent.parent)
    assert (table.vocabulary.id, table.version) == ("LOINC", "2.99")
    assert rows(table, "code", "parent", "invalid_reason") == [
        ("99990-4", "CHEM", None),
        ("99991-2", "CHEM", "D"),
    ]
    assert dict(table.rows["extra"].to_pylist()[0])["ucum"] == "mmol/L"
    assert reasons(table) == [("Loinc", 4, "intake.code_invalid", "99992-9")]
    alone = write_csv(tmp_path / "Loinc.csv", LOINC)
    (tmp_path / "Loinc_2.99").rename(tmp_path / "aside")
    assert only(alone).version == "2.70"


@pytest.mark.parametrize("code", ["2345-7", "718-7", "4548-4", "2160-0", "8867-4"])
def test_loincs_check_digit(code):
    assert has_check_digit(code)
    assert not has_check_digit(f"{code[:-1]}{(int(code[-1]) + 1) % 10}")


def test_meddra_has_five_levels_under_their_primary_parents(tmp_path):
    table = only(write_meddra(tmp_path / "MedAscii"))
    assert (table.vocabulary.id, table.version, table.defects) == ("MedDRA", "99.1", ())
    assert set(rows(table, "code", "parent", "class_id", "invalid_reason")) == {
        ("90000001", None, "SOC", None),
        ("90000002", "90000001", "HLGT", None),
        ("90000003", "90000002", "HLT", None),
        ("90000013", "90000002", "HLT", None),
        ("90000004", "90000003", "PT", None),
        ("90000005", "90000004", "LLT", None),
        ("90000006", "90000004", "LLT", "D"),
    }
    assert only(tmp_path).rows.equals(table.rows)
    assert only(tmp_path / "MedAscii" / "llt.asc").rows.equals(table.rows)


def test_a_truncated_meddra_is_told_line_by_line(tmp_path):
    cut = [*MEDDRA["llt.asc"][:1], "90000005$Ache, syn"]
    table = only(write_meddra(tmp_path, llt=cut, mdhier=[]))
    assert ("llt.asc", 2, "intake.bad_row", "90000005$Ache, syn") in reasons(table)
    assert ("pt.asc", 1, "intake.code_orphan", "90000004") in reasons(table)
    lost = only(write_meddra(tmp_path / "lost", pt=[]))
    assert ("llt.asc", 2, "intake.code_orphan", "90000005") in reasons(lost)


def test_every_missing_file_of_meddra_is_told_at_once(tmp_path):
    write_meddra(tmp_path)
    (tmp_path / "pt.asc").unlink()
    (tmp_path / "mdhier.asc").unlink()
    with pytest.raises(QundaoError) as refused:
        read_code_tables(tmp_path)
    assert [(p.code, p.received) for p in refused.value.problems] == [
        ("intake.source_missing", "pt.asc"),
        ("intake.source_missing", "mdhier.asc"),
    ]


def test_athenas_folder_keeps_its_ids_quotes_and_days(tmp_path):
    table = only(write_athena(tmp_path))
    assert (table.vocabulary.id, table.version, table.defects) == ("Athena", "v9.9 synthetic", ())
    concepts = as_concepts(table).to_pylist()
    assert [c["concept_id"] for c in concepts] == [990001, 990002]
    assert concepts[0]["concept_name"] == 'Synthetic "quoted" ache'
    assert concepts[0]["valid_end_date"] == date(2099, 12, 31)
    assert [(c["standard_concept"], c["invalid_reason"]) for c in concepts] == [
        ("S", None),
        (None, "D"),
    ]
    assert as_codes(table, gives="concept", vocabulary="SYN") == {"syn-1": 990001, "syn-2": 990002}
    assert as_codes(table, vocabulary="ICD10CN") == {}
    again = only(write_athena(tmp_path / "again", [*CONCEPTS, CONCEPTS[1]]))
    assert [(d.reason, d.value) for d in again.defects] == [("intake.code_repeated", "990001")]
    with pytest.raises(QundaoError) as refused:
        read_code_tables(write_athena(tmp_path / "cut", [row[:4] for row in CONCEPTS]))
    assert refused.value.code == "intake.column_missing"


def test_invalid_repeated_and_nameless_codes_are_left_out_and_told(tmp_path):
    dirty = [*CLINICAL, ("Q01.000", "", "又一个"), ("待编码", "", "不是编码"), ("Q09.900", "", "")]
    table = only(write_csv(tmp_path / "icd10.csv", dirty))
    assert len(table.rows) == len(CLINICAL) - 1
    assert reasons(table) == [
        ("icd10", 6, "intake.code_repeated", "Q01.000"),
        ("icd10", 7, "intake.code_invalid", "待编码"),
        ("icd10", 8, "intake.bad_value", "Q09.900"),
    ]
    assert as_codes(table)["Q01.000"] == "合成疾病甲"
    assert as_codes(table, gives="code")["Q02.x00"] == "Q02.x00"
    assert as_codes(table, gives="concept")["Q02.x00"] > 2_000_000_000


def test_full_width_codes_and_days_of_validity(tmp_path):
    told = [
        ("诊断代码", "诊断名称", "启用日期", "停用日期"),
        ("Ｑ０１．０００", "合成", "2020年1月1日", "2021/12/31"),
    ]
    table = only(write_csv(tmp_path / "a.csv", told))
    assert rows(table, "code", "valid_from", "valid_to") == [
        ("Q01.000", date(2020, 1, 1), date(2021, 12, 31))
    ]


def test_concepts_have_ids_of_their_own_that_stay(tmp_path):
    table = only(write_csv(tmp_path / "icd10.csv", CLINICAL))
    concepts = as_concepts(table)
    assert concepts.schema.equals(CONCEPT_SCHEMA)
    ids = dict(
        zip(concepts["concept_code"].to_pylist(), concepts["concept_id"].to_pylist(), strict=True)
    )
    assert len(set(ids.values())) == len(CLINICAL) - 1
    assert all(2_000_000_000 <= i < 2**31 for i in ids.values())
    turned = only(write_csv(tmp_path / "turned.csv", [CLINICAL[0], *CLINICAL[:0:-1]]))
    other = as_concepts(turned)
    assert ids == dict(
        zip(other["concept_code"].to_pylist(), other["concept_id"].to_pylist(), strict=True)
    )
    assert set(concepts["domain_id"].to_pylist()) == {"Condition"}
    assert set(concepts["standard_concept"].to_pylist()) == {None}
    loinc = as_concepts(only(write_csv(tmp_path / "Loinc.csv", LOINC)))
    assert loinc["standard_concept"].to_pylist() == ["S", None]


def test_rows_are_told_while_they_are_read_and_nothing_steers_the_terminal(tmp_path):
    told = []
    path = write_csv(tmp_path / "icd10.csv", [*CLINICAL, ("\x1b[31m待编码", "", "合成")])
    tables = read_code_tables(path, lambda *seen: told.append(seen[:2]))
    assert told[-1] == ("icd10", len(CLINICAL))
    assert "\x1b" not in "".join(report_lines(tables, "zh-hans"))


def test_a_huge_file_is_refused_before_it_is_read(tmp_path):
    write_meddra(tmp_path)
    with (tmp_path / "llt.asc").open("r+b") as file:
        file.truncate(2**40)  # sparse: nothing is on the disk
    with pytest.raises(QundaoError) as refused:
        read_code_tables(tmp_path)
    assert refused.value.code == "intake.beyond_limits"


def test_a_folder_gives_all_its_tables_and_other_files_none(tmp_path):
    write_csv(tmp_path / "a.csv", CLINICAL)
    write_csv(tmp_path / "b.csv", OPERATIONS)
    write_csv(tmp_path / "c.csv", [("病案号", "姓名"), ("1", "合成")])
    (tmp_path / "说明.docx").write_bytes(b"x")
    assert [t.vocabulary.id for t in read_code_tables(tmp_path)] == ["ICD10CN", "ICD9ProcCN"]


def test_what_holds_no_table_of_codes_is_refused_with_those_that_are_known(tmp_path):
    with pytest.raises(QundaoError) as refused:
        read_code_tables(write_csv(tmp_path / "c.csv", [("病案号", "姓名"), ("1", "合成")]))
    assert refused.value.code == "intake.no_code_table"
    assert "MedDRA" in refused.value.problems[0].line("en")
    with pytest.raises(QundaoError) as refused:
        read_code_tables(tmp_path / "nowhere")
    assert refused.value.code == "intake.source_missing"


def test_a_truncated_workbook_is_unreadable(tmp_path):
    path = write_sheet(tmp_path / "icd10.xlsx", CLINICAL)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(QundaoError) as refused:
        read_code_tables(path)
    assert refused.value.code == "intake.unreadable"


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_report_counts_what_was_found_and_shows_where(tmp_path, language):
    dirty = [*CLINICAL, *[("待编码", "", "不是编码")] * 12]
    table = only(write_csv(tmp_path / "icd10.csv", dirty))
    told = list(report_lines([table], language))
    assert "ICD10CN" in told[0]
    assert "icd10.csv" in told[0]
    assert " 4 " in told[2]
    assert "12" in told[2]
    assert len(told) == 3 + 10 + 1
    assert "6" in told[3]
    assert "待编码" in told[3]


@pytest.mark.parametrize(
    ("vocabulary", "code", "parent"),
    [
        ("ICD10CN", "I10", None),
        ("ICD10CN", "I10.x00", "I10"),
        ("ICD10CN", "A00.0", "A00"),
        ("ICD10CN", "A17.0†", "A17"),
        ("ICD10CN", "A17.001+G01*", "A17.0"),
        ("ICD9ProcCN", "00.0100", "00.01"),
        ("ICD9ProcCN", "00.01", "00.0"),
        ("ATC", "A10BA02", "A10BA"),
        ("ATC", "A10", "A"),
        ("ATC", "A", None),
    ],
)
def test_a_codes_parent_follows_from_its_length(vocabulary, code, parent):
    assert parent_of(vocabulary, code) == parent


@pytest.mark.parametrize(
    ("text", "version"),
    [("国家临床版2.0", "2.0"), ("医保2021年版", "2021"), ("V3.0 手术", "3.0"), ("icd10", "")],
)
def test_a_version_is_read_from_a_name(text, version):
    assert version_in(text) == version
