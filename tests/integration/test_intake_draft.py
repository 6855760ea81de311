"""A drafted mapping: it reads back, runs on the synthetic hospital, says what the template says.

The share of the template's fields that a draft gives as they are is held by a floor.
"""

from __future__ import annotations

import re

import pytest

from qundao.intake.load import rehearse
from qundao.intake.mapping import read_mapping
from qundao.intake.profile import profile_paths
from qundao.intake.suggest import draft_mapping
from qundao.intake.suggest.lexicon import plain_name, roles
from qundao.intake.synthetic import COLUMNS, WORKBOOK, write_exports
from qundao.intake.templates import template
from qundao.kernel.errors import QundaoError

FLOOR = 0.95
"""Of the fields of `hospital-omop`, the share that the draft gives in the same words."""

FLOOR_OF_STRANGERS = 0.9
"""The same where every column has a name of the sort that no list of names holds."""

STRANGERS = {
    "健康卡号": "就诊卡号码", "就诊流水号": "本次就诊流水号", "性别": "患者性别名称",
    "出生日期": "患者出生日期", "入院时间": "入院登记时间", "出院时间": "办理出院时间",
    "入院途径": "病人入院途径", "离院方式": "离院方式说明", "主要诊断编码": "出院主要诊断ICD编码",
    "住院总费用": "本次住院总费用", "自付金额": "其中自付金额", "就诊时间": "门诊就诊时间",
    "诊断编码": "本次诊断编码", "总费用": "本次总费用", "处方号": "门诊处方号",
    "明细序号": "处方明细序号", "药品编码": "院内药品编码号", "剂量": "每次给药剂量",
    "单位": "计量单位名称", "频次": "给药频次", "用法": "药品用法", "天数": "处方用药天数",
    "数量": "发出数量", "开方时间": "医生开方时间", "检验单号": "本院检验单号",
    "项目代码": "检验项目的代码", "结果": "检验结果值", "采样时间": "标本采样时间",
    "报告时间": "检验报告时间",
}  # fmt: skip
NUMBERED = {"其他诊断": "出院其他诊断", "手术操作": "手术及操作"}

_TARGETS = ("person", "visit_occurrence", "condition_occurrence", "procedure_occurrence",
            "drug_exposure", "measurement", "cost")  # fmt: skip


@pytest.fixture(scope="module")
def exports(tmp_path_factory):
    folder = tmp_path_factory.mktemp("exports")
    write_exports(folder, patients=50, seed=4, formats=["utf8", "excel"])
    return folder


@pytest.fixture(scope="module")
def drafted(exports):
    return {
        form: draft_mapping(profile_paths([exports / form]).profile, "omop 5.4", "first draft")
        for form in ("utf8", "excel")
    }


def fields(mapping):
    return {
        (rule.target, rule.source, field.name): field.value
        for rule in mapping.tables
        for field in rule.fields
    }


def test_the_draft_gives_the_templates_fields(drafted):
    wanted = fields(read_mapping(template("hospital-omop"), "template"))
    got = fields(read_mapping(drafted["utf8"], "draft"))
    same = [key for key, value in wanted.items() if got.get(key) == value]
    assert len(same) / len(wanted) >= FLOOR, sorted(wanted.keys() - set(same))


def renamed(name):
    for known, other in NUMBERED.items():
        if name.startswith(known):
            return name.replace(known, other)
    return STRANGERS.get(name, name)


def test_most_fields_are_found_under_names_that_are_in_no_list(exports, tmp_path):
    for table in COLUMNS:
        head, rest = (exports / f"utf8/{table}.csv").read_bytes().split(b"\n", 1)
        header = ",".join(map(renamed, head.decode("utf-8-sig").split(",")))
        (tmp_path / f"{table}.csv").write_bytes(header.encode() + b"\n" + rest)
    listed = {plain.plain for role in roles().values() for plain in role.names}
    assert not {plain_name(n) for n in STRANGERS.values()} & listed
    text = draft_mapping(profile_paths([tmp_path]).profile, "omop 5.4", "strangers")
    pattern = re.compile("|".join(sorted(STRANGERS, key=len, reverse=True)))
    known = template("hospital-omop")
    known = known.partition("\ntables:")
    told = pattern.sub(lambda m: STRANGERS[m[0]], known[2])
    wanted = fields(read_mapping(known[0] + known[1] + told, "template"))
    got = fields(read_mapping(text, "draft"))
    same = [key for key, value in wanted.items() if got.get(key) == value]
    assert len(same) / len(wanted) >= FLOOR_OF_STRANGERS, sorted(wanted.keys() - set(same))


def test_groups_of_columns_are_unfolded_as_the_template_does(drafted):
    for form, text in drafted.items():
        wanted = read_mapping(template("hospital-omop"), "template")
        got = read_mapping(text, form)
        for target in ("condition_occurrence", "procedure_occurrence"):
            groups = [
                [[dict(e.columns) for e in r.each] for r in m.tables if r.target == target]
                for m in (wanted, got)
            ]
            assert groups[0] == groups[1]
            assert any(groups[0])


@pytest.mark.parametrize("form", ["utf8", "excel"])
def test_a_draft_runs_as_it_is_and_every_table_gets_rows(drafted, exports, tmp_path, form):
    mapping = read_mapping(drafted[form], "draft")
    account, _ = rehearse(mapping, exports / form, tmp_path)
    for target in _TARGETS:
        assert account.rows[target] > 0, target
    assert account.rows["person"] > 40
    loaded = sum(t.loaded for t in account.tables)
    rejected = sum(t.rejected for t in account.tables)
    assert loaded > 20 * rejected
    assert {c.codes for c in account.coverage} >= {"icd10", "drugs", "lab_items", "sex"}


def test_identity_goes_to_the_vault_and_not_into_fields(drafted):
    mapping = read_mapping(drafted["utf8"], "draft")
    rules = {i.source: i for i in mapping.identity}
    assert {r.person for r in rules.values()} == {"健康卡号"}
    assert set(rules["front"].vault) == {"病案号", "姓名", "身份证号", "现住址", "电话"}
    read = " ".join(f.text for r in mapping.tables for f in r.fields)
    assert not [c for c in rules["front"].vault if c in read]


def test_what_a_person_has_to_look_at_is_marked_in_both_languages(drafted):
    text = drafted["utf8"]
    for name in ("condition_concept_id", "measurement_concept_id", "unit_concept_id"):
        (line, *_) = [x for x in text.splitlines() if x.strip().startswith(f"{name}:")]
        assert "【改】[ADAPT] 需要编码表" in line
        assert "needs the list of codes" in line
    (line, *_) = [x for x in text.splitlines() if x.strip().startswith("race_concept_id:")]
    assert "【改】" not in line
    assert "是已知的列名（住院病案首页标准）" in text
    assert "is a known name (the national front page)" in text


def test_sheets_of_a_workbook_are_named(drafted):
    mapping = read_mapping(drafted["excel"], "draft")
    assert {s.table for s in mapping.sources.values()} == set(COLUMNS)
    assert {s.files for s in mapping.sources.values()} == {(WORKBOOK,)}


def test_files_with_the_same_columns_are_one_source(exports, tmp_path):
    for month in ("1月", "2月"):
        (tmp_path / f"检验{month}.csv").write_bytes((exports / "utf8/检验结果.csv").read_bytes())
    text = draft_mapping(profile_paths([tmp_path]).profile, "omop 5.4", "labs")
    mapping = read_mapping(text, "draft")
    assert {n: set(s.files) for n, s in mapping.sources.items()} == {
        "labs": {"检验1月.csv", "检验2月.csv"}
    }


def test_omop_5_3_gets_its_own_names(exports):
    profile = profile_paths([exports / "utf8/病案首页.csv"]).profile
    got = fields(read_mapping(draft_mapping(profile, "omop 5.3", "x"), "draft"))
    names = {name for _, _, name in got}
    assert "admitting_source_value" in names
    assert "admitted_from_source_value" not in names


def test_a_table_that_lacks_what_is_required_is_told_of_and_left_out(exports, tmp_path):
    lines = (exports / "utf8/门诊就诊.csv").read_text("utf-8-sig").splitlines()
    at = lines[0].split(",").index("出生日期")
    header = lines[0].split(",")
    header[at] = "栏目九"
    (tmp_path / "门诊.csv").write_text("\n".join([",".join(header), *lines[1:200]]), "utf-8")
    text = draft_mapping(profile_paths([tmp_path]).profile, "omop 5.4", "x")
    mapping = read_mapping(text, "draft")
    assert "person" not in {r.target for r in mapping.tables}
    assert "visit_occurrence" in {r.target for r in mapping.tables}
    assert "person ← visits：缺少必填字段 lacks year_of_birth" in text


def test_nothing_known_is_a_problem_that_says_what_would_be(tmp_path):
    (tmp_path / "a.csv").write_text("甲,乙\n1,2\n3,4\n", "utf-8")
    profile = profile_paths([tmp_path]).profile
    with pytest.raises(QundaoError) as nothing:
        draft_mapping(profile, "omop 5.4", "x")
    assert nothing.value.code == "intake.nothing_to_draft"
    (tmp_path / "a.csv").write_text("STUDYID,DOMAIN,USUBJID,SEX,AGE\nS,DM,S1,M,50\n", "utf-8")
    with pytest.raises(QundaoError) as lacking:
        draft_mapping(profile_paths([tmp_path]).profile, "cdisc", "x")
    assert "dm ← dm: –" in lacking.value.problems[0].received
    with pytest.raises(QundaoError) as target:
        draft_mapping(profile, "omop 9", "x")
    assert target.value.code == "intake.no_target"
