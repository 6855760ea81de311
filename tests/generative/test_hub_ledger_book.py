"""The ledger in the database against the ledger in memory: any history leads to the same book."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qundao.credits.book import Book
from qundao.credits.ledger import Share
from qundao.hub.auditlog.models import LoggedEvent
from qundao.hub.common.actors import HUB_ACTOR
from qundao.hub.ledger import actions, queries
from qundao.hub.ledger.holdings import holdings
from qundao.kernel.errors import QundaoError

pytestmark = pytest.mark.usefixtures("hub_db")
_run = count()

AMOUNTS = st.integers(0, 50)
OWNERS = st.sampled_from("abc")
MATTERS = st.sampled_from(("m1", "m2"))
STEPS = st.one_of(
    st.tuples(st.just("grant"), OWNERS, AMOUNTS),
    st.tuples(st.just("mint"), OWNERS, AMOUNTS),
    st.tuples(st.just("hold"), OWNERS, MATTERS, AMOUNTS),
    st.tuples(st.just("capture"), OWNERS, MATTERS, OWNERS, st.none() | AMOUNTS),
    st.tuples(st.just("release"), OWNERS, MATTERS),
    st.tuples(st.just("claw_back"), st.integers(0, 5), AMOUNTS),
    st.tuples(st.just("settle"), OWNERS),
    st.tuples(st.just("reverse"), st.integers(0, 5)),
)


class History:
    """One history, with organisations of its own so that histories do not meet."""

    def __init__(self) -> None:
        self.run = next(_run)
        self.posted: list[str] = []

    def owner(self, name: str) -> str:
        return f"org_{self.run}_{name}"

    def do(self, step: tuple, key: str):
        name, *arguments = step
        return getattr(self, f"_{name}")(*arguments, key=key, actor=HUB_ACTOR)

    def _grant(self, owner, amount, **rest):
        who = self.owner(owner)
        return actions.grant_credits(owner=who, amount=amount, reference="r", **rest)

    def _mint(self, owner, amount, **rest):
        who = self.owner(owner)
        return actions.mint_credits(owner=who, accession="QD000001.1", amount=amount, **rest)

    def _hold(self, owner, matter, amount, **rest):
        who = self.owner(owner)
        return actions.hold_credits(owner=who, matter=matter, amount=amount, **rest)

    def _capture(self, payer, matter, owner, amount, **rest):
        shares = [Share(self.owner(owner), "QD000001.1", 1)]
        who = self.owner(payer)
        return actions.capture_credits(
            payer=who, matter=matter, shares=shares, amount=amount, **rest
        )

    def _release(self, owner, matter, **rest):
        return actions.release_credits(owner=self.owner(owner), matter=matter, **rest)

    def _claw_back(self, which, amount, **rest):
        lot = self.posted[which] if which < len(self.posted) else "credit_none"
        return actions.claw_back_credits(lot_id=lot, amount=amount, case="case", **rest)

    def _settle(self, owner, **rest):
        return actions.settle_debt(owner=self.owner(owner), **rest)

    def _reverse(self, which, **rest):
        of = self.posted[which] if which < len(self.posted) else "credit_none"
        return actions.reverse_transaction(transaction_id=of, **rest)


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(STEPS, max_size=12))
def test_any_history_leads_to_the_same_book(steps) -> None:
    history = History()
    events = LoggedEvent.objects.count()
    for number, step in enumerate(steps):
        try:
            posted = history.do(step, key=f"{history.run}-{number}")
        except QundaoError:
            continue
        history.posted.append(posted.id)
        assert history.do(step, key=f"{history.run}-{number}") == posted
    owners = [history.owner(name) for name in "abc"]
    rows = {t.id: t for owner in owners for t in map(_read, queries.transactions(owner))}
    book = Book(rows[posted] for posted in history.posted)
    for owner in owners:
        assert set(holdings(owner).balances) == set(book.holdings(owner).balances)
    assert LoggedEvent.objects.count() == events + len(history.posted)
    assert queries.broken_laws() == ()


def _read(row):
    return row.transaction()
