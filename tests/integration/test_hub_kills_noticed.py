"""The machinery of the kill tests notices what it is there to notice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from qundao.hub.common.actors import HUB_ACTOR
from qundao.hub.members import actions as members
from qundao.hub.members.models import Alliance
from qundao.kernel.words import Words
from support.hub_kills import Outcome, Walk, die_at, kept_states, outcome, unreached

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("committed_hub_db")]


@pytest.fixture
def walk(tmp_path, monkeypatch) -> Iterator[Walk]:
    with kept_states(tmp_path / "states") as store:
        yield Walk(store, monkeypatch)


def opened(name: str = "联盟") -> Outcome:
    words = Words(name, "Alliance")
    return outcome(lambda: members.open_alliance(actor=HUB_ACTOR, name=words, region="合成地区"))


def test_what_is_written_beside_the_transaction_is_noticed(walk: Walk) -> None:
    def act() -> Outcome:
        Alliance.objects.create(name_zh="旁", name_en="beside", region="合成地区")
        return opened()

    with pytest.raises(AssertionError, match="members_alliance"):
        walk.step(act, again_adds=("members_alliance",))


def test_what_is_done_twice_is_noticed(walk: Walk) -> None:
    with pytest.raises(AssertionError, match=r"open_alliance\.after_commit"):
        walk.step(opened)


def test_a_point_that_is_never_reached_is_noticed(walk: Walk) -> None:
    with pytest.raises(AssertionError, match="was not reached"):
        die_at("hub.admit_member.before_commit", opened)
    walk.step(opened, again_adds=("members_alliance",))
    assert walk.killed == {f"hub.open_alliance.{m}_commit" for m in ("before", "after")}
    assert "hub.admit_member.before_commit" in unreached(walk.killed)
