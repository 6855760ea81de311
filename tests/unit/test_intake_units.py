"""Units as laboratories write them, their conversion, and the table that a load joins."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest

from qundao.intake.units import (
    UNIT_FAULTS,
    Seen,
    UnitRow,
    as_arrow,
    conversion,
    parse,
    substance_named,
    suspect_ranges,
    ucum,
    unit_table,
    wrong_units,
)
from qundao.kernel.errors import Problem, QundaoError

WRITTEN = {
    "mmol/L": "mmol/L mmol/l MMOL/L 毫摩尔/升 ｍｍｏｌ／Ｌ",
    "mg/dL": "mg/dl MG/DL mg/dL 毫克/分升 mg\\dL",
    "10*9/L": "×10^9/L x10^9/L 10*9/L 10E9/L 10^9/L 10⁹/L ×10⁹/L 109/L G/L 10**9/L *10^9/L E9/L",
    "10*12/L": "T/L ×10^12/L 10¹²/L 1012/L 10^12/L",
    "10*3/uL": "K/uL 10^3/μL ×10³/uL",
    "[iU]/L": "IU/L 国际单位/升",
    "U/L": "U/L u/l 单位/升",
    "m[iU]/mL": "mIU/mL mIU/ml MIU/ML",
    "u[iU]/mL": "μIU/ml uIU/mL",
    "mm[Hg]": "mmHg mm[Hg] 毫米汞柱 MMHG",
    "cm[H2O]": "cmH2O 厘米水柱",
    "Cel": "℃ °C 摄氏度 C",
    "[degF]": "℉ °F",
    "/min": "次/分 次/min bpm /min 次/分钟",
    "g/(24.h)": "g/24h g/24小时 g/24hr",
    "/[HPF]": "/HP /HPF 个/HP 个/高倍视野",
    "/[LPF]": "/LP 个/LPF",
    "{s_co_ratio}": "S/CO s/co",
    "mL/min/{1.73_m2}": "ml/min/1.73m2 mL/min/1.73m² mL/(min·1.73m2) ml/min/1.73㎡",
    "/uL": "个/ul /μL cells/uL",
    "{copies}/mL": "copies/ml 拷贝/mL",
    "g{creat}": "gCr g肌酐",
    "meq/L": "mEq/L 毫当量/升",
    "mosm/kg": "mOsm/kg mOsm/kgH2O",
    "kg/m2": "kg/m2 kg/m² kg/㎡ 千克/平方米",
    "mm/h": "mm/h mm/1h mm/小时",
    "a": "岁 年 a",
    "%": "% ％",
    "[ppth]": "‰",
    "pg/mL": "pg/ml PG/ML",
    "ug/mL": "mcg/mL ug/ml 微克/毫升",
    "fL": "fL fl FL 飞升",
    "s": "s S 秒 sec",
    "umol/L": "umol/L μmol/L µmol/L 微摩尔/升 UMOL/L uM μM (μmol/L) （umol/L）",
    "mL": "mL ml ML cc",
    "/100{WBC}": "/100WBC /100{WBC}",
    "1": "无 阴/阳 - 1 无单位",
}


@pytest.mark.parametrize(
    ("code", "written"), [(c, w) for c, ws in WRITTEN.items() for w in ws.split()]
)
def test_a_usual_spelling_gives_its_ucum_code(code, written):
    assert ucum(written) == code
    assert ucum(f"\u3000{written} ") == code


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "foo",
        "mmol//L",
        "mg/",
        "log IU/mL",
        "见报告",
        "10^999/L",
        "g" * 500,
        "%(v/v)",
        "M/L",
        "片",
    ],
)
def test_what_is_no_unit_gives_nothing(text):
    assert ucum(text) is None


@pytest.mark.parametrize(
    "code",
    [
        "",
        "u/L",
        "a..b",
        "(g",
        "g)",
        "m/",
        "mCel",
        "Cel/L",
        "m[degF]",
        "Cel2",
        "G/L",
        "g m",
        "10*999",
        "[]",
    ],
)
def test_the_grammar_refuses(code):
    assert parse(code) is None


def test_the_grammar_reads_from_left_to_right():
    assert parse("g/m/s") == parse("g/(m.s)")
    assert parse("g/m.s") == parse("g.s/m")
    assert parse("/min") == parse("min-1") == parse("1/min")
    assert parse("10*6{RBC}/uL") == parse("10*12/L")


@pytest.mark.parametrize(
    ("one", "other", "substance"),
    [
        ("mg/dL", "mmol/L", None),
        ("mmol/L", "/L", None),
        ("osm/kg", "mol/kg", None),
        ("/[HPF]", "/uL", None),
        ("{s_co_ratio}", "%", None),
        ("mL/min", "mL/min/{1.73_m2}", None),
        ("[iU]/L", "U/L", None),
        ("[iU]/mL", "ng/mL", "alt"),
        ("g/dL", "mmol/L", "haemoglobin"),
        ("{copies}/mL", "[iU]/mL", None),
        ("meq/L", "mmol/L", "glucose"),
    ],
)
def test_what_has_no_published_relation_is_refused(one, other, substance):
    refusal = conversion(one, other, substance)
    assert isinstance(refusal, Problem)
    assert refusal.code == "intake.unit_not_convertible"
    for language in ("zh-hans", "en"):
        told = refusal.text(language)
        assert told["received"] == f"{one} -> {other}"
        assert told["required"]


def test_unknown_units_and_substances_are_refused_by_name():
    assert conversion("mg/dl?", "g/L").code == "intake.unit_unknown"
    assert conversion("mg/dL", "g/L", "kryptonite").received == "kryptonite"


@pytest.mark.parametrize(
    ("one", "other", "substance", "factor", "offset"),
    [
        ("mg/dL", "mmol/L", "葡萄糖", Fraction(10_000, 180_156), 0),
        ("g/dL", "g/L", "血红蛋白", 10, 0),
        ("meq/L", "mmol/L", "calcium", Fraction(1, 2), 0),
        ("[iU]/L", "U/L", "丙氨酸氨基转移酶", 1, 0),
        ("[iU]/L", "nkat/L", "alt", Fraction(50, 3), 0),
        ("[iU]", "ug", "vitamin_d", Fraction(1, 40), 0),
        ("Cel", "[degF]", None, Fraction(9, 5), 32),
        ("mg/g", "mg/mmol", "ACR", Fraction("0.11312"), 0),
        ("%", "{ratio}", None, None, None),
    ],
)
def test_conversions_are_exact(one, other, substance, factor, offset):
    found = conversion(one, other, substance)
    if factor is None:
        assert isinstance(found, Problem)
    else:
        assert (found.factor, found.offset) == (factor, offset)
        assert found.why.zh
        assert found.why.en


def test_percent_of_haemoglobin_a1c_is_no_plain_ratio():
    assert conversion("%", "mmol/mol").factor == 10
    assert conversion("%", "mmol/mol", "hba1c").exactly(Fraction("2.152")) == 0


def test_a_substance_is_found_by_its_names():
    for name in ("glucose", "葡萄糖", "Glucose", "GLU", " 葡萄糖（GLU） ", "空腹血糖"):
        assert substance_named(name).key == "glucose"
    assert substance_named("Bilirubin.direct").key == "bilirubin"
    assert substance_named("没有的项目") is None
    assert substance_named("葡萄糖（尿）") is None


def test_a_load_gets_its_pairs_once_with_factor_or_fault():
    asked = [
        ("mg/dL", "mmol/L", "葡萄糖"),
        ("mg/dL", "mmol/L", "葡萄糖"),
        ("mmol/l", "mmol/L", "葡萄糖"),
        ("mg/dL", "mmol/L", "没有的项目"),
        ("怪单位", "mmol/L", None),
        ("", "mmol/L", None),
        ("U/L", "", None),
        ("g/dl", "g/L", "没有的项目"),
    ]
    rows = unit_table(asked)
    assert [(r.unit, r.target, r.substance, r.fault) for r in rows] == [
        ("mg/dL", "mmol/L", "葡萄糖", None),
        ("mmol/l", "mmol/L", "葡萄糖", None),
        ("mg/dL", "mmol/L", "没有的项目", "unit_not_convertible"),
        ("怪单位", "mmol/L", "", "unit_unknown"),
        ("", "mmol/L", "", "unit_unknown"),
        ("U/L", "", "", None),
        ("g/dl", "g/L", "没有的项目", None),
    ]
    assert 95 * rows[0].factor + rows[0].offset == pytest.approx(5.2732, abs=1e-4)
    assert [(r.factor, r.offset) for r in (rows[1], rows[5], rows[6])] == [(1, 0), (1, 0), (10, 0)]
    assert rows[2].factor is rows[2].offset is None
    assert {r.ucum for r in rows[:5]} == {"mmol/L"}


def test_tables_to_join_have_their_types_even_without_rows():
    assert as_arrow(UnitRow, []).schema.field("factor").type == pa.float64()
    (row,) = as_arrow(UnitRow, unit_table([("怪单位", "mmol/L", None)])).to_pylist()
    assert (row["fault"], row["factor"]) == ("unit_unknown", None)
    assert set(UNIT_FAULTS) == {"unit_unknown", "unit_not_convertible", "wrong_unit"}


def test_a_target_that_is_no_unit_is_the_mappings_fault():
    with pytest.raises(QundaoError) as refused:
        unit_table([("mg/dL", "每升", None)])
    assert refused.value.code == "intake.unit_unknown"


def of_glucose(values, unit):
    return ["葡萄糖"] * len(values), [unit] * len(values), np.array(values, dtype=float)


def test_a_value_beside_the_wrong_unit_is_found_among_sound_ones():
    sound = list(np.linspace(3.9, 9.5, 60))
    names, units, values = of_glucose([*sound, 55, 22, math.nan, 0, 400], "mmol/L")
    units[-5:] = ["mmol/L", "mmol/L", "mmol/L", "mg/dL", "mg/dL"]
    assert list(np.flatnonzero(wrong_units(names, units, values))) == []
    values[60], values[61] = 95, 5.2
    units[61] = "mg/dl"
    assert list(np.flatnonzero(wrong_units(names, units, values))) == [60, 61]


def test_a_column_whose_unit_is_wrong_throughout_is_found():
    names, units, values = of_glucose(list(np.linspace(3.9, 9.5, 60)), "mg/dL")
    assert wrong_units(names, units, values).all()


def test_a_result_that_the_others_resemble_is_not_suspect():
    """A ward of newborns: creatinine of 4 umol/L is not credible alone, but common here."""
    alone = suspect_ranges("creatinine", "umol/L")
    assert any(r.low <= 4 <= r.high and r.likely == "mg/dL" for r in alone)
    among = Seen(rows=100, credible=80, median=math.log(7), deviation=0.3)
    assert not any(r.low <= 4 <= r.high for r in suspect_ranges("creatinine", "umol/L", among))


def test_suspect_ranges_name_the_likely_unit_and_leave_credible_values_alone():
    (suspect,) = suspect_ranges("体温", "℃")
    assert suspect.likely == "[degF]"
    assert suspect.low <= 98.6 <= suspect.high
    assert not suspect.low <= 42 <= suspect.high
    assert suspect_ranges("没有的项目", "mmol/L") == ()
    assert suspect_ranges("glucose", "怪单位") == ()
    assert suspect_ranges("potassium", "mmol/L") == ()
    assert suspect_ranges("尿肌酐", "mg/dL") == ()
    assert suspect_ranges("白蛋白", "mg/L") == ()
