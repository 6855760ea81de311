"""Suggestions for columns: found by name, by values, by keys and joins; never an identity."""

from __future__ import annotations

import csv

import pytest

from qundao.intake.mapping import read_mapping
from qundao.intake.mapping.expression import calls, names, parse
from qundao.intake.profile import profile_paths
from qundao.intake.suggest import (
    Candidate,
    draft_mapping,
    suggest_fields,
    suggest_identity,
    suggest_kinds,
)
from qundao.intake.suggest.column_names import below_heading
from qundao.intake.synthetic import write_exports
from qundao.models import cdisc, omop

SURNAMES = "王李张刘陈杨赵黄周吴徐孙马朱胡郭"
NAMES = [f"{s}敏" for s in SURNAMES]


def write(folder, name, header, rows):
    with (folder / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


def profiled(folder):
    return profile_paths([folder]).profile


def best(suggestions, table, field, source=None):
    found = [
        s
        for s in suggestions
        if (s.table, s.field) == (table, field) and source in (None, s.source)
    ]
    return found[0].best if found else None


@pytest.fixture
def pinyin(tmp_path):
    """Two tables of a HIS that calls its columns by initials (synthetic)."""
    sick = ["I10.x00", "E11.900", "J18.900", "K29.500"]
    write(
        tmp_path,
        "mzjz.csv",
        ["JZLSH", "BRID", "XM", "XB", "CSRQ", "JZSJ", "ZDDM", "ZDMC", "LXDH", "ZFY"],
        [
            [
                f"MZ{i:05d}",
                f"B{i % 40:04d}",
                NAMES[i % 16],
                "男" if i % 2 else "女",
                f"19{50 + i % 40}-03-0{1 + i % 9}",
                f"2023-0{1 + i % 9}-11 08:3{i % 10}:00",
                sick[i % 4],
                "某病",
                f"1380000{i:04d}",
                f"{10 + i}.50",
            ]
            for i in range(120)
        ],
    )
    write(
        tmp_path,
        "jyjg.csv",
        ["BRID", "JYDH", "XMDM", "XMMC", "JG", "DW", "JYSJ"],
        [
            [f"B{i % 40:04d}", f"J{i:05d}", f"X{i % 7}", "钾", f"{3 + i % 3}.1", "mmol/L", d]
            for i in range(120)
            for d in [f"2023-05-{1 + i % 28:02d} 09:00:00"]
        ],
    )
    return profiled(tmp_path)


def test_kinds_are_known_by_initials_and_say_why(pinyin):
    kinds = {s.source: s.kind for s in suggest_kinds(pinyin)}
    assert kinds["mzjz.csv"].kind == "outpatient"
    assert kinds["jyjg.csv"].kind == "labs"
    told = {r.code for r in kinds["mzjz.csv"].reasons}
    assert told == {"has_column", "lacks_column"}
    assert any("就诊时间（JZSJ）" in r.words.zh for r in kinds["mzjz.csv"].reasons)


def test_columns_are_suggested_with_reasons_that_can_be_checked(pinyin):
    found = suggest_fields(pinyin, omop("5.4"))
    assert best(found, "person", "person_id").expression == "person(BRID)"
    assert best(found, "visit_occurrence", "visit_start_date").expression == "JZSJ"
    assert best(found, "measurement", "value_as_number").expression == "measured(JG)"
    code = best(found, "condition_occurrence", "condition_concept_id")
    assert code.expression == "code(icd10, ZDDM)"
    assert code.adapt
    reasons = {r.code: dict(r.facts) for r in code.reasons}
    assert reasons["known_name"]["column"] == "ZDDM"
    assert reasons["meaning_in_values"]["share"] == "100%"
    assert reasons["needs_list"] == {"list": "icd10"}
    assert "mapped" not in reasons


def test_a_person_column_that_joins_the_other_table_says_so(pinyin):
    (outpatient, *_) = [s for s in suggest_identity(pinyin) if s.source == "mzjz.csv"]
    joins = [dict(r.facts) for r in outpatient.person[0].reasons if r.code == "joins"]
    assert joins == [{"share": "100%", "table": "jyjg.csv", "column": "BRID"}]
    assert set(outpatient.vault) == {"XM", "LXDH"}


def test_values_speak_where_the_name_is_only_like_one(tmp_path):
    days = [f"2023-01-{1 + i % 28:02d}" for i in range(90)]
    rows = [[f"V{i}", day, f"J{i % 89 + 10}.900", "头痛"] for i, day in enumerate(days)]
    write(tmp_path, "a.csv", ["就诊流水号", "就诊时间", "本次就诊诊断编码列", "主诉"], rows)
    found = suggest_fields(profiled(tmp_path), omop("5.4"))
    code = best(found, "condition_occurrence", "condition_source_value")
    assert code.columns == ("本次就诊诊断编码列",)
    assert {"similar_name", "meaning_in_values"} <= {r.code for r in code.reasons}
    assert code.score < 0.9


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("病人信息_住院号", ("住院号",)),
        ("住院_出院诊断_诊断代码", ("出院诊断代码", "诊断代码")),
        ("patient_id", ()),
        ("住院号", ()),
    ],
)
def test_a_name_below_a_merged_heading_is_taken_by_itself(name, own):
    assert below_heading(name) == own


def test_a_register_with_merged_headings_is_known(tmp_path):
    header = ["出院诊断_诊断代码", "病人信息_住院号", "病人信息_性别", "病人信息_出生年月",
              "住院_入院日", "住院_出院日"]  # fmt: skip
    rows = [
        ["I10.x00", f"ZY{n:06d}", "男女"[n % 2], f"19{50 + n}-03-05", "2024-01-02", "2024-01-09"]
        for n in range(40)
    ]
    write(tmp_path, "出院登记.csv", header, rows)
    profile = profiled(tmp_path)
    (told,) = suggest_kinds(profile)
    assert told.kinds[0].kind == "front_page"
    mapping = read_mapping(draft_mapping(profile, "omop 5.4", "x"), "draft")
    targets = {r.target for r in mapping.tables}
    assert targets == {"person", "visit_occurrence", "condition_occurrence"}, "and no cost: none"


def test_a_column_of_the_wrong_type_is_less_likely(tmp_path):
    header = ["就诊流水号", "就诊时间", "诊断编码", "主诉", "总费用"]
    rows = [[f"V{i}", f"2023-01-{1 + i % 28:02d}", "I10.x00", "头痛，三天"] for i in range(60)]
    for name, cost in (("right", "12.5"), ("wrong", "见账单")):
        folder = tmp_path / name
        folder.mkdir()
        write(folder, "a.csv", header, [[*row, cost] for row in rows])
    right, wrong = (
        best(suggest_fields(profiled(tmp_path / n), omop("5.4")), "cost", "total_charge")
        for n in ("right", "wrong")
    )
    assert right.score > 0.7
    assert wrong is None or wrong.score < right.score / 2


def test_no_identity_column_is_ever_suggested_but_for_a_pseudonym(pinyin, tmp_path):
    write_exports(tmp_path, patients=60, seed=5, formats=["utf8"])
    for profile in (pinyin, profiled(tmp_path / "utf8")):
        secret = {s.source: s.columns for s in suggest_identity(profile)}
        assert all(secret.values())
        checked = 0
        for suggestion in suggest_fields(profile, omop("5.4")):
            for candidate in suggestion.candidates:
                node = parse(candidate.expression)
                inside = [n for c in calls(node) if c.name == "person" for n in names(c)]
                for name in set(names(node)) & secret[suggestion.source]:
                    assert list(names(node)).count(name) == inside.count(name)
                    checked += 1
        assert checked


def test_a_column_that_holds_identity_numbers_is_left_out_whatever_it_is_called(tmp_path):
    header = ["就诊流水号", "就诊时间", "诊断编码", "科室", "离院方式"]
    rows = [
        [f"V{i}", f"2023-01-{1 + i % 28:02d}", "I10.x00", "内科", f"随访：1380013{i:04d}"]
        for i in range(60)
    ]
    write(tmp_path, "a.csv", header, rows)
    found = suggest_fields(profiled(tmp_path), omop("5.4"))
    assert found
    assert not any("离院方式" in c.columns for s in found for c in s.candidates)


def test_omop_tables_are_taken_by_name_and_persons_by_pseudonym(tmp_path):
    write(
        tmp_path,
        "person.csv",
        ["person_id", "gender_concept_id", "year_of_birth", "race_concept_id",
         "ethnicity_concept_id", "person_source_value"],
        [[i, 8507, 1950 + i % 50, 0, 0, f"MRN{i:06d}"] for i in range(50)],
    )  # fmt: skip
    profile = profiled(tmp_path)
    assert suggest_kinds(profile)[0].kind.kind == "omop:person"
    found = {s.field: s.best for s in suggest_fields(profile, omop("5.4"))}
    assert found["person_id"].expression == "person(person_id)"
    assert found["year_of_birth"].expression == "year_of_birth"
    assert "same_name" in {r.code for r in found["year_of_birth"].reasons}
    assert "person_source_value" not in found


def test_numbers_of_rows_that_a_profile_calls_text_fit_where_they_are_digits(tmp_path):
    header = ["visit_occurrence_id", "person_id", "visit_concept_id", "visit_start_date",
              "visit_end_date", "visit_type_concept_id"]  # fmt: skip
    for name, number in (("digits", "{}"), ("letters", "V{}")):
        folder = tmp_path / name
        folder.mkdir()
        rows = [[number.format(i), i % 9, 9201, "2020-01-02", "2020-01-03", 1] for i in range(60)]
        write(folder, "visit_occurrence.csv", header, rows)
    digits, letters = (
        best(suggest_fields(profiled(tmp_path / n), omop("5.4")), "visit_occurrence", header[0])
        for n in ("digits", "letters")
    )
    assert not digits.adapt
    assert letters.adapt
    assert letters.score < digits.score


def test_cdisc_tables_keep_their_subjects_and_leave_names_out(tmp_path):
    header = ["STUDYID", "DOMAIN", "USUBJID", "SUBJID", "SITEID", "SEX", "AGE", "ARM", "ARMCD",
              "COUNTRY", "RFSTDTC"]  # fmt: skip
    rows = [
        ["S1", "DM", f"S1-{i:03d}", f"{i:03d}", "1", "M", 50, "P", "P", "CHN", "2020-01-01"]
        for i in range(40)
    ]
    write(tmp_path, "dm.csv", header, rows)
    profile = profiled(tmp_path)
    assert suggest_kinds(profile)[0].kind.kind == "cdisc:dm"
    found = {s.field: s.best.expression for s in suggest_fields(profile, cdisc())}
    assert found["usubjid"] == "USUBJID"
    assert found["sex"] == "SEX"
    assert not suggest_fields(profile, omop("5.4"))


def test_a_table_of_no_known_kind_gives_nothing(tmp_path):
    write(tmp_path, "a.csv", ["甲", "乙"], [[i, i * 2] for i in range(30)])
    profile = profiled(tmp_path)
    (source,) = suggest_kinds(profile)
    assert source.kind is None
    assert suggest_fields(profile, omop("5.4")) == ()


def test_a_score_is_a_share():
    with pytest.raises(ValueError, match="0 to 1"):
        Candidate("x", ("x",), 1.5, ())


def test_all_is_plain_json(pinyin):
    told = suggest_fields(pinyin, omop("5.4"))[0].to_json()
    assert set(told) == {"source", "table", "field", "required", "candidates"}
    assert set(told["candidates"][0]["reasons"][0]) == {"reason", "facts", "words"}
