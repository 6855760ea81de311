"""What a posting, a lot and a transaction refuse to be, and the months and shares below them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qundao.credits.accounts import ISSUANCE, Account, AccountKind
from qundao.credits.holdings import Balance, Holdings
from qundao.credits.ledger import Heading, reverse
from qundao.credits.lots import Lot, OriginKind, Vesting
from qundao.credits.months import add_months, whole_months
from qundao.credits.postings import RULES, Posting, Transaction, TransactionKind
from qundao.credits.split import split_amount
from qundao.kernel.errors import QundaoError
from support.ledger_text import day, micro, play

AT = day("2026-01-01")
LOT = Lot("l1", "A", OriginKind.GRANT, "x", 10, AT, day("2027-01-01"))
OTHER = replace(LOT, id="l2", owner="B")
AVAILABLE = Account(AccountKind.AVAILABLE, "A")
ESCROW = Account(AccountKind.ESCROW, "A", "app1")

instants = st.datetimes(
    datetime.fromisoformat("2000-01-01"),
    datetime.fromisoformat("2100-01-01"),
    timezones=st.just(UTC),
)


def entry(kind: TransactionKind, *postings: Posting, **changed: object) -> Transaction:
    given = {"id": "t1", "at": AT, "idempotency_key": "k", "reference": "r", **changed}
    return Transaction(kind=kind, postings=postings, **given)  # type: ignore[arg-type]


def refusal(kind: TransactionKind, *postings: Posting, **changed: object) -> set[str]:
    with pytest.raises(QundaoError) as error:
        entry(kind, *postings, **changed)
    return {problem.code for problem in error.value.problems}


def test_a_sound_transaction_exists() -> None:
    made = entry(TransactionKind.HOLD, Posting(AVAILABLE, LOT, -3), Posting(ESCROW, LOT, 3))
    assert made.owners == ("A",)
    assert made.change(AccountKind.AVAILABLE, "A") == -3
    assert made.change(AccountKind.AVAILABLE, "B") == 0
    assert dict(made.lots) == {"l1": LOT}


def test_every_lot_sums_to_zero_and_not_only_the_whole() -> None:
    mine, theirs = (
        Posting(AVAILABLE, LOT, -3),
        Posting(Account(AccountKind.ESCROW, "B", "m"), OTHER, 3),
    )
    assert refusal(TransactionKind.HOLD, mine, theirs) == {"credits.unbalanced"}


def test_credits_do_not_change_hands() -> None:
    with pytest.raises(QundaoError) as error:
        Posting(Account(AccountKind.AVAILABLE, "B"), LOT, 3)
    assert error.value.code == "credits.forbidden_flow"


@pytest.mark.parametrize("kind", list(RULES))
def test_each_kind_does_only_what_it_may(kind: TransactionKind) -> None:
    places = [ISSUANCE, ESCROW] + [
        Account(k, "A") for k in AccountKind if k not in (AccountKind.ISSUANCE, AccountKind.ESCROW)
    ]
    for source in places:
        for target in places:
            if source == target or (source.kind, target.kind) in RULES[kind].flows:
                continue
            postings = (Posting(source, LOT, -3), Posting(target, LOT, 3))
            assert "credits.forbidden_flow" in refusal(kind, *postings)


def test_a_capture_cannot_make_credits_out_of_nothing() -> None:
    earned = (Posting(ISSUANCE, LOT, -3), Posting(AVAILABLE, LOT, 3))
    assert refusal(TransactionKind.CAPTURE, *earned) == {"credits.forbidden_flow"}


def test_a_transaction_has_a_head_and_a_body() -> None:
    both = (Posting(AVAILABLE, LOT, -3), Posting(ESCROW, LOT, 3))
    assert refusal(TransactionKind.HOLD) == {"credits.bad_posting"}
    for missing in ("id", "idempotency_key", "reference"):
        assert refusal(TransactionKind.HOLD, *both, **{missing: ""}) == {"credits.bad_posting"}
    with pytest.raises(ValueError, match="time zone"):
        entry(TransactionKind.HOLD, *both, at=AT.replace(tzinfo=None))


def test_one_transaction_knows_one_version_of_a_lot() -> None:
    fresher = replace(LOT, expires_at=day("2030-01-01"))
    both = (Posting(AVAILABLE, LOT, -3), Posting(ESCROW, fresher, 3))
    assert refusal(TransactionKind.HOLD, *both) == {"credits.bad_posting"}


@pytest.mark.parametrize("amount", [0, 1.0, True, "1", None])
def test_amounts_are_whole_micro_credits(amount: object) -> None:
    with pytest.raises(QundaoError) as error:
        Posting(AVAILABLE, LOT, amount)  # type: ignore[arg-type]
    assert error.value.code == "credits.bad_posting"


@pytest.mark.parametrize(
    ("kind", "owner", "matter"),
    [
        (AccountKind.AVAILABLE, "", ""),
        (AccountKind.AVAILABLE, "A", "app1"),
        (AccountKind.ESCROW, "A", ""),
        (AccountKind.ISSUANCE, "A", ""),
        (AccountKind.AVAILABLE, "alliance", ""),
    ],
)
def test_impossible_accounts_are_refused(kind: AccountKind, owner: str, matter: str) -> None:
    with pytest.raises(QundaoError) as error:
        Account(kind, owner, matter)
    assert error.value.code == "credits.bad_posting"


@pytest.mark.parametrize(
    "changed",
    [{"id": ""}, {"owner": ""}, {"face": 0}, {"face": -1}, {"face": 1.5}, {"expires_at": AT}],
)
def test_impossible_lots_are_refused(changed: dict[str, object]) -> None:
    with pytest.raises(QundaoError) as error:
        replace(LOT, **changed)  # type: ignore[arg-type]
    assert error.value.code == "credits.bad_posting"


def test_holdings_are_of_one_owner() -> None:
    with pytest.raises(ValueError, match="balances of B"):
        Holdings("B", (Balance(AVAILABLE, LOT, 3),))


def test_an_account_knows_what_it_may_hold() -> None:
    debt = Account(AccountKind.CLAWBACK_DEBT, "A")
    may = [
        [account.may_hold(amount) for amount in (-1, 0, 1)]
        for account in (AVAILABLE, debt, ISSUANCE)
    ]
    assert may == [[False, True, True], [True, True, False], [True, True, True]]


def test_a_reversal_names_what_it_reverses() -> None:
    told = play("2026-01-01 grant A 10 x")
    head = Heading("t9", AT, "k9", "another")
    refused = reverse(head, told.book.transactions[0])
    assert not isinstance(refused, Transaction)
    assert refused.code == "credits.not_reversible"


def test_every_account_kind_and_origin_has_its_words() -> None:
    for named in (*AccountKind, *TransactionKind, *OriginKind):
        assert named.words.zh
        assert named.words.en


def test_a_book_refuses_a_whole_transaction_or_none_of_it() -> None:
    told = play("2026-01-01 grant A 10 x")
    lot = told.book.lots["t1"]
    half = entry(
        TransactionKind.HOLD,
        Posting(AVAILABLE, lot, -micro("11")),
        Posting(ESCROW, lot, micro("11")),
        id="t9",
    )
    assert [p.code for p in told.book.apply(half)] == ["credits.overdrawn"]
    told.expect("available escrow\n A 10 0")


@given(instants, st.integers(0, 240))
def test_months_are_counted_as_they_are_added(start: datetime, months: int) -> None:
    end = add_months(start, months)
    assert whole_months(start, end) == months
    assert (end.day == start.day) or (end.day < start.day and add_months(end, 1).day <= 31)
    assert whole_months(end, start) == 0


def test_the_last_of_a_month_stays_within_it() -> None:
    assert add_months(day("2026-01-31"), 1) == day("2026-02-28")
    assert add_months(day("2024-01-31"), 1) == day("2024-02-29")
    assert add_months(day("2026-12-31"), 2) == day("2027-02-28")
    assert whole_months(day("2026-01-15"), day("2026-02-14")) == 0


@given(st.integers(0, 10**15), st.lists(st.integers(0, 10**12), min_size=1).filter(any))
def test_shares_sum_exactly_and_are_fair_to_one_unit(amount: int, weights: list[int]) -> None:
    parts = split_amount(amount, weights)
    assert sum(parts) == amount
    whole = sum(weights)
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * whole - amount * weight) < whole


@pytest.mark.parametrize(("amount", "weights"), [(-1, [1]), (1, [0]), (1, [2, -1]), (1, [])])
def test_impossible_shares_are_refused(amount: int, weights: list[int]) -> None:
    with pytest.raises(QundaoError) as error:
        split_amount(amount, weights)
    assert error.value.code == "credits.bad_amount"


@given(st.integers(0, 10**12), st.integers(1, 60))
def test_vesting_grows_to_the_whole(later: int, months: int) -> None:
    terms = Vesting(later, months, needs_use=False)
    due = [terms.due(month) for month in range(months + 2)]
    assert due == sorted(due)
    assert (due[0], due[months], due[-1]) == (0, later, later)
