"""What a column may mean: each meaning's words, the names that say it, the test of its values."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from qundao.intake import meaning_values as values
from qundao.kernel.words import Words


@dataclass(frozen=True, slots=True)
class Sort:
    """A meaning. `fits` tests one value; `alone` and `named` weigh the share of values that fit.

    `alone` is the score where every value fits but the name says nothing, `named` where it says
    so too. `direct`: such values identify a person by themselves and are never shown.
    `name_is_enough`: under a name that says so any value fits.
    """

    id: str
    words: Words
    name: re.Pattern[str]
    fits: Callable[[str], bool]
    fitting: Words
    alone: float
    named: float
    direct: bool = False
    name_is_enough: bool = False


def _name(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def _any(text: str) -> bool:
    return bool(text)


_CODED = Words("像编码", "look like codes")
FILLED = Words("有内容", "are filled")

_SORTS = (
    Sort(
        "identity_number",
        Words("身份证号", "identity number"),
        _name(r"身份证|证件号|id_?card|identity|sfz|\bssn\b"),
        values.is_identity_number,
        Words("形如身份证号", "have the form of an identity number"),
        0.95,
        0.99,
        direct=True,
    ),
    Sort(
        "phone",
        Words("电话", "phone number"),
        _name(r"电话|手机|联系方式|phone|mobile|\btel|lxdh|sjh"),
        values.is_phone,
        Words("形如电话号码", "have the form of a phone number"),
        0.9,
        0.98,
        direct=True,
    ),
    Sort(
        "email",
        Words("电子邮箱", "e-mail address"),
        _name(r"邮箱|邮件|e-?mail"),
        values.is_email,
        Words("形如邮箱地址", "have the form of an e-mail address"),
        0.95,
        0.99,
        direct=True,
    ),
    Sort(
        "address",
        Words("住址", "address"),
        _name(r"住址|地址|户口|籍贯|address|street"),
        values.is_address,
        Words("含地址用字", "hold words of an address"),
        0.6,
        0.95,
        direct=True,
    ),
    Sort(
        "person_name",
        Words("姓名", "person's name"),
        _name(
            r"姓名|患者名|病人名|(联系人|医师|医生|护士|签名)$|(patient|person|full|last|first|family|given)_?name|^name$"
            r"|^xm$|_xm$|xingming"
        ),
        values.is_person_name,
        Words("以姓氏开头的两至四个汉字", "are two to four Chinese signs beginning with a surname"),
        0.6,
        0.97,
        direct=True,
    ),
    Sort(
        "patient_id",
        Words("患者编号", "patient number"),
        _name(
            r"病案号|病历号|住院号$|登记号|门诊号$|健康卡|就诊卡|医保卡|社保|^卡号|(患者|病人)(id|编号|号|标识|主索引)"
            r"|patient_?(id|no|num)|person_?id|^patient$|subjid|\bmrn\b|empi|brid|hzid"
        ),
        values.is_code,
        _CODED,
        0.0,
        0.95,
        direct=True,
    ),
    Sort(
        "visit_id",
        Words("就诊编号", "visit number"),
        _name(
            r"流水号|就诊(号|id|编号|标识)|住院(id|标识)|visit_?(id|no|occ)|encounter|jzlsh|jzid"
        ),
        values.is_code,
        _CODED,
        0.0,
        0.95,
    ),
    Sort(
        "icd10",
        Words("ICD-10 诊断编码", "ICD-10 diagnosis code"),
        _name(
            r"(诊断|疾病)[0-9]*(编码|代码)|icd_?-?10|(诊断|疾病).*(编码|代码)|diag.*code|dx_?code|zddm"
        ),
        values.is_icd10,
        Words("形如 ICD-10 编码", "have the form of an ICD-10 code"),
        0.8,
        0.97,
    ),
    Sort(
        "operation_code",
        Words("手术操作编码", "operation code"),
        _name(r"手术.*(编码|代码)|操作.*(编码|代码)|icd_?-?9|proc.*code|ssdm"),
        values.is_operation_code,
        Words("形如 ICD-9-CM-3 编码", "have the form of an ICD-9-CM-3 code"),
        0.3,
        0.97,
    ),
    Sort(
        "drug_code",
        Words("药品编码", "drug code"),
        _name(r"药品?(编码|代码|id|编号)|drug_?(code|id|no)|ndc|ypdm|atc"),
        values.is_code,
        _CODED,
        0.0,
        0.95,
    ),
    Sort(
        "lab_item",
        Words("检验项目", "laboratory item"),
        _name(
            r"(检验|化验)?项目(代码|编码|名称|id)|检验(代码|编码|名称)|lab_?(code|item|test)|testcd|loinc|test_?code"
            r"|xmdm"
        ),
        _any,
        FILLED,
        0.0,
        0.93,
    ),
    Sort(
        "sex",
        Words("性别", "sex"),
        _name(r"性别|^sex|gender|^xb$|_xb$"),
        values.is_sex,
        Words("是性别的写法", "are ways of writing a sex"),
        0.0,
        0.98,
    ),
    Sort(
        "age",
        Words("年龄", "age"),
        _name(r"年龄|^age|_age$|岁数|^nl$"),
        values.is_age,
        Words("像年龄", "look like ages"),
        0.0,
        0.97,
    ),
    Sort(
        "unit",
        Words("计量单位", "unit of measurement"),
        _name(r"单位$|^unit|_unit|units?$|orresu|stresu|^dw$"),
        values.is_unit,
        Words("像计量单位", "are built like units"),
        0.75,
        0.97,
    ),
    Sort(
        "record_id",
        Words("记录编号", "record number"),
        _name(r"(单|方|次|记录|申请|医嘱|标本|条码)号$|编号$|序号$|_id$|^id$|_no$|seq$"),
        values.is_code,
        _CODED,
        0.0,
        0.85,
    ),
    Sort(
        "number",
        Words("数值", "number"),
        _name(r"费|金额|数量|天数|次数|剂量|结果|数值|result|value|amount|quantity|dose|count"),
        values.is_number,
        Words("是数字", "are numbers"),
        0.6,
        0.9,
    ),
    Sort(
        "code",
        Words("编码", "code"),
        _name(r"编码|代码|code$|cd$"),
        values.is_code,
        _CODED,
        0.35,
        0.7,
    ),
    Sort(
        "free_text",
        Words("自由文本", "free text"),
        _name(r"主诉|备注|说明|病史|所见|结论|描述|医嘱内容|note|comment|remark|narrative|text$"),
        values.is_prose,
        Words("较长或含标点", "are long, or hold punctuation"),
        0.5,
        0.85,
        name_is_enough=True,
    ),
)
SORTS: Mapping[str, Sort] = MappingProxyType({s.id: s for s in _SORTS})
"""Every meaning that is tested value by value, by id; dates are beside them."""

DATE, DATETIME = Words("日期", "date"), Words("日期时间", "date and time")
NAMES_A_DATE = _name(r"日期|时间|日$|date|time|dtc$|dt$|dtm$|^rq|rq$|sj$")

DIRECT = frozenset(s.id for s in _SORTS if s.direct)
"""Meanings whose values identify a person by themselves."""

HIDDEN = DIRECT | {"visit_id", "record_id", "free_text"}
"""Meanings of which no value is shown, only shapes: an unusual one could be looked up."""
