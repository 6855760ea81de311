"""The ledger in the database: what moves, what is refused, what is seen."""

from __future__ import annotations

from datetime import timedelta

import pytest

from qundao.credits.ledger import Share
from qundao.hub.auditlog.models import LoggedEvent
from qundao.hub.common.actors import HUB_ACTOR
from qundao.hub.common.clock import now, reading
from qundao.hub.ledger import actions, queries
from qundao.hub.ledger.models import CreditPosting, CreditTransaction
from qundao.hub.ledger.tariffs import policy_in_force, tariff_in_force, today
from qundao.kernel.clock import FixedClock
from qundao.kernel.credit import MICRO
from qundao.kernel.errors import QundaoError
from qundao.kernel.roles import Role
from support.hub_people import make_member, make_operator, make_user

pytestmark = pytest.mark.usefixtures("hub_db")


def grant(owner: str, amount: int, key: str = "grant-1"):
    return actions.grant_credits(
        actor=HUB_ACTOR, owner=owner, amount=amount, reference="vouchers", key=key
    )


def hold(owner: str, amount: int, matter: str = "study-1", key: str = "hold-1"):
    return actions.hold_credits(actor=HUB_ACTOR, owner=owner, matter=matter, amount=amount, key=key)


def capture(payer: str, *shares: Share, key: str = "capture-1", amount: int | None = None):
    return actions.capture_credits(
        actor=HUB_ACTOR, payer=payer, matter="study-1", shares=shares, key=key, amount=amount
    )


def test_the_walk_of_credits_from_grant_to_contributors() -> None:
    grant("org_a", 100 * MICRO)
    hold("org_a", 40 * MICRO)
    assert queries.balance("org_a").spendable == 60 * MICRO
    assert queries.held_for("org_a", "study-1") == 40 * MICRO
    capture("org_a", Share("org_b", "QD000001.1", 1), Share("org_c", "QD000002.1", 3))
    assert queries.balance("org_a").held == 0
    assert queries.balance("org_b").spendable == 10 * MICRO
    assert queries.balance("org_c").spendable == 30 * MICRO
    assert sum(queries.totals().values()) == 0
    assert queries.broken_laws() == ()


def test_what_is_not_captured_comes_back_with_its_expiry() -> None:
    grant("org_a", 100)
    (before,) = queries.lots("org_a")
    hold("org_a", 70)
    capture("org_a", Share("org_b", "QD000001.1", 1), amount=30)
    actions.release_credits(actor=HUB_ACTOR, owner="org_a", matter="study-1", key="release-1")
    (after,) = queries.lots("org_a")
    assert (after.lot, after.amount) == (before.lot, 70)


def test_a_mint_is_seen_as_earned_until_it_is_reversed() -> None:
    minted = actions.mint_credits(
        actor=HUB_ACTOR, owner="org_a", accession="QD000001.1", amount=1000, key="mint-1"
    )
    assert queries.earned("QD000001.1") == 1000
    assert (queries.balance("org_a").spendable, queries.balance("org_a").pending) == (700, 300)
    actions.reverse_transaction(actor=make_operator(), transaction_id=minted.id, key="undo-1")
    assert queries.earned("QD000001.1") == 0
    with pytest.raises(QundaoError) as again:
        actions.reverse_transaction(actor=HUB_ACTOR, transaction_id=minted.id, key="undo-2")
    assert "credits.not_reversible" in {p.code for p in again.value.problems}


def test_a_repetition_changes_nothing_and_leaves_no_second_event() -> None:
    first = grant("org_a", 5)
    events = LoggedEvent.objects.count()
    assert grant("org_a", 5).id == first.id
    assert (CreditTransaction.objects.count(), LoggedEvent.objects.count()) == (1, events)


def test_a_key_means_one_request_only() -> None:
    grant("org_a", 5)
    for owner, amount in (("org_a", 6), ("org_b", 5)):
        with pytest.raises(QundaoError) as refused:
            grant(owner, amount)
        assert refused.value.code == "credits.key_reused"


def test_more_than_there_is_cannot_be_held_and_nothing_is_posted() -> None:
    grant("org_a", 5)
    postings, events = CreditPosting.objects.count(), LoggedEvent.objects.count()
    with pytest.raises(QundaoError) as refused:
        hold("org_a", 6)
    assert refused.value.code == "credits.insufficient"
    assert (CreditPosting.objects.count(), LoggedEvent.objects.count()) == (postings, events)


def test_vesting_waits_for_months_of_use_by_others() -> None:
    clock = FixedClock(now())
    with reading(clock):
        grant("org_b", 100)
        actions.mint_credits(
            actor=HUB_ACTOR, owner="org_a", accession="QD000001.1", amount=1000, key="mint-1"
        )
        clock.advance(days=40)
        with pytest.raises(QundaoError) as unused:
            actions.vest_credits(actor=HUB_ACTOR, owner="org_a", key="vest-1")
        assert unused.value.code == "credits.nothing_due"
        hold("org_b", 100)
        capture("org_b", Share("org_a", "QD000001.1", 1))
        actions.vest_credits(actor=HUB_ACTOR, owner="org_a", key="vest-2")
    assert queries.balance("org_a").pending == 300 - 300 // 12


def test_expired_credits_are_taken_out() -> None:
    grant("org_a", 5)
    with reading(FixedClock(now() + timedelta(days=31 * (policy_in_force().granted_months + 1)))):
        assert queries.balance("org_a").spendable == 0
        actions.expire_credits(actor=HUB_ACTOR, owner="org_a", key="expire-1")
        assert queries.balance("org_a").expired == 5


def test_a_clawback_leaves_a_debt_that_blocks_spending_until_settled() -> None:
    lot = grant("org_a", 100)
    hold("org_a", 80)
    capture("org_a", Share("org_b", "QD000001.1", 1))
    for key, amount in (("claw-1", 60), ("claw-2", 40)):
        actions.claw_back_credits(
            actor=HUB_ACTOR, lot_id=lot.id, amount=amount, case="fraud-1", key=key
        )
    assert queries.balance("org_a").debt == 80
    with pytest.raises(QundaoError) as too_much:
        actions.claw_back_credits(
            actor=HUB_ACTOR, lot_id=lot.id, amount=1, case="fraud-1", key="claw-3"
        )
    assert too_much.value.code == "credits.bad_amount"
    grant("org_a", 100, key="grant-2")
    with pytest.raises(QundaoError) as blocked:
        hold("org_a", 1, key="hold-2")
    assert blocked.value.code == "credits.in_debt"
    actions.settle_debt(actor=HUB_ACTOR, owner="org_a", key="settle-1")
    assert (queries.balance("org_a").debt, queries.balance("org_a").spendable) == (0, 20)
    assert queries.broken_laws() == ()


def test_a_statement_runs_and_can_begin_in_the_middle() -> None:
    clock = FixedClock(now())
    with reading(clock):
        grant("org_a", 100)
        clock.advance(days=1)
        middle = clock()
        hold("org_a", 30)
        capture("org_a", Share("org_b", "QD000001.1", 1), amount=10)
    lines = queries.statement_of("org_a")
    assert [(line.kind, line.available, line.balance) for line in lines] == [
        ("grant", 100, 100),
        ("hold", -30, 70),
        ("capture", 0, 70),
    ]
    assert queries.statement_of("org_a", since=middle) == lines[1:]
    assert queries.statement_of("org_a", until=middle) == lines[:1]
    (theirs,) = queries.statement_of("org_b")
    assert theirs.balance == 10


def test_the_starter_grant_is_given_once() -> None:
    member = make_member()
    operator = make_operator()
    actions.grant_starter(actor=operator, owner=member.id)
    actions.grant_starter(actor=operator, owner=member.id)
    assert queries.balance(member.id).spendable == policy_in_force().starter_grant


def test_credits_of_another_organisation_are_out_of_reach() -> None:
    grant("org_a", 100)
    stranger = make_user("stranger", Role.RESEARCHER, member=make_member()).actor
    with pytest.raises(QundaoError) as refused:
        actions.hold_credits(
            actor=stranger, owner="org_a", matter="study-1", amount=1, key="hold-1"
        )
    assert refused.value.code == "ledger.not_your_credits"
    assert not actions.grant_credits.can(stranger)


def test_a_tariff_takes_effect_from_its_day_on_and_never_backwards() -> None:
    operator = make_operator()
    version = tariff_in_force().version
    with pytest.raises(QundaoError) as unknown:
        actions.put_tariff_in_force(
            actor=operator, version="1999", effective_from=today(), reason="–"
        )
    assert unknown.value.code == "ledger.unknown_tariff"
    with pytest.raises(QundaoError) as past:
        actions.put_tariff_in_force(
            actor=operator,
            version=version,
            effective_from=today() - timedelta(days=1),
            reason="–",
        )
    assert past.value.code == "ledger.tariff_in_the_past"
    actions.put_tariff_in_force(
        actor=operator, version=version, effective_from=today(), reason="联盟表决"
    )
    assert tariff_in_force().version == version
