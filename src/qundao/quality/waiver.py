"""A waiver: the steward lets a shortcoming stand for a while, says why, and signs for it.

It changes no count and no status: the finding stays failed and is shown as waived. It ends by
itself; nobody waives for longer than a year.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from typing import Any

from qundao.kernel.errors import Problem, problem, raise_if
from qundao.kernel.words import Words
from qundao.quality.codes import BAD_WAIVER

LONGEST_REASON = 200
LONGEST_NAME = 80
_WILD = "*?["
_CHECK = Words(
    "检查编号，如 isRequired:person.birth_datetime；冒号之后可用 *",
    "a check's id, such as isRequired:person.birth_datetime; after the colon * may stand",
)
_REASON = Words(
    f"1 至 {LONGEST_REASON} 个字的理由", f"a reason of 1 to {LONGEST_REASON} characters"
)
_BY = Words("由谁豁免（姓名或岗位）", "who waives: a name or an office")
_UNTIL = Words("到期日 YYYY-MM-DD", "the last day, YYYY-MM-DD")
_YEAR = Words("到期日在一年之内，至 {last}", "a last day within one year, by {last}")


@dataclass(frozen=True, slots=True)
class Waiver:
    """Which checks are waived (an id, or a pattern after the colon), why, by whom, until when.

    Made by `grant`, which checks all of it.
    """

    check: str
    reason: str
    by: str
    until: date

    def covers(self, check_id: str) -> bool:
        """Tell whether a check is meant."""
        return fnmatchcase(check_id, self.check)

    def expired(self, today: date) -> bool:
        """Tell whether the last day is over."""
        return self.until < today

    def told(self) -> dict[str, str]:
        """Return what everybody may know: why, and until when."""
        return {"reason": self.reason, "until": self.until.isoformat()}

    def to_json(self) -> dict[str, str]:
        """Return the waiver as plain JSON, the person who waives included."""
        return {
            "check": self.check,
            "reason": self.reason,
            "by": self.by,
            "until": self.until.isoformat(),
        }


def grant(*, check: str, reason: str, by: str, until: str, today: date) -> Waiver:
    """Return a waiver. Raises `quality.bad_waiver` with every defect.

    One whose last day is over is still read, so that it can be told as expired.
    """
    given = {"check": check.strip(), "reason": reason.strip(), "by": by.strip()}
    raise_if(_defects(**given, until=until.strip(), today=today))
    return Waiver(**given, until=date.fromisoformat(until.strip()))


def waiver_from_json(data: dict[str, Any]) -> Waiver:
    """Read a waiver that was kept as JSON."""
    return Waiver(data["check"], data["reason"], data["by"], date.fromisoformat(data["until"]))


def _defects(check: str, reason: str, by: str, until: str, today: date) -> Iterator[Problem]:
    question, colon, place = check.partition(":")
    if not (question and colon and place) or any(w in question for w in _WILD):
        yield _defect(check, "check", _CHECK)
    if not 1 <= len(reason) <= LONGEST_REASON or not reason.isprintable():
        yield _defect(reason, "reason", _REASON)
    if not 1 <= len(by) <= LONGEST_NAME or not by.isprintable():
        yield _defect(by, "by", _BY)
    last = _a_year_on(today)
    try:
        day = date.fromisoformat(until)
    except ValueError:
        yield _defect(until, "until", _UNTIL)
        return
    if day > last:
        yield _defect(until, "until", _YEAR, last=last)


def _defect(received: str, where: str, required: Words, **facts: object) -> Problem:
    words = {"zh": required.zh.format(**facts), "en": required.en.format(**facts)}
    return problem(BAD_WAIVER, received[:LONGEST_REASON], where, **words)


def _a_year_on(day: date) -> date:
    """Return the same day next year; after 29 February, 28 February."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)
