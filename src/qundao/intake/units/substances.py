"""What is measured: molar masses, charges, international units (`data/substances.csv`)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType

from qundao.intake.units.data_files import listed, rows
from qundao.kernel.words import Words

_ASIDE = re.compile(r"\([a-z][a-z0-9-]+\)$")


@dataclass(frozen=True, slots=True)
class Substance:
    """A substance, or a quantity that is only found by its name.

    molar_mass: g/mol; charge: elementary charges of the ion, for equivalents; iu: what one
    international unit is (a number and a UCUM unit); law: the name of a relation that is no plain
    factor. None or empty: nothing is published, and nothing of the sort is converted.
    """

    key: str
    words: Words
    names: tuple[str, ...]
    molar_mass: Fraction | None
    charge: int | None
    iu: tuple[Fraction, str] | None
    law: str
    source: str


def substance_named(text: str) -> Substance | None:
    """Return the substance of a key, or of a Chinese, English or LOINC component name.

    An abbreviation behind it (葡萄糖（GLU）) is left aside; anything else, such as （尿）, is not.
    """
    plain = _plain(text)
    return _BY_NAME.get(plain) or _BY_NAME.get(_ASIDE.sub("", plain))


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def _substance(row: Mapping[str, str]) -> Substance:
    zh, en = listed(row["zh"]), listed(row["en"])
    number, _, unit = row["iu"].partition(" ")
    return Substance(
        row["key"],
        Words(zh[0], en[0]),
        (*zh, *en, *listed(row["loinc"])),
        Fraction(row["molar_mass"]) if row["molar_mass"] else None,
        int(row["charge"]) if row["charge"] else None,
        (Fraction(number), unit) if unit else None,
        row["law"],
        row["source"],
    )


SUBSTANCES: Mapping[str, Substance] = MappingProxyType(
    {row["key"]: _substance(row) for row in rows("substances")}
)
"""Every substance, by its key."""

_BY_NAME: dict[str, Substance] = {}
for _one in SUBSTANCES.values():
    for _name in (_one.key, *_one.names):
        _BY_NAME.setdefault(_plain(_name), _one)
