"""What a use costs: the quote, the hold when the grantee signs, the release when nothing came."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from qundao.credits.quotes import Quote, QuoteItem, quote
from qundao.hub.applications.models import Agreement, Application
from qundao.hub.catalogue.queries import versions_named
from qundao.hub.common.actors import Actor
from qundao.hub.ledger.actions import hold_credits, release_credits
from qundao.hub.ledger.queries import held_for
from qundao.hub.ledger.tariffs import tariff_in_force


def quote_for(application: Application) -> Quote:
    """Return the price of the use by the tariff of the day."""
    items = [
        QuoteItem(
            str(v.accession),
            v.dataset.organisation_id,
            v.data_class,
            v.worth,
        )
        for v in versions_named(application.draft.get("datasets") or [])
    ]
    return quote(tariff_in_force(), items, application.study_kind, application.organisation_id)


def quote_json(priced: Quote) -> dict[str, Any]:
    """Return a quote as JSON."""
    return asdict(priced)


def put_aside(*, actor: Actor, agreement: Agreement) -> None:
    """Hold the price in the grantee's purse. Raises `credits.insufficient`, `credits.in_debt`."""
    if agreement.price:
        hold_credits(
            actor=actor,
            owner=agreement.application.organisation_id,
            matter=agreement.id,
            amount=agreement.price,
            key=f"hold:{agreement.id}",
        )


def give_back(*, actor: Actor, application: Application) -> None:
    """Release what is still held for an application that ends without use."""
    agreement = Agreement.objects.filter(application=application).first()
    if agreement and held_for(application.organisation_id, agreement.id):
        release_credits(
            actor=actor,
            owner=application.organisation_id,
            matter=agreement.id,
            key=f"release:{agreement.id}",
        )
