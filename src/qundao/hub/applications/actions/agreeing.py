"""The agreement: drawn up from the datasets' own terms, signed by grantee and operator."""

from __future__ import annotations

from qundao.access.agreement import (
    AgreedDataset,
    AgreementParty,
    PartyRole,
    Signature,
    party_of,
    signature_problems,
)
from qundao.access.agreement import Agreement as AgreementText
from qundao.access.application import read_plan
from qundao.access.permissions import PERMISSIONS, Act
from qundao.access.permit import DatasetTerms
from qundao.access.working_days import china_day
from qundao.credits.quotes import Quote
from qundao.hub.applications.casework import advance, allow, locked, person, researchers
from qundao.hub.applications.models import Agreement, Application, Signed
from qundao.hub.applications.payments import put_aside, quote_for, quote_json
from qundao.hub.catalogue.models import DatasetVersion
from qundao.hub.catalogue.queries import versions_named
from qundao.hub.common.actions import Done, action, done
from qundao.hub.common.actors import Actor
from qundao.hub.common.clock import now
from qundao.hub.environment import site_words
from qundao.hub.members.models import Organisation, User
from qundao.kernel.credit import MicroCredit
from qundao.kernel.errors import raise_if
from qundao.kernel.ids import new_id
from qundao.kernel.words import Words
from qundao.study import protocol_from_json


@action(*PERMISSIONS[Act.AGREEMENT_DRAFT])
def draw_up_agreement(*, actor: Actor, application: Application) -> Done[Agreement]:
    """Draw up the agreement: thresholds from each dataset's own terms, price from the tariff."""
    application = locked(application)
    allow(Act.AGREEMENT_DRAFT, actor, application)
    priced = quote_for(application)
    text = _text(application, priced)
    agreement = Agreement.objects.create(
        id=text.id,
        application=application,
        payload=text.to_bytes().decode(),
        digest=text.digest,
        price=text.price,
        quote=quote_json(priced),
    )
    advance(application, Act.AGREEMENT_DRAFT, actor)
    return done(agreement, "agreement.drafted", agreement.id, digest=agreement.digest)


@action(*PERMISSIONS[Act.AGREEMENT_SIGN])
def sign_agreement(*, actor: Actor, agreement: Agreement, digest: str) -> Done[Agreement]:
    """Sign the very text whose digest is given; the grantee's signature puts the price aside.

    Raises `access.not_a_party`, `access.agreement_altered`, `access.signed_already`,
    `credits.insufficient`.
    """
    application = locked(agreement.application)
    allow(Act.AGREEMENT_SIGN, actor, application)
    text = agreement.text
    party = party_of(text, person(actor))
    new = Signature(party.role, party.member, actor.id, digest, now())
    before = [s.signature for s in agreement.signatures.all()]
    raise_if(signature_problems(text, new, before))
    Signed.objects.create(
        agreement=agreement,
        role=party.role,
        member=party.member,
        signer=User.objects.get(pk=actor.id),
        digest=digest,
        at=new.at,
    )
    if party.role is PartyRole.GRANTEE:
        put_aside(actor=actor, agreement=agreement)
    return done(agreement, "agreement.signed", agreement.id, role=party.role.value, digest=digest)


def _text(application: Application, priced: Quote) -> AgreementText:
    plan = read_plan(application.draft, china_day(now()))
    versions = list(versions_named(plan.datasets))
    prices = {line.accession: line.amount for line in priced.lines}
    return AgreementText(
        id=new_id("agreement"),
        application=application.id,
        title=plan.title,
        purpose=plan.purpose,
        parties=_parties(application, versions),
        researchers=tuple(sorted(u.id for u in researchers(application))),
        datasets=tuple(
            AgreedDataset(terms_of(v), MicroCredit(prices[str(v.accession)])) for v in versions
        ),
        protocol_digest=application.protocol_digest,
        analyses=tuple(a.id for a in protocol_from_json(application.protocol or {}).analyses),
        conditions=tuple(application.conditions),
        drawn_up=now(),
        start=plan.start,
        end=plan.end,
        retention_until=plan.retention_until,
        runs=plan.runs,
    )


def _parties(
    application: Application, versions: list[DatasetVersion]
) -> tuple[AgreementParty, ...]:
    grantee = application.organisation
    held = {v.dataset.organisation_id: v.dataset.organisation for v in versions}
    return (
        AgreementParty(PartyRole.GRANTEE, grantee.id, grantee.words),
        AgreementParty(PartyRole.OPERATOR, "", _operator()),
        *(_contributor(o) for _, o in sorted(held.items())),
    )


def _contributor(organisation: Organisation) -> AgreementParty:
    return AgreementParty(PartyRole.CONTRIBUTOR, organisation.id, organisation.words)


def _operator() -> Words:
    from django.conf import settings

    name = site_words(str(getattr(settings.HUB, "site_name", "")))
    return Words(f"{name.zh}运营方", f"operator of the {name.en}")


def terms_of(version: DatasetVersion) -> DatasetTerms:
    """Return the contributor's own terms for one dataset version."""
    return DatasetTerms(
        accession=str(version.accession),
        node=version.dataset.node_id,
        member=version.dataset.organisation_id,
        data_class=version.data_class,
        min_cell=version.min_cell,
        event_floor=version.event_floor,
    )
