"""What the explore lane has let out: the member's policy, each member's budget, answers given.

Every answer is kept under its question's canonical form: asking again, or asking as another
member, gives the same answer. So what a dataset version has given away is the number of
*different* questions times their ε, whoever asked; the policy bounds that too, because a hub in
an attacker's hands could invent members with fresh budgets.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from qundao.disclosure.budget import MICRO, Budget
from qundao.disclosure.explore import ExplorePolicy
from qundao.kernel.errors import Problem, fail, problem
from qundao.node.codes import BAD_POLICY, EXPLORE_SPENT
from qundao.node.store import Tx


@dataclass(frozen=True, slots=True)
class LocalPolicy:
    """The member's own rule for exploring. ε in micro-ε; `dataset_total` bounds all members'
    questions about one dataset version together.
    """

    enabled: bool = True
    min_cell: int = 10
    price: int = MICRO // 10
    total: int = 3 * MICRO
    dataset_total: int = 30 * MICRO

    def __post_init__(self) -> None:
        whole = (self.min_cell, self.price, self.total, self.dataset_total)
        if any(type(n) is not int or n < 1 for n in whole) or self.price > self.total:
            raise fail(BAD_POLICY, str(asdict(self)), "explore")

    def published(self, floor: int) -> ExplorePolicy:
        """Return the lane's rule for a dataset whose class asks for `floor` people at least."""
        return ExplorePolicy(max(self.min_cell, floor), self.price, self.total)


def policy(tx: Tx) -> LocalPolicy:
    """Return the member's policy."""
    row = tx.execute("SELECT value FROM setting WHERE name = 'explore'").fetchone()
    return LocalPolicy(**json.loads(row["value"])) if row else LocalPolicy()


def set_policy(tx: Tx, changes: Mapping[str, Any]) -> LocalPolicy:
    """Change some of the policy. Raises `node.bad_policy`."""
    try:
        changed = replace(policy(tx), **changes)
    except TypeError as error:
        raise fail(BAD_POLICY, str(error)[:120], "explore") from error
    tx.execute(
        "INSERT INTO setting VALUES ('explore', ?)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (json.dumps(asdict(changed)),),
    )
    return changed


def budget(tx: Tx, member: str, accession: str, rule: ExplorePolicy) -> Budget:
    """Return what a member has left on a dataset version, under today's total."""
    row = tx.execute(
        "SELECT value FROM budget WHERE member = ? AND accession = ?", (member, accession)
    ).fetchone()
    if row is None:
        return rule.new_budget()
    held = Budget.from_json(json.loads(row["value"]))
    return replace(held, total=max(rule.total, held.spent))


def save_budget(tx: Tx, member: str, accession: str, value: Budget) -> None:
    """Keep what a member has left."""
    tx.execute(
        "INSERT INTO budget VALUES (?, ?, ?)"
        " ON CONFLICT (member, accession) DO UPDATE SET value = excluded.value",
        (member, accession, json.dumps(value.to_json())),
    )


def budgets(tx: Tx) -> list[dict[str, Any]]:
    """Return every budget for a reader: member, accession, total, spent, questions."""
    rows = tx.execute("SELECT * FROM budget ORDER BY accession, member")
    return [
        {"member": r["member"], "accession": r["accession"], **json.loads(r["value"])} for r in rows
    ]


def known_answer(tx: Tx, question: str) -> int | None:
    """Return the noisy count that was given for a question, or None."""
    row = tx.execute("SELECT noisy FROM explored WHERE question = ?", (question,)).fetchone()
    return row["noisy"] if row else None


def save_answer(
    tx: Tx, question: str, accession: str, predicate: dict[str, Any], noisy: int
) -> None:
    """Keep the noisy count of a question; a question has one answer for ever."""
    tx.execute(
        "INSERT OR IGNORE INTO explored VALUES (?, ?, ?, ?)",
        (question, accession, json.dumps(predicate, ensure_ascii=False), noisy),
    )


def spent_on(tx: Tx, accession: str, price: int) -> int:
    """Return what a dataset version has given away to all members, in micro-ε."""
    query = "SELECT count(*) FROM explored WHERE accession = ?"
    return int(tx.execute(query, (accession,)).fetchone()[0]) * price


def exhausted(tx: Tx, accession: str, local: LocalPolicy) -> Problem | None:
    """Return why no new question about a dataset version can be answered, or None."""
    spent = spent_on(tx, accession, local.price)
    if spent + local.price > local.dataset_total:
        limit = local.dataset_total // local.price
        return problem(EXPLORE_SPENT, accession, "accession", limit=limit)
    return None
