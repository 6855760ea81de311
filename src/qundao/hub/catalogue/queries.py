"""Reads: search with facets, dataset versions, what the network holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields

from django.db.models import Count, F, QuerySet, Sum

from qundao.catalogue import Tier
from qundao.catalogue.search import terms
from qundao.disclosure.data_classes import DATA_CLASSES
from qundao.hub.catalogue.codes import BAD_FILTER
from qundao.hub.catalogue.models import Dataset, DatasetVersion
from qundao.hub.codes import NOT_FOUND
from qundao.hub.members.models import Organisation
from qundao.hub.nodes.models import Node
from qundao.kernel.accession import Accession
from qundao.kernel.errors import QundaoError, fail, problem, raise_if
from qundao.kernel.words import Words

SCORES = (90, 80, 70, 60)
"""The least quality scores that a search offers."""
Versions = QuerySet[DatasetVersion]


@dataclass(frozen=True, slots=True)
class Filters:
    """What a reader has chosen; empty texts and 0 choose nothing. `member` is its id."""

    model: str = ""
    tier: str = ""
    member: str = ""
    data_class: str = ""
    min_score: int = 0


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a facet, with how many datasets it would leave."""

    value: str
    words: Words
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Network:
    """What the alliance holds. `records` are not persons: who is known twice counts twice."""

    members: int
    nodes: int
    nodes_online: int
    datasets: int
    records: int


_CLAUSES: dict[str, Callable[[Versions, str], Versions]] = {
    "model": lambda rows, value: rows.filter(model=value),
    "tier": lambda rows, value: rows.filter(tier=value),
    "member": lambda rows, value: rows.filter(dataset__organisation=value),
    "data_class": lambda rows, value: rows.filter(data_class=value),
    "min_score": lambda rows, value: rows.filter(score__gte=int(value)),
}


def newest_versions() -> Versions:
    """Return the newest version of each dataset that is offered, by accession.

    What was withdrawn, belongs to a member that is suspended or has left, or lies behind a node
    that was revoked, is not on offer.
    """
    offered = _with_owner().filter(
        number=F("dataset__latest"),
        dataset__withdrawn_at=None,
        dataset__organisation__state=Organisation.State.ACTIVE,
    )
    return offered.exclude(dataset__node__state=Node.State.REVOKED)


def search(query: str = "", filters: Filters | None = None) -> Versions:
    """Return the datasets on offer that hold every part of the query, best score first.

    Raises `catalogue.bad_filter` on a tier, data class or score that does not exist.
    """
    chosen = filters or Filters()
    _check(chosen)
    rows = _matching(query)
    for name, clause in _CLAUSES.items():
        value = getattr(chosen, name)
        rows = clause(rows, str(value)) if value else rows
    return rows.order_by("-score", "dataset__number")


def facets(query: str = "", filters: Filters | None = None) -> dict[str, tuple[Choice, ...]]:
    """Return each facet's values; a facet's own choice does not narrow its own list."""
    chosen = filters or Filters()
    _check(chosen)
    return {f.name: _facet(query, chosen, f.name) for f in fields(Filters)}


def _facet(query: str, chosen: Filters, name: str) -> tuple[Choice, ...]:
    rows = _matching(query)
    for other, clause in _CLAUSES.items():
        value = getattr(chosen, other)
        rows = clause(rows, str(value)) if value and other != name else rows
    picked = str(getattr(chosen, name) or "")
    if name == "min_score":
        counts = {str(s): rows.filter(score__gte=s).count() for s in SCORES}
    else:
        column = "dataset__organisation" if name == "member" else name
        found = rows.order_by().values(column).annotate(n=Count("pk"))
        counts = {row[column]: row["n"] for row in found.order_by(column)}
    named = _namer(name, counts.keys() if name == "member" else ())
    return tuple(Choice(v, named(v), n, v == picked) for v, n in counts.items() if n)


def _namer(facet: str, members: object) -> Callable[[str], Words]:
    if facet == "member":
        known = Organisation.objects.in_bulk(list(members))  # type: ignore[call-overload]
        return lambda value: known[value].words
    return {
        "tier": lambda v: Tier(v).words,
        "data_class": lambda v: DATA_CLASSES[v].words,
        "model": lambda v: Words(v, v),
        "min_score": lambda v: Words(f"{v} 分以上", f"{v} or more"),
    }[facet]


def _matching(query: str) -> Versions:
    rows = newest_versions()
    for term in terms(query):
        rows = rows.filter(search_text__contains=term)
    return rows


def _check(chosen: Filters) -> None:
    allowed = {"tier": [*Tier], "data_class": [*DATA_CLASSES]}
    raise_if(
        problem(BAD_FILTER, value, name, required=", ".join(known))
        for name, known in allowed.items()
        if (value := getattr(chosen, name)) and value not in known
    )


def _with_owner() -> Versions:
    return DatasetVersion.objects.select_related("dataset__organisation", "dataset__node")


def version(accession: str) -> DatasetVersion:
    """Return a version, the newest where none is named. Raises `hub.not_found`."""
    found = _find(accession)
    if found is None:
        raise fail(NOT_FOUND, accession, "accession")
    return found


def versions_named(accessions: Iterable[str]) -> list[DatasetVersion]:
    """Return those of the named versions that exist, in the given order, each once."""
    wanted = list(dict.fromkeys(accessions))
    found = _with_owner().in_bulk(wanted)
    return [found[accession] for accession in wanted if accession in found]


def _find(text: str) -> DatasetVersion | None:
    try:
        accession = Accession.parse(text)
    except QundaoError:
        return None
    rows = _with_owner().filter(dataset__number=accession.dataset)
    wanted = F("dataset__latest") if accession.version is None else accession.version
    return rows.filter(number=wanted).first()


def versions_of(dataset: Dataset) -> Versions:
    """Return all versions of a dataset, newest first."""
    return dataset.versions.order_by("-number")


def datasets_of(organisation: str) -> Versions:
    """Return the newest version of each dataset of a member, withdrawn ones too."""
    rows = _with_owner().filter(dataset__organisation=organisation)
    return rows.filter(number=F("dataset__latest")).order_by("dataset__number")


def network() -> Network:
    """Return what the alliance holds now."""
    offered = newest_versions()
    nodes = list(Node.objects.exclude(state=Node.State.REVOKED))
    return Network(
        members=Organisation.objects.filter(state=Organisation.State.ACTIVE).count(),
        nodes=len(nodes),
        nodes_online=sum(n.online for n in nodes),
        datasets=offered.count(),
        records=records(offered),
    )


def records(rows: Versions) -> int:
    """Return the records of these versions together: not persons, who may be known twice."""
    return int(rows.order_by().aggregate(n=Sum("subjects"))["n"] or 0)
