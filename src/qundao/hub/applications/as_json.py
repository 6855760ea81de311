"""Applications, agreements and permits as the API tells of them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language

from qundao.access.reasons import reason_words
from qundao.hub.applications import queries
from qundao.hub.applications.evidence import evidence_of, matches_of
from qundao.hub.applications.models import Agreement, Application, Permit
from qundao.hub.common.actors import Actor
from qundao.kernel.clock import stamp


def application_json(actor: Actor, application: Application) -> dict[str, Any]:
    """Return an application as this reader may see it."""
    return {
        "id": application.id,
        "title": application.title,
        "state": application.state,
        "applicant": application.applicant_id,
        "organisation": application.organisation_id,
        "draft": application.draft,
        "protocol": application.protocol,
        "protocol_digest": application.protocol_digest,
        "study_kind": application.study_kind,
        "conditions": application.conditions,
        "history": _history(application),
        **_reviews(actor, application),
        "evidence": _evidence(application),
        "terms": _terms(application),
        "acts": [act.value for act in queries.possible_acts(actor, application)],
        "permit": getattr(getattr(application, "permit", None), "id", None),
    }


def _history(application: Application) -> list[dict[str, Any]]:
    return [
        {"state": e.state, "at": stamp(e.at), "by": e.by, "reason": _reason(e.reason)}
        for e in queries.history_of(application)
    ]


def _reason(text: str) -> str:
    """Return a reason in the reader's language; typed text stays as it was typed."""
    said = reason_words(text)
    return said if isinstance(said, str) else said.in_(get_language() or "zh-hans")


def _reviews(actor: Actor, application: Application) -> dict[str, Any]:
    board = queries.board_for(actor, application)
    reviews = [
        {"reviewer": r.reviewer, "vote": r.vote, "reasons": r.reasons} for r in board.reviews
    ]
    return {"votes_in": board.votes_in, "reviews": reviews}


def _evidence(application: Application) -> list[dict[str, Any]]:
    return [
        {
            "rule": item.rule.id,
            "standing": item.standing,
            "found": {"zh": item.found.zh, "en": item.found.en},
        }
        for item in evidence_of(application)
    ]


def _terms(application: Application) -> list[dict[str, Any]]:
    language = get_language() or "zh-hans"
    return [
        {
            "accession": accession,
            "conflicts": [p.text(language) for p in found.conflicts],
            "questions": [
                {"id": r.term.id, "code": r.term.code, "value": r.value} for r in found.questions
            ],
        }
        for accession, found in matches_of(application).items()
    ]


def agreement_json(agreement: Agreement) -> dict[str, Any]:
    """Return an agreement."""
    return {
        "id": agreement.id,
        "digest": agreement.digest,
        "price": agreement.price,
        "quote": agreement.quote,
        "clauses": [
            {
                "title": {"zh": c.title.zh, "en": c.title.en},
                "text": {"zh": c.text.zh, "en": c.text.en},
            }
            for c in queries.clauses_of(agreement)
        ],
        "signatures": [
            {"role": s.role, "member": s.member, "signer": s.signer_id, "at": stamp(s.at)}
            for s in agreement.signatures.all()
        ],
        "parties": [
            {
                "role": s.party.role,
                "member": s.party.member,
                "name": {"zh": s.party.name.zh, "en": s.party.name.en},
                "signer": s.signer,
                "document": s.document,
                "at": stamp(s.at) if s.at else None,
            }
            for s in queries.parties_of(agreement)
        ],
    }


def permit_json(permit: Permit) -> dict[str, Any]:
    """Return a permit and who has countersigned."""
    status = queries.permit_status(permit)
    return {
        "id": permit.id,
        "application": permit.application_id,
        "state": permit.state,
        "in_force": permit.in_force,
        "digest": permit.digest,
        "not_before": stamp(permit.not_before),
        "expires_at": stamp(permit.expires_at),
        "countersignatures": [c | {"at": stamp(c["at"]) if c["at"] else None} for c in status],
    }
