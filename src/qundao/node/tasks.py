"""Tasks from arrival to answer: each computed once, each answer kept before it is sent.

A killed node begins an unfinished task again; nothing of the first try left the machine. What
was answered is never computed again: its stored envelope is sent until the hub confirms it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from qundao.kernel.clock import stamp
from qundao.kernel.errors import Problem, QundaoError, fail, problem
from qundao.kernel.faults import declare_fault_point, fault_point
from qundao.node import gate_log, outbox, switch, task_book
from qundao.node.codes import TASK_FAILED
from qundao.node.explore_tasks import ExploreLane
from qundao.node.lanes import Computed, Lane
from qundao.node.office import Office
from qundao.node.store import Tx
from qundao.node.study_tasks import StudyLane
from qundao.node.task_book import EXPLORE, STUDY, Task
from qundao.protocol.codes import NOT_IN_TIME
from qundao.protocol.envelope import Letter
from qundao.protocol.messages import HUB, ExploreTask, StudyTask

BEFORE_COMPUTE = declare_fault_point("node.task.before_compute")
BEFORE_ANSWER = declare_fault_point("node.task.before_answer")
BEFORE_COMMIT = declare_fault_point("node.task.before_commit")
AFTER_COMMIT = declare_fault_point("node.task.after_commit")

MOST_TRIES = 5
_LANES: Mapping[str, Lane[Any]] = {STUDY: StudyLane(), EXPLORE: ExploreLane()}
_log = logging.getLogger("qundao.node")


def receive_study(tx: Tx, office: Office, body: StudyTask, letter: Letter) -> None:
    """Keep a study task. Raises `protocol.id_reused`."""
    task = Task(
        body.task,
        STUDY,
        body.to_json(),
        letter.expires_at,
        body.accession,
        body.permit,
        body.analysis,
        body.round.id,
    )
    task_book.receive(tx, task, office.stamp())


def receive_explore(tx: Tx, office: Office, body: ExploreTask, letter: Letter) -> None:
    """Keep an exploring question. Raises `protocol.id_reused`."""
    task = Task(body.task, EXPLORE, body.to_json(), letter.expires_at, body.accession)
    task_book.receive(tx, task, office.stamp())


def work_once(office: Office) -> bool:
    """Handle the next waiting task; return False when none waits or the node is stopped."""
    task = _begin(office)
    if task is None:
        return False
    fault_point(BEFORE_COMPUTE)
    found = _attempt(office, task)
    fault_point(BEFORE_ANSWER)
    _finish(office, task, found)
    fault_point(AFTER_COMMIT)
    return True


def _begin(office: Office) -> Task | None:
    with office.store.write() as tx:
        return None if switch.state(tx).stopped else task_book.begin_next(tx)


def _attempt(office: Office, task: Task) -> Computed | tuple[Problem, ...]:
    """Return the answer, or every reason why there is none."""
    lane = _LANES[task.lane]
    try:
        if task.started > MOST_TRIES:
            raise fail(TASK_FAILED, f"{task.started - 1} tries", task.id)
        with office.store.read() as tx:
            case = _authorised(tx, office, task)
        return lane.compute(office, task, case)
    except QundaoError as error:
        if error.code.startswith("node.store_"):
            raise
        return error.problems
    except Exception:
        _log.exception("task %s failed", task.id)
        return (problem(TASK_FAILED, "", task.id),)


def _authorised(tx: Tx, office: Office, task: Task) -> Any:
    if office.now() >= task.expires_at:
        end = stamp(task.expires_at)
        raise fail(NOT_IN_TIME, office.stamp(), task.id, start="–", end=end, skew=0)
    return _LANES[task.lane].authorise(tx, office, task)


def _finish(office: Office, task: Task, found: Computed | tuple[Problem, ...]) -> None:
    """Keep the answer with all that goes with it, or let the task wait when the node stopped."""
    with office.store.write() as tx:
        if switch.state(tx).stopped:
            task_book.put_back(tx, task)
            return
        _keep(tx, office, task, found)
        fault_point(BEFORE_COMMIT)


def _keep(tx: Tx, office: Office, task: Task, found: Computed | tuple[Problem, ...]) -> None:
    if not isinstance(found, Computed):
        _refuse(tx, office, task, found)
        return
    try:  # once more: a permit revoked, or a budget spent, while the task ran counts
        case = _authorised(tx, office, task)
    except QundaoError as error:
        _refuse(tx, office, task, error.problems)
    else:
        _answer(tx, office, task, found, case)


def _answer(tx: Tx, office: Office, task: Task, found: Computed, case: Any) -> None:
    message = outbox.put(tx, office, found.answer)
    at = office.stamp()
    answer = found.answer.to_json()
    _LANES[task.lane].keep(tx, task, found, case)
    task_book.finish(tx, task, answer=answer, problems=(), message=message, at=at)
    leaving = gate_log.Leaving(
        HUB,
        task.lane,
        task.id,
        message,
        task.accession,
        found.on_behalf_of,
        found.content,
        found.decisions,
    )
    gate_log.append(tx, leaving, at)


def _refuse(tx: Tx, office: Office, task: Task, problems: tuple[Problem, ...]) -> None:
    refusal = _LANES[task.lane].refusal(task, problems)
    message = outbox.put(tx, office, refusal)
    task_book.finish(
        tx, task, answer=refusal.to_json(), problems=problems, message=message, at=office.stamp()
    )
