"""The study protocol: the question, the dataset versions, the analyses. Locked by its digest.

The digest is what a permit names, what the node countersigns and what an output cites: after
locking, nobody can ask the nodes anything else under that permit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from qundao.analysis.reading import Reader, words_json
from qundao.kernel.canonical import digest
from qundao.kernel.errors import Problem, fail, problem, raise_if
from qundao.kernel.words import Words
from qundao.study.codes import BAD_PROTOCOL, NOT_LOCKED, OVERLAP, UNKNOWN_ANALYSIS
from qundao.study.plan import PlannedAnalysis, check_version, read_analysis

SCHEMA = "qundao.study/1"
MOST_ANALYSES = 50


@dataclass(frozen=True, slots=True)
class StudyProtocol:
    """A whole protocol. Raises `study.bad_protocol`, `study.overlap`: every defect at once."""

    title: Words
    question: Words
    datasets: tuple[str, ...]
    analyses: tuple[PlannedAnalysis, ...]

    def __post_init__(self) -> None:
        raise_if([*_defects(self), *_overlaps(self.analyses)])

    def analysis(self, name: str) -> PlannedAnalysis:
        """Return one analysis by its id. Raises `study.unknown_analysis`."""
        for planned in self.analyses:
            if planned.id == name:
                return planned
        known = ", ".join(a.id for a in self.analyses)
        raise fail(UNKNOWN_ANALYSIS, name, "analysis", known=known)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON; `protocol_from_json` reads it back."""
        return {
            "schema": SCHEMA,
            "title": words_json(self.title),
            "question": words_json(self.question),
            "datasets": list(self.datasets),
            "analyses": [a.to_json() for a in self.analyses],
        }


def protocol_from_json(data: Mapping[str, Any]) -> StudyProtocol:
    """Read a protocol.

    Raises `study.bad_protocol` (and the codes of analyses and definitions) with every defect:
    its JSON path, what was required, what was received.
    """
    at = Reader(data, code=BAD_PROTOCOL)
    protocol = at.attempt(_read)
    at.finish()
    assert protocol is not None  # else its problems have just been raised
    return protocol


def _read(at: Reader) -> StudyProtocol:
    at.only("schema", "title", "question", "datasets", "analyses")
    if at.at("schema").text() != SCHEMA:
        at.at("schema").refuse(SCHEMA)
    title, question = at.at("title").words(), at.at("question").words()
    datasets = tuple(d.text() for d in at.at("datasets").items())
    analyses = at.at("analyses").listed(read_analysis)
    at.finish()
    return StudyProtocol(title, question, datasets, analyses)


def protocol_digest(protocol: StudyProtocol) -> str:
    """Return the SHA-256 of the protocol's canonical form: what locking fixes."""
    return digest(protocol.to_json())


def locked_protocol(data: Mapping[str, Any], locked: str) -> StudyProtocol:
    """Read a protocol that must be the one with digest `locked`.

    Raises `study.not_the_locked_protocol` for any other, and what `protocol_from_json` raises.
    """
    protocol = protocol_from_json(data)
    found = protocol_digest(protocol)
    if found != locked:
        raise fail(NOT_LOCKED, found, "protocol", required=locked)
    return protocol


def _defects(protocol: StudyProtocol) -> Iterator[Problem]:
    ids = [a.id for a in protocol.analyses]
    if not 1 <= len(ids) <= MOST_ANALYSES or len(set(ids)) != len(ids):
        required = f"1–{MOST_ANALYSES} analyses, each id once"
        yield problem(BAD_PROTOCOL, ", ".join(ids) or "[]", "$.analyses", required=required)
    if not protocol.datasets or len(set(protocol.datasets)) != len(protocol.datasets):
        received = ", ".join(protocol.datasets) or "[]"
        yield problem(BAD_PROTOCOL, received, "$.datasets", required="≥ 1, each once")
    for i, accession in enumerate(protocol.datasets):
        yield from _one_version(accession, protocol.datasets[:i], f"$.datasets[{i}]")
    yield from _membership(protocol)


def _one_version(accession: str, earlier: tuple[str, ...], where: str) -> Iterator[Problem]:
    """Yield a problem for a second version: what two versions differ in is a few people."""
    found = list(check_version(accession, where))
    if not found:
        yield from _same_dataset(accession, earlier, where)
    yield from found


def _same_dataset(accession: str, earlier: tuple[str, ...], where: str) -> Iterator[Problem]:
    number = accession.partition(".")[0]
    if any(e != accession and e.partition(".")[0] == number for e in earlier):
        yield problem(BAD_PROTOCOL, accession, where, required=f"one version of {number}")


def _membership(protocol: StudyProtocol) -> Iterator[Problem]:
    """Yield datasets that an analysis uses unlisted, and listed ones that nothing uses."""
    held = set(protocol.datasets)
    for i, planned in enumerate(protocol.analyses):
        for accession in sorted(set(planned.accessions) - held):
            where = f"$.analyses[{i}].contributions"
            required = f"listed under $.datasets: {', '.join(protocol.datasets) or '–'}"
            yield problem(BAD_PROTOCOL, accession, where, required=required)
    for accession in sorted(held - {a for p in protocol.analyses for a in p.accessions}):
        required = "used by at least one analysis"
        yield problem(BAD_PROTOCOL, accession, "$.datasets", required=required)


def _overlaps(analyses: tuple[PlannedAnalysis, ...]) -> Iterator[Problem]:
    """Yield what splits the same people in two ways: their difference is a third table.

    An arm that stands twice in one analysis is one of them: contributed by other members it
    gives away a member's own part.
    """
    for i, later in enumerate(analyses):
        for c in later.contributions:
            splits = later.splits_of(c.accession)
            if len(set(splits)) < len(splits):
                where = f"$.analyses[{i}].spec.arms"
                yield problem(OVERLAP, ", ".join(c.groups), where, other=later.id)
                break
        for earlier in analyses[:i]:
            if later.splits & earlier.splits:
                yield problem(OVERLAP, later.id, f"$.analyses[{i}]", other=earlier.id)
