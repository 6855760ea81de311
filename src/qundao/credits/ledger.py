"""The rules by which credits come, move and go: pure functions over holdings.

Each returns the transaction to post, or the problem that forbids it. Nothing is posted here:
`admission.objections` judges the transaction once more against the balances of the moment in which
it is written, so that two requests that saw the same balance cannot both spend it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from qundao.credits.accounts import ISSUANCE, Account, AccountKind
from qundao.credits.codes import (
    BAD_AMOUNT,
    IN_DEBT,
    INSUFFICIENT,
    NOT_REVERSIBLE,
    NOTHING_DUE,
    NOTHING_HELD,
    SELF_PAYMENT,
)
from qundao.credits.holdings import Balance, Holdings
from qundao.credits.lots import Lot, OriginKind, minted_lot
from qundao.credits.months import add_months, whole_months
from qundao.credits.policy import CreditPolicy
from qundao.credits.postings import REVERSIBLE, Posting, Transaction, TransactionKind
from qundao.credits.split import split_amount
from qundao.kernel.credit import show_credits
from qundao.kernel.errors import Problem, problem


@dataclass(frozen=True, slots=True)
class Heading:
    """The head of a transaction; see `Transaction` for the fields."""

    id: str
    at: datetime
    idempotency_key: str
    reference: str
    memo: str = ""

    def entry(self, kind: TransactionKind, postings: Iterable[Posting]) -> Transaction:
        """Return the transaction under this head."""
        return Transaction(
            self.id,
            kind,
            tuple(postings),
            self.at,
            self.idempotency_key,
            self.reference,
            self.memo,
        )


@dataclass(frozen=True, slots=True)
class Share:
    """A contributor's part of a capture: whose data, which version, by what weight (from 0).

    related: contributor and payer are not at arm's length; what is earned then expires no later
    than what it was paid with, so that a group cannot freshen its credits in a circle.
    """

    owner: str
    accession: str
    weight: int
    related: bool = False


Outcome = Transaction | Problem


def grant(heading: Heading, owner: str, amount: int, policy: CreditPolicy) -> Outcome:
    """Give an organisation credits (starter grant, vouchers). They expire by policy."""
    if amount <= 0:
        return _above_zero(amount)
    expires = add_months(heading.at, policy.granted_months)
    lot = Lot(heading.id, owner, OriginKind.GRANT, heading.reference, amount, heading.at, expires)
    return heading.entry(TransactionKind.GRANT, _move(lot, amount, ISSUANCE, _available(owner)))


def mint(heading: Heading, owner: str, amount: int, policy: CreditPolicy) -> Outcome:
    """Credit a contributor for a verified dataset version (`heading.reference`: its accession).

    The first share is available at once, the rest stands as pending until `vest`.
    """
    if amount <= 0:
        return _above_zero(amount)
    lot = minted_lot(heading.id, owner, heading.reference, amount, heading.at, policy)
    later = lot.vesting.later if lot.vesting else 0
    postings = [
        *_move(lot, amount - later, ISSUANCE, _available(owner)),
        *_move(lot, later, ISSUANCE, Account(AccountKind.PENDING, owner)),
    ]
    return heading.entry(TransactionKind.MINT, postings)


def vest(heading: Heading, holdings: Holdings, months_of_use: Mapping[str, int]) -> Outcome:
    """Make available what has vested by now, over all pending lots.

    months_of_use: by accession, the months in which others used it (`book.months_of_use`).
    """
    pending = holdings.of(AccountKind.PENDING)
    postings = [
        posting
        for balance in pending
        if not balance.lot.expired(heading.at)
        for posting in _move(
            balance.lot,
            _vested_now(balance, heading.at, months_of_use),
            balance.account,
            _available(holdings.owner),
        )
    ]
    if not postings:
        return problem(NOTHING_DUE, holdings.owner, "vest", form="a part that has vested")
    return heading.entry(TransactionKind.VEST, postings)


def hold(heading: Heading, holdings: Holdings, amount: int) -> Outcome:
    """Put `amount` aside for a matter (`heading.reference`), lots first to expire first."""
    if amount <= 0:
        return _above_zero(amount)
    if holdings.debt:
        return problem(IN_DEBT, show_credits(holdings.debt), holdings.owner)
    spendable = holdings.spendable(heading.at)
    total = sum(balance.amount for balance in spendable)
    if total < amount:
        received = show_credits(total)
        return problem(INSUFFICIENT, received, holdings.owner, required=show_credits(amount))
    escrow = Account(AccountKind.ESCROW, holdings.owner, heading.reference)
    return heading.entry(TransactionKind.HOLD, _take(spendable, amount, escrow))


def capture(
    heading: Heading,
    payer: Holdings,
    shares: Sequence[Share],
    policy: CreditPolicy,
    operator: str,
    amount: int | None = None,
) -> Outcome:
    """Pay what is held for a matter (`heading.reference`) to those whose data was used.

    amount  of what is held; default: all. What is left can be captured or released later
    shares  split by weight without dust, after the operator's fee

    The payer's lots end and the contributors get new ones, so the sum of credits is unchanged.
    """
    held = payer.held_for(heading.reference)
    wanted = held if amount is None else amount
    refused = _capture_refused(payer, shares, held, wanted)
    if refused:
        return refused
    fee = wanted * policy.fee // 1000
    parts = split_amount(wanted - fee, [share.weight for share in shares])
    spent = list(_take(payer.of(AccountKind.ESCROW, heading.reference), wanted, ISSUANCE))
    earned = [
        posting
        for number, (share, part) in enumerate(zip(shares, parts, strict=True), 1)
        for posting in _earn(heading, number, share, part, _expiry(heading, share, spent, policy))
    ]
    charged = _charge(heading, operator, fee)
    return heading.entry(TransactionKind.CAPTURE, [*spent, *earned, *charged])


def release(heading: Heading, holdings: Holdings) -> Outcome:
    """Give back all that is held for a matter (`heading.reference`): each lot, with its expiry."""
    escrow = holdings.of(AccountKind.ESCROW, heading.reference)
    if not escrow:
        return problem(NOTHING_HELD, "0", heading.reference, required="0.000001")
    total = sum(balance.amount for balance in escrow)
    return heading.entry(TransactionKind.RELEASE, _take(escrow, total, _available(holdings.owner)))


def expire(heading: Heading, holdings: Holdings) -> Outcome:
    """Take expired lots out of what is available and pending. What is held stays held."""
    gone = [
        balance
        for kind in (AccountKind.AVAILABLE, AccountKind.PENDING)
        for balance in holdings.of(kind)
        if balance.lot.expired(heading.at)
    ]
    if not gone:
        return problem(NOTHING_DUE, holdings.owner, "expire", form="a lot that has expired")
    total = sum(balance.amount for balance in gone)
    target = Account(AccountKind.EXPIRED, holdings.owner)
    return heading.entry(TransactionKind.EXPIRE, _take(gone, total, target))


def clawback(
    heading: Heading, holdings: Holdings, lot: Lot, amount: int, already: int = 0
) -> Outcome:
    """Take credits of one lot back, after fraud or withdrawal (`heading.reference`: the case).

    The unvested part goes first, then what is unspent of the lot; what was spent becomes a debt
    that blocks spending. already: what earlier clawbacks of this lot took (`Book.clawed_back`).
    """
    left = lot.face - already
    if not 0 < amount <= left or lot.owner != holdings.owner:
        form = f"at most {show_credits(max(left, 0))} credits of the lot of {lot.owner}"
        return problem(BAD_AMOUNT, show_credits(amount), lot.id, form=form)
    reachable = [
        balance
        for kind in (AccountKind.PENDING, AccountKind.AVAILABLE)
        for balance in holdings.of(kind)
        if balance.lot.id == lot.id
    ]
    taken = min(amount, sum(balance.amount for balance in reachable))
    postings = [*_take(reachable, taken, ISSUANCE), *_owe(heading, lot, amount - taken)]
    return heading.entry(TransactionKind.CLAWBACK, postings)


def settle(heading: Heading, holdings: Holdings) -> Outcome:
    """Pay a clawback debt with what is spendable, as far as it goes."""
    spendable = holdings.spendable(heading.at)
    paid = min(holdings.debt, sum(balance.amount for balance in spendable))
    if not paid:
        return problem(NOTHING_DUE, holdings.owner, "settle", form="a debt, and credits to pay it")
    debts = [
        Balance(ISSUANCE, balance.lot, -balance.amount)
        for balance in holdings.of(AccountKind.CLAWBACK_DEBT)
    ]
    owed = Account(AccountKind.CLAWBACK_DEBT, holdings.owner)
    postings = [*_take(spendable, paid, ISSUANCE), *_take(debts, paid, owed)]
    return heading.entry(TransactionKind.SETTLE, postings)


def reverse(heading: Heading, original: Transaction) -> Outcome:
    """Undo a transaction by its counter-entry (`heading.reference` must be its id).

    Posting it is refused where the credits were spent meanwhile: then claw back.
    """
    if original.kind not in REVERSIBLE:
        form = "a " + ", ".join(sorted(REVERSIBLE))
        return problem(NOT_REVERSIBLE, original.kind, original.id, form=form)
    if heading.reference != original.id:
        form = f"{original.id} as the reference"
        return problem(NOT_REVERSIBLE, heading.reference, original.id, form=form)
    counter = (Posting(p.account, p.lot, -p.amount) for p in original.postings)
    return heading.entry(TransactionKind.REVERSE, counter)


def _available(owner: str) -> Account:
    return Account(AccountKind.AVAILABLE, owner)


def _above_zero(amount: int) -> Problem:
    return problem(BAD_AMOUNT, show_credits(amount), "amount", form="more than 0")


def _move(lot: Lot, amount: int, source: Account, target: Account) -> tuple[Posting, ...]:
    if not amount:
        return ()
    return Posting(source, lot, -amount), Posting(target, lot, amount)


def _take(balances: Iterable[Balance], amount: int, target: Account) -> Iterator[Posting]:
    """Move `amount` from balances, in their order, each as far as it goes."""
    left = amount
    for balance in balances:
        part = min(left, balance.amount)
        yield from _move(balance.lot, part, balance.account, target)
        left -= part


def _vested_now(balance: Balance, at: datetime, months_of_use: Mapping[str, int]) -> int:
    terms = balance.lot.vesting
    if terms is None:
        return 0
    months = whole_months(balance.lot.opened_at, at)
    if terms.needs_use:
        months = min(months, months_of_use.get(balance.lot.subject, 0))
    already = terms.later - balance.amount
    return max(terms.due(months) - already, 0)


def _capture_refused(
    payer: Holdings, shares: Sequence[Share], held: int, wanted: int
) -> Problem | None:
    if wanted <= 0 and held:
        return _above_zero(wanted)
    if wanted > held or not held:
        required = show_credits(max(wanted, 1))
        return problem(NOTHING_HELD, show_credits(held), payer.owner, required=required)
    if any(share.owner == payer.owner for share in shares):
        return problem(SELF_PAYMENT, payer.owner, "shares")
    weights = [share.weight for share in shares]
    if not weights or min(weights) < 0 or sum(weights) == 0:
        return problem(BAD_AMOUNT, weights, "shares", form="weights from 0, one above 0")
    return None


def _earn(
    heading: Heading, number: int, share: Share, amount: int, expires: datetime
) -> tuple[Posting, ...]:
    if not amount:
        return ()
    lot = Lot(
        f"{heading.id}/{number}",
        share.owner,
        OriginKind.USE,
        share.accession,
        amount,
        heading.at,
        expires,
    )
    return _move(lot, amount, ISSUANCE, _available(share.owner))


def _expiry(
    heading: Heading, share: Share, spent: Sequence[Posting], policy: CreditPolicy
) -> datetime:
    fresh = add_months(heading.at, policy.earned_months)
    if not share.related:
        return fresh
    soonest = min(posting.lot.expires_at or fresh for posting in spent)
    # A lot must live: what was paid with expired credits lives for the shortest time there is.
    return min(fresh, max(soonest, heading.at + timedelta(microseconds=1)))


def _charge(heading: Heading, operator: str, fee: int) -> tuple[Posting, ...]:
    if not fee:
        return ()
    lot = Lot(f"{heading.id}/fee", operator, OriginKind.FEE, heading.reference, fee, heading.at)
    return _move(lot, fee, ISSUANCE, Account(AccountKind.FEE, operator))


def _owe(heading: Heading, lot: Lot, amount: int) -> tuple[Posting, ...]:
    if not amount:
        return ()
    debt = Lot(f"{heading.id}/debt", lot.owner, OriginKind.DEBT, lot.id, amount, heading.at)
    return _move(debt, amount, Account(AccountKind.CLAWBACK_DEBT, lot.owner), ISSUANCE)
