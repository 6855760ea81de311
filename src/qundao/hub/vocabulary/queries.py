"""Reads: concepts by name, code or id, with how many nodes hold them and in which bands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, Q, QuerySet
from django.utils.translation import gettext as _

from qundao.catalogue.filled import holds_nothing
from qundao.catalogue.search import terms
from qundao.hub.catalogue.models import DatasetVersion
from qundao.hub.nodes.models import Node
from qundao.hub.vocabulary.models import Concept, Holding, VocabularyReport
from qundao.query import ConceptSet, Definition, check
from qundao.query.asked import asked_columns
from qundao.query.engine import Column
from qundao.study import StudyProtocol

MOST_FOUND = 20


@dataclass(frozen=True, slots=True)
class Found:
    """A concept with the nodes that hold it; `bands` of those where it is in use itself."""

    concept: Concept
    nodes: int
    bands: tuple[str, ...]


def search_concepts(query: str, most: int = MOST_FOUND) -> list[Found]:
    """Return the concepts that hold every part of the query: those in use at most nodes first.

    A number finds the concept of that id first.
    """
    wanted = terms(query)
    if not wanted or (len(query.strip()) == 1 and query.strip().isascii()):
        return []  # a single letter is in nearly every name
    rows = Concept.objects.all()
    for term in wanted:
        rows = rows.filter(search_text__contains=term)
    found = list(_counted(rows)[:most])
    if len(wanted) == 1 and wanted[0].isdecimal() and len(wanted[0]) < 11:
        exact = list(_counted(Concept.objects.filter(pk=int(wanted[0]))))
        found = [*exact, *(c for c in found if c not in exact)][:most]
    return with_bands(found)


def found_at_most(query: str, most: int = MOST_FOUND) -> dict[str, Any]:
    """Return what a page shows of a search: `found`, and `most` if there are more than those."""
    found = search_concepts(query, most + 1) if query else []
    return {"found": found[:most], "most": most if len(found) > most else 0}


def _counted(rows: QuerySet[Concept]) -> QuerySet[Concept]:
    """Return concepts with their number of nodes (`nodes`), the commonest first."""
    offered = ~Q(holdings__report__dataset__node__state=Node.State.REVOKED)
    offered &= Q(holdings__report__dataset__withdrawn_at=None)
    node = "holdings__report__dataset__node"
    nodes = Count(node, filter=offered, distinct=True)
    counted = rows.annotate(nodes=nodes, most=Max("holdings__low", default=0, filter=offered))
    # One that only withdrawn datasets told of is nobody's any more.
    return counted.filter(nodes__gt=0).order_by("-nodes", "-most", "-standard", "id")


def with_bands(concepts: Iterable[Concept]) -> list[Found]:
    """Return concepts with the bands in which nodes hold them."""
    listed = list(concepts)
    bands: dict[int, list[str]] = {}
    rows = Holding.objects.filter(
        concept__in=listed, low__isnull=False, report__dataset__withdrawn_at=None
    )
    for held in rows.exclude(report__dataset__node__state=Node.State.REVOKED).order_by("-low"):
        if held.band:
            bands.setdefault(held.concept_id, []).append(held.band.shown)
    return [
        Found(c, int(getattr(c, "nodes", 0)), tuple(dict.fromkeys(bands.get(c.id, ()))))
        for c in listed
    ]


def concepts_named(ids: Iterable[int]) -> dict[int, Concept]:
    """Return the concepts among these ids that some node has told of."""
    wanted = sorted({i for i in ids if 0 <= i < 2**31})
    found: dict[int, Concept] = {}
    for start in range(0, len(wanted), 500):
        found |= Concept.objects.in_bulk(wanted[start : start + 500])
    return found


def units_named(text: str) -> tuple[int, ...]:
    """Return the units among the reported concepts that have this very code or name."""
    units = Concept.objects.filter(domain="Unit", standard=True)
    exact = units.filter(code=text)
    named = units.filter(Q(name__iexact=text) | Q(name_zh__iexact=text))
    return tuple((exact if exact.exists() else named).values_list("id", flat=True)[:5])


def tells_chinese() -> bool:
    """Tell whether any node has reported a Chinese name."""
    return Concept.objects.exclude(name_zh="").exists()


def unanswerable(protocol: StudyProtocol | None) -> list[tuple[str, tuple[str, ...]]]:
    """Return what datasets lack for a protocol, by what their nodes have told of their tables.

    Pairs of accession and names of tables and columns. Of what nobody told nothing is said: the
    node decides when it is asked.
    """
    found: dict[str, set[str]] = {}
    for planned in protocol.analyses if protocol else ():
        for report in reports().filter(accession__in=planned.accessions):
            names = _lacking(planned.spec.source, report)
            found.setdefault(report.accession, set()).update(names)
    return [(a, tuple(sorted(names))) for a, names in sorted(found.items()) if names]


@dataclass(frozen=True, slots=True)
class Ability:
    """Whether a dataset can answer a definition, by what its node told: what it lacks."""

    report: VocabularyReport
    lacks: tuple[str, ...]


def abilities(definition: Definition, most: int = 100) -> list[Ability]:
    """Return for each dataset that told of its tables what it lacks for a definition."""
    found = reports().filter(model__startswith="omop")[:most]
    return [Ability(report, tuple(_lacking(definition, report))) for report in found]


def nodes_holding(sets: Iterable[ConceptSet], most: int = 200) -> dict[str, int]:
    """Return for each concept set how many nodes told of a concept that it names."""
    wanted = {s.name: {i.concept_id for i in s.items[:most] if not i.excluded} for s in sets}
    ids = sorted(set().union(*wanted.values())) if wanted else []
    holders: dict[int, set[str]] = {}
    for start in range(0, len(ids), 500):
        rows = Holding.objects.filter(
            concept__in=ids[start : start + 500], report__dataset__withdrawn_at=None
        ).exclude(report__dataset__node__state=Node.State.REVOKED)
        for concept, node in rows.values_list("concept", "report__dataset__node"):
            holders.setdefault(concept, set()).add(node)
    return {
        name: len(set().union(*(holders.get(c, set()) for c in held)))
        for name, held in wanted.items()
    }


def _lacking(definition: Definition, report: VocabularyReport) -> list[str]:
    """Return what is not there; where all is there, the columns that are and hold nothing."""
    names = _lacks(definition, report.tables)
    return names or list(_empty_columns(definition, report.accession))


def _empty_columns(definition: Definition, accession: str) -> Iterator[str]:
    """Yield, in the reader's words, the columns that the registered profile shows empty."""
    held = DatasetVersion.objects.filter(pk=accession).values_list("profile", flat=True).first()
    profile = held or {"tables": []}
    for asked in asked_columns(definition):
        if all(holds_nothing(profile, asked.table, c, zero=asked.zero) for c in asked.columns):
            yield _("%(column)s（无内容）") % {
                "column": f"{asked.table}.{' | '.join(asked.columns)}"
            }


def _lacks(definition: Definition, tables: dict[str, list[str]]) -> list[str]:
    schema = {t: tuple(Column(c, "") for c in columns) for t, columns in tables.items()}
    return [dict(p.facts)["name"] for p in check(definition, schema)]


def reports() -> QuerySet[VocabularyReport]:
    """Return the reports of datasets on offer, by dataset."""
    rows = VocabularyReport.objects.select_related("dataset__organisation", "dataset__node")
    offered = rows.filter(dataset__withdrawn_at=None)
    return offered.exclude(dataset__node__state=Node.State.REVOKED).order_by("dataset__number")
