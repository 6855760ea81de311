"""The operator's part of this desk's API: working calendar, rules of evidence."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from qundao.access.evidence import RULES
from qundao.access.working_days import Calendar
from qundao.hub.applications import actions
from qundao.hub.applications.calendars import calendar
from qundao.hub.applications.evidence import signed_off
from qundao.hub.common.api import actor_of

router = Router()


class CalendarIn(Schema):
    """Lines of `date,off|work,name`, as the State Council's notice gives them."""

    text: str


class SpecialDayOut(Schema):
    """A day that is not as its weekday says."""

    date: str
    kind: str
    name: str


class CalendarOut(Schema):
    """The calendar in use."""

    years: list[int]
    days: list[SpecialDayOut]


class SignOffIn(Schema):
    """Who signed a rule off, by which document, and whether it blocks from now on."""

    blocks: bool
    lawyer: str
    document: str


class RuleOut(Schema):
    """A rule of evidence: its basis, how sure its reading is, and whether it blocks."""

    id: str
    name: dict[str, str]
    requires: dict[str, str]
    citation: dict[str, str]
    given_by: str
    confidence: str
    effective_from: str
    blocks: bool


@router.get("/calendar", response=CalendarOut, summary="The working calendar")
def show_calendar(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001
    """Return the days on which the calendar departs from the weekdays."""
    return _calendar(calendar())


@router.post("/calendar", response=CalendarOut, summary="Load the working calendar")
def load_calendar(request: HttpRequest, body: CalendarIn) -> dict[str, Any]:
    """Load a table; a refusal names every wrong line."""
    actions.load_calendar(actor=actor_of(request), text=body.text)
    return _calendar(calendar())


@router.get("/rules", response=list[RuleOut], summary="The rules of evidence")
def rules(request: HttpRequest) -> list[dict[str, Any]]:  # noqa: ARG001
    """Return every rule with its basis and whether it blocks."""
    return _rules()


@router.post("/rules/{rule}", response=list[RuleOut], summary="Sign a rule off")
def sign_off(request: HttpRequest, rule: str, body: SignOffIn) -> list[dict[str, Any]]:
    """Record the lawyer's word on a rule."""
    actions.sign_off_rule(
        actor=actor_of(request),
        rule=rule,
        blocks=body.blocks,
        lawyer=body.lawyer,
        document=body.document,
    )
    return _rules()


def _calendar(held: Calendar) -> dict[str, Any]:
    days = [{"date": d.day.isoformat(), "kind": d.kind, "name": d.name} for d in held.days]
    return {"years": sorted(held.years), "days": days}


def _rules() -> list[dict[str, Any]]:
    blocking = signed_off()
    return [
        {
            "id": r.id,
            "name": {"zh": r.words.zh, "en": r.words.en},
            "requires": {"zh": r.requires.zh, "en": r.requires.en},
            "citation": {"zh": r.citation.zh, "en": r.citation.en},
            "given_by": r.giver,
            "confidence": r.confidence,
            "effective_from": r.effective_from.isoformat(),
            "blocks": r.id in blocking,
        }
        for r in RULES
    ]
