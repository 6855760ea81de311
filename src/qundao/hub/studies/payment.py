"""Paying the contributors of a study: once, with its first released output."""

from __future__ import annotations

from qundao.credits.ledger import Share
from qundao.credits.postings import TransactionKind
from qundao.hub.applications.models import Agreement
from qundao.hub.common.actors import Actor
from qundao.hub.ledger.actions import capture_credits
from qundao.hub.ledger.queries import held_for, transactions
from qundao.hub.studies.codes import UNPAID
from qundao.hub.studies.models import Run, Study, Task
from qundao.kernel.errors import fail


def pay_contributors(*, actor: Actor, study: Study) -> None:
    """Move what the grantee put aside to those whose data was used, by the agreement's quote.

    A dataset that refused everything it was asked was not used: its part stays put aside and
    goes back when the use ends.

    Raises `studies.unpaid` when nothing is put aside any more and nothing was paid before: a
    use that was closed early is not free.
    """
    agreement = Agreement.objects.get(application_id=study.permit.application_id)
    payer = study.organisation_id
    lines = [line for line in agreement.quote["lines"] if line["amount"]]
    unused = _unused(study)
    shares = [
        Share(line["owner"], line["accession"], line["amount"])
        for line in lines
        if line["accession"] not in unused
    ]
    kept = sum(line["amount"] for line in lines if line["accession"] in unused)
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
        amount=held_for(payer, agreement.id) - kept if kept else None,
    )


def _unused(study: Study) -> set[str]:
    """Return the dataset versions whose node refused every task of the study."""
    tasks = Task.objects.filter(run__study=study).exclude(run__state=Run.State.SUPERSEDED)
    asked = set(tasks.values_list("accession", flat=True))
    refused = tasks.filter(state=Task.State.REFUSED)
    used = tasks.exclude(pk__in=refused.values("pk")).values_list("accession", flat=True)
    return asked - set(used)


def _paid(payer: str, agreement: Agreement) -> bool:
    captured = transactions(payer, agreement.id).filter(kind=TransactionKind.CAPTURE)
    return captured.exists()
