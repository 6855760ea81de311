"""What this desk's API takes and answers."""

from __future__ import annotations

from typing import Any

from ninja import Schema

from qundao.hub.common.schemas import RawProblem
from qundao.hub.explore.models import Probe


class QuestionIn(Schema):
    """A banded predicate, or a released cohort version by its id; optionally, whom to ask."""

    predicate: dict[str, Any] | None = None
    cohort: str | None = None
    accessions: list[str] | None = None


class AnswerOut(Schema):
    """What one node said: a noisy count, why it is withheld, or why it was refused."""

    task: str
    accession: str
    node: str
    member: str
    state: Probe.State
    count: int | None
    epsilon: float | None
    spent: float | None
    withheld: str
    problems: list[RawProblem]


class TotalOut(Schema):
    """The sum of what was shown: records, not persons; true within ± `margin_95` in 95 of 100."""

    records: int
    margin_95: int
    shown: int
    withheld: int
    refused: int
    waiting: int


class QuestionOut(Schema):
    """A question with the answer of each node and what they add up to."""

    id: str
    predicate: dict[str, Any]
    cohort: str | None
    digest: str
    asked_at: str
    answers: list[AnswerOut]
    total: TotalOut
