"""Synthetic people: no number or address here can be anybody's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from qundao.intake.synthetic.items import GIVEN, STREETS, SURNAMES

_FIRST_BIRTH, _LAST_BIRTH = date(1932, 1, 1), date(2022, 12, 1)
_NOWHERE = "99"
"""Begins division codes of which GB/T 2260 gives none to a place."""
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_SIGNS = "10X98765432"


@dataclass(frozen=True, slots=True)
class Person:
    """Who a patient is, as the registration desk has it. `male` agrees with the number."""

    number: int
    name: str
    male: bool
    birth: date
    identity: str
    phone: str
    address: str

    @property
    def card(self) -> str:
        """Return the number of the patient's card, by which the tables are joined."""
        return f"K{self.number:08d}"

    @property
    def second_card(self) -> str:
        """Return the number of the card given by mistake, as if to somebody new."""
        return f"K9{self.number:07d}"


def person(number: int, random: Random) -> Person:
    """Return patient `number`, from 1."""
    male = random.random() < 0.5
    days = (_LAST_BIRTH - _FIRST_BIRTH).days
    birth = _FIRST_BIRTH + timedelta(days=random.randrange(days))
    given = "".join(random.choice(GIVEN) for _ in range(random.choice((1, 2, 2))))
    serial = random.randrange(0, 998, 2) + (1 if male else 0)
    return Person(
        number,
        random.choice(SURNAMES) + given,
        male,
        birth,
        identity_number(f"{_NOWHERE}{number % 10_000:04d}", birth, serial),
        f"1900000{random.randrange(10_000):04d}",
        f"合成市{random.choice(STREETS)}{random.randrange(1, 200)}号",
    )


def identity_number(division: str, birth: date, serial: int) -> str:
    """Return an identity number (GB 11643-1999) of a place of six digits, with its check digit."""
    head = f"{division}{birth:%Y%m%d}{serial:03d}"
    return head + _SIGNS[sum(int(d) * w for d, w in zip(head, _WEIGHTS, strict=True)) % 11]


def wrong_check_digit(number: str) -> str:
    """Return the number with another last sign."""
    return number[:-1] + _SIGNS[(_SIGNS.index(number[-1]) + 3) % len(_SIGNS)]


def years_between(birth: date, day: date) -> int:
    """Return completed years."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def age(birth: date, day: date) -> str:
    """Return an age as wards write it: years, below one year months, below one month days."""
    years = years_between(birth, day)
    if years:
        return str(years)
    months = (day.year - birth.year) * 12 + day.month - birth.month - (day.day < birth.day)
    return f"{months}月" if months else f"{(day - birth).days}天"
