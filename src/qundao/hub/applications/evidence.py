"""The evidence of an application: what it has, what it lacks, and whether the lack blocks."""

from __future__ import annotations

from qundao.access.application import ResearchPlan, read_plan
from qundao.access.evidence import DatasetFacts, Facts, Item, blocking, checklist
from qundao.access.states import State
from qundao.access.terms import IntendedUse, Match, match, read_data_use
from qundao.access.working_days import china_day
from qundao.hub.applications.models import Application, RuleSignOff
from qundao.hub.catalogue.queries import versions_named
from qundao.hub.common.clock import now
from qundao.hub.members.models import Organisation
from qundao.kernel.errors import QundaoError, raise_if

_SIGNED = (State.COUNTERSIGNING, State.ACTIVE, State.EXPIRED, State.CLOSED)
_FOR_PROFIT = (
    Organisation.Kind.SPONSOR,
    Organisation.Kind.CRO,
    Organisation.Kind.COMPANY,
    Organisation.Kind.AI_COMPANY,
)


def signed_off() -> frozenset[str]:
    """Return the rules that block, because the operator's lawyer has signed them off."""
    last = {row.rule: row.blocks for row in RuleSignOff.objects.order_by("id")}
    return frozenset(rule for rule, blocks in last.items() if blocks)


def evidence_of(application: Application) -> tuple[Item, ...]:
    """Return the evidence checklist; empty while the form is incomplete."""
    plan = _plan(application)
    if plan is None:
        return ()
    held = tuple(
        DatasetFacts.from_labels(v.accession, v.tier, v.labels)
        for v in versions_named(plan.datasets)
    )
    signed = State(application.state) in _SIGNED
    facts = Facts(china_day(now()), plan, application.organisation.words.zh, held, signed)
    return checklist(facts, signed_off())


def require_evidence(application: Application) -> None:
    """Raise `access.evidence_missing` for each lack that blocks; the agreement comes later."""
    raise_if(blocking(evidence_of(application), before="agreement"))


def matches_of(application: Application) -> dict[str, Match]:
    """Return how the use fits the data-use terms of each dataset version that states any."""
    plan = _plan(application)
    if plan is None:
        return {}
    use = _use(application.organisation, plan)
    return {
        v.accession: match(read_data_use(v.labels["data_use"]), use, v.accession)
        for v in versions_named(plan.datasets)
        if "data_use" in v.labels
    }


def _use(organisation: Organisation, plan: ResearchPlan) -> IntendedUse:
    return IntendedUse(
        purpose=plan.purpose,
        commercial=plan.commercial,
        for_profit_body=organisation.kind in _FOR_PROFIT,
        disease=plan.disease or "",
        ethics_approval=bool(plan.ethics_number),
        region=organisation.region,
        start=plan.start,
        end=plan.end,
    )


def _plan(application: Application) -> ResearchPlan | None:
    """Return the plan as of its submission: a period that has passed since is no defect."""
    try:
        return read_plan(application.draft, china_day(application.submitted_at or now()))
    except QundaoError:
        return None
