"""Those who would earn without contributing, or use without paying."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from random import Random
from threading import Lock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qundao.credits import ledger
from qundao.credits.accounts import ISSUANCE, Account, AccountKind
from qundao.credits.admission import objections
from qundao.credits.ledger import Heading
from qundao.credits.lots import Lot, OriginKind
from qundao.credits.months import add_months
from qundao.credits.postings import Posting, Transaction, TransactionKind
from qundao.credits.tariff import TARIFF_2026_11 as TARIFF
from qundao.credits.valuation import Coverage, DomainVolume, value_version
from qundao.kernel.errors import QundaoError
from support.ledger_text import POLICY, day, micro, play

AVAILABLE_A = Account(AccountKind.AVAILABLE, "A")


def heading(number: int, on: str = "2026-02-01", reference: str = "app1") -> Heading:
    return Heading(f"x{number}", day(on), f"xkey-{number}", reference)


def codes(found: object) -> list[str]:
    return [p.code for p in found]  # type: ignore[attr-defined]


# Spending twice


def test_two_holds_from_one_snapshot_cannot_both_be_posted() -> None:
    told = play("2026-01-01 grant A 100 starter")
    snapshot = told.book.holdings("A")
    first = ledger.hold(heading(1), snapshot, micro("80"))
    second = ledger.hold(heading(2, reference="app2"), snapshot, micro("80"))
    assert isinstance(first, Transaction)
    assert isinstance(second, Transaction)
    assert told.book.apply(first) == ()
    assert codes(told.book.apply(second)) == ["credits.overdrawn"]
    told.expect("available escrow\n A 20 80")


def test_many_spenders_at_once_spend_no_more_than_there_is() -> None:
    """Each reads without the lock, as a careless caller would; only admission stands between."""
    told = play("2026-01-01 grant A 100 starter")
    lock = Lock()

    def spend(number: int) -> bool:
        made = ledger.hold(
            heading(number, reference=f"app{number}"), told.book.holdings("A"), micro("7")
        )
        with lock:
            return isinstance(made, Transaction) and told.book.apply(made) == ()

    with ThreadPoolExecutor(8) as pool:
        done = sum(pool.map(spend, range(200)))
    assert 1 <= done <= 14
    assert told.book.total(AccountKind.ESCROW, "A") == done * micro("7")
    assert told.book.total(AccountKind.AVAILABLE, "A") == micro("100") - done * micro("7")


def test_a_hold_made_before_a_clawback_is_refused_after_it() -> None:
    told = play("""
        2026-01-01 mint     A 100 QD000001.1
        2026-01-02 hold     A 70 app1
        2026-01-03 capture  A app1 C:QD000009.1:1
        2026-01-04 grant    A 50 voucher
    """)
    stale = ledger.hold(heading(1), told.book.holdings("A"), micro("10"))
    told.play("2026-01-05 clawback A t1 100 fraud")
    assert isinstance(stale, Transaction)
    assert codes(told.book.apply(stale)) == ["credits.in_debt"]


def test_the_same_delivery_twice_changes_nothing() -> None:
    told = play("2026-01-01 grant A 100 starter")
    made = ledger.hold(heading(1), told.book.holdings("A"), micro("60"))
    assert isinstance(made, Transaction)
    assert [told.book.apply(made) for _ in range(3)] == [(), (), ()]
    told.expect("available escrow\n A 40 60")
    assert len(told.book.transactions) == 2


def test_a_known_key_with_other_content_is_refused() -> None:
    told = play("2026-01-01 grant A 100 starter")
    made = ledger.hold(heading(1), told.book.holdings("A"), micro("10"))
    assert isinstance(made, Transaction)
    assert told.book.apply(made) == ()
    for forged in (
        replace(made, id="x2"),
        replace(made, idempotency_key="xkey-2"),
        replace(made, memo="another"),
        replace(made, at=day("2026-02-02")),
    ):
        assert "credits.key_reused" in codes(told.book.apply(forged))
    told.expect("available escrow\n A 90 10")


def test_capturing_and_releasing_the_same_credits_is_refused() -> None:
    told = play("""
        2026-01-01 grant   A 100 starter
        2026-01-02 hold    A 100 app1
    """)
    held = told.book.holdings("A")
    refund = ledger.release(heading(1), held)
    told.play("2026-01-03 capture A app1 B:QD000001.1:1")
    assert isinstance(refund, Transaction)
    assert codes(told.book.apply(refund)) == ["credits.overdrawn"]
    told.expect("available escrow\n A 0 0\n B 100 0")


def test_refund_and_keep_takes_the_contributors_credits_back_too() -> None:
    """A refund after the use is a reversal: no credit is in two places, ever."""
    told = play("""
        2026-01-01 grant   A 100 starter
        2026-01-02 hold    A 100 app1
        2026-01-03 capture A app1 B:QD000001.1:1
        2026-01-04 release A app1 ! credits.nothing_held
        2026-01-05 reverse t3
        2026-01-06 release A app1
    """)
    told.expect("available escrow\n A 100 0\n B 0 0")
    told.play("2026-01-07 release A app1 ! credits.nothing_held")


def test_a_refund_is_refused_once_the_contributor_spent_it() -> None:
    play("""
        2026-01-01 grant   A 100 starter
        2026-01-02 hold    A 100 app1
        2026-01-03 capture A app1 B:QD000001.1:1
        2026-01-04 hold    B 1 app2
        2026-01-05 reverse t3 ! credits.overdrawn
    """).expect("available escrow\n A 0 0\n B 99 1")


# Making credits


@pytest.mark.parametrize("amount", [-1, -micro("100"), 0])
def test_negative_amounts_do_not_fill_an_account(amount: int) -> None:
    told = play("2026-01-01 grant A 100 starter\n2026-01-02 hold A 50 app1")
    held = told.book.holdings("A")
    share = [ledger.Share("B", "QD000001.1", 1)]
    lot = told.book.lots["t1"]
    for outcome in (
        ledger.hold(heading(1), held, amount),
        ledger.grant(heading(1), "A", amount, POLICY),
        ledger.mint(heading(1), "A", amount, POLICY),
        ledger.capture(heading(1), held, share, POLICY, "operator", amount),
        ledger.clawback(heading(1), held, lot, amount),
    ):
        assert not isinstance(outcome, Transaction)
        assert outcome.code == "credits.bad_amount"


def test_a_reversed_hold_of_a_negative_amount_cannot_be_built() -> None:
    lot = play("2026-01-01 grant A 100 starter").book.lots["t1"]
    escrow = Account(AccountKind.ESCROW, "A", "app1")
    with pytest.raises(QundaoError) as error:
        Transaction(
            "x1",
            TransactionKind.HOLD,
            (Posting(AVAILABLE_A, lot, 5), Posting(escrow, lot, -5)),
            day("2026-01-02"),
            "k",
            "app1",
        )
    assert error.value.code == "credits.forbidden_flow"


def test_a_counterfeit_reversal_is_refused() -> None:
    """A reversal may issue credits, so it must negate a posted transaction, exactly."""
    told = play("2026-01-01 grant A 100 starter")
    lot = Lot("forged", "A", OriginKind.GRANT, "x", 5, day("2026-01-02"))
    forged = Transaction(
        "x1",
        TransactionKind.REVERSE,
        (Posting(ISSUANCE, lot, -5), Posting(AVAILABLE_A, lot, 5)),
        day("2026-01-02"),
        "k",
        "t1",
    )
    assert codes(told.book.apply(forged)) == ["credits.not_reversible"]
    assert codes(told.book.apply(replace(forged, reference="unheard of"))) == [
        "credits.not_reversible"
    ]


def test_a_reversal_of_a_reversal_does_not_bring_credits_back() -> None:
    told = play("2026-01-01 grant A 100 starter\n2026-01-02 reverse t1")
    told.play("2026-01-03 reverse t2 ! credits.not_reversible").expect("available\n A 0")


def test_wash_use_with_oneself_is_refused() -> None:
    play("""
        2026-01-01 mint    A 100 QD000001.1
        2026-01-02 hold    A 10 app1
        2026-01-03 capture A app1 B:QD000002.1:1 A:QD000001.1:1 ! credits.self_payment
    """)


def test_wash_use_in_a_ring_makes_no_credits() -> None:
    """Two members that use each other's data pay the fee and gain nothing."""
    told = play(
        """
        2026-01-01 grant   A 100 starter
        2026-01-01 grant   B 100 starter
        2026-01-02 hold    A 100 app1
        2026-01-03 capture A app1 B:QD000001.1:1
        2026-01-04 hold    B 190 app2
        2026-01-05 capture B app2 A:QD000002.1:1
        """,
        policy=replace(POLICY, fee=100),
    )
    total = sum(told.book.total(AccountKind.AVAILABLE, owner) for owner in "AB")
    assert total < micro("200")
    assert total + told.book.total(AccountKind.FEE, "operator") == micro("200")


def test_credits_cannot_be_given_away() -> None:
    """There is no posting, of any kind, that stands one member's lot on another's account."""
    lot = play("2026-01-01 grant A 100 starter").book.lots["t1"]
    for kind in AccountKind:
        if kind is AccountKind.ISSUANCE:
            continue
        matter = "app1" if kind is AccountKind.ESCROW else ""
        with pytest.raises(QundaoError) as error:
            Posting(Account(kind, "B", matter), lot, 1)
        assert error.value.code == "credits.forbidden_flow"
    assert not [name for name in dir(ledger) if "transfer" in name]


# Freshening what expires


def test_holding_and_releasing_does_not_freshen() -> None:
    told = play("2026-01-01 grant A 100 starter")
    expiry = told.book.lots["t1"].expires_at
    for month in range(2, 13):
        told.play(f"""
            2026-{month:02}-01 hold    A 100 app{month}
            2026-{month:02}-28 release A app{month}
        """)
    assert {b.lot.expires_at for b in told.book.holdings("A").balances} == {expiry}
    told.play("2027-01-01 expire A").expect("available expired\n A 0 100")


def test_a_lot_with_a_later_expiry_under_the_same_name_is_refused() -> None:
    told = play("2026-01-01 grant A 100 starter\n2026-01-02 hold A 100 app1")
    lot = told.book.lots["t1"]
    fresher = replace(lot, expires_at=add_months(day("2027-01-01"), 60))
    escrow = Account(AccountKind.ESCROW, "A", "app1")
    forged = Transaction(
        "x1",
        TransactionKind.RELEASE,
        (Posting(escrow, fresher, -lot.face), Posting(AVAILABLE_A, fresher, lot.face)),
        day("2026-01-03"),
        "k",
        "app1",
    )
    assert set(codes(told.book.apply(forged))) == {"credits.lot_changed"}
    held = {"A": told.book.holdings("A")}
    assert codes(objections(forged, held)) == ["credits.lot_changed"]


def test_a_related_party_passes_no_fresher_credits_on() -> None:
    """Paying one's own subsidiary for its data does not win two more years."""
    lines = """
        2026-01-01 grant   A 100 starter
        2026-12-01 hold    A 100 app1
        2026-12-02 capture A app1 B:QD000001.1:1
    """
    strangers, group = play(lines), play(lines, groups={"A": "group", "B": "group"})
    assert strangers.book.lots["t3/1"].expires_at == day("2029-12-02")
    assert group.book.lots["t3/1"].expires_at == day("2027-01-01")


def test_a_related_party_is_paid_from_expired_credits_with_what_expires_at_once() -> None:
    told = play(
        """
        2026-01-01 grant   A 100 starter
        2026-12-01 hold    A 100 app1
        2027-06-01 capture A app1 B:QD000001.1:1
        2027-06-02 hold    B 1 app2 ! credits.insufficient
        """,
        groups={"A": "group", "B": "group"},
    )
    told.expect("available escrow\n A 0 0\n B 100 0")


def test_a_hold_dated_back_before_the_expiry_finds_nothing_after_it() -> None:
    told = play("2026-01-01 grant A 100 starter\n2027-01-01 expire A")
    told.play("2026-12-31 hold A 1 app1 ! credits.insufficient")


def test_a_stale_hold_cannot_spare_credits_that_expire_earlier() -> None:
    told = play("2026-01-01 mint A 100 QD000001.1")
    stale = ledger.hold(heading(1), told.book.holdings("A"), micro("10"))
    told.play("2026-01-02 grant A 100 voucher")
    assert isinstance(stale, Transaction)
    assert codes(told.book.apply(stale)) == ["credits.out_of_order"]


def test_a_hold_that_was_made_in_time_and_posted_under_a_later_date_is_refused() -> None:
    told = play("2026-01-01 grant A 100 starter")
    made = ledger.hold(heading(1, "2026-12-31"), told.book.holdings("A"), micro("10"))
    assert isinstance(made, Transaction)
    late = replace(made, at=day("2027-01-01"))
    assert codes(told.book.apply(late)) == ["credits.lot_expired"]


# Dust


@given(st.integers(1, 10**6), st.integers(1, 40), st.integers(0, 1000), st.integers())
def test_rounding_never_makes_nor_loses_a_micro_credit(
    amount: int, contributors: int, fee: int, seed: int
) -> None:
    weights = [Random(seed + n).randint(0, 99) for n in range(contributors)]
    weights[0] += 1
    text = f"2026-01-01 grant A 1 starter\n2026-01-02 hold A {amount / 10**6:.6f} app1"
    told = play(text, policy=replace(POLICY, fee=fee))
    shares = " ".join(f"H{n}:QD{n + 1:06d}.1:{w}" for n, w in enumerate(weights))
    told.play(f"2026-01-03 capture A app1 {shares}")
    earned = sum(told.book.total(AccountKind.AVAILABLE, f"H{n}") for n in range(contributors))
    assert earned + told.book.total(AccountKind.FEE, "operator") == amount


def test_many_small_captures_earn_no_more_than_one() -> None:
    policy = replace(POLICY, fee=333)
    whole = play("2026-01-01 grant A 1 s\n2026-01-02 hold A 0.000100 app", policy=policy)
    whole.play("2026-01-03 capture A app B:QD000001.1:1")
    parts = play("2026-01-01 grant A 1 s\n2026-01-02 hold A 0.000100 app", policy=policy)
    for _ in range(100):
        parts.play("2026-01-03 capture A app 0.000001 B:QD000001.1:1")
    both = [
        told.book.total(AccountKind.AVAILABLE, "B") + told.book.total(AccountKind.FEE, "operator")
        for told in (whole, parts)
    ]
    assert both == [100, 100]


# Inflating a valuation

subjects = st.integers(1, 10**5)
facts = st.integers(0, 10**7)
scores = st.integers(60, 100)


def hospital(people: int, conditions: int, known: int = 0, known_subjects: int = 0) -> Coverage:
    domains = (DomainVolume("condition", conditions, known),)
    return Coverage("hospital_records", people, domains, known_subjects)


@given(subjects, facts, scores)
def test_an_exact_copy_that_is_known_as_such_earns_nothing(people: int, n: int, score: int) -> None:
    assert value_version(TARIFF, hospital(people, n, n, people), score).total == 0


@given(subjects, facts, subjects, facts, scores)
def test_splitting_a_dataset_earns_no_more(a: int, x: int, b: int, y: int, score: int) -> None:
    whole = value_version(TARIFF, hospital(a + b, x + y), score).total
    parts = [value_version(TARIFF, hospital(s, f), score).total for s, f in ((a, x), (b, y))]
    assert sum(parts) <= whole


@given(subjects, st.integers(1, 1000), scores)
def test_exploding_rows_stops_at_the_cap(people: int, factor: int, score: int) -> None:
    cap = next(d.cap for d in TARIFF.prices("hospital_records").domains if d.domain == "condition")
    full = value_version(TARIFF, hospital(people, people * cap), score).total
    assert value_version(TARIFF, hospital(people, people * cap * factor), score).total == full


@given(st.lists(st.tuples(subjects, facts, scores), min_size=1, max_size=8))
def test_trickling_a_dataset_in_earns_no_more_than_its_best_version(
    steps: list[tuple[int, int, int]],
) -> None:
    earned, best = 0, 0
    for people, conditions, score in steps:
        volume = hospital(people, conditions)
        earned += value_version(TARIFF, volume, score, earned).total
        best = max(best, value_version(TARIFF, volume, score).total)
    assert earned == best
