"""What every lane out of a node has in common: authorise, compute, keep, or refuse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from qundao.kernel.errors import Problem
from qundao.node.office import Office
from qundao.node.store import Tx
from qundao.node.task_book import Task
from qundao.protocol.messages import Message


@dataclass(frozen=True, slots=True)
class Computed:
    """An answer ready to leave, and what the list of what left says about it.

    `noisy` is the explore lane's own: the count to be kept for the same question.
    """

    answer: Message
    on_behalf_of: str
    content: dict[str, Any]
    decisions: list[dict[str, Any]]
    noisy: int = 0


CaseT = TypeVar("CaseT")


class Lane(Protocol[CaseT]):
    """One way out of the node."""

    def authorise(self, tx: Tx, office: Office, task: Task) -> CaseT:
        """Return what is needed to compute. Raises every reason why the node must not.

        Asked before computing and once more in the transaction that keeps the answer, so that a
        permit revoked in between counts. What it decides depends on the task and on the node's
        own records, never on the data.
        """

    def compute(self, office: Office, task: Task, case: CaseT) -> Computed:
        """Compute the answer; changes nothing. Raises QundaoError for a source that fails."""

    def keep(self, tx: Tx, task: Task, computed: Computed, case: CaseT) -> None:
        """Store what goes with the answer, in its transaction."""

    def refusal(self, task: Task, problems: tuple[Problem, ...]) -> Message:
        """Return the answer that says no."""


_TOLD = ("access", "node", "protocol", "study")
_TOLD_CODES = ("query.predicate_refused", "query.too_fine", "disclosure.budget_spent")


def outward(found: Problem) -> Problem:
    """Return a problem as the hub may see it.

    Of what happened with the data itself only the code leaves: the rest could hold paths, names
    of columns or values, or answer questions that were never asked.
    """
    if found.code.partition(".")[0] in _TOLD or found.code in _TOLD_CODES:
        return found
    return Problem(found.code)
