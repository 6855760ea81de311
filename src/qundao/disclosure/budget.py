"""The ε ledger of the explore lane: one budget per member and dataset, in integer micro-ε.

A value: spending returns a new budget or a refusal, so the node can keep it in the same
transaction as the answer. The refusal depends on what was asked, never on what the data say.
All users of one member draw on one budget, so colluding colleagues gain nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from qundao.disclosure.codes import BAD_BUDGET, BUDGET_SPENT
from qundao.kernel.canonical import digest
from qundao.kernel.errors import Problem, fail, problem

MICRO = 1_000_000


@dataclass(frozen=True, slots=True)
class Budget:
    """What one member may still learn about one dataset by exploring.

    `total` and `spent` are micro-ε (sequential composition: costs add up). `questions` are the
    cache keys already paid for; asking one of them again costs nothing.
    """

    total: int
    spent: int = 0
    questions: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.total < 0 or not 0 <= self.spent <= self.total:
            received = f"total {self.total}, spent {self.spent}"
            raise fail(BAD_BUDGET, received, required="0 ≤ spent ≤ total, in micro-ε")

    @property
    def left(self) -> int:
        """Return the micro-ε that are left."""
        return self.total - self.spent

    def cost_of(self, question: str, price: int) -> int:
        """Return what this question would cost: its price, or nothing when it was paid for."""
        return 0 if question in self.questions else price

    def spend(self, question: str, price: int) -> Budget | Problem:
        """Return the budget after a question, or `disclosure.budget_spent`.

        `question` is a `cache_key`, `price` micro-ε ≥ 1. Raises `disclosure.bad_budget`.
        """
        if price < 1:
            raise fail(BAD_BUDGET, price, required="a price of at least 1 micro-ε")
        cost = self.cost_of(question, price)
        if cost > self.left:
            facts = {"cost": show_epsilon(cost), "total": show_epsilon(self.total)}
            return problem(BUDGET_SPENT, f"ε {show_epsilon(self.left)}", "budget", **facts)
        return replace(self, spent=self.spent + cost, questions=self.questions | {question})

    def to_json(self) -> dict[str, Any]:
        """Return the budget as plain JSON, for the node's store."""
        return {"total": self.total, "spent": self.spent, "questions": sorted(self.questions)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Budget:
        """Read what `to_json` writes. Raises `disclosure.bad_budget`."""
        try:
            return cls(int(data["total"]), int(data["spent"]), frozenset(data["questions"]))
        except (KeyError, TypeError, ValueError) as error:
            raise fail(BAD_BUDGET, str(error), required="total, spent, questions") from error


def cache_key(accession: str, predicate_digest: str) -> str:
    """Return the key under which an answer is kept: one dataset version, one canonical question.

    The member is not part of it: every member hears the same answer, so members that compare
    notes cannot average the noise away. Each still pays from its own budget.
    """
    return digest(["explore", accession, predicate_digest])


def show_epsilon(micro: int) -> str:
    """Return micro-ε for a reader: `0.1`."""
    return f"{(Decimal(micro) / MICRO).normalize():f}"
