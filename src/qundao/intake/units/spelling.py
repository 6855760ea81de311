"""Reads a unit as Chinese and English laboratories write it, and gives its UCUM code.

In this order: a unit that means something else than its parts say (`data/wholes.csv`: G/L is giga
per litre), a UCUM code, and parts put together (`data/parts.csv`): 毫摩尔/升, MMOL/L, ×10^9/L.
Full-width and compatibility signs count as their usual ones and blanks as nothing. What comes out
is always a code that `grammar.parse` knows.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache

from qundao.intake.units.data_files import listed, rows
from qundao.intake.units.grammar import LONGEST, parse

_KEPT = 4_096
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_RAISED = re.compile(r"[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺]+")
_SIGNS = str.maketrans(
    {"μ": "u", "µ": "u", "·": ".", "•": ".", "∙": ".", "⋅": ".", "∕": "/", "⁄": "/", "\\": "/"}
    | {"×": "*", "✕": "*", "（": "(", "）": ")", "＾": "^", "∧": "^", "º": "°", "˚": "°"}
)
_SYMBOLS = str.maketrans({"℃": "°C", "℉": "°F", "㎡": "m2"})
_POWER = re.compile(
    r"^(?:[*xX])?(?:10(?:[\^*Ee]|\*\*)\+?|[Ee]\+?|1[Ee]\+?|1\.0[Ee]\+?)\(?(?P<n>-?\d{1,2})\)?"
    r"(?P<rest>(?:$|[/.]|[^\d/.].*/).*)$"
)
_BARE_POWER = re.compile(r"^[*xX]?10(?P<n>3|6|9|12)(?P<rest>/.+)$")
"""`109/L` is what is left of 10⁹/L where a system has no raised figures."""

_INSIDE = re.compile(r"^\(([^()]+)\)$")
_HOURS = re.compile(r"/24(?:h|hr|hrs|小时)$", re.IGNORECASE)
_SURFACE = re.compile(r"1\.73(?:m\^?2|平方米|㎡)", re.IGNORECASE)
_FACTORS = re.compile(r"/\(([^()]+)\)$")
_RAISED_PART = re.compile(r"^(?P<part>.*[^\d^-])\^?(?P<n>[23])$")
_NEVER_LARGE = re.compile(r"(?:^|[/.(])(?:[YZEPTGMh]|da)(?:g|L|l|mol|eq|U|m|s)(?![A-Za-z\[])")
"""UCUM's mega-litre and its like: in a laboratory the capital is a slip (MG/DL, U/ML)."""


@lru_cache(_KEPT)
def ucum(text: str) -> str | None:
    """Return the UCUM code of a unit as it is written, None where there is none to be read.

    Litres come out as `L`. `1` is what says that there is no unit (无, 阴/阳, -); an empty text
    gives None.
    """
    plain = _plain(text)
    if not plain or len(plain) > LONGEST:
        return None
    if plain in _WHOLES:
        return _WHOLES[plain]
    for candidate in _candidates(plain):
        if parse(candidate) is not None:
            return candidate
    return None


def _plain(text: str) -> str:
    """Return the text in ASCII as far as it goes, with raised figures behind `^`."""
    raised = _RAISED.sub(lambda m: f"^{m[0].translate(_SUPERSCRIPTS)}", text[: 4 * LONGEST])
    narrow = unicodedata.normalize("NFKC", raised.translate(_SIGNS).translate(_SYMBOLS))
    plain = "".join(narrow.translate(_SIGNS).split())
    inside = _INSIDE.match(plain)
    return inside[1] if inside else plain


def _candidates(plain: str) -> Iterator[str]:
    """Yield codes that the text may mean, the likeliest first."""
    if not _NEVER_LARGE.search(plain) and not _BARE_POWER.match(plain):
        yield _with_litres(plain).replace("10^", "10*")
    composed = _composed(_rewritten(plain))
    if composed is not None:
        yield composed


def _with_litres(code: str) -> str:
    return re.sub(r"(?<![A-Za-z\[{_])([dcmunpf]?)l(?![A-Za-z\]}_])", r"\1L", code)


def _rewritten(plain: str) -> str:
    """Return the text with powers of ten, days and surfaces written as UCUM writes them."""
    surface = _SURFACE.sub("{1.73_m2}", plain)
    unfolded = _FACTORS.sub(lambda m: "/" + re.sub(r"[.*]", "/", m[1], count=1), surface)
    unfolded = unfolded.replace("{1/73_m2}", "{1.73_m2}").replace("*{1.73", "/{1.73")
    day = _HOURS.sub("/(24.h)", unfolded)
    power = _POWER.match(day) or _BARE_POWER.match(day)
    return f"10*{int(power['n'])}{power['rest']}" if power else day


def _composed(text: str) -> str | None:
    """Return the code of a unit whose parts are all known, None where one is not."""
    first, *others = _split(text)
    top = _factors(first)
    below = [_factors(part) for part in others]
    if top is None or any(part is None for part in below):
        return None
    return "/".join([top, *(part or "" for part in below)]) if any([top, *below]) else None


def _split(text: str) -> list[str]:
    """Return what stands between the slashes, those in brackets left alone."""
    return re.split(r"/(?![^({]*[)}])", text)


def _factors(text: str) -> str | None:
    """Return the code of one part, whose factors a dot or nothing but a power of ten joins."""
    if text == "(24.h)":
        return text
    power = re.match(r"^(10\*-?\d+)[.*]?(.*)$", text)
    if power:
        rest = _part(power[2]) if power[2] else ""
        return None if rest is None else (f"{power[1]}.{rest}" if rest else power[1])
    whole = _part(text)
    if whole is not None or "." not in text:
        return whole
    parts = [_part(p) for p in text.split(".")]
    return ".".join(p or "" for p in parts) if all(parts) else None


def _part(text: str) -> str | None:
    if not text:
        return ""
    for name in (text, text if text in _CASE_COUNTS else text.casefold()):
        if name in _PARTS:
            return _PARTS[name]
    raised = _RAISED_PART.match(text)
    if raised and raised["part"]:
        part = _part(raised["part"])
        return f"{part}{raised['n']}" if part else None
    return None


def _all_parts() -> Mapping[str, str]:
    """Return every spelling of a part; whatever the case, where that leaves one meaning."""
    exact: dict[str, str] = {}
    for row in rows("parts"):
        for written in listed(row["written"]):
            exact.setdefault(_plain(written), row["ucum"])
    for row in rows("parts"):
        if row["metric"] == "y":
            for written in listed(row["written"]):
                for prefix, name in _prefixed(written):
                    exact.setdefault(name, f"{prefix}{row['ucum']}")
    loose: dict[str, set[str]] = {}
    for written, code in exact.items():
        loose.setdefault(written.casefold(), set()).add(code)
    sure = {written: min(codes) for written, codes in loose.items() if len(codes) == 1}
    return sure | exact


_CASE_COUNTS = frozenset("M")
"""M is mega or molar, and never a metre."""


_USED = "dcmunpfk"


def _prefixed(written: str) -> Iterator[tuple[str, str]]:
    names = {row["code"]: row["zh"] for row in rows("prefixes") if row["code"] in _USED}
    for code, zh in names.items():
        yield code, (code if written.isascii() else zh) + written


_PARTS = _all_parts()
_WHOLES = {_plain(w): row["ucum"] for row in rows("wholes") for w in listed(row["written"])}
