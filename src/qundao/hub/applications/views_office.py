"""The operator's page of rules: the working calendar, and which rules of evidence block."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qundao.access.evidence import RULES
from qundao.hub.applications import evidence
from qundao.hub.applications.actions import office
from qundao.hub.applications.calendars import calendar
from qundao.hub.pages.view import actor_of, attempt, for_roles, given, show
from qundao.kernel.errors import Problem
from qundao.kernel.roles import Role

READERS = (Role.OPERATOR, Role.AUDITOR, Role.REVIEWER)


@for_roles(*READERS)
def rules(request: HttpRequest) -> HttpResponseBase:
    """Show the calendar's years and every rule with its citation and its standing."""
    return _rules(request)


def _rules(request: HttpRequest, problems: tuple[Problem, ...] = ()) -> HttpResponse:
    signed = evidence.signed_off()
    return show(
        request,
        "applications/rules.html",
        problems,
        rows=[(rule, rule.id in signed) for rule in RULES],
        years=sorted(calendar().years),
        days=calendar().days,
        form=request.POST,
        names=[(rule.id, rule.words) for rule in RULES],
    )


@for_roles(Role.OPERATOR)
@require_POST
def load_calendar(request: HttpRequest) -> HttpResponseBase:
    """Load the State Council's table; rows pasted from a spreadsheet are taken as they are."""
    text = request.POST.get("calendar", "").replace("\t", ",")
    loaded, problems = attempt(lambda: office.load_calendar(actor=actor_of(request), text=text))
    if loaded is None:
        return _rules(request, problems)
    messages.success(request, _("工作日历已载入。"))
    return redirect("rules")


@for_roles(Role.OPERATOR)
@require_POST
def sign_off(request: HttpRequest) -> HttpResponseBase:
    """Record that the lawyer lets a rule block, or takes that back."""
    form = given(request, "rule", "lawyer", "document")
    blocks = request.POST.get("blocks") == "yes"
    signed, problems = attempt(
        lambda: office.sign_off_rule(
            actor=actor_of(request),
            rule=form["rule"],
            blocks=blocks,
            lawyer=form["lawyer"],
            document=form["document"],
        )
    )
    if signed is None:
        return _rules(request, problems)
    messages.success(request, _("签认已记录。"))
    return redirect("rules")
