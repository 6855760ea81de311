"""The units that results mostly come in: OMOP concept, UCUM symbol, name.

After the OHDSI standardised vocabularies (vocabulary UCUM). Other units are said by their ids.
"""

from __future__ import annotations

from collections.abc import Iterable

from qundao.kernel.words import Words
from qundao.query.words.phrases import listed

UNITS: dict[int, tuple[str, Words]] = {
    8713: ("g/dL", Words("克/分升", "gram per deciliter")),
    8636: ("g/L", Words("克/升", "gram per liter")),
    8840: ("mg/dL", Words("毫克/分升", "milligram per deciliter")),
    8751: ("mg/L", Words("毫克/升", "milligram per liter")),
    8753: ("mmol/L", Words("毫摩尔/升", "millimole per liter")),
    8749: ("umol/L", Words("微摩尔/升", "micromole per liter")),
    8842: ("ng/mL", Words("纳克/毫升", "nanogram per milliliter")),
    8845: ("pg/mL", Words("皮克/毫升", "picogram per milliliter")),
    8554: ("%", Words("百分比", "percent")),
    9579: ("mmol/mol", Words("毫摩尔/摩尔", "millimole per mole")),
    8645: ("U/L", Words("单位/升", "unit per liter")),
    8647: ("/uL", Words("个/微升", "per microliter")),
    8784: ("{cells}/uL", Words("细胞数/微升", "cells per microliter")),
    8848: ("10*3/uL", Words("千/微升", "thousand per microliter")),
    8815: ("10*6/uL", Words("百万/微升", "million per microliter")),
    9444: ("10*9/L", Words("十亿/升", "billion per liter")),
    8876: ("mm[Hg]", Words("毫米汞柱", "millimeter mercury column")),
    8541: ("/min", Words("次/分", "per minute")),
    9529: ("kg", Words("千克", "kilogram")),
    8582: ("cm", Words("厘米", "centimeter")),
    9531: ("kg/m2", Words("千克/平方米", "kilogram per square meter")),
    586323: ("Cel", Words("摄氏度", "degree Celsius")),
    9289: ("[degF]", Words("华氏度", "degree Fahrenheit")),
}


def units_listed(concepts: Iterable[int]) -> Words:
    """Return units as a list: symbol and id, of one that is not among the common ones its id."""
    return listed(f"{UNITS[c][0]} ({c})" if c in UNITS else str(c) for c in concepts)
