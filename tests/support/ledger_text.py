"""Small ledgers as text, for tests that a bookkeeper can read.

One line is one transaction; its id is `t` and the line's number, counted from 1:

    2026-01-05 grant   A 1000 welcome          amount in credits, reference
    2026-01-06 mint    B 100 QD000001.1        amount, accession
    2026-02-01 hold    A 30 app1               amount, matter
    2026-03-01 capture A app1 B:QD000001.1:3 C:QD000002.1:1     all that is held, by weight
    2026-03-01 capture A app1 20 B:QD000001.1:1                 a part of it
    2026-03-02 release A app1
    2026-04-01 vest    B
    2027-01-05 expire  A
    2026-05-01 clawback B t2 100 fraud         lot, amount, case
    2026-06-01 settle  B
    2026-06-02 reverse t3

A line that must be refused ends in `! code`. Expected balances are a table: owner, then accounts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from qundao.credits import ledger
from qundao.credits.accounts import AccountKind
from qundao.credits.book import Book
from qundao.credits.ledger import Heading, Outcome, Share
from qundao.credits.policy import CreditPolicy
from qundao.kernel.credit import MICRO
from qundao.kernel.errors import Problem

OPERATOR = "operator"
POLICY = CreditPolicy()


def micro(text: str) -> int:
    amount = Decimal(text) * MICRO
    assert amount == int(amount), f"{text} is finer than a micro-credit"
    return int(amount)


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@dataclass
class TextLedger:
    """Plays lines into a book; `refused` holds the problems by line number."""

    policy: CreditPolicy = POLICY
    groups: dict[str, str] = field(default_factory=dict)
    book: Book = field(default_factory=Book)
    number: int = 0

    def play(self, text: str) -> TextLedger:
        for line in filter(None, (line.strip() for line in text.splitlines())):
            self.number += 1
            self._line(line)
        return self

    def _line(self, line: str) -> None:
        said, _, code = (part.strip() for part in line.partition("!"))
        date, verb, *words = said.split()
        heading = Heading(f"t{self.number}", day(date), f"key-{self.number}", "-", said)
        outcome = VERBS[verb](self, heading, words)
        found = [outcome] if isinstance(outcome, Problem) else list(self.book.apply(outcome))
        assert [p.code for p in found] == ([code] if code else []), f"{line}: {found}"

    def arms_length(self, payer: str, owner: str) -> bool:
        return self.groups.get(payer, payer) != self.groups.get(owner, owner)

    def balances(self, owner: str) -> dict[AccountKind, int]:
        return {kind: self.book.total(kind, owner) for kind in AccountKind}

    def expect(self, table: str) -> None:
        """Compare balances with a table whose first row names accounts."""
        header, *rows = filter(None, (row.split() for row in table.splitlines()))
        kinds = [AccountKind(name) for name in header]
        for owner, *amounts in rows:
            shown = [self.book.total(kind, owner) for kind in kinds]
            assert shown == [micro(a) for a in amounts], f"{owner}: {shown}"


Verb = Callable[[TextLedger, Heading, list[str]], Outcome]


def _about(heading: Heading, reference: str) -> Heading:
    return Heading(heading.id, heading.at, heading.idempotency_key, reference, heading.memo)


def _grant(on: TextLedger, heading: Heading, words: list[str]) -> Outcome:
    owner, amount, reference = words
    return ledger.grant(_about(heading, reference), owner, micro(amount), on.policy)


def _mint(on: TextLedger, heading: Heading, words: list[str]) -> Outcome:
    owner, amount, accession = words
    return ledger.mint(_about(heading, accession), owner, micro(amount), on.policy)


def _vest(on: TextLedger, heading: Heading, words: list[str]) -> Outcome:
    used = on.book.months_of_use(words[0], on.arms_length)
    return ledger.vest(heading, on.book.holdings(words[0]), used)


def _hold(on: TextLedger, heading: Heading, words: list[str]) -> Outcome:
    owner, amount, matter = words
    return ledger.hold(_about(heading, matter), on.book.holdings(owner), micro(amount))


def _capture(on: TextLedger, heading: Heading, words: list[str]) -> Outcome:
    owner, matter, *rest = words
    amount = micro(rest.pop(0)) if rest and ":" not in rest[0] else None
    shares = [
        Share(contributor, accession, int(weight), related=not on.arms_length(owner, contributor))
        for contributor, accession, weight in (part.split(":") for part in rest)
    ]
    payer = on.book.holdings(owner)
    return ledger.capture(_about(heading, matter), payer, shares, on.policy, OPERATOR, amount)


def _release(on: TextLedger, heading: Heading, words: list[str]) -> Outcome:
    owner, matter = words
    return ledger.release(_about(heading, matter), on.book.holdings(owner))


def _expire(on: TextLedger, heading: Heading, words: list[str]) -> Outcome:
    return ledger.expire(heading, on.book.holdings(words[0]))


def _clawback(on: TextLedger, heading: Heading, words: list[str]) -> Outcome:
    owner, lot, amount, case = words
    already = on.book.clawed_back(lot)
    held = on.book.holdings(owner)
    return ledger.clawback(_about(heading, case), held, on.book.lots[lot], micro(amount), already)


def _settle(on: TextLedger, heading: Heading, words: list[str]) -> Outcome:
    return ledger.settle(heading, on.book.holdings(words[0]))


def _reverse(on: TextLedger, heading: Heading, words: list[str]) -> Outcome:
    (original,) = [t for t in on.book.transactions if t.id == words[0]]
    return ledger.reverse(_about(heading, words[0]), original)


VERBS: dict[str, Verb] = {
    "grant": _grant,
    "mint": _mint,
    "vest": _vest,
    "hold": _hold,
    "capture": _capture,
    "release": _release,
    "expire": _expire,
    "clawback": _clawback,
    "settle": _settle,
    "reverse": _reverse,
}


def play(text: str, **settings: object) -> TextLedger:
    return TextLedger(**settings).play(text)  # type: ignore[arg-type]
