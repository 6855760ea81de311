"""The independent checkers: each law, broken by hand in the rows, is found and named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from qundao.credits.checks import Row, check_ledger, rows_of
from support.ledger_text import day, play

WHOLE = rows_of(
    play("""
        2026-01-01 grant    A 100 starter
        2026-01-02 mint     B 100 QD000001.1
        2026-01-03 grant    A 50 voucher
        2026-02-01 hold     A 120 app1
        2026-03-01 capture  A app1 60 B:QD000001.1:1
        2026-03-02 release  A app1
        2026-03-03 clawback B t2 100 fraud
        2026-03-04 hold     A 10 app2
        2026-03-05 capture  A app2 C:QD000002.1:1
        2026-03-06 reverse  t9
    """).book.transactions
)


def laws(rows: list[Row], closed: tuple[str, ...] = ()) -> set[str]:
    return {dict(p.facts)["law"] for p in check_ledger(rows, closed)}


def changed(transaction: str, account: str, **values: object) -> list[Row]:
    return [
        replace(row, **values) if (row.transaction, row.account) == (transaction, account) else row  # type: ignore[arg-type]
        for row in WHOLE
    ]


def test_a_sound_ledger_has_no_findings() -> None:
    assert check_ledger(WHOLE, ["app1"]) == ()


def test_what_is_still_held_for_a_closed_matter_is_found() -> None:
    assert laws(WHOLE, ("app2",)) == {"escrow_closed"}


def test_an_altered_amount_is_found() -> None:
    rows = changed("t1", "available", amount=200_000_000)
    assert "zero_sum" in laws(rows)
    where = [p.where for p in check_ledger(rows) if dict(p.facts)["law"] == "zero_sum"]
    assert where == ["t1 t1"]


def test_a_deleted_transaction_shows_as_overdraft() -> None:
    assert "no_overdraft" in laws([row for row in WHOLE if row.transaction != "t1"])


def test_a_transaction_posted_twice_is_found() -> None:
    twice = [replace(row, transaction="t1b") for row in WHOLE if row.transaction == "t1"]
    assert laws(WHOLE + twice) == {"unique_key"}


def test_two_heads_of_one_transaction_are_found() -> None:
    assert "unique_key" in laws(changed("t3", "issuance", reference="another"))


@pytest.mark.parametrize("expires", ["2030-01-01", "2026-01-15"])
def test_a_changed_expiry_is_found(expires: str) -> None:
    assert "lot_constant" in laws(changed("t6", "available", expires_at=day(expires)))


def test_credits_on_a_foreign_account_are_found() -> None:
    assert "not_transferable" in laws(changed("t1", "available", owner="B"))


@pytest.mark.parametrize("kind", ["hold", "release", "vest", "clawback"])
def test_credits_made_without_a_mint_are_found(kind: str) -> None:
    rows = [replace(row, kind=kind) if row.transaction == "t3" else row for row in WHOLE]
    assert "issuance" in laws(rows)


def test_spending_a_later_lot_first_is_found() -> None:
    later = next(row for row in WHOLE if row.transaction == "t3")
    rows = [
        replace(row, lot=later.lot, opened_at=later.opened_at, expires_at=later.expires_at)
        if (row.transaction, row.lot) == ("t8", "t1")
        else row
        for row in WHOLE
    ]
    assert "spending_order" in laws(rows)


def test_holding_an_expired_lot_is_found() -> None:
    rows = [replace(row, at=day("2028-01-01")) if row.transaction == "t8" else row for row in WHOLE]
    assert "expiry" in laws(rows)


@pytest.mark.parametrize(
    "forge",
    [
        lambda row: replace(row, reference="t1"),
        lambda row: replace(row, reference="unheard of"),
        lambda row: replace(row, amount=row.amount // 2),
    ],
)
def test_a_reversal_that_reverses_something_else_is_found(forge: Callable[[Row], Row]) -> None:
    rows = [forge(row) if row.transaction == "t10" else row for row in WHOLE]
    assert "reversal" in laws(rows)


def test_a_second_reversal_is_found() -> None:
    again = [
        replace(row, transaction="t11", key="k11") for row in WHOLE if row.transaction == "t10"
    ]
    assert "reversal" in laws(WHOLE + again)
