"""The pages of this desk: a member's statement, the published tariff, granting credits."""

from __future__ import annotations

import secrets

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from qundao.credits.accounts import AccountKind
from qundao.credits.postings import Transaction
from qundao.hub.codes import BAD_INPUT
from qundao.hub.common.actors import Actor
from qundao.hub.ledger import actions, queries
from qundao.hub.ledger.api import visible_owner
from qundao.hub.ledger.tariffs import tariff_in_force
from qundao.hub.members import queries as members
from qundao.hub.pages.names import matters_of
from qundao.hub.pages.view import actor_of, attempt, for_roles, given, show
from qundao.kernel.credit import MICRO
from qundao.kernel.errors import fail
from qundao.kernel.roles import Role

READERS = (Role.RESEARCHER, Role.STEWARD, Role.OPERATOR, Role.AUDITOR)


@for_roles(*READERS)
def statement(request: HttpRequest, member_id: str = "") -> HttpResponseBase:
    """Show what a member has, what it came from, and every movement, newest first."""
    actor = actor_of(request)
    if not member_id and not actor.organisation:
        return _overview(request)
    owner = visible_owner(actor, member_id)
    lines, lots = queries.statement_of(owner), queries.lots(owner)
    return show(
        request,
        "ledger/statement.html",
        member=members.member(owner),
        balance=queries.balance(owner),
        lots=lots,
        matters=matters_of([*(x.reference for x in lines), *(b.lot.subject for b in lots)]),
        lines=lines[::-1][:200],
        shown=min(200, len(lines)),
        total=len(lines),
    )


def _overview(request: HttpRequest) -> HttpResponseBase:
    rows = [(m, queries.balance(m.id)) for m in members.members()]
    totals = [(kind.words, amount) for kind, amount in queries.totals().items()]
    return show(
        request,
        "ledger/overview.html",
        rows=rows,
        totals=totals,
        sum=sum(amount for _, amount in totals),
        broken=queries.broken_laws(),
        purse=queries.balance(actions.OPERATOR_PURSE),
        kinds=AccountKind,
    )


def tariff(request: HttpRequest) -> HttpResponseBase:
    """Show the published rule of the day."""
    return show(request, "ledger/tariff.html", tariff=tariff_in_force())


@for_roles(Role.OPERATOR)
def grant(request: HttpRequest) -> HttpResponseBase:
    """Give a member credits. The page's own key makes a second click harmless."""
    choices = [(m.id, m.words) for m in members.members()]
    form = given(request, "member", "amount", "reference", "memo", "key")
    form["key"] = form["key"] or secrets.token_hex(16)
    form["member"] = form["member"] or request.GET.get("member", "")
    if request.method != "POST":
        return show(request, "ledger/grant.html", form=form, members=choices)
    granted, problems = attempt(lambda: _grant(actor_of(request), form))
    if granted is None:
        return show(request, "ledger/grant.html", problems, form=form, members=choices)
    messages.success(request, _("积分已赠予。"))
    return redirect("credits_of", form["member"])


def _grant(actor: Actor, form: dict[str, str]) -> Transaction:
    if not form["amount"].isdigit() or not 0 < int(form["amount"]) <= 10**9:
        required = "1 至 10 亿的整数 / a whole number from 1 to 10^9"
        raise fail(BAD_INPUT, form["amount"], "amount", required=required)
    return actions.grant_credits(
        actor=actor,
        owner=members.member(form["member"]).id,
        amount=int(form["amount"]) * MICRO,
        reference=form["reference"],
        memo=form["memo"],
        key=f"page:{form['key']}",
    )
