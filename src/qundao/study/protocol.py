"""The study protocol: the question, the dataset versions, the analyses. Locked by its digest.

The digest is what a permit names, what the node countersigns and what an output cites: after
locking, nobody can ask the nodes anything else under that permit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from qundao.kernel.accession import Accession
from qundao.kernel.canonical import digest
from qundao.kernel.errors import Problem, QundaoError, fail, problem, raise_if
from qundao.kernel.words import Words
from qundao.study.codes import BAD_PROTOCOL, UNKNOWN_ANALYSIS
from qundao.study.plan import PlannedAnalysis, analysis_from_json

SCHEMA = "qundao.study/1"
MOST_ANALYSES = 50


@dataclass(frozen=True, slots=True)
class StudyProtocol:
    """A whole protocol. Raises `study.bad_protocol` with every defect at once."""

    title: Words
    question: Words
    datasets: tuple[str, ...]
    analyses: tuple[PlannedAnalysis, ...]

    def __post_init__(self) -> None:
        raise_if(_defects(self))

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
            "title": {"zh": self.title.zh, "en": self.title.en},
            "question": {"zh": self.question.zh, "en": self.question.en},
            "datasets": list(self.datasets),
            "analyses": [a.to_json() for a in self.analyses],
        }


def protocol_from_json(data: Mapping[str, Any]) -> StudyProtocol:
    """Read a protocol. Raises `study.bad_protocol` or a statistic's own errors."""
    try:
        if data["schema"] != SCHEMA:
            raise fail(BAD_PROTOCOL, data["schema"], "$.schema", required=SCHEMA)
        return StudyProtocol(
            title=Words(str(data["title"]["zh"]), str(data["title"]["en"])),
            question=Words(str(data["question"]["zh"]), str(data["question"]["en"])),
            datasets=tuple(str(d) for d in data["datasets"]),
            analyses=tuple(
                analysis_from_json(a, f"$.analyses[{i}]") for i, a in enumerate(data["analyses"])
            ),
        )
    except QundaoError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        received = f"{type(error).__name__}: {error}"[:200]
        raise fail(BAD_PROTOCOL, received, "$", required=SCHEMA) from error


def protocol_digest(protocol: StudyProtocol) -> str:
    """Return the SHA-256 of the protocol's canonical form: what locking fixes."""
    return digest(protocol.to_json())


def _defects(protocol: StudyProtocol) -> Iterator[Problem]:
    ids = [a.id for a in protocol.analyses]
    if not 1 <= len(ids) <= MOST_ANALYSES or len(set(ids)) != len(ids):
        required = f"1–{MOST_ANALYSES} analyses, each id once"
        yield problem(BAD_PROTOCOL, ", ".join(ids) or "[]", "$.analyses", required=required)
    if not protocol.datasets or len(set(protocol.datasets)) != len(protocol.datasets):
        received = ", ".join(protocol.datasets) or "[]"
        yield problem(BAD_PROTOCOL, received, "$.datasets", required="≥ 1, each once")
    for accession in protocol.datasets:
        if Accession.parse(accession).version is None:
            yield problem(BAD_PROTOCOL, accession, "$.datasets", required="QD000123.2")
    asked = {a for planned in protocol.analyses for a in planned.accessions}
    if asked != set(protocol.datasets):
        received = ", ".join(sorted(asked))
        required = ", ".join(sorted(protocol.datasets))
        yield problem(BAD_PROTOCOL, received, "$.analyses", required=required)
