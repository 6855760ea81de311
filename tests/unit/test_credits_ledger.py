"""The ledger, told as small ledgers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from qundao.credits.accounts import ISSUANCE, AccountKind
from qundao.credits.checks import check_ledger, rows_of
from qundao.credits.lots import OriginKind
from qundao.credits.policy import CreditPolicy
from qundao.credits.postings import TransactionKind
from qundao.credits.statement import statement
from support.ledger_text import POLICY, day, micro, play

BY_TIME = replace(POLICY, rest_needs_use=False)
ONE_USE = """
    2026-01-05 grant   A 1000 starter
    2026-01-06 mint    B 100  QD000001.1
    2026-01-06 mint    C 50   QD000002.1
    2026-02-01 hold    A 30   app1
    2026-03-01 capture A app1 B:QD000001.1:2 C:QD000002.1:1
"""


def test_a_use_moves_credits_from_user_to_contributors() -> None:
    told = play(ONE_USE)
    told.expect("""
           available  pending  escrow  clawback_debt
        A  970        0        0       0
        B  90         30       0       0
        C  45         15       0       0
    """)
    assert check_ledger(rows_of(told.book.transactions), ["app1"]) == ()


def test_what_is_held_is_neither_spent_nor_spendable() -> None:
    play(ONE_USE).play("2026-03-02 hold A 970 app2").play(
        "2026-03-03 hold A 0.000001 app3 ! credits.insufficient"
    ).expect("""
           available  escrow
        A  0          970
    """)


def test_a_release_gives_back_every_lot_with_its_expiry() -> None:
    told = play("""
        2026-01-01 grant   A 10 first
        2026-06-01 grant   A 10 second
        2026-07-01 hold    A 15 app1
    """)
    before = play("2026-01-01 grant A 10 first\n2026-06-01 grant A 10 second").book.holdings("A")
    told.play("2026-08-01 release A app1")
    assert set(told.book.holdings("A").balances) == set(before.balances)


def test_a_refund_after_expiry_expires_at_once() -> None:
    told = play("""
        2026-01-01 grant   A 10 starter
        2026-12-31 hold    A 10 app1
        2027-02-01 release A app1
        2027-02-01 hold    A 1 app2 ! credits.insufficient
        2027-02-01 expire  A
    """)
    told.expect("""
           available  escrow  expired
        A  0          0       10
    """)


def test_lots_are_spent_first_to_expire_whatever_their_age() -> None:
    told = play("""
        2026-01-01 mint  A 100 QD000001.1
        2026-05-01 grant A 100 voucher
        2026-06-01 hold  A 120 app1
    """)
    held = {b.lot.id: b.amount for b in told.book.holdings("A").of(AccountKind.ESCROW, "app1")}
    assert held == {"t2": micro("100"), "t1": micro("20")}


def test_held_credits_are_captured_even_when_they_expired_meanwhile() -> None:
    told = play("""
        2026-01-01 grant   A 10 starter
        2026-12-31 hold    A 10 app1
        2027-06-01 expire  A ! credits.nothing_due
        2027-06-01 capture A app1 B:QD000001.1:1
    """)
    told.expect("""
           available  escrow
        A  0          0
        B  10         0
    """)


def test_a_capture_in_parts_leaves_the_rest_held() -> None:
    told = play("""
        2026-01-01 grant   A 10 starter
        2026-01-02 hold    A 10 app1
        2026-01-03 capture A app1 4 B:QD000001.1:1
        2026-01-04 capture A app1 7 B:QD000001.1:1 ! credits.nothing_held
        2026-01-05 release A app1
        2026-01-06 release A app1 ! credits.nothing_held
    """)
    told.expect("""
           available  escrow
        A  6          0
        B  4          0
    """)


def test_the_fee_goes_to_the_operator_and_the_rest_is_shared_without_dust() -> None:
    told = play(
        """
        2026-01-01 grant   A 10 starter
        2026-01-02 hold    A 0.000100 app1
        2026-01-03 capture A app1 B:QD000001.1:1 C:QD000002.1:1 D:QD000003.1:1
        """,
        policy=replace(POLICY, fee=55),
    )
    told.expect("""
                  available   fee
        A         9.9999      0
        B         0.000032    0
        C         0.000032    0
        D         0.000031    0
        operator  0           0.000005
    """)


def test_a_capture_neither_makes_nor_ends_credits() -> None:
    told = play(ONE_USE)
    capture = told.book.transactions[-1]
    assert capture.kind is TransactionKind.CAPTURE
    assert sum(p.amount for p in capture.postings if p.account == ISSUANCE) == 0
    earned = [lot for lot in capture.lots.values() if lot.owner == "B"]
    assert [(lot.origin, lot.subject) for lot in earned] == [(OriginKind.USE, "QD000001.1")]


def test_the_rest_of_a_mint_vests_over_a_year() -> None:
    told = play("2026-01-31 mint B 100 QD000001.1", policy=BY_TIME)
    told.play("2026-02-27 vest B ! credits.nothing_due")
    told.play("2026-02-28 vest B").expect("available pending\n B 72.5 27.5")
    told.play("2026-02-28 vest B ! credits.nothing_due")
    told.play("2026-07-31 vest B").expect("available pending\n B 85 15")
    told.play("2027-06-30 vest B").expect("available pending\n B 100 0")
    told.play("2027-07-30 vest B ! credits.nothing_due")


def test_vesting_leaves_no_dust() -> None:
    told = play("2026-01-01 mint B 0.000100 QD000001.1", policy=replace(BY_TIME, vest_months=7))
    for month in range(2, 9):
        told.play(f"2026-{month:02}-01 vest B")
    told.expect("available pending\n B 0.0001 0")


def test_the_rest_vests_with_months_of_use_by_others() -> None:
    told = play("""
        2026-01-01 grant   A 100 starter
        2026-01-01 mint    B 120 QD000001.1
        2026-06-01 vest    B ! credits.nothing_due
        2026-06-02 hold    A 20 app1
        2026-06-03 capture A app1 5 B:QD000001.1:1
        2026-06-20 capture A app1 5 B:QD000001.1:1
        2026-07-03 capture A app1 5 B:QD000001.1:1
        2026-07-04 vest    B
    """)
    told.expect("available pending\n B 105 30")


def test_use_by_a_related_party_does_not_vest() -> None:
    told = play(
        """
        2026-01-01 grant   A 100 starter
        2026-01-01 mint    B 120 QD000001.1
        2026-06-02 hold    A 20 app1
        2026-06-03 capture A app1 B:QD000001.1:1
        2026-07-04 vest    B ! credits.nothing_due
        """,
        groups={"A": "group", "B": "group"},
    )
    told.expect("available pending\n B 104 36")


def test_reversed_use_does_not_vest() -> None:
    play("""
        2026-01-01 grant   A 100 starter
        2026-01-01 mint    B 120 QD000001.1
        2026-06-02 hold    A 20 app1
        2026-06-03 capture A app1 B:QD000001.1:1
        2026-06-04 reverse t4
        2026-07-04 vest    B ! credits.nothing_due
    """).expect("available pending escrow\n A 80 0 20\n B 84 36 0")


def test_a_reversed_capture_can_be_released() -> None:
    told = play(ONE_USE).play("""
        2026-03-05 reverse t5
        2026-03-06 release A app1
    """)
    told.expect("available escrow\n A 1000 0\n B 70 0\n C 35 0")


def test_a_transaction_is_reversed_once() -> None:
    told = play("""
        2026-01-01 grant   A 10 starter
        2026-01-01 grant   A 10 starter
        2026-01-02 reverse t1
    """)
    again = next(t for t in told.book.transactions if t.id == "t3")
    second = replace(again, id="t9", idempotency_key="key-9")
    codes = {p.code for p in told.book.apply(second)}
    assert codes == {"credits.not_reversible", "credits.overdrawn"}


def test_what_was_spent_cannot_be_reversed_but_clawed_back() -> None:
    told = play("""
        2026-01-01 mint     B 100 QD000001.1
        2026-01-02 hold     B 60 app1
        2026-01-03 reverse  t1 ! credits.overdrawn
        2026-01-04 clawback B t1 100 fraud
    """)
    told.expect("available pending escrow clawback_debt\n B 0 0 60 -60")


def test_a_clawback_takes_the_unvested_part_first() -> None:
    told = play("""
        2026-01-01 mint     B 100 QD000001.1
        2026-01-04 clawback B t1 20 withdrawn_in_part
    """)
    told.expect("available pending clawback_debt\n B 70 10 0")
    told.play("2026-01-05 clawback B t1 30 more").expect(
        "available pending clawback_debt\n B 50 0 0"
    )
    told.play("2026-01-06 clawback B t1 51 too_much ! credits.bad_amount")
    told.play("2026-01-06 clawback B t1 50 the_rest").expect("available clawback_debt\n B 0 0")


def test_a_clawback_in_error_is_reversed_and_may_be_made_again() -> None:
    play("""
        2026-01-01 mint     B 100 QD000001.1
        2026-01-02 hold     B 70 app1
        2026-01-03 capture  B app1 C:QD000009.1:1
        2026-01-04 clawback B t1 100 fraud
        2026-01-05 reverse  t4
        2026-01-06 clawback B t1 100 fraud_after_all
        2026-01-07 clawback B t1 0.000001 again ! credits.bad_amount
    """).expect("available pending clawback_debt\n B 0 0 -70")


def test_a_debt_blocks_spending_until_it_is_settled() -> None:
    told = play("""
        2026-01-01 mint     B 100 QD000001.1
        2026-01-01 grant    A 100 starter
        2026-01-02 hold     B 70 app1
        2026-01-03 capture  B app1 C:QD000009.1:1
        2026-01-04 clawback B t1 100 fraud
        2026-01-05 settle   B ! credits.nothing_due
        2026-01-06 mint     B 100 QD000002.1
        2026-01-07 hold     B 1 app2 ! credits.in_debt
        2026-01-08 settle   B
    """)
    told.expect("available pending clawback_debt\n B 0 30 0")
    told.play("""
        2026-01-09 mint B 10 QD000003.1
        2026-01-10 hold B 1 app2
    """).expect("available escrow\n B 6 1")


def test_a_debt_is_settled_in_parts() -> None:
    told = play("""
        2026-01-01 grant    B 100 starter
        2026-01-02 hold     B 100 app1
        2026-01-03 capture  B app1 C:QD000009.1:1
        2026-01-04 clawback B t1 100 fraud
        2026-01-06 grant    B 30 voucher
        2026-01-08 settle   B
        2026-01-09 grant    B 90 voucher
        2026-01-10 settle   B
    """)
    told.expect("available clawback_debt\n B 20 0")
    assert check_ledger(rows_of(told.book.transactions), ["app1"]) == ()


def test_pending_expires_with_its_lot() -> None:
    play("""
        2026-01-01 mint   B 100 QD000001.1
        2029-01-01 vest   B ! credits.nothing_due
        2029-01-01 expire B
    """).expect("available pending expired\n B 0 0 100")


@pytest.mark.parametrize(
    "line",
    [
        "2026-01-01 grant A 0 x ! credits.bad_amount",
        "2026-01-01 grant A -5 x ! credits.bad_amount",
        "2026-01-01 mint A -5 QD000001.1 ! credits.bad_amount",
        "2026-01-01 hold A 0 app ! credits.bad_amount",
        "2026-01-01 hold A -1 app ! credits.bad_amount",
        "2026-01-01 hold A 1 app ! credits.insufficient",
        "2026-01-01 capture A app B:QD000001.1:1 ! credits.nothing_held",
        "2026-01-01 release A app ! credits.nothing_held",
        "2026-01-01 expire A ! credits.nothing_due",
        "2026-01-01 settle A ! credits.nothing_due",
        "2026-01-01 vest A ! credits.nothing_due",
    ],
)
def test_refusals_change_nothing(line: str) -> None:
    assert play(line).book.transactions == ()


@pytest.mark.parametrize(
    "shares",
    ["5 A:QD000001.1:1 ! credits.self_payment"]
    + [f"{w} ! credits.bad_amount" for w in ("5", "5 B:QD000001.1:0", "-5 B:QD000001.1:1")]
    + ["5 B:QD000001.1:-1 C:QD000001.1:3 ! credits.bad_amount", "11 B:Q:1 ! credits.nothing_held"],
)
def test_impossible_captures_are_refused(shares: str) -> None:
    play(f"""
        2026-01-01 grant   A 10 starter
        2026-01-02 hold    A 10 app1
        2026-01-03 capture A app1 {shares}
    """).expect("escrow\n A 10")


@pytest.mark.parametrize("target", ["t3", "t4", "t5"])
def test_only_what_has_no_other_way_back_is_reversed(target: str) -> None:
    play(f"""
        2026-01-01 grant   A 10 starter
        2026-01-01 mint    A 10 QD000001.1
        2026-01-02 hold    A 10 app1
        2026-01-03 release A app1
        2027-01-01 expire  A
        2027-01-02 reverse {target} ! credits.not_reversible
    """)


def test_a_statement_runs_from_nothing_to_the_balance() -> None:
    told = play(ONE_USE)
    lines = list(statement(told.book.transactions, "A"))
    assert [(line.kind.value, line.available, line.balance) for line in lines] == [
        ("grant", micro("1000"), micro("1000")),
        ("hold", micro("-30"), micro("970")),
        ("capture", 0, micro("970")),
    ]
    assert [line.balances[AccountKind.ESCROW] for line in lines] == [0, micro("30"), 0]
    assert lines[2].kind.words.zh == "结算"
    assert lines[1].reference == "app1"
    b = list(statement(told.book.transactions, "B"))
    assert [line.balance for line in b] == [micro("70"), micro("90")]


def test_a_statement_may_begin_in_the_middle() -> None:
    told = play(ONE_USE)
    whole = list(statement(told.book.transactions, "A"))
    later = list(statement(told.book.transactions[3:], "A", whole[0].balances))
    assert later == whole[1:]


def test_a_policy_must_be_possible() -> None:
    for wrong in (
        {"first_share": 1001},
        {"fee": -1},
        {"vest_months": 0},
        {"earned_months": 12},
        {"starter_grant": -1},
    ):
        with pytest.raises(ValueError, match="required"):
            CreditPolicy(**wrong)  # type: ignore[arg-type]


def test_a_book_reads_back_from_its_transactions() -> None:
    told = play(ONE_USE)
    again = type(told.book)(told.book.transactions)
    assert again.owners == told.book.owners == ("A", "B", "C")
    assert all(
        set(again.holdings(o).balances) == set(told.book.holdings(o).balances) for o in "ABC"
    )
    assert again.with_key("key-4") == told.book.transactions[3]


def test_days_of_expiry_follow_the_calendar() -> None:
    told = play("2026-08-31 grant A 1 x", policy=replace(POLICY, granted_months=18))
    assert told.book.lots["t1"].expires_at == day("2028-02-29")
