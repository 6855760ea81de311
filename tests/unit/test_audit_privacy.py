"""What counts as one person's number in the log, and what only looks like one."""

from __future__ import annotations

import hashlib

import pytest

from qundao.audit.privacy import holds_identity_number, personal_parts

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def number(first_17):
    """A made-up identity number with its right check digit (GB 11643-1999)."""
    total = sum(int(d) * w for d, w in zip(first_17, WEIGHTS, strict=True))
    return first_17 + "10X98765432"[total % 11]


PERSON = number("44010619900307123")


@pytest.mark.parametrize("form", ["{}", "身份证{}号", "id={};", "<{}>"])
def test_an_identity_number_is_found_wherever_it_stands(form):
    assert holds_identity_number(form.format(PERSON))
    assert holds_identity_number(form.format(PERSON.lower()))


def test_a_wrong_check_digit_or_an_impossible_birthday_is_no_number():
    wrong = PERSON[:-1] + ("0" if PERSON[-1] != "0" else "1")
    assert not holds_identity_number(wrong)
    assert not holds_identity_number(number("44010619901307123"))
    assert not holds_identity_number(number("44010655900307123"))


def test_a_run_of_digits_inside_a_digest_is_no_number():
    assert not holds_identity_number(f"3a{PERSON}f0")
    assert not holds_identity_number(f"{PERSON}e7b1")


def test_no_digest_among_many_is_taken_for_a_person():
    digests = (hashlib.sha256(str(n).encode()).hexdigest() for n in range(50_000))
    assert not any(map(holds_identity_number, digests))


def test_the_path_of_each_part_is_named():
    value = {"by": [{"note": PERSON}], "patient_id": 7, "count": 3}
    assert list(personal_parts(value)) == ["details.by[0].note", "details.patient_id"]
