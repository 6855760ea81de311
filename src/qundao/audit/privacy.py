"""The last fence before an event is written for ever: nothing in it may speak of one person.

An append-only log cannot forget, so personal data must not enter it (PIPL Art 47 gives a right
to deletion). Two tests, both on structure rather than on guesses: keys that name a person's
record, and values that are a resident identity number (GB 11643-1999, with its date of birth and
check digit). A run of digits inside a digest is none: by chance alone one digest in some thousands
would pass the check digit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

PERSON_KEYS = frozenset(
    {
        "birth_date",
        "birth_datetime",
        "date_of_birth",
        "id_card",
        "identity_number",
        "medical_record_number",
        "mrn",
        "national_id",
        "patient",
        "patient_id",
        "patient_ids",
        "patient_name",
        "person_id",
        "person_ids",
        "subject_id",
        "subject_ids",
        "subjid",
        "usubjid",
        "住院号",
        "姓名",
        "患者",
        "身份证号",
        "门诊号",
    }
)
_DATE = r"(?:18|19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
_IDENTITY = re.compile(rf"(?<![0-9a-fA-F])[1-9][0-9]{{5}}{_DATE}[0-9]{{3}}[0-9Xx](?![0-9a-fA-FXx])")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS = "10X98765432"


def personal_parts(value: Any, path: str = "details") -> Iterator[str]:
    """Yield the paths inside a JSON value that speak of one person."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            here = f"{path}.{key}"
            if str(key).lower() in PERSON_KEYS:
                yield here
            else:
                yield from personal_parts(inner, here)
    elif isinstance(value, list | tuple):
        for place, inner in enumerate(value):
            yield from personal_parts(inner, f"{path}[{place}]")
    elif isinstance(value, str) and holds_identity_number(value):
        yield path


def holds_identity_number(text: str) -> bool:
    """Tell whether `text` holds a resident identity number whose check digit is right."""
    return any(_checked(found.group()) for found in _IDENTITY.finditer(text))


def _checked(number: str) -> bool:
    total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
    return _CHECK_DIGITS[total % 11] == number[-1].upper()
