"""Paying the contributors of a study: once, with its first released output."""

from __future__ import annotations

from qundao.credits.ledger import Share
from qundao.credits.postings import TransactionKind
from qundao.hub.applications.models import Agreement
from qundao.hub.common.actors import Actor
from qundao.hub.ledger.actions import capture_credits
from qundao.hub.ledger.queries import held_for, transactions
from qundao.hub.studies.codes import UNPAID
from qundao.hub.studies.models import Study
from qundao.kernel.errors import fail


def pay_contributors(*, actor: Actor, study: Study) -> None:
    """Move what the grantee put aside to those whose data was used, by the agreement's quote.

    Raises `studies.unpaid` when nothing is put aside any more and nothing was paid before: a
    use that was closed early is not free.
    """
    agreement = Agreement.objects.get(application_id=study.permit.application_id)
    payer = study.organisation_id
    shares = [
        Share(line["owner"], line["accession"], line["amount"])
        for line in agreement.quote["lines"]
        if line["amount"]
    ]
    if not shares or _paid(payer, agreement):
        return
    if not held_for(payer, agreement.id):
        raise fail(UNPAID, 0, agreement.id)
    capture_credits(
        actor=actor,
        payer=payer,
        matter=agreement.id,
        shares=shares,
        key=f"capture:{agreement.id}",
    )


def _paid(payer: str, agreement: Agreement) -> bool:
    captured = transactions(payer, agreement.id).filter(kind=TransactionKind.CAPTURE)
    return captured.exists()
