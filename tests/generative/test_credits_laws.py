"""Any sequence of operations keeps every law of the ledger."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from qundao.credits import ledger
from qundao.credits.accounts import ISSUANCE, AccountKind
from qundao.credits.book import Book
from qundao.credits.checks import check_ledger, rows_of
from qundao.credits.ledger import Heading, Outcome, Share
from qundao.credits.policy import CreditPolicy
from qundao.credits.postings import RULES, Transaction, TransactionKind
from qundao.credits.statement import statement
from support.ledger_text import OPERATOR, day

OWNERS = ("A", "B", "C")
MATTERS = ("app1", "app2")
POLICY = CreditPolicy(fee=37, vest_months=3, earned_months=6, granted_months=2)
REFUSALS_ON_POSTING = {"credits.overdrawn", "credits.not_reversible"}

owners = st.sampled_from(OWNERS)
matters = st.sampled_from(MATTERS)
amounts = st.integers(-5, 10_000)


class Ledger(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.book = Book()
        self.now = day("2026-01-31")
        self.number = 0
        self.stale: list[Transaction] = []

    def heading(self, reference: str) -> Heading:
        self.number += 1
        return Heading(f"t{self.number}", self.now, f"key{self.number}", reference)

    def post(self, outcome: Outcome) -> None:
        """What a rule allows on current holdings is posted, unless it reverses what is spent."""
        if isinstance(outcome, Transaction):
            refused = {p.code for p in self.book.apply(outcome)}
            allowed = REFUSALS_ON_POSTING if outcome.kind is TransactionKind.REVERSE else set()
            assert refused <= allowed

    @rule(days=st.integers(0, 80))
    def time_passes(self, days: int) -> None:
        self.now += timedelta(days=days)

    @rule(owner=owners, amount=amounts)
    def grant(self, owner: str, amount: int) -> None:
        self.post(ledger.grant(self.heading("grant"), owner, amount, POLICY))

    @rule(owner=owners, amount=amounts)
    def mint(self, owner: str, amount: int) -> None:
        accession = f"QD00000{OWNERS.index(owner) + 1}.1"
        self.post(ledger.mint(self.heading(accession), owner, amount, POLICY))

    @rule(owner=owners)
    def vest(self, owner: str) -> None:
        used = self.book.months_of_use(owner, lambda payer, contributor: payer != contributor)
        self.post(ledger.vest(self.heading("vest"), self.book.holdings(owner), used))

    @rule(owner=owners, amount=amounts, matter=matters, late=st.booleans())
    def hold(self, owner: str, amount: int, matter: str, late: bool) -> None:
        made = ledger.hold(self.heading(matter), self.book.holdings(owner), amount)
        if late and isinstance(made, Transaction):
            self.stale.append(made)
        else:
            self.post(made)

    @rule(
        owner=owners,
        matter=matters,
        amount=st.none() | amounts,
        weights=st.lists(st.integers(0, 9), min_size=3, max_size=3),
    )
    def capture(self, owner: str, matter: str, amount: int | None, weights: list[int]) -> None:
        shares = [
            Share(name, f"QD00000{number}.1", weight)
            for number, (name, weight) in enumerate(zip(OWNERS, weights, strict=True), 1)
            if name != owner
        ]
        held = self.book.holdings(owner)
        self.post(ledger.capture(self.heading(matter), held, shares, POLICY, OPERATOR, amount))

    @rule(owner=owners, matter=matters)
    def release(self, owner: str, matter: str) -> None:
        self.post(ledger.release(self.heading(matter), self.book.holdings(owner)))

    @rule(owner=owners)
    def expire(self, owner: str) -> None:
        self.post(ledger.expire(self.heading("expiry"), self.book.holdings(owner)))

    @precondition(lambda self: self.book.lots)
    @rule(data=st.data(), amount=amounts)
    def clawback(self, data: st.DataObject, amount: int) -> None:
        lot = self.book.lots[data.draw(st.sampled_from(sorted(self.book.lots)))]
        held = self.book.holdings(lot.owner)
        done = self.book.clawed_back(lot.id)
        if lot.owner in OWNERS and not lot.id.endswith("/debt"):
            self.post(ledger.clawback(self.heading("fraud"), held, lot, amount, done))

    @rule(owner=owners)
    def settle(self, owner: str) -> None:
        self.post(ledger.settle(self.heading("settle"), self.book.holdings(owner)))

    @precondition(lambda self: self.book.transactions)
    @rule(data=st.data())
    def reverse(self, data: st.DataObject) -> None:
        original = data.draw(st.sampled_from(self.book.transactions))
        self.post(ledger.reverse(self.heading(original.id), original))

    @precondition(lambda self: self.book.transactions)
    @rule(data=st.data())
    def deliver_again(self, data: st.DataObject) -> None:
        again = data.draw(st.sampled_from(self.book.transactions))
        before = len(self.book.transactions)
        assert self.book.apply(again) == ()
        assert len(self.book.transactions) == before

    @precondition(lambda self: self.stale)
    @rule()
    def deliver_late(self) -> None:
        """A hold that was made on old holdings is posted whole or refused whole."""
        made = self.stale.pop()
        before = self.book.holdings(made.owners[0]).balances
        if self.book.apply(made):
            assert self.book.holdings(made.owners[0]).balances == before

    @invariant()
    def every_law_holds(self) -> None:
        assert check_ledger(rows_of(self.book.transactions)) == ()

    @invariant()
    def everything_sums_to_zero(self) -> None:
        names = (*OWNERS, OPERATOR, ISSUANCE.owner)
        assert sum(self.book.total(kind, name) for kind in AccountKind for name in names) == 0

    @invariant()
    def nobody_is_below_zero(self) -> None:
        for owner in (*OWNERS, OPERATOR):
            for balance in self.book.holdings(owner).balances:
                assert balance.account.may_hold(balance.amount)
                assert balance.amount != 0

    @invariant()
    def statements_end_at_the_balance(self) -> None:
        for owner in OWNERS:
            lines = list(statement(self.book.transactions, owner))
            if lines:
                shown = lines[-1].balances
                assert shown == {kind: self.book.total(kind, owner) for kind in shown}

    @invariant()
    def a_lot_is_worth_no_more_than_its_face(self) -> None:
        for owner in (*OWNERS, OPERATOR):
            worth: dict[str, int] = {}
            for balance in self.book.holdings(owner).balances:
                worth[balance.lot.id] = worth.get(balance.lot.id, 0) + abs(balance.amount)
            assert all(amount <= self.book.lots[lot].face for lot, amount in worth.items())

    @invariant()
    def clawbacks_take_no_more_than_the_face(self) -> None:
        for lot_id, lot in self.book.lots.items():
            assert self.book.clawed_back(lot_id) <= lot.face


TestLedger = Ledger.TestCase
TestLedger.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


def test_every_kind_of_transaction_has_a_rule_or_reverses_one() -> None:
    assert set(RULES) | {TransactionKind.REVERSE} == set(TransactionKind)
