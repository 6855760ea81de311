"""What the explore lane has let out: the member's policy, each member's budget, answers given.

Every answer is kept under its question's canonical form: asking again, or asking as another
member, gives the same answer. So what a dataset has given away in a year is the sum over the
*different* questions of their ε, whoever asked; the policy bounds that too, because a hub in an
attacker's hands could invent members with fresh budgets. Budgets belong to the dataset under its
own name: a new version may answer a question anew, out of the same budget.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from qundao.disclosure.budget import MICRO, Budget
from qundao.disclosure.explore import ExplorePolicy
from qundao.kernel.errors import Problem, fail, problem
from qundao.node.codes import BAD_POLICY, DECISION_INCOMPLETE, EXPLORE_SPENT
from qundao.node.store import Tx


@dataclass(frozen=True, slots=True)
class LocalPolicy:
    """The member's own rule for exploring. ε in micro-ε; `total` bounds one member's questions
    about a dataset in a calendar year, `dataset_total` all members' together. `cohorts`: also
    populations, of the coarse subset that `query.exploring` allows.
    """

    enabled: bool = True
    min_cell: int = 10
    price: int = MICRO // 10
    total: int = 3 * MICRO
    dataset_total: int = 10 * MICRO
    cohorts: bool = False

    def __post_init__(self) -> None:
        whole = (self.min_cell, self.price, self.total, self.dataset_total)
        if any(type(n) is not int or n < 1 for n in whole) or self.price > self.total:
            raise fail(BAD_POLICY, str(asdict(self)), "explore")

    def published(self, floor: int) -> ExplorePolicy:
        """Return the lane's rule for a dataset whose class asks for `floor` people at least."""
        return ExplorePolicy(max(self.min_cell, floor), self.price, self.total)


@dataclass(frozen=True, slots=True)
class Account:
    """Whose budget: a member's, on a dataset (the node's own name of it), in a year."""

    member: str
    dataset: str
    year: str


@dataclass(frozen=True, slots=True)
class Said:
    """An answer to be kept: the question's key, who answered it, and what it cost in micro-ε."""

    question: str
    accession: str
    predicate: Mapping[str, Any]
    noisy: int
    epsilon: int


def policy(tx: Tx) -> LocalPolicy:
    """Return the member's policy."""
    row = tx.execute("SELECT value FROM setting WHERE name = 'explore'").fetchone()
    return LocalPolicy(**json.loads(row["value"])) if row else LocalPolicy()


def set_policy(tx: Tx, changes: Mapping[str, Any], *, who: str, why: str, at: str) -> LocalPolicy:
    """Change some of the policy and note who did, why, and both rules.

    Raises `node.bad_policy`, `node.decision_incomplete`.
    """
    if not who.strip() or not why.strip():
        words = {"zh": "操作人与理由", "en": "who decides, and why"}
        raise fail(DECISION_INCOMPLETE, f"{who!r}, {why!r}", "explore", **words)
    before = policy(tx)
    try:
        changed = replace(before, **changes)
    except TypeError as error:
        raise fail(BAD_POLICY, str(error)[:120], "explore") from error
    tx.execute(
        "INSERT INTO setting VALUES ('explore', ?)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (json.dumps(asdict(changed)),),
    )
    tx.execute(
        "INSERT INTO policy_log (at, who, why, before, after) VALUES (?, ?, ?, ?, ?)",
        (at, who.strip(), why.strip(), json.dumps(asdict(before)), json.dumps(asdict(changed))),
    )
    return changed


def policy_changes(tx: Tx) -> list[dict[str, Any]]:
    """Return every change of the policy, the newest first: at, who, why, before, after."""
    rows = tx.execute("SELECT * FROM policy_log ORDER BY number DESC")
    return [
        dict(r) | {"before": json.loads(r["before"]), "after": json.loads(r["after"])} for r in rows
    ]


def budget(tx: Tx, account: Account, rule: ExplorePolicy) -> Budget:
    """Return what a member has left on a dataset this year, under today's total.

    What was paid for in an earlier year stays paid for: its answer is known.
    """
    row = tx.execute(
        "SELECT year, value FROM budget WHERE member = ? AND dataset = ? AND year <= ?"
        " ORDER BY year DESC LIMIT 1",
        (account.member, account.dataset, account.year),
    ).fetchone()
    if row is None:
        return rule.new_budget()
    held = Budget.from_json(json.loads(row["value"]))
    if row["year"] != account.year:
        return replace(held, total=rule.total, spent=0)
    return replace(held, total=max(rule.total, held.spent))


def save_budget(tx: Tx, account: Account, value: Budget) -> None:
    """Keep what a member has left."""
    tx.execute(
        "INSERT INTO budget VALUES (?, ?, ?, ?)"
        " ON CONFLICT (member, dataset, year) DO UPDATE SET value = excluded.value",
        (account.member, account.dataset, account.year, json.dumps(value.to_json())),
    )


def budgets(tx: Tx) -> list[dict[str, Any]]:
    """Return every budget for a reader: member, dataset, year, total, spent, questions."""
    rows = tx.execute("SELECT * FROM budget ORDER BY year DESC, dataset, member")
    return [{n: r[n] for n in ("member", "dataset", "year")} | json.loads(r["value"]) for r in rows]


def known_answer(tx: Tx, question: str) -> int | None:
    """Return the noisy count that was given for a question, or None."""
    row = tx.execute("SELECT noisy FROM explored WHERE question = ?", (question,)).fetchone()
    return row["noisy"] if row else None


def save_answer(tx: Tx, account: Account, said: Said) -> None:
    """Keep the noisy count of a question; a version gives a question one answer for ever."""
    tx.execute(
        "INSERT OR IGNORE INTO explored"
        " (question, accession, predicate, noisy, dataset, year, epsilon)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            said.question,
            said.accession,
            json.dumps(said.predicate, ensure_ascii=False),
            said.noisy,
            account.dataset,
            account.year,
            said.epsilon,
        ),
    )


def spent_on(tx: Tx, dataset: str, year: str) -> int:
    """Return what all versions of a dataset have given away in a year, in micro-ε."""
    query = "SELECT coalesce(sum(epsilon), 0) FROM explored WHERE dataset = ? AND year = ?"
    return int(tx.execute(query, (dataset, year)).fetchone()[0])


def exhausted(tx: Tx, account: Account, local: LocalPolicy) -> Problem | None:
    """Return why no new question about a dataset can be answered this year, or None."""
    spent = spent_on(tx, account.dataset, account.year)
    if spent + local.price > local.dataset_total:
        limit = local.dataset_total // local.price
        return problem(EXPLORE_SPENT, account.dataset, "dataset", limit=limit, year=account.year)
    return None
