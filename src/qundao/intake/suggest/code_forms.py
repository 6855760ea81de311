"""The forms under which a code may stand in a vocabulary: as it is, without signs, shortened.

National editions extend ICD-10 and ICD-9-CM-3: 国家临床版 `I10.x00x002`, 医保版 `I10.x00` and
`E11.900` stand below `I10` and `E11.9`; operations `47.0101` below `47.01`. An `x` or a `0` in the
place of a digit says that the international code ends there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_ICD10 = re.compile(r"^([A-Z]\d{2})(?:\.?([\dX])?([\dX]*))?(?:X\d{3})?[+*†]?$")
_OPERATION = re.compile(r"^(\d{2})\.(\d)(\d?)(\d*)(?:X\d{3})?$")
_EXTENDED = re.compile(r"^(.{3,})X\d{3}$")
_SIGNS = re.compile(r"[^0-9A-Z]")
_SAME, _PLAIN, _SHORT, _SHORTER = 0.95, 0.9, 0.75, 0.5


@dataclass(frozen=True, slots=True)
class Form:
    """One form of a code: as it would be written without signs, why, and how sure it is."""

    plain: str
    reason: str
    score: float


def forms_of(code: str) -> tuple[Form, ...]:
    """Return the forms of a code, the surest first; `same_code` and `code_without_signs` share one.

    Forms are capitals and digits alone, so that `E11.9` and `E119` are one.
    """
    told = unicodedata.normalize("NFKC", code).strip().upper()
    found = {(plain := plain_code(told)): Form(plain, "code_without_signs", _PLAIN)}
    for short, score in _shortened(told):
        plain = plain_code(short)
        found.setdefault(plain, Form(plain, "code_shortened", score))
    return tuple(f for f in found.values() if f.plain)


def same_code_score() -> float:
    """Return the score of a code that a vocabulary has sign by sign."""
    return _SAME


def plain_code(code: str) -> str:
    """Return a code's capitals and digits."""
    return _SIGNS.sub("", unicodedata.normalize("NFKC", code).upper())


def family(code: str) -> str:
    """Return `ICD10` or `ICD9Proc` for a code of that form, with national extensions; else ''."""
    told = unicodedata.normalize("NFKC", code).strip().upper()
    if _ICD10.match(told):
        return "ICD10"
    return "ICD9Proc" if _OPERATION.match(told) else ""


def _shortened(code: str) -> Iterator[tuple[str, float]]:
    """Yield what remains when extensions are cut, the longest first."""
    if extended := _EXTENDED.match(code):
        yield extended[1], _SHORT
    if icd := _ICD10.match(code):
        category, digit, rest = icd[1], icd[2] or "", icd[3] or ""
        if digit.isdigit():
            if rest:
                yield f"{category}.{digit}", _SHORT
            yield category, _SHORTER
        elif digit:
            yield category, _SHORT
    elif operation := _OPERATION.match(code):
        chapter, first, second, rest = operation.groups()
        if rest:
            yield f"{chapter}.{first}{second}", _SHORT
        if second:
            yield f"{chapter}.{first}", _SHORTER
