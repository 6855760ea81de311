"""The values that the page components show. Text is `Words` or already in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from qundao.kernel.words import Words

Text = Words | str


class Tone(StrEnum):
    """What a state means to the reader; each tone has a sign and a colour, never colour alone."""

    PLAIN = ""
    DONE = "done"
    NOW = "now"
    WAIT = "wait"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One thing that waits: what, in which state, whose turn, until when.

    `days_left` counts working days and is negative when late; None when no clock runs.
    """

    title: Text
    url: str
    state: Text
    tone: Tone = Tone.WAIT
    turn: Text = ""
    due: date | datetime | None = None
    days_left: int | None = None
    note: Text = ""

    @property
    def urgency(self) -> str:
        """Return the row's class: late, soon (two working days or fewer) or nothing."""
        if self.days_left is None or self.days_left > 2:
            return ""
        return "late" if self.days_left < 0 else "soon"

    @property
    def days_late(self) -> int:
        """Return by how many working days the item is late, 0 when it is not."""
        return max(0, -(self.days_left or 0))


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a timeline: who did it, when, why, and whether the clock stood still."""

    title: Text
    tone: Tone
    who: Text = ""
    at: datetime | None = None
    why: Text = ""
    clock: Text = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One piece of evidence: present or not (None: nobody has looked), and who must give it."""

    title: Text
    present: bool | None
    document: Text = ""
    giver: Text = ""
    rule: Text = ""
    url: str = ""

    @property
    def mark(self) -> str:
        """Return the list item's class."""
        return {True: "has", False: "lacks", None: "unknown"}[self.present]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a stepper."""

    title: Text
    url: str
    tone: Tone
    defects: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a diff: a field's value before and after (None: there was none)."""

    field: Text
    before: Text | None
    after: Text | None


def as_words(value: Any) -> Text:
    """Read a text that came as JSON: `{"zh": …, "en": …}`, or plain text."""
    if isinstance(value, Mapping) and {"zh", "en"} <= value.keys():
        return Words(str(value["zh"]), str(value["en"]))
    return value if isinstance(value, Words | str) else str(value)


def in_language(value: Any, language: str) -> str:
    """Return a text for the reader. None is the empty text."""
    if value is None:
        return ""
    text = as_words(value)
    return text.in_(language) if isinstance(text, Words) else text


def joined(values: Sequence[Any], language: str) -> str:
    """Return several texts as one list, separated as the language does."""
    comma = ", " if language.startswith("en") else "、"
    return comma.join(in_language(v, language) for v in values)
