"""Writes: take what a node tells of its vocabulary."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

from qundao.audit.actions import declare_action
from qundao.catalogue.search import normalised
from qundao.catalogue.vocabulary import HeldConcept, Vocabulary, read_vocabulary
from qundao.hub.catalogue.models import Dataset
from qundao.hub.codes import NOT_FOUND
from qundao.hub.common.actions import Done, action, done
from qundao.hub.common.actors import Actor
from qundao.hub.common.clock import now
from qundao.hub.nodes.handlers import handles
from qundao.hub.nodes.models import Node
from qundao.hub.vocabulary.models import Concept, Holding, VocabularyReport
from qundao.kernel.errors import fail
from qundao.kernel.words import Words
from qundao.protocol.messages import ReportVocabulary

REPORTED = declare_action(
    "dataset.vocabulary_told", Words("数据集词表汇报", "dataset's vocabulary told")
)
CHUNK = 500
T = TypeVar("T")


@action(kinds=("node",))
def take_vocabulary(*, actor: Actor, dataset: Dataset, told: Vocabulary) -> Done[VocabularyReport]:
    """Keep a report in the place of the dataset's earlier one."""
    locked = Dataset.objects.select_for_update().get(pk=dataset.pk)
    if actor.id != f"node:{locked.node_id}":
        raise fail(NOT_FOUND, dataset.name, "dataset")
    _keep_concepts(told.concepts, locked.node_id)
    report, _ = VocabularyReport.objects.update_or_create(
        dataset=locked,
        defaults={
            "accession": f"{locked.accession}.{locked.latest}",
            "model": told.model,
            "whole": told.whole,
            "releases": [[r.vocabulary, r.version] for r in told.releases],
            "tables": {t: list(c) for t, c in told.tables.items()},
            "concepts": len(told.concepts),
            "reported_at": now(),
        },
    )
    report.holdings.all().delete()
    Holding.objects.bulk_create([_holding(report, c) for c in told.concepts], batch_size=CHUNK)
    return done(report, REPORTED, report.accession, concepts=report.concepts, whole=report.whole)


@handles(ReportVocabulary)
def _take_vocabulary(node: Node, message: ReportVocabulary) -> dict[str, Any]:
    """Take a report about the newest version of one of the node's datasets."""
    dataset = Dataset.objects.filter(node=node, name=message.dataset).first()
    if dataset is None:
        raise fail(NOT_FOUND, message.dataset, "dataset")
    newest = dataset.versions.get(number=dataset.latest)
    told = read_vocabulary(message.vocabulary, newest.min_cell)
    report = take_vocabulary(actor=node.actor, dataset=dataset, told=told)
    return {"concepts": report.concepts}


def _holding(report: VocabularyReport, held: HeldConcept) -> Holding:
    band = held.persons
    low, high = (None, None) if band is None else (band.low, band.high)
    return Holding(report=report, concept_id=held.id, low=low, high=high)


def _keep_concepts(told: Iterable[HeldConcept], node: str) -> None:
    """Add concepts that nobody has told of, and what nobody else has told of the others."""
    for some in _chunks(sorted(told, key=lambda c: c.id)):
        known = Concept.objects.in_bulk([c.id for c in some])
        fresh = [_told(Concept(id=c.id), c, node) for c in some if c.id not in known]
        Concept.objects.bulk_create(fresh, ignore_conflicts=True)
        again = [_told(known[c.id], c, node) for c in some if c.id in known]
        Concept.objects.bulk_update(again, _TOLD)


_TOLD = (
    *("code", "vocabulary", "domain", "standard", "told_by"),
    *("name", "name_by", "name_zh", "zh_by", "search_text"),
)


def _told(concept: Concept, held: HeldConcept, node: str) -> Concept:
    """Put in what a node tells of a concept, where its own word stands or nobody's yet."""
    if concept.told_by in ("", node):
        concept.code, concept.vocabulary = held.code, held.vocabulary
        concept.domain, concept.standard, concept.told_by = held.domain, held.standard, node
    if _may_name(concept.name, concept.name_by, held.name, node):
        concept.name, concept.name_by = held.name, node if held.name else ""
    if _may_name(concept.name_zh, concept.zh_by, held.zh, node):
        concept.name_zh, concept.zh_by = held.zh, node if held.zh else ""
    parts = (str(concept.id), concept.code, concept.name, concept.name_zh, concept.vocabulary)
    concept.search_text = normalised("\n".join(parts))
    return concept


def _may_name(standing: str, by: str, told: str, node: str) -> bool:
    """Tell whether a name may take the place of another: a node's own, also by none, or none's."""
    return by == node or bool(told and (not standing or not by))


def _chunks(rows: list[T]) -> Iterator[list[T]]:
    found = iter(rows)
    while some := list(islice(found, CHUNK)):
        yield some
