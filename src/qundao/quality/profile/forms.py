"""The forms that a value may have, as patterns over its text; what stands for nothing; people.

The check digit of a Chinese identity number follows GB 11643-1999 (ISO 7064, MOD 11-2).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlglot import exp

_MONTH, _DAY = "(0?[1-9]|1[0-2])", "(0?[1-9]|[12][0-9]|3[01])"
_CLOCK = "[ T][0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?"
_SIGN = "[+-]?"

FORMS: Mapping[str, str] = {
    "integer": f"^{_SIGN}[0-9]{{1,18}}$",
    "number": f"^{_SIGN}([0-9]+([.][0-9]*)?|[.][0-9]+)([eE]{_SIGN}[0-9]+)?$",
    "boolean": "^([tT]rue|[fF]alse|TRUE|FALSE|[YyNn]|是|否)$",
    "date YYYY-MM-DD": f"^[0-9]{{4}}-{_MONTH}-{_DAY}$",
    "date YYYY/MM/DD": f"^[0-9]{{4}}/{_MONTH}/{_DAY}$",
    "date YYYY.MM.DD": f"^[0-9]{{4}}[.]{_MONTH}[.]{_DAY}$",
    "date YYYYMMDD": "^(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])$",
    "date YYYY年MM月DD日": f"^[0-9]{{4}}年{_MONTH}月{_DAY}日$",
    "date DD/MM/YYYY": f"^{_DAY}/{_MONTH}/[0-9]{{4}}$",
    "date MM/DD/YYYY": f"^{_MONTH}/{_DAY}/[0-9]{{4}}$",
    "datetime YYYY-MM-DD HH:MM": f"^[0-9]{{4}}-{_MONTH}-{_DAY}{_CLOCK}$",
    "datetime YYYY/MM/DD HH:MM": f"^[0-9]{{4}}/{_MONTH}/{_DAY}{_CLOCK}$",
}
"""Each form's pattern; a column is of the first form, in the order of `inferred`, that fits."""

LEADING_ZERO = f"^{_SIGN}0[0-9]+$"
IDENTITY = "^[1-9][0-9]{5}(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx]$"
MOBILE = "^([+]?86)?1[3-9][0-9]{9}$"
CHINESE_NAME = "^[一-龥]{2,4}$"
NAMES_A_PERSON = re.compile(
    r"姓名|患者名|病人名|(^|_)(patient_?|person_?|full_?|last_?|first_?|family_?|given_?)name$|^name$"
    r"|^xm$|(^|_)xingming",
    re.IGNORECASE,
)
IDENTIFIES = re.compile(
    r"(^|_)(id|no|mrn|ssn|phone|mobile|tel|email|address)$|id$|身份证|电话|手机|住址|地址|病历号|住院号"
    r"|门诊号|邮箱|卡号|编号|号$",
    re.IGNORECASE,
)

DISGUISED = (
    "na", "n/a", "#n/a", "null", "none", "nan", "nil", "nd", "unknown", "missing", "not done",
    ".", "-", "--", "---", "/", "?", "*",
    "无", "未知", "不详", "未查", "未测", "未做", "缺失", "空",
)  # fmt: skip
SENTINELS = (
    "999", "9999", "99999", "999999", "-9", "-99", "-999", "-9999", "999.9", "9999-12-31",
    "1900-01-01", "1800-01-01",
)  # fmt: skip
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"


def like(text: exp.Expr, pattern: str) -> exp.Expr:
    """Return whether text has a form."""
    return exp.RegexpLike(this=text.copy(), expression=exp.Literal.string(pattern))


def one_of(text: exp.Expr, values: tuple[str, ...]) -> exp.Expr:
    """Return whether text is one of some values, whatever its case."""
    lower = exp.Lower(this=text.copy())
    return exp.In(this=lower, expressions=[exp.Literal.string(v) for v in values])


def identity_number(text: exp.Expr) -> exp.Expr:
    """Return whether text is a Chinese identity number whose check digit is right."""
    digits = [
        exp.cast(_sign(text, i + 1), "INTEGER") * exp.Literal.number(w)
        for i, w in enumerate(_WEIGHTS)
    ]
    total: exp.Expr = digits[0]
    for digit in digits[1:]:
        total = total + digit
    rest = exp.Mod(this=exp.paren(total), expression=exp.Literal.number(len(_CHECK)))
    wanted = exp.Case(this=rest)
    for i, sign in enumerate(_CHECK):
        wanted = wanted.when(exp.Literal.number(i), exp.Literal.string(sign))
    right = exp.Upper(this=_sign(text, 18)).eq(wanted)
    return exp.Case().when(like(text, IDENTITY), right).else_(exp.false())


def _sign(text: exp.Expr, place: int) -> exp.Expr:
    start, one = exp.Literal.number(place), exp.Literal.number(1)
    return exp.Substring(this=text.copy(), start=start, length=one)
