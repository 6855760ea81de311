"""Errors for the person who reads them: a code, what was required, what was received, what to do.

A room declares its codes once, in both languages, as data. A `Problem` is a value: it can be
returned (a refusal), collected (all defects at once), sent over the wire and translated where
somebody reads it. `QundaoError` carries problems out of a call that cannot go on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from qundao.kernel.words import Words


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """What a code means. `required` and `remedy` may hold `{fact}` placeholders."""

    name: str
    title: Words
    required: Words
    remedy: Words
    status: int


_CODES: dict[str, ErrorCode] = {}
_LONGEST_TOLD = 300


def declare(name: str, *, title: Words, required: Words, remedy: Words, status: int = 400) -> str:
    """Declare an error code (`room.what_is_wrong`) and return its name.

    Raises ValueError when the name is malformed or taken by another meaning.
    """
    if name.count(".") != 1 or name != name.lower():
        raise ValueError(f"an error code is written room.what_is_wrong, received {name!r}")
    code = ErrorCode(name, title, required, remedy, status)
    if _CODES.setdefault(name, code) != code:
        raise ValueError(f"the error code {name!r} is already declared with another meaning")
    return name


def declared_codes() -> Mapping[str, ErrorCode]:
    """Return every code declared by the rooms imported so far."""
    return dict(sorted(_CODES.items()))


@dataclass(frozen=True, slots=True)
class Problem:
    """One defect: its code, where it is, what was received, and facts that fill the text."""

    code: str
    received: str = ""
    where: str = ""
    facts: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if self.code not in _CODES:
            raise ValueError(f"a declared error code is required, received {self.code!r}")

    @property
    def meaning(self) -> ErrorCode:
        """Return the declared meaning of the code."""
        return _CODES[self.code]

    def text(self, language: str) -> dict[str, str]:
        """Return the problem for a reader: code, where, title, required, received, remedy."""
        facts = _Facts(self.facts)
        meaning = self.meaning
        return {
            "code": self.code,
            "where": self.where,
            "title": meaning.title.in_(language).format_map(facts),
            "required": meaning.required.in_(language).format_map(facts),
            "received": self.received,
            "remedy": meaning.remedy.in_(language).format_map(facts),
        }

    def line(self, language: str) -> str:
        """Return the problem as one paragraph for a terminal or a log."""
        t = self.text(language)
        at = f" [{t['where']}]" if t["where"] else ""
        if language.startswith("en"):
            return (
                f"{t['title']} ({t['code']}){at}. Required: {t['required']}. "
                f"Received: {t['received'] or '(nothing)'}. What to do: {t['remedy']}"
            )
        return (
            f"{t['title']}（{t['code']}）{at}。要求：{t['required']}。"
            f"收到：{t['received'] or '（空）'}。处理办法：{t['remedy']}"
        )

    def to_json(self) -> dict[str, Any]:
        """Return the problem as plain JSON, for the wire."""
        return {
            "code": self.code,
            "received": self.received,
            "where": self.where,
            "facts": dict(self.facts),
        }


class _Facts(dict[str, str]):
    """Fills placeholders; a fact nobody gave shows as a dash instead of breaking the message."""

    def __missing__(self, key: str) -> str:
        return "–"


def problem(code: str, received: object = "", where: str = "", **facts: object) -> Problem:
    """Return a `Problem`; `received` and the facts are turned into text."""
    return Problem(code, str(received), where, tuple((k, str(v)) for k, v in facts.items()))


def problem_from_json(data: Mapping[str, Any], told: Mapping[str, Any] | None = None) -> Problem:
    """Read a problem that another process sent.

    told: the same problem as `Problem.text` wrote it there. A code that is unknown here speaks
    with those words, as `kernel.told`; without them it becomes `kernel.unknown_code`.
    """
    code = str(data.get("code", ""))
    received = str(data.get("received", ""))
    if code not in _CODES and told and told.get("title"):
        words = {name: _plain(told.get(name)) for name in ("title", "required", "remedy")}
        where = _plain(data.get("where"))
        return problem(TOLD, _plain(received), where, foreign=_plain(code), **words)
    if code not in _CODES:
        return problem(UNKNOWN_CODE, f"{code}: {received}", str(data.get("where", "")))
    facts = tuple((str(k), str(v)) for k, v in dict(data.get("facts") or {}).items())
    return Problem(code, received, str(data.get("where", "")), facts)


def _plain(text: object) -> str:
    """Return foreign text on one line, short, and without anything that steers a terminal."""
    shown = "".join(c if c.isprintable() else " " for c in str(text or ""))
    return shown[:_LONGEST_TOLD]


class QundaoError(Exception):
    """A call could not go on. Carries every problem found, in the order found."""

    def __init__(self, *problems: Problem) -> None:
        if not problems:
            raise ValueError("at least one problem is required, received none")
        self.problems = problems
        super().__init__(" | ".join(p.line("en") for p in problems))

    @property
    def code(self) -> str:
        """Return the first problem's code."""
        return self.problems[0].code

    @property
    def status(self) -> int:
        """Return the HTTP status that fits the first problem."""
        return self.problems[0].meaning.status

    def to_json(self, language: str) -> dict[str, Any]:
        """Return the error for an API's answer, translated."""
        return {"errors": [p.text(language) for p in self.problems]}


def fail(code: str, received: object = "", where: str = "", **facts: object) -> QundaoError:
    """Return (to be raised) an error with a single problem."""
    return QundaoError(problem(code, received, where, **facts))


def raise_if(problems: Iterable[Problem]) -> None:
    """Raise one `QundaoError` with all `problems`, if there are any."""
    found = tuple(problems)
    if found:
        raise QundaoError(*found)


UNKNOWN_CODE = declare(
    "kernel.unknown_code",
    title=Words("对方返回了本版本不认识的错误码", "The other side sent an unknown error code"),
    required=Words("双方使用相同的协议版本", "both sides on the same protocol version"),
    remedy=Words("升级较旧的一方", "upgrade the older side"),
    status=502,
)
TOLD = declare(
    "kernel.told",
    title=Words("对方的说明：{title}（{foreign}）", "The other side says: {title} ({foreign})"),
    required=Words("{required}", "{required}"),
    remedy=Words("{remedy}", "{remedy}"),
    status=502,
)
