"""The JSON API of this desk: search, dataset pages, withdrawal."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema

from qundao.catalogue import Tier
from qundao.hub.catalogue import actions, queries
from qundao.hub.catalogue.models import DatasetVersion
from qundao.hub.common.api import actor_of
from qundao.hub.common.pagination import paginate
from qundao.hub.common.schemas import WordsOut
from qundao.kernel.clock import stamp
from qundao.kernel.words import Words

router = Router()


class CardOut(Schema):
    """A dataset in a list. `records` counts records, not persons."""

    accession: str
    title: WordsOut
    member: str
    member_name: WordsOut
    data_class: str
    tier: str
    model: str
    score: int
    records: int
    min_cell: int
    event_floor: int
    registered_at: str


class ChoiceOut(Schema):
    """One value of a facet, with how many datasets it would leave."""

    value: str
    name: WordsOut
    count: int
    chosen: bool


class SearchOut(Schema):
    """One page of a search, with its facets. What is counted are records, not persons."""

    items: list[CardOut]
    page: int
    pages: int
    page_size: int
    total: int
    records: int
    facets: dict[str, list[ChoiceOut]]


class ColumnOut(Schema):
    """One of the six describing columns."""

    key: str
    title: WordsOut
    text: WordsOut


class PageOut(CardOut):
    """A dataset version with all that is told of it."""

    description: WordsOut
    asks: WordsOut
    columns: list[ColumnOut]
    labels: dict[str, Any]
    profile: dict[str, Any]
    scorecard: dict[str, Any]
    valuation: dict[str, Any]
    worth: int
    minted: int
    digest: str
    node: str
    versions: list[str]
    newest: bool
    withdrawn: bool


class SearchIn(Schema):
    """What to search for: free text, and facets by their values."""

    q: str = ""
    model: str = ""
    tier: str = ""
    member: str = ""
    data_class: str = ""
    min_score: int = 0
    page: int = 1


class NetworkOut(Schema):
    """What the alliance holds. `records` are not persons: who is known twice counts twice."""

    members: int
    nodes: int
    nodes_online: int
    datasets: int
    records: int


class WithdrawIn(Schema):
    """Why a dataset is withdrawn."""

    reason: str


@router.get("/datasets", response=SearchOut, summary="Search the catalogue")
def search(request: HttpRequest, wanted: Query[SearchIn]) -> dict[str, Any]:  # noqa: ARG001
    """Return the datasets that hold every part of `q`, best score first, with facets."""
    filters = queries.Filters(
        wanted.model, wanted.tier, wanted.member, wanted.data_class, wanted.min_score
    )
    rows = queries.search(wanted.q, filters)
    found = queries.facets(wanted.q, filters)
    return {
        **paginate(rows, wanted.page).to_json(card),
        "records": queries.records(rows),
        "facets": {name: [_choice(c) for c in choices] for name, choices in found.items()},
    }


@router.get("/network", response=NetworkOut, summary="What the alliance holds")
def network(request: HttpRequest) -> dict[str, int]:  # noqa: ARG001
    """Return numbers of members, nodes, datasets and records (records, not persons)."""
    held = queries.network()
    return {
        "members": held.members,
        "nodes": held.nodes,
        "nodes_online": held.nodes_online,
        "datasets": held.datasets,
        "records": held.records,
    }


@router.get("/datasets/{accession}", response=PageOut, summary="One dataset version")
def dataset(request: HttpRequest, accession: str) -> dict[str, Any]:  # noqa: ARG001
    """Return a version; an accession without a version means the newest."""
    return page(queries.version(accession))


@router.post("/datasets/{accession}/withdraw", response=PageOut, summary="Withdraw a dataset")
def withdraw(request: HttpRequest, accession: str, body: WithdrawIn) -> dict[str, Any]:
    """Take a dataset out of the catalogue."""
    found = queries.version(accession)
    actions.withdraw_dataset(actor=actor_of(request), dataset=found.dataset, reason=body.reason)
    return page(queries.version(accession))


def card(version: DatasetVersion) -> dict[str, Any]:
    """Return a version as it stands in a list."""
    owner = version.dataset.organisation
    return {
        "accession": version.accession,
        "title": _words(version.words),
        "member": owner.id,
        "member_name": _words(owner.words),
        "data_class": version.data_class,
        "tier": version.tier,
        "model": version.model,
        "score": version.score,
        "records": version.subjects,
        "min_cell": version.min_cell,
        "event_floor": version.event_floor,
        "registered_at": stamp(version.registered_at),
    }


def page(version: DatasetVersion) -> dict[str, Any]:
    """Return a version with all that is told of it."""
    return {
        **card(version),
        "description": _words(version.description_words),
        "asks": _words(Tier(version.tier).asks),
        "columns": [
            {"key": key, "title": _words(title), "text": _words(text)}
            for key, title, text in version.columns.rows()
        ],
        "labels": version.labels,
        "profile": version.profile,
        "scorecard": version.scorecard,
        "valuation": version.valuation,
        "worth": version.worth,
        "minted": version.minted,
        "digest": version.digest,
        "node": version.dataset.node_id,
        "versions": [v.accession for v in queries.versions_of(version.dataset)],
        "newest": version.is_newest,
        "withdrawn": version.dataset.withdrawn_at is not None,
    }


def _choice(choice: queries.Choice) -> dict[str, Any]:
    return {
        "value": choice.value,
        "name": _words(choice.words),
        "count": choice.count,
        "chosen": choice.chosen,
    }


def _words(words: Words) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}
