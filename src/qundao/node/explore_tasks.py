"""The explore lane: a noisy count of a banded predicate, within budgets, before any approval.

Where the member has turned it on, also of a population of the coarse subset; this node decides
by itself what is coarse enough.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from qundao.analysis.normal_form import population_form
from qundao.disclosure.budget import MICRO, Budget, cache_key
from qundao.disclosure.data_classes import data_class
from qundao.disclosure.explore import ExplorePolicy
from qundao.disclosure.noise import noisy_count
from qundao.kernel.errors import Problem, QundaoError, fail, raise_if
from qundao.kernel.words import Words
from qundao.node import datasets, explore_book
from qundao.node.answerable import cannot_answer
from qundao.node.codes import COHORTS_CLOSED, EXPLORE_CLOSED, OLD_VERSION, UNKNOWN_DATASET
from qundao.node.datasets import Version
from qundao.node.explore_book import Account, LocalPolicy, Said
from qundao.node.lanes import Computed, outward
from qundao.node.office import Office
from qundao.node.sources import open_version
from qundao.node.store import Tx
from qundao.node.task_book import Task
from qundao.protocol.messages import ExploreAnswer, ExploreTask, Message, read_body
from qundao.query import BandedPredicate, Population, count, digest, from_json, persons
from qundao.query.codes import PREDICATE
from qundao.query.exploring import counted, exploring_refusals
from qundao.query.words import words as in_words


@dataclass(frozen=True, slots=True)
class Case:
    """What was authorised: the question, what it costs, and the answer if it was given before."""

    task: ExploreTask
    account: Account
    predicate: BandedPredicate | Population
    question: str
    rule: ExplorePolicy
    before: Budget
    after: Budget
    known: int | None
    version: Version


class ExploreLane:
    """Implements `lanes.Lane`. Whether it refuses depends on the question and the budgets."""

    def authorise(self, tx: Tx, office: Office, task: Task) -> Case:
        """Check policy, dataset, predicate and budgets."""
        body = read_body(ExploreTask, task.body)
        local = explore_book.policy(tx)
        if not local.enabled:
            raise fail(EXPLORE_CLOSED, body.accession, "accession")
        version = _version(tx, body)
        predicate = _predicate(body, version, local)
        question = cache_key(body.accession, _form(predicate))
        rule = local.published(data_class(version.body["data_class"]).default.min_cell)
        account = Account(body.member, version.name, office.stamp()[:4])
        known = explore_book.known_answer(tx, question)
        before = explore_book.budget(tx, account, rule)
        after = before.spend(question, rule.price)
        refused = after if isinstance(after, Problem) else None
        if known is None:
            refused = refused or explore_book.exhausted(tx, account, local)
        if refused or isinstance(after, Problem):
            raise QundaoError(*(p for p in (refused,) if p))
        return Case(body, account, predicate, question, rule, before, after, known, version)

    def compute(self, office: Office, task: Task, case: Case) -> Computed:  # noqa: ARG002
        """Count, add noise, hide what is small after noise; or repeat what was said before."""
        noisy = case.known if case.known is not None else _ask(case)
        shown = case.rule.shown(noisy)
        spent = case.after.spent - case.before.spent
        answer = ExploreAnswer(
            task=case.task.task,
            count=shown,
            epsilon=case.rule.epsilon,
            spent=spent / MICRO,
            withheld=None if shown is not None else f"<{case.rule.min_cell}",
        )
        asked = in_words(case.predicate)
        content = {
            "predicate": case.task.predicate,
            "question": {"zh": asked.zh, "en": asked.en},
            "count": shown,
            "withheld": answer.withheld,
            "epsilon": answer.epsilon,
            "spent": answer.spent,
            "repeated": case.known is not None,
        }
        return Computed(answer, case.task.member, content, [_decision(case.rule, shown)], noisy)

    def keep(self, tx: Tx, task: Task, computed: Computed, case: Case) -> None:  # noqa: ARG002
        """Keep the answer with its ε, and the member's budget."""
        body = case.task
        said = Said(case.question, body.accession, body.predicate, computed.noisy, case.rule.price)
        explore_book.save_budget(tx, case.account, case.after)
        explore_book.save_answer(tx, case.account, said)

    def refusal(self, task: Task, problems: tuple[Problem, ...]) -> Message:
        """Return an answer without a count."""
        return ExploreAnswer(
            task=task.id,
            count=None,
            epsilon=0,
            spent=0,
            withheld=None,
            problems=tuple(outward(p).to_json() for p in problems),
        )


def _version(tx: Tx, body: ExploreTask) -> Version:
    """Return the version asked, if it is its dataset's newest: an older one would answer nearly
    the same question about nearly the same people with fresh noise.
    """
    version = datasets.by_accession(tx, body.accession)
    if version.name != body.dataset:
        raise fail(UNKNOWN_DATASET, body.dataset, "dataset", held=version.name)
    newest = datasets.newest(tx, version.name)
    if newest != body.accession:
        raise fail(OLD_VERSION, body.accession, "accession", newest=newest)
    return version


def _predicate(
    body: ExploreTask, version: Version, local: LocalPolicy
) -> BandedPredicate | Population:
    predicate = from_json(body.predicate)
    standard = version.model.partition(" ")[0]
    if isinstance(predicate, Population) and standard == "omop":
        if not local.cohorts:
            raise fail(COHORTS_CLOSED, body.accession, "accession")
        raise_if(exploring_refusals(predicate))
        return counted(predicate)
    if not isinstance(predicate, BandedPredicate) or predicate.model != standard:
        required = {"required_zh": f"{standard} 的分段条件", "required_en": f"bands of {standard}"}
        raise fail(PREDICATE, type(predicate).__name__, "predicate", **required)
    return predicate


def _form(predicate: BandedPredicate | Population) -> str:
    """Return the form under which a question is the same, however it is written."""
    if isinstance(predicate, Population):
        return population_form(predicate)
    return digest(predicate)


def _ask(case: Case) -> int:
    asked = case.predicate
    with open_version(case.version) as engine:
        raise_if(cannot_answer(engine, case.version, asked))
        exact = persons(engine, asked) if isinstance(asked, Population) else count(engine, asked)
        return noisy_count(exact, case.rule.price)


def _decision(rule: ExplorePolicy, shown: int | None) -> dict[str, Any]:
    words = Words(
        f"加入随机扰动（ε {rule.epsilon:g}），扰动后少于 {rule.min_cell} 的不显示",
        f"random noise added (ε {rule.epsilon:g}); hidden below {rule.min_cell} after noise",
    )
    return {
        "rule": "noise",
        "cells": ["count"],
        "action": "withheld" if shown is None else "shown",
        "words": {"zh": words.zh, "en": words.en},
    }
