"""Any sequence of operations keeps every law of the ledger."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

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
per_mille = st.integers(-10, 1_050)


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

    def held(self) -> list[tuple[str, str]]:
        """Return what is held: payers and matters."""
        return [(o, m) for o in OWNERS for m in MATTERS if self.book.holdings(o).held_for(m)]

    @initialize(grants=st.lists(st.integers(1, 10_000), min_size=3, max_size=3))
    def everybody_has_something(self, grants: list[int]) -> None:
        for owner, amount in zip(OWNERS, grants, strict=True):
            self.grant(owner, amount)
            self.mint(owner, amount)

    @rule(days=st.integers(0, 40))
    def time_passes(self, days: int) -> None:
        self.now += timedelta(days=days)

    @rule(owner=owners, amount=amounts)
    def grant(self, owner: str, amount: int) -> None:
        self.post(ledger.grant(self.heading("grant"), owner, amount, POLICY))

    @rule(owner=owners, amount=amounts)
    def mint(self, owner: str, amount: int) -> None:
        accession = f"QD00000{OWNERS.index(owner) + 1}.1"
        self.post(ledger.mint(self.heading(accession), owner, amount, POLICY))

    @rule(owner=owners, months=st.integers(0, 2))
    def vest(self, owner: str, months: int) -> None:
        self.now += timedelta(days=31 * months)
        used = self.book.months_of_use(owner, lambda payer, contributor: payer != contributor)
        self.post(ledger.vest(self.heading("vest"), self.book.holdings(owner), used))

    @rule(owner=owners, share=per_mille, matter=matters, late=st.booleans())
    def hold(self, owner: str, share: int, matter: str, late: bool) -> None:
        holdings = self.book.holdings(owner)
        amount = sum(b.amount for b in holdings.spendable(self.now)) * share // 1000
        made = ledger.hold(self.heading(matter), holdings, amount)
        if late and isinstance(made, Transaction):
            self.stale.append(made)
        else:
            self.post(made)

    @precondition(lambda self: self.held())
    @rule(
        data=st.data(),
        share=st.none() | per_mille,
        weights=st.lists(st.integers(0, 9), min_size=3, max_size=3),
        related=st.booleans(),
    )
    def capture(
        self, data: st.DataObject, share: int | None, weights: list[int], related: bool
    ) -> None:
        owner, matter = data.draw(st.sampled_from(self.held()))
        shares = [
            Share(name, f"QD00000{number}.1", weight, related)
            for number, (name, weight) in enumerate(zip(OWNERS, weights, strict=True), 1)
            if name != owner
        ]
        payer = self.book.holdings(owner)
        amount = None if share is None else payer.held_for(matter) * share // 1000
        self.post(ledger.capture(self.heading(matter), payer, shares, POLICY, OPERATOR, amount))

    @rule(payer=owners, owner=owners, matter=matters, share=per_mille)
    def use(self, payer: str, owner: str, matter: str, share: int) -> None:
        """Hold and capture at once, as most uses end."""
        self.hold(payer, share, matter, late=False)
        shares = [Share(owner, f"QD00000{OWNERS.index(owner) + 1}.1", 1)]
        held = self.book.holdings(payer)
        self.post(ledger.capture(self.heading(matter), held, shares, POLICY, OPERATOR))

    @precondition(lambda self: self.held())
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        owner, matter = data.draw(st.sampled_from(self.held()))
        self.post(ledger.release(self.heading(matter), self.book.holdings(owner)))

    @rule(owner=owners)
    def expire(self, owner: str) -> None:
        self.post(ledger.expire(self.heading("expiry"), self.book.holdings(owner)))

    @precondition(lambda self: self.book.lots)
    @rule(data=st.data(), share=per_mille)
    def clawback(self, data: st.DataObject, share: int) -> None:
        lot = self.book.lots[data.draw(st.sampled_from(sorted(self.book.lots)))]
        held = self.book.holdings(lot.owner)
        done = self.book.clawed_back(lot.id)
        amount = lot.face * share // 1000
        if lot.owner in OWNERS and not lot.id.endswith("/debt"):
            self.post(ledger.clawback(self.heading("fraud"), held, lot, amount, done))

    @precondition(lambda self: any(self.book.holdings(owner).debt for owner in OWNERS))
    @rule(data=st.data())
    def settle(self, data: st.DataObject) -> None:
        debtors = [owner for owner in OWNERS if self.book.holdings(owner).debt]
        owner = data.draw(st.sampled_from(debtors))
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
TestLedger.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)


def test_every_kind_of_transaction_has_a_rule_or_reverses_one() -> None:
    assert set(RULES) | {TransactionKind.REVERSE} == set(TransactionKind)
