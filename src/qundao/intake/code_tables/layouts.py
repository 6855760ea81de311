"""The vocabularies that sites hold as tables: their codes' form, and the columns they come in.

Headers as published: 疾病分类代码国家临床版 2.0 (主要编码, 附加编码, 疾病名称), 手术操作分类代码
国家临床版 3.0, 医保疾病诊断/手术操作分类与代码 (章 … 诊断代码), 医保药品分类与代码, WHO's ATC
index.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from qundao.kernel.words import Words


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A vocabulary: `id` (OMOP's where it has one), its name, form of codes and OMOP's domain.

    standard: how OMOP marks its concepts (S standard, C for classification, or nothing).
    """

    id: str
    words: Words
    form: re.Pattern[str]
    domain: str
    standard: str | None = None


def _vocabularies(*all_: Vocabulary) -> Mapping[str, Vocabulary]:
    return MappingProxyType({v.id: v for v in all_})


_ICD10 = re.compile(
    r"[A-Z]\d{2}(\.[\dxX]\d{0,2}([xX]\d{2,4})?)?[+†*]?([A-Z]\d{2}(\.\d{1,3})?\*)?|M\d{4,5}/\d\d?"
)
_ICD9 = re.compile(r"\d{2}(\.\d{1,4}([xX]\d{2,4})?)?")
_DRUG = re.compile(r"[A-Z][A-Z0-9]{18,22}")
_ATC = re.compile(r"[A-Z](\d{2}([A-Z]([A-Z](\d{2})?)?)?)?")
_ANY = re.compile(r"\S(.*\S)?")

VOCABULARIES = _vocabularies(
    Vocabulary(
        "ICD10CN",
        Words("ICD-10 国家临床版", "ICD-10, national clinical edition"),
        _ICD10,
        "Condition",
    ),
    Vocabulary(
        "ICD10NHSA",
        Words("ICD-10 医保版", "ICD-10, edition of the healthcare security administration"),
        _ICD10,
        "Condition",
    ),
    Vocabulary(
        "ICD9ProcCN",
        Words("ICD-9-CM-3 手术操作国家临床版", "ICD-9-CM-3 procedures, national clinical edition"),
        _ICD9,
        "Procedure",
    ),
    Vocabulary(
        "ICD9ProcNHSA",
        Words("ICD-9-CM-3 手术操作医保版", "ICD-9-CM-3 procedures, healthcare security edition"),
        _ICD9,
        "Procedure",
    ),
    Vocabulary(
        "NHSADrug", Words("国家医保药品代码", "national healthcare security drugs"), _DRUG, "Drug"
    ),
    Vocabulary("ATC", Words("ATC 药物分类", "Anatomical Therapeutic Chemical"), _ATC, "Drug", "C"),
    Vocabulary("LOINC", Words("LOINC", "LOINC"), re.compile(r"\d{1,7}-\d"), "Measurement", "S"),
    Vocabulary("MedDRA", Words("MedDRA", "MedDRA"), re.compile(r"\d{8}"), "Condition", "C"),
    Vocabulary(
        "Athena",
        Words("Athena 词表（OMOP）", "Athena's vocabularies (OMOP)"),
        _ANY,
        "Metadata",
    ),
)
"""Every vocabulary that is read, by its id."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of one published table, each role under the names that it goes by.

    `code` and `name` are required. Where two layouts fit a header, `telling` decides: words in the
    file's or the sheet's name, or columns, that only this one has. `extra` columns are kept.
    """

    vocabulary: str
    code: tuple[str, ...]
    name: tuple[str, ...]
    parent: tuple[str, ...] = ()
    telling: re.Pattern[str] | None = None
    telling_columns: frozenset[str] = frozenset()
    extra: Mapping[str, str] = field(default_factory=dict)


_DIAGNOSIS = ("疾病名称", "诊断名称", "疾病诊断名称", "诊断中文名称")
_OPERATION = ("手术操作名称", "手术名称", "操作名称", "手术/操作名称")
_OPERATION_CODE = ("手术操作代码", "手术操作编码", "手术编码", "手术代码", "操作编码", "主要编码")
_CHAPTERS = {
    "章": "chapter",
    "章代码范围": "chapter_codes",
    "章的名称": "chapter_name",
    "章名称": "chapter_name",
    "节代码范围": "section_codes",
    "节名称": "section_name",
    "类目名称": "category_name",
    "亚目名称": "subcategory_name",
    "细目名称": "detail_name",
}
_NHSA = re.compile("医保|医疗保障|NHSA", re.IGNORECASE)

LAYOUTS: tuple[Layout, ...] = (
    Layout(
        "ICD10NHSA",
        ("诊断代码", "医保诊断代码", "疾病诊断代码", "医保编码"),
        _DIAGNOSIS,
        ("亚目代码", "类目代码"),
        _NHSA,
        frozenset({"章代码范围", "节代码范围", "类目代码", "医保诊断代码"}),
        _CHAPTERS,
    ),
    Layout(
        "ICD10CN",
        ("主要编码", "疾病编码", "疾病代码", "诊断编码", "诊断代码"),
        _DIAGNOSIS,
        extra={"附加编码": "additional_code"},
    ),
    Layout(
        "ICD9ProcNHSA",
        _OPERATION_CODE,
        _OPERATION,
        ("细目代码", "亚目代码", "类目代码"),
        _NHSA,
        frozenset({"章代码范围", "类目代码", "细目代码"}),
        _CHAPTERS,
    ),
    Layout(
        "ICD9ProcCN",
        _OPERATION_CODE,
        _OPERATION,
        extra={
            "类别": "kind",
            "操作类别": "kind",
            "录入选项": "entry",
            "附加编码": "additional_code",
        },
    ),
    Layout(
        "NHSADrug",
        ("药品代码", "医保药品代码", "国家药品代码", "医保药品编码", "国家医保药品代码"),
        ("注册名称", "药品名称", "药品通用名"),
        extra={
            "商品名称": "brand",
            "注册剂型": "form",
            "实际剂型": "form",
            "剂型": "form",
            "注册规格": "strength",
            "实际规格": "strength",
            "规格": "strength",
            "包装材质": "pack",
            "最小包装数量": "pack_size",
            "最小制剂单位": "dose_unit",
            "最小包装单位": "pack_unit",
            "药品企业": "maker",
            "批准文号": "approval",
            "药品本位码": "base_code",
            "甲乙类": "reimbursement",
        },
    ),
    Layout(
        "ATC",
        ("ATC code", "ATC代码", "ATC编码", "ATC码"),
        ("ATC level name", "Name", "名称", "中文名称", "ATC名称"),
        extra={
            "DDD": "ddd",
            "U": "ddd_unit",
            "UOM": "ddd_unit",
            "Adm.R": "route",
            "Adm.route": "route",
        },
    ),
)
"""The layouts of sheets and CSV files, those that a telling column marks before the plain ones."""

FROM_COLUMNS = ("生效日期", "启用日期", "开始日期", "有效开始日期", "valid_from")
TO_COLUMNS = ("失效日期", "停用日期", "截止日期", "有效截止日期", "valid_to")
