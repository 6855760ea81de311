"""What the study page shows of each planned analysis: its latest round, its output, its numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qundao.hub.common.actors import Actor
from qundao.hub.common.clock import now
from qundao.hub.pages.components import Tone, as_words
from qundao.hub.studies import queries
from qundao.hub.studies.models import Output, Run, Study, Task
from qundao.kernel.errors import Problem, problem_from_json
from qundao.kernel.words import Words
from qundao.study import PlannedAnalysis, protocol_from_json

RUN_TONES = {
    Run.State.WAITING: Tone.WAIT,
    Run.State.COMBINED: Tone.DONE,
    Run.State.FAILED: Tone.STOP,
    Run.State.SUPERSEDED: Tone.PLAIN,
}
STUDY_TONES = {
    Study.State.RUNNING: Tone.NOW,
    Study.State.FAILED: Tone.STOP,
    Study.State.REVIEW: Tone.WAIT,
    Study.State.CLOSED: Tone.DONE,
}
OUTPUT_TONES = {
    Output.State.REVIEW: Tone.WAIT,
    Output.State.RELEASED: Tone.DONE,
    Output.State.REFUSED: Tone.STOP,
}
TASK_TONES = {
    Task.State.SENT: Tone.WAIT,
    Task.State.ANSWERED: Tone.DONE,
    Task.State.REFUSED: Tone.STOP,
}


@dataclass(frozen=True, slots=True)
class GateLine:
    """What a node's gate did: its rule in words and on how many cells."""

    words: Any
    cells: int


@dataclass(frozen=True, slots=True)
class TaskView:
    """One node's task: how it stands, why it was refused, what its gate did."""

    task: Task
    tone: Tone
    problems: tuple[Problem, ...]
    gate: tuple[GateLine, ...]


@dataclass(frozen=True, slots=True)
class AnalysisView:
    """One planned analysis with its latest round. `result` is None while one may not see it."""

    planned: PlannedAnalysis
    run: Run | None
    tone: Tone
    tasks: tuple[TaskView, ...]
    problems: tuple[Problem, ...]
    output: Output | None
    output_tone: Tone
    result: Mapping[str, Any] | None
    attempts: int

    @property
    def source(self) -> Words:
        """Return where the numbers come from, and of which day they are."""
        names = self.planned.accessions
        day = f"{self.run.created_at:%Y-%m-%d}" if self.run else "–"
        return Words(
            f"来源：{'、'.join(names)}；{day} 计算。",
            f"Source: {', '.join(names)}; computed {day}.",
        )

    @property
    def overdue(self) -> bool:
        """Tell whether the round can be asked again."""
        run = self.run
        if run is None:
            return False
        late = run.state == Run.State.WAITING and run.deadline <= now()
        return late or run.state == Run.State.FAILED


def analyses_of(actor: Actor, study: Study) -> tuple[AnalysisView, ...]:
    """Return every planned analysis of a study, in the protocol's order."""
    runs = list(queries.runs_of(study))
    return tuple(_view(actor, p, runs) for p in protocol_from_json(study.protocol).analyses)


def analysis_of(actor: Actor, output: Output) -> AnalysisView:
    """Return the planned analysis that an output belongs to."""
    study = output.run.study
    planned = protocol_from_json(study.protocol).analysis(output.run.analysis)
    return _view(actor, planned, list(queries.runs_of(study)))


def title_of(output: Output) -> Words:
    """Return the title that the protocol gives to an output's analysis."""
    study = output.run.study
    return protocol_from_json(study.protocol).analysis(output.run.analysis).title


def _view(actor: Actor, planned: PlannedAnalysis, runs: Sequence[Run]) -> AnalysisView:
    own = [r for r in runs if r.analysis == planned.id]
    run = own[-1] if own else None
    output = getattr(run, "output", None)
    return AnalysisView(
        planned=planned,
        run=run,
        tone=RUN_TONES[Run.State(run.state)] if run else Tone.PLAIN,
        tasks=tuple(_task(t) for t in run.tasks.all()) if run else (),
        problems=_problems(run.problems) if run else (),
        output=output,
        output_tone=OUTPUT_TONES[Output.State(output.state)] if output else Tone.PLAIN,
        result=queries.visible_result(actor, output) if output else None,
        attempts=len(own),
    )


def _task(task: Task) -> TaskView:
    gate = tuple(GateLine(as_words(g.get("words", "")), len(g.get("cells", ()))) for g in task.gate)
    return TaskView(task, TASK_TONES[Task.State(task.state)], _problems(task.problems), gate)


def _problems(stored: Sequence[Mapping[str, Any]]) -> tuple[Problem, ...]:
    return tuple(problem_from_json(p) for p in stored)
