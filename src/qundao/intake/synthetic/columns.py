"""The columns of the synthetic exports, as hospital systems write them.

The front page follows 住院病案首页 (国卫医发〔2011〕84 号, its table of items), with ten other
diagnoses and five operations; the other tables are what outpatient and laboratory systems export.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

FRONT_PAGE, VISITS, PRESCRIPTIONS, LABS = "病案首页", "门诊就诊", "处方", "检验结果"
OTHER_DIAGNOSES, OPERATIONS = 10, 5


class Sort(Enum):
    """What a column's cells are, for a sheet that knows dates and numbers from text."""

    TEXT = "text"
    DATE = "date"
    MOMENT = "moment"
    NUMBER = "number"


def _numbered(n: int, group: str, *parts: str) -> tuple[str, ...]:
    return tuple(f"{group}{i}{part}" for i in range(1, n + 1) for part in parts)


CHARGES = (
    "一般医疗服务费",
    "护理费",
    "实验室诊断费",
    "影像学诊断费",
    "手术治疗费",
    "西药费",
    "中成药费",
)
_FRONT_GROUPS: Mapping[str, tuple[str, ...]] = {
    "基本信息": (
        "医疗机构",
        "医疗付费方式",
        "健康卡号",
        "住院次数",
        "病案号",
        "就诊流水号",
        "姓名",
        "性别",
        "出生日期",
        "年龄",
        "身份证号",
        "婚姻",
        "现住址",
        "电话",
    ),
    "住院信息": (
        "入院途径",
        "入院时间",
        "入院科别",
        "出院时间",
        "出院科别",
        "实际住院天数",
    ),
    "诊断信息": (
        "门急诊诊断编码",
        "门急诊诊断名称",
        "主要诊断编码",
        "主要诊断名称",
        "主要诊断入院病情",
        *_numbered(OTHER_DIAGNOSES, "其他诊断", "编码", "名称", "入院病情"),
    ),
    "手术信息": _numbered(OPERATIONS, "手术操作", "编码", "名称", "日期"),
    "离院与费用": ("离院方式", "住院总费用", "自付金额", *CHARGES),
}
GROUPS: Mapping[str, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        FRONT_PAGE: _FRONT_GROUPS,
        VISITS: {
            "患者": (
                "医疗机构",
                "就诊流水号",
                "健康卡号",
                "姓名",
                "性别",
                "出生日期",
                "年龄",
                "身份证号",
                "电话",
            ),
            "就诊": (
                "就诊时间",
                "科室名称",
                "主诉",
                "诊断编码",
                "诊断名称",
                "诊断2编码",
                "诊断2名称",
                "总费用",
            ),
        },
        PRESCRIPTIONS: {
            "处方": ("医疗机构", "处方号", "明细序号", "就诊流水号", "健康卡号"),
            "药品": (
                "药品编码",
                "药品名称",
                "规格",
                "剂量",
                "单位",
                "频次",
                "用法",
                "天数",
                "数量",
                "开方时间",
            ),
        },
        LABS: {
            "检验单": ("医疗机构", "检验单号", "就诊类型", "就诊流水号", "健康卡号", "标本类型"),
            "结果": (
                "项目代码",
                "项目名称",
                "结果",
                "单位",
                "参考范围",
                "标志",
                "采样时间",
                "报告时间",
            ),
        },
    }
)
"""Each table's columns in the groups that stand above them in Excel's merged header."""

COLUMNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {table: tuple(c for own in groups.values() for c in own) for table, groups in GROUPS.items()}
)
"""Each table's columns, in order."""

KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        FRONT_PAGE: ("就诊流水号",),
        VISITS: ("就诊流水号",),
        PRESCRIPTIONS: ("处方号", "明细序号"),
        LABS: ("检验单号", "项目代码"),
    }
)
"""What names a row; a front page is also named by 病案号 with 住院次数."""

REQUIRED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        FRONT_PAGE: ("主要诊断编码", "性别", "出院时间", "病案号"),
        VISITS: ("诊断编码", "就诊时间", "健康卡号"),
        PRESCRIPTIONS: ("药品编码", "开方时间"),
        LABS: ("结果", "采样时间", "项目代码"),
    }
)
"""Columns that a clean row always fills, from which the planted gaps are made."""

_NUMBERS = {"住院次数", "实际住院天数", "住院总费用", "自付金额", "总费用", *CHARGES}
_NUMBERS |= {"明细序号", "剂量", "天数", "数量", "结果"}


def sort_of(column: str) -> Sort:
    """Return what the cells of a column are."""
    if column.endswith("时间"):
        return Sort.MOMENT
    if column.endswith("日期"):
        return Sort.DATE
    return Sort.NUMBER if column in _NUMBERS else Sort.TEXT
