"""The ledger under concurrent writers: real threads, real commits, on either database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from qundao.audit.merkle import leaf_hash
from qundao.credits.ledger import Share
from qundao.hub.auditlog.models import LoggedEvent, LogState
from qundao.hub.common.actors import HUB_ACTOR
from qundao.hub.ledger import actions, queries
from qundao.hub.ledger.models import CreditTransaction
from qundao.kernel.canonical import canonical_json
from qundao.kernel.errors import QundaoError

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("committed_hub_db")]
WRITERS = 8


def at_once(*jobs):
    """Run jobs in threads that start together; return results, or the error's code."""
    start = Barrier(len(jobs))

    def run(job):
        try:
            start.wait()
            return job()
        except QundaoError as error:
            return error.code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def grant(owner: str, amount: int, key: str):
    return actions.grant_credits(
        actor=HUB_ACTOR, owner=owner, amount=amount, reference="vouchers", key=key
    )


def hold(owner: str, amount: int, key: str):
    return actions.hold_credits(
        actor=HUB_ACTOR, owner=owner, matter=key, amount=amount, key=key
    ).kind


def test_the_same_credits_are_not_spent_twice() -> None:
    grant("org_a", 100, "grant-1")
    outcomes = at_once(*(lambda n=n: hold("org_a", 60, f"study-{n}") for n in range(WRITERS)))
    assert sorted(outcomes) == sorted(["hold", *["credits.insufficient"] * (WRITERS - 1)])
    assert queries.balance("org_a").spendable == 40
    assert queries.broken_laws() == ()


def test_one_key_posts_once_however_many_ask_at_once() -> None:
    found = at_once(*(lambda: grant("org_a", 5, "same").id for _ in range(WRITERS)))
    assert len(set(found)) == 1
    assert queries.balance("org_a").spendable == 5
    assert LoggedEvent.objects.filter(action="credits.granted").count() == 1


def test_payments_across_each_other_do_not_lock_up() -> None:
    for owner in ("org_a", "org_b"):
        grant(owner, 100, f"grant-{owner}")
        for n in range(4):
            hold(owner, 10, f"{owner}-{n}")

    def pay(payer: str, other: str, n: int):
        return actions.capture_credits(
            actor=HUB_ACTOR,
            payer=payer,
            matter=f"{payer}-{n}",
            shares=[Share(other, "QD000001.1", 1)],
            key=f"pay-{payer}-{n}",
        ).kind

    there = [lambda n=n: pay("org_a", "org_b", n) for n in range(4)]
    back = [lambda n=n: pay("org_b", "org_a", n) for n in range(4)]
    assert at_once(*there, *back) == ["capture"] * 8
    assert queries.balance("org_a").spendable == queries.balance("org_b").spendable == 100
    assert queries.broken_laws() == ()


def test_the_log_has_no_gap_and_no_fork_under_concurrent_writers() -> None:
    at_once(*(lambda n=n: grant(f"org_{n}", 1, f"key-{n}") for n in range(WRITERS)))
    events = list(LoggedEvent.objects.all())
    assert [e.sequence for e in events] == list(range(LogState.objects.get().size))
    assert [e.at for e in events] == sorted(e.at for e in events)
    for event in events:
        assert bytes(event.leaf_hash) == leaf_hash(canonical_json(event.content()))
    assert len(events) == CreditTransaction.objects.count() == WRITERS
