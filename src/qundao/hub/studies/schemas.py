"""What this desk's API takes and answers."""

from __future__ import annotations

from typing import Any

from ninja import Schema

from qundao.hub.common.schemas import RawProblem, WordsOut
from qundao.hub.studies.models import Output, Run, Study, Task


class StartIn(Schema):
    """Which permit's protocol to run."""

    permit: str


class DecisionIn(Schema):
    """A reviewer's decision on an output."""

    release: bool
    reason: str = ""


class TaskOut(Schema):
    """What one node is asked in a round, and what its gate decided."""

    id: str
    node: str
    accession: str
    state: Task.State
    gate: list[dict[str, Any]]
    problems: list[RawProblem]
    answered_at: str | None


class OutputOut(Schema):
    """A combined result; `result` (qundao.result/1) is null while this reader may not see it."""

    id: str
    study: str
    analysis: str
    state: Output.State
    digest: str
    reason: str
    decided_at: str | None
    result: dict[str, Any] | None


class RunOut(Schema):
    """One round of one analysis."""

    id: str
    analysis: str
    attempt: int
    masked: bool
    masked_groups: list[str]
    state: Run.State
    deadline: str
    problems: list[RawProblem]
    tasks: list[TaskOut]
    output: OutputOut | None


class StudyOut(Schema):
    """A study with its locked protocol, rounds and outputs."""

    id: str
    title: WordsOut
    state: Study.State
    permit: str
    organisation: str
    protocol_digest: str
    protocol: dict[str, Any]
    started_at: str
    runs: list[RunOut]
