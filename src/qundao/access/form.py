"""A form as data: fields with labels, kinds and limits, read with every defect at once.

A draft is plain JSON and may be saved in any state; reading it says what is still missing and
where. Pages draw the form from the same fields, so that no field exists twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from qundao.access.codes import BAD_PLAN
from qundao.kernel.accession import Accession
from qundao.kernel.errors import Problem, QundaoError, problem
from qundao.kernel.words import Words

Kind = Literal["line", "text", "choice", "yes_no", "date", "number", "accessions", "names"]
LONGEST_LINE, LONGEST_TEXT, MOST_ITEMS = 200, 8000, 200


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its name in JSON, label, step of the form, kind, and what it must hold."""

    name: str
    words: Words
    step: str
    kind: Kind
    required: bool = True
    choices: Mapping[str, Words] | None = None
    least: int = 1
    help: Words | None = None


class UnreadableError(Exception):
    """A value is not as its field requires; carries what was required."""

    def __init__(self, zh: str, en: str) -> None:
        self.required = Words(zh, en)
        super().__init__(en)


def read(
    fields: Sequence[Field], data: Mapping[str, Any]
) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    """Return what can be read of a draft, and every defect, in the order of the fields.

    A field left empty reads as None (an empty tuple for lists); it is a defect if required.
    """
    values: dict[str, Any] = {}
    defects: list[Problem] = []
    for field in fields:
        try:
            values[field.name] = value(field, data.get(field.name))
        except UnreadableError as error:
            values[field.name] = _EMPTY.get(field.kind)
            defects.append(defect(field, data.get(field.name), error.required))
    return values, (*defects, *_strangers(fields, data))


def value(field: Field, given: Any) -> Any:
    """Return a field's value. Raises UnreadableError."""
    if given in (None, "", [], ()):
        if field.required:
            raise UnreadableError("必填", "an entry")
        return _EMPTY.get(field.kind)
    return _READERS[field.kind](field, given)


def defect(field: Field, received: Any, required: Words) -> Problem:
    """Return the problem of one field."""
    shown = "" if received is None else str(received)[:120]
    facts = {"field": field.words.zh, "field_en": field.words.en}
    return problem(
        BAD_PLAN, shown, field.name, required=required.zh, required_en=required.en, **facts
    )


def _strangers(fields: Sequence[Field], data: Mapping[str, Any]) -> Iterator[Problem]:
    for name in sorted(data.keys() - {f.name for f in fields}):
        stranger = Field(name[:80], Words(name[:80] or "?", name[:80] or "?"), "", "line")
        yield defect(stranger, data[name], Words("申请书中有的项目", "a field of the application"))


def _line(field: Field, given: Any) -> str:
    limit = LONGEST_LINE if field.kind == "line" else LONGEST_TEXT
    if not isinstance(given, str) or not field.least <= len(given.strip()) <= limit:
        raise UnreadableError(f"{field.least}–{limit} 字", f"{field.least} to {limit} characters")
    return given.strip()


def _choice(field: Field, given: Any) -> str:
    known = field.choices or {}
    if not isinstance(given, str) or given not in known:
        zh = "、".join(w.zh for w in known.values())
        raise UnreadableError(f"其中之一：{zh}", f"one of {', '.join(known)}")
    return given


def _yes_no(_: Field, given: Any) -> bool:
    if not isinstance(given, bool):
        raise UnreadableError("是或否", "true or false")
    return given


def _date(_: Field, given: Any) -> date:
    try:
        return date.fromisoformat(given)
    except (TypeError, ValueError):
        raise UnreadableError("日期，如 2026-11-22", "a date such as 2026-11-22") from None


def _number(field: Field, given: Any) -> int:
    if isinstance(given, bool) or not isinstance(given, int) or not field.least <= given <= 10**6:
        raise UnreadableError(
            f"不小于 {field.least} 的整数", f"a whole number of at least {field.least}"
        )
    return given


def _items(given: Any) -> list[str]:
    texts = isinstance(given, list | tuple) and all(isinstance(g, str) for g in given)
    if not texts or len(given) > MOST_ITEMS or len(set(given)) != len(given):
        raise UnreadableError(
            f"至多 {MOST_ITEMS} 项且不重复", f"at most {MOST_ITEMS} items, each once"
        )
    return [g.strip() for g in given]


def _accessions(_: Field, given: Any) -> tuple[str, ...]:
    return tuple(_accession(text) for text in _items(given))


def _accession(text: str) -> str:
    try:
        found = Accession.parse(text)
    except QundaoError:
        found = None
    if found is None or found.version is None:
        raise UnreadableError(
            "数据集版本编号，如 QD000123.2", "dataset versions such as QD000123.2"
        )
    return str(found)


def _names(_: Field, given: Any) -> tuple[str, ...]:
    names = _items(given)
    if any(not 1 <= len(n) <= LONGEST_LINE for n in names):
        raise UnreadableError("姓名或用户名", "names or user names")
    return tuple(names)


_READERS: dict[str, Callable[[Field, Any], Any]] = {
    "line": _line,
    "text": _line,
    "choice": _choice,
    "yes_no": _yes_no,
    "date": _date,
    "number": _number,
    "accessions": _accessions,
    "names": _names,
}
_EMPTY: dict[str, tuple[str, ...]] = {"accessions": (), "names": ()}
