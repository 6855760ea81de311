"""Paying the contributors of a study: once, with its first released output."""

from __future__ import annotations

from qundao.credits.ledger import Share
from qundao.hub.applications.models import Agreement
from qundao.hub.common.actors import Actor
from qundao.hub.ledger.actions import capture_credits
from qundao.hub.ledger.queries import held_for
from qundao.hub.studies.models import Study


def pay_contributors(*, actor: Actor, study: Study) -> None:
    """Move what the grantee put aside to those whose data was used, by the agreement's quote."""
    agreement = Agreement.objects.get(application_id=study.permit.application_id)
    payer = study.organisation_id
    shares = [
        Share(line["owner"], line["accession"], line["amount"])
        for line in agreement.quote["lines"]
        if line["amount"]
    ]
    if shares and held_for(payer, agreement.id):
        capture_credits(
            actor=actor,
            payer=payer,
            matter=agreement.id,
            shares=shares,
            key=f"capture:{agreement.id}",
        )
