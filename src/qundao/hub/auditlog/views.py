"""The pages of this desk: searching the log, verifying it, taking proofs away."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.utils.dateparse import parse_date
from django.utils.timezone import make_aware
from django.views.decorators.http import require_POST

from qundao.audit.actions import declared_actions
from qundao.audit.receipts import check_receipt
from qundao.audit.verify import verify_bundle
from qundao.hub.auditlog import actions, queries
from qundao.hub.auditlog.heads import current_head
from qundao.hub.auditlog.models import LoggedEvent
from qundao.hub.common.clock import now
from qundao.hub.common.pagination import paginate
from qundao.hub.keys import hub_key
from qundao.hub.pages.names import names_of
from qundao.hub.pages.view import actor_of, attempt, for_roles, given, show
from qundao.kernel.roles import Role

READERS = (Role.AUDITOR, Role.OPERATOR)
FILTERS = ("subject", "actor", "action", "since", "until", "risk")


@for_roles(*READERS)
def audit(request: HttpRequest) -> HttpResponseBase:
    """Search the events, newest first."""
    sought = {name: request.GET.get(name, "").strip() for name in FILTERS}
    page = paginate(_found(sought), request.GET.get("page"))
    return show(
        request,
        "auditlog/audit.html",
        sought=sought,
        page=page,
        names=names_of(n for e in page.items for n in (e.actor, e.organisation)),
        head=current_head(),
        key=hub_key().verify_key,
        kinds=[("", "–"), *((a.name, a.words) for a in declared_actions().values())],
        may_export=actions.note_export.can(actor_of(request)),
    )


def _found(sought: dict[str, str]) -> QuerySet[LoggedEvent]:
    found = queries.events(
        subject=sought["subject"],
        actor=sought["actor"],
        action=sought["action"],
        since=_start(sought["since"]),
        until=_start(sought["until"], days=1),
    )
    return found & queries.high_risk_events() if sought["risk"] else found


def _start(text: str, days: int = 0) -> datetime | None:
    """Return the start of a day (or of one `days` later) in the hub's time zone."""
    day = parse_date(text) if len(text) == 10 else None
    return make_aware(datetime.combine(day, datetime.min.time())) + timedelta(days) if day else None


@for_roles(*READERS)
def event(request: HttpRequest, sequence: int) -> HttpResponseBase:
    """Show one event and whether its proof holds."""
    found = queries.event(sequence)
    receipt, problems = attempt(lambda: queries.receipt(sequence))
    problems = check_receipt(receipt, hub_key().verify_key) if receipt else problems
    return show(
        request,
        "auditlog/event.html",
        event=found,
        receipt=receipt,
        defects=problems,
        names=names_of([found.actor, found.organisation, found.subject]),
        details=json.dumps(found.details_json(), ensure_ascii=False, indent=2),
    )


@for_roles(*READERS)
def receipt(request: HttpRequest, sequence: int) -> HttpResponseBase:  # noqa: ARG001
    """Give the receipt that proves one event, as a file."""
    return _file(queries.receipt(sequence).to_json(), f"receipt-{sequence}.json")


@for_roles(*READERS)
def head(request: HttpRequest) -> HttpResponseBase:  # noqa: ARG001
    """Give a signed head over the whole log, as a file to keep."""
    return _file(current_head().to_json(), "tree-head.json")


def _file(content: dict[str, object], name: str) -> JsonResponse:
    answer = JsonResponse(content, json_dumps_params={"ensure_ascii": False, "indent": 1})
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@for_roles(Role.AUDITOR)
@require_POST
def verify(request: HttpRequest) -> HttpResponseBase:
    """Verify the whole log now, as a third party would, and say what was found."""
    found = verify_bundle(queries.bundle(), hub_key().verify_key)
    actions.note_verification(
        actor=actor_of(request), events=found.events, problems=len(found.findings) + found.more
    )
    defects = tuple(finding.problem for finding in found.findings)
    key = hub_key().verify_key
    return show(request, "auditlog/verified.html", found=found, defects=defects, at=now(), key=key)


@for_roles(Role.AUDITOR)
@require_POST
def bundle(request: HttpRequest) -> HttpResponseBase:
    """Give the whole log as a bundle that `qundao audit verify` checks offline."""
    actions.note_export(actor=actor_of(request), **given(request, "purpose"))
    answer = StreamingHttpResponse(queries.bundle(), content_type="application/jsonl")
    answer.headers["Content-Disposition"] = 'attachment; filename="audit-bundle.jsonl"'
    return answer
