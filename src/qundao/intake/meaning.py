"""What a column probably means, from its name and a sample of its values, with the reason.

A score is the share of sampled values that fit, weighed by how telling the test is and whether
the name says so too. Nothing is decided here: a person reads the reasons and maps.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from qundao.intake.date_forms import SERIAL, UNMISTAKEN, form_of, has_time
from qundao.intake.meaning_sorts import DATE, DATETIME, DIRECT, FILLED, NAMES_A_DATE, SORTS, Sort
from qundao.intake.meaning_values import check_digit_is_right, is_identity_number, says_sex
from qundao.kernel.words import Words

_LEAST = 0.2
_ONLY_NAMED = 0.4
_MANY_NAMES, _SURELY_NAMES = 20, 0.8
_SERIALS_BESIDE = 0.2
_TELLING_DATES, _COMPACT_DATES, _NAMED_DATES = 0.95, 0.65, 0.98


@dataclass(frozen=True, slots=True)
class Meaning:
    """One reading of a column: `sort` (an id), `score` 0 to 1, `share` of sampled values that fit.

    `forms` holds, for dates, the share of the sampled values in each written form.
    """

    sort: str
    words: Words
    score: float
    share: float
    reason: Words
    forms: tuple[tuple[str, float], ...] = ()

    @property
    def direct(self) -> bool:
        """Tell whether such values identify a person by themselves."""
        return self.sort in DIRECT

    def to_json(self) -> dict[str, Any]:
        """Return the meaning for a profile. Holds no value."""
        told: dict[str, Any] = {
            "meaning": self.sort,
            "words": {"zh": self.words.zh, "en": self.words.en},
            "score": round(self.score, 4),
            "share": round(self.share, 4),
            "direct_identifier": self.direct,
            "reason": {"zh": self.reason.zh, "en": self.reason.en},
        }
        return told | ({"forms": {f: round(s, 4) for f, s in self.forms}} if self.forms else {})


def likely(name: str, sample: Sequence[str]) -> tuple[Meaning, ...]:
    """Return the likely meanings of a column, the likeliest first; none where nothing is likely.

    `sample` holds distinct values as written. Full-width signs count as their usual ones.
    """
    plain = [unicodedata.normalize("NFKC", v).strip() for v in sample]
    told = [v for v in plain if v]
    found = [_judge(sort, name, told) for sort in SORTS.values()]
    found.append(_as_date(name, told))
    likely_ones = [m for m in found if m is not None and m.score >= _LEAST]
    return tuple(sorted(likely_ones, key=lambda m: -m.score))


def _judge(sort: Sort, name: str, told: Sequence[str]) -> Meaning | None:
    named = sort.name.search(name) is not None
    if not told:
        return _by_name(sort.id, sort.words, name) if named else None
    fits = sort.fits if not (named and sort.name_is_enough) else bool
    share = sum(map(fits, told)) / len(told)
    weight = sort.named if named else _alone(sort, told, share)
    reason = _fit(share, told, _more(sort, told) or (FILLED if fits is bool else sort.fitting))
    if named:
        reason = _both(_named(name, sort.words), reason)
    return Meaning(sort.id, sort.words, weight * share, share, reason)


def _alone(sort: Sort, told: Sequence[str], share: float) -> float:
    """Return the weight of values whose column's name says nothing."""
    if sort.id == "person_name" and (len(told) < _MANY_NAMES or share < _SURELY_NAMES):
        return 0.0  # a ward or a disease may begin with a surname
    if sort.id == "sex" and any(map(says_sex, told)):
        return 0.85
    return sort.alone


def _more(sort: Sort, told: Sequence[str]) -> Words | None:
    """Return what else the reason tells: of identity numbers how many check digits are right."""
    numbers = [v for v in told if len(v) == 18 and is_identity_number(v)]
    if sort.id != "identity_number" or not numbers:
        return None
    right = _percent(sum(map(check_digit_is_right, numbers)) / len(numbers))
    return Words(
        f"形如身份证号，其中 {right} 校验位正确",
        f"have the form of an identity number, {right} of them with a right check digit",
    )


def _both(first: Words, second: Words) -> Words:
    return Words(f"{first.zh}；{second.zh}", f"{first.en}; {second.en}")


def _named(name: str, words: Words) -> Words:
    return Words(f"列名“{name}”说的是{words.zh}", f"the name “{name}” says {words.en}")


def _fit(share: float, told: Sequence[str], what: Words) -> Words:
    n, percent = len(told), _percent(share)
    return Words(
        f"{n} 个抽样值中 {percent} {what.zh}", f"{percent} of {n} sampled values {what.en}"
    )


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%"


def _by_name(sort: str, words: Words, name: str) -> Meaning:
    empty = Words("没有值可看", "there are no values to look at")
    return Meaning(sort, words, _ONLY_NAMED, 0.0, _both(_named(name, words), empty))


def _as_date(name: str, told: Sequence[str]) -> Meaning | None:
    named = NAMES_A_DATE.search(name) is not None
    if not told:
        return _by_name("datetime" if "时间" in name else "date", DATE, name) if named else None
    read = [(v, *form_of(v)) for v in told]
    existing = [(v, form) for v, form, day in read if day is not None]
    telling = sum(form in UNMISTAKEN for _, form in existing) / len(told)
    if not named and telling < _SERIALS_BESIDE:
        existing = [(v, form) for v, form in existing if form != SERIAL]
    share = len(existing) / len(told)
    sort, words = ("date", DATE)
    if sum(has_time(form, v) for v, form in existing) * 2 > len(existing):
        sort, words = ("datetime", DATETIME)
    weight = _NAMED_DATES if named else (_TELLING_DATES if telling else _COMPACT_DATES)
    forms = _forms([form for _, form in existing], len(told))
    reason = _fit(share, told, _written(forms))
    if named:
        reason = _both(_named(name, words), reason)
    return Meaning(sort, words, weight * share, share, reason, forms)


def _forms(forms: Sequence[str], of: int) -> tuple[tuple[str, float], ...]:
    return tuple((form, n / of) for form, n in Counter(forms).most_common())


def _written(forms: Sequence[tuple[str, float]]) -> Words:
    how = "、".join(f"{form} {_percent(share)}" for form, share in forms)
    if not how:
        return Words("是存在的日期", "are days that exist")
    return Words(f"是存在的日期（{how}）", f"are days that exist ({how.replace('、', ', ')})")
