"""Registrations at the same time: real threads, real commits, on either database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from qundao.catalogue.version import read_version
from qundao.hub.catalogue.actions import register_version
from qundao.hub.catalogue.models import AccessionCounter, Dataset, DatasetVersion
from qundao.hub.ledger.queries import balance, broken_laws
from qundao.kernel.errors import QundaoError
from support.hub_people import make_member
from support.hub_story import StoryNode, profile, registration, words

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("committed_hub_db")]
AT_ONCE = 6


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


def register(node: StoryNode, **changed: object) -> str:
    facts = read_version(registration(**changed))
    done = register_version(actor=node.row.actor, node=node.row, facts=facts)
    return done.version.accession


def test_numbers_have_no_gap_and_no_double_however_many_register_or_fail() -> None:
    nodes = [StoryNode(make_member(f"{n} 号医院")) for n in range(AT_ONCE)]
    bad = {"event_floor": 1}  # below the lowest for hospital records: takes no number
    jobs = [lambda n=n: register(n) for n in nodes]
    jobs += [lambda n=n: register(n, dataset="bad", **bad) for n in nodes[:3]]
    outcomes = at_once(*jobs)
    assert sorted(outcomes[:AT_ONCE]) == [f"QD{n:06d}.1" for n in range(1, AT_ONCE + 1)]
    assert outcomes[AT_ONCE:] == ["disclosure.bad_floors"] * 3
    assert AccessionCounter.objects.get().last == Dataset.objects.count() == AT_ONCE


def test_versions_of_one_dataset_follow_each_other() -> None:
    node = StoryNode(make_member())
    outcomes = at_once(
        *(lambda n=n: register(node, title=words(f"题 {n}")) for n in range(AT_ONCE))
    )
    assert sorted(outcomes) == [f"QD000001.{n}" for n in range(1, AT_ONCE + 1)]
    assert Dataset.objects.get().latest == AT_ONCE


def test_the_same_content_from_many_at_once_is_one_version_and_mints_once() -> None:
    node = StoryNode(make_member())
    assert set(at_once(*(lambda: register(node) for _ in range(AT_ONCE)))) == {"QD000001.1"}
    version = DatasetVersion.objects.get()
    purse = balance(node.member.id)
    assert purse.spendable + purse.pending == version.minted > 0
    assert broken_laws() == ()


def test_two_growing_versions_at_once_earn_no_more_than_the_larger() -> None:
    node = StoryNode(make_member())

    def grown(facts: int) -> str:
        return register(node, profile=profile(domains=[{"domain": "drug", "facts": facts}]))

    at_once(*(lambda n=n: grown(10_000 * n) for n in range(1, AT_ONCE + 1)))
    minted = sum(v.minted for v in DatasetVersion.objects.all())
    assert minted == max(v.worth for v in DatasetVersion.objects.all())
