"""Synthetic exports of a Chinese hospital 合成数据: nobody in them lives, and their dirt is listed.

Four tables (病案首页, 门诊就诊, 处方, 检验结果) as GB18030 and UTF-8 text and as a workbook, with
the defects that real files have, each planted on purpose and listed with its place.
"""

from __future__ import annotations

from qundao.intake.synthetic.columns import COLUMNS, FRONT_PAGE, KEYS, LABS, PRESCRIPTIONS, VISITS
from qundao.intake.synthetic.export import FORMATS, LIST, WORKBOOK, write_exports
from qundao.intake.synthetic.items import DIAGNOSES, DRUGS, LAB_ITEMS, OPERATION_CODES
from qundao.intake.synthetic.kinds import KINDS, Kind
from qundao.intake.synthetic.planted import LABEL, Export, Planted

__all__ = [
    "COLUMNS",
    "DIAGNOSES",
    "DRUGS",
    "FORMATS",
    "FRONT_PAGE",
    "KEYS",
    "KINDS",
    "LABEL",
    "LABS",
    "LAB_ITEMS",
    "LIST",
    "OPERATION_CODES",
    "PRESCRIPTIONS",
    "VISITS",
    "WORKBOOK",
    "Export",
    "Kind",
    "Planted",
    "write_exports",
]
