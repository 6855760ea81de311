"""The form in steps: what a page sends, as the draft keeps it, and what is left to do per step."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.urls import reverse

from qundao.access.application import FIELDS, STEPS
from qundao.access.form import Field
from qundao.hub.applications.models import Application
from qundao.hub.pages.components import Step, Tone
from qundao.kernel.errors import Problem
from qundao.kernel.words import Words

PROTOCOL = "protocol"
CHECK = Words("核对与提交", "check and submit")
ALL_STEPS: dict[str, Words] = {**STEPS, PROTOCOL: Words("分析方案", "analysis protocol")}
_STEP_OF = {f.name: f.step for f in FIELDS} | {"study_kind": PROTOCOL}
_LISTS = ("accessions", "names")


@dataclass(frozen=True, slots=True)
class Entry:
    """One field as the page shows it: how it is typed, what is in it, what can be chosen."""

    field: Field
    kind: str
    value: str
    choices: tuple[tuple[str, Words], ...] = ()
    lines: bool = False
    rows: int = 4


def fields_of(step: str) -> tuple[Field, ...]:
    """Return the fields of one step, in order."""
    return tuple(f for f in FIELDS if f.step == step)


def entries(step: str, draft: Mapping[str, Any]) -> tuple[Entry, ...]:
    """Return the fields of one step with what the draft holds."""
    return tuple(_entry(f, draft.get(f.name)) for f in fields_of(step))


_YES_NO = (("yes", Words("是", "yes")), ("no", Words("否", "no")))


def _entry(field: Field, value: Any) -> Entry:
    if field.kind == "yes_no":
        shown = {True: "yes", False: "no"}.get(value, "")
        return Entry(field, "radios", shown, _YES_NO)
    if field.kind == "choice":
        choices = tuple((field.choices or {}).items())
        return Entry(field, "select", str(value or ""), (("", Words("–", "–")), *choices))
    if field.kind in _LISTS:
        items = value if isinstance(value, list | tuple) else [value] if value else []
        return Entry(field, "textarea", "\n".join(map(str, items)), lines=True)
    kinds = {"text": "textarea", "date": "date", "number": "number"}
    return Entry(field, kinds.get(field.kind, "text"), "" if value is None else str(value))


def sent(step: str, form: QueryDict) -> dict[str, Any]:
    """Return what a page sent for one step, as the draft keeps it; nothing is judged here."""
    return {f.name: _typed(f, form.get(f.name, "").strip()) for f in fields_of(step)}


def _typed(field: Field, text: str) -> Any:
    if field.kind == "yes_no":
        return {"yes": True, "no": False}.get(text)
    if field.kind == "number":
        return int(text) if text.isdecimal() else text or None
    if field.kind in _LISTS:
        return list(dict.fromkeys(part for part in re.split(r"[\s,，、;；]+", text) if part))
    return text or None


def sent_protocol(text: str) -> dict[str, Any] | None:
    """Return the protocol that was pasted; None for nothing. Raises ValueError on no JSON."""
    if not text.strip():
        return None
    value = json.loads(text)
    if not isinstance(value, dict):
        raise ValueError("a JSON object is required")
    return value


def step_of(problem: Problem) -> str:
    """Return the step where a problem is put right."""
    name = problem.where.partition(".")[0].partition("[")[0]
    return _STEP_OF.get(name, PROTOCOL)


def places(application: Application) -> dict[str, str]:
    """Return the address of each field's step, so that a defect leads to its place."""
    return {name: step_url(application, step) for name, step in _STEP_OF.items()} | {
        PROTOCOL: step_url(application, PROTOCOL)
    }


def step_url(application: Application, step: str) -> str:
    """Return the address of one step."""
    return reverse("edit_draft", args=[application.id, step])


def stepper(application: Application, now: str, problems: Iterable[Problem]) -> tuple[Step, ...]:
    """Return the steps with what is left to do in each; `now` is the one on screen."""
    found = [step_of(p) for p in problems]
    steps = [
        Step(words, step_url(application, name), _tone(name, now, found), found.count(name))
        for name, words in ALL_STEPS.items()
    ]
    tone = Tone.NOW if now == "check" else Tone.PLAIN if found else Tone.DONE
    return (*steps, Step(CHECK, reverse("check_draft", args=[application.id]), tone, len(found)))


def _tone(name: str, now: str, found: list[str]) -> Tone:
    if name == now:
        return Tone.NOW
    return Tone.WAIT if name in found else Tone.DONE
