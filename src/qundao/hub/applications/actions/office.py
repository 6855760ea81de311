"""The operator's own part: the working calendar, the lawyer's sign-off, permits that run out."""

from __future__ import annotations

from qundao.access.codes import UNKNOWN_RULE
from qundao.access.evidence import RULE_IDS
from qundao.access.permissions import PERMISSIONS, Act
from qundao.access.working_days import read_calendar
from qundao.hub.applications.casework import advance, locked
from qundao.hub.applications.codes import REVOKE_REASON
from qundao.hub.applications.models import CalendarTable, Permit, RuleSignOff
from qundao.hub.common.actions import Done, action, done, nothing_new
from qundao.hub.common.actors import HUB_ACTOR, Actor
from qundao.hub.common.clock import now
from qundao.kernel.errors import fail


@action(*PERMISSIONS[Act.CALENDAR_LOAD])
def load_calendar(*, actor: Actor, text: str) -> Done[CalendarTable]:
    """Load the State Council's table of a year or more; it replaces those years' earlier ones.

    Raises `access.bad_calendar` with every wrong line.
    """
    years = sorted(read_calendar(text).years)
    table = CalendarTable(text=text, years=years, loaded_by=actor.id)
    table.save()
    return done(table, "settings.changed", "calendar", years=years)


@action(*PERMISSIONS[Act.RULE_SIGN_OFF])
def sign_off_rule(
    *, actor: Actor, rule: str, blocks: bool, lawyer: str, document: str
) -> Done[RuleSignOff]:
    """Record that the operator's lawyer lets a rule of evidence block, or takes that back.

    Raises `access.unknown_rule`, `applications.reason_needed` without lawyer and document.
    """
    if rule not in RULE_IDS:
        raise fail(UNKNOWN_RULE, rule, "rule", known=", ".join(sorted(RULE_IDS)))
    if not lawyer.strip() or not document.strip():
        raise fail(REVOKE_REASON, f"{lawyer}, {document}", "lawyer, document")
    row = RuleSignOff(
        rule=rule,
        blocks=blocks,
        lawyer=lawyer.strip()[:200],
        document=document.strip()[:200],
        recorded_by=actor.id,
    )
    row.save()
    return done(row, "settings.changed", f"rule:{rule}", blocks=blocks, document=row.document)


@action()
def expire_permit(*, actor: Actor, permit: Permit) -> Done[Permit]:
    """Note that a permit's time is over. The hub does this by itself; nodes know without it.

    What is held stays held until the application is closed, for outputs still under review.
    """
    application = locked(permit.application)
    permit = Permit.objects.select_for_update().get(pk=permit.pk)
    if permit.state != Permit.State.ACTIVE or permit.expires_at > now():
        return nothing_new(permit)
    permit.state = Permit.State.EXPIRED
    permit.save(update_fields=["state"])
    advance(application, Act.PERMIT_EXPIRE, actor)
    return done(permit, "permit.expired", permit.id)


def expire_permits() -> int:
    """Expire every permit whose time is over; return how many."""
    due = Permit.objects.filter(state=Permit.State.ACTIVE, expires_at__lte=now())
    return sum(
        expire_permit(actor=HUB_ACTOR, permit=permit).state == Permit.State.EXPIRED
        for permit in due.select_related("application")
    )
