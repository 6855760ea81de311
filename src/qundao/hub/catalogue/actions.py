"""Writes: register a version, withdraw a dataset."""

from __future__ import annotations

from dataclasses import dataclass

from qundao.access.permissions import Act, who_may
from qundao.catalogue import VersionFacts
from qundao.catalogue.search import search_text
from qundao.credits.valuation import Valuation
from qundao.disclosure.data_classes import check_floors
from qundao.disclosure.thresholds import Floors
from qundao.hub.catalogue.codes import NOT_YOUR_DATASET, WITHDRAWN
from qundao.hub.catalogue.models import Dataset, DatasetVersion
from qundao.hub.catalogue.numbering import next_number
from qundao.hub.catalogue.worth import earned_by, explained, valued
from qundao.hub.common.actions import Done, action, done, nothing_new
from qundao.hub.common.actors import Actor
from qundao.hub.common.clock import now
from qundao.hub.ledger.actions import mint_credits
from qundao.hub.ledger.tariffs import tariff_in_force
from qundao.hub.nodes.models import Node
from qundao.kernel.accession import Accession
from qundao.kernel.errors import fail, raise_if
from qundao.kernel.roles import Role


@dataclass(frozen=True, slots=True)
class Registered:
    """What became of a registration; `again` when the content was registered already."""

    version: DatasetVersion
    again: bool


@action(kinds=("node",))
def register_version(*, actor: Actor, node: Node, facts: VersionFacts) -> Done[Registered]:
    """Register what a node offers: the same name again is the next version of its dataset.

    Content equal to the newest version's is that version again. Credits are minted for what
    the version adds, by the tariff in force. Raises `disclosure.unknown_data_class`,
    `disclosure.bad_floors`, `credits.not_in_tariff`, `catalogue.withdrawn`.
    """
    raise_if(check_floors(facts.data_class, Floors(facts.min_cell, facts.event_floor)))
    dataset = _dataset(node, facts.name)
    newest = dataset.versions.filter(number=dataset.latest).first()
    if newest and newest.digest == facts.digest:
        return nothing_new(Registered(newest, again=True))
    version = _new_version(dataset, facts)
    if version.minted:
        mint_credits(
            actor=actor,
            owner=dataset.organisation_id,
            accession=version.accession,
            amount=version.minted,
            key=f"mint:{version.accession}",
        )
    name = "dataset.version_published" if version.number > 1 else "dataset.registered"
    about = {"digest": version.digest, "tier": version.tier, "score": version.score}
    return done(Registered(version, again=False), name, version.accession, **about)


def _dataset(node: Node, name: str) -> Dataset:
    """Return the node's dataset of that name, locked; a new one gets the next number.

    The node's own lock comes first, so that a name is taken once.
    """
    Node.objects.select_for_update().get(pk=node.pk)
    found = Dataset.objects.select_for_update().filter(node=node, name=name).first()
    if found is None:
        return Dataset.objects.create(
            number=next_number(), node=node, organisation_id=node.organisation_id, name=name
        )
    if found.withdrawn_at:
        raise fail(WITHDRAWN, str(found.accession), "dataset")
    return found


def _new_version(dataset: Dataset, facts: VersionFacts) -> DatasetVersion:
    tariff = tariff_in_force()
    worth, earns = valued(tariff, facts), valued(tariff, facts, earned_by(dataset))
    dataset.latest += 1
    dataset.save(update_fields=["latest"])
    version = _row(dataset, facts, worth, earns)
    version.save()
    return version


def _row(
    dataset: Dataset, facts: VersionFacts, worth: Valuation, earns: Valuation
) -> DatasetVersion:
    accession = str(Accession(dataset.number, dataset.latest))
    return DatasetVersion(
        accession=accession,
        dataset=dataset,
        number=dataset.latest,
        title_zh=facts.title.zh,
        title_en=facts.title.en,
        description_zh=facts.description.zh,
        description_en=facts.description.en,
        data_class=facts.data_class,
        tier=facts.tier,
        model=facts.model,
        min_cell=facts.min_cell,
        event_floor=facts.event_floor,
        labels=dict(facts.labels),
        profile=dict(facts.profile),
        scorecard=dict(facts.scorecard),
        score=facts.score.whole,
        subjects=facts.described.persons or 0,
        digest=facts.digest,
        search_text=search_text(facts, dataset.organisation.words, accession),
        tariff=worth.tariff,
        worth=worth.total,
        minted=earns.total,
        valuation=explained(earns),
    )


@action(*who_may(Act.DATASET_WITHDRAW))
def withdraw_dataset(*, actor: Actor, dataset: Dataset, reason: str) -> Done[Dataset]:
    """Take a dataset out of the catalogue; its versions stay for what has used them.

    Raises `catalogue.not_your_dataset`. Withdrawing twice withdraws once.
    """
    locked = Dataset.objects.select_for_update().get(pk=dataset.pk)
    if not actor.has(Role.OPERATOR) and actor.organisation != locked.organisation_id:
        raise fail(NOT_YOUR_DATASET, actor.organisation, str(locked.accession))
    if locked.withdrawn_at:
        return nothing_new(locked)
    locked.withdrawn_at, locked.withdrawn_reason = now(), reason.strip()[:500]
    locked.save(update_fields=["withdrawn_at", "withdrawn_reason"])
    return done(locked, "dataset.withdrawn", str(locked.accession), reason=locked.withdrawn_reason)
