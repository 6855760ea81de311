"""Writes: every movement of credits. Amounts are micro-credits.

Each takes an idempotency key: the same key with the same request returns the transaction of the
first time and leaves no second event; with another request it raises `credits.key_reused`.
"""

# ruff: noqa: ARG001 - every action takes its actor, for the check and for the event

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from qundao.credits import ledger as rules
from qundao.credits.book import months_of_use
from qundao.credits.ledger import Share
from qundao.credits.postings import Transaction
from qundao.hub.codes import NOT_FOUND
from qundao.hub.common.actions import Done, action, done, nothing_new
from qundao.hub.common.actors import Actor
from qundao.hub.common.clock import now
from qundao.hub.ledger.codes import NOT_YOUR_CREDITS, TARIFF_IN_THE_PAST
from qundao.hub.ledger.models import CreditLot, TariffDecision
from qundao.hub.ledger.posting import Order, Posted, owners_of, post, read
from qundao.hub.ledger.queries import clawed_back, standing_transactions
from qundao.hub.ledger.tariffs import policy_in_force, published_tariff, today
from qundao.kernel.errors import fail
from qundao.kernel.roles import Role

OPERATOR_PURSE = "operator"
"""The owner of the account onto which the operator's fee goes."""


@action(Role.OPERATOR)
def grant_credits(
    *,
    actor: Actor,
    owner: str,
    amount: int,
    reference: str,
    key: str,
    memo: str = "",
) -> Done[Transaction]:
    """Give an organisation credits (vouchers). Raises `credits.bad_amount`."""
    order = Order(
        key, reference, (owner,), {"kind": "grant", "owner": owner, "amount": amount}, memo
    )
    posted = post(order, lambda head, _: rules.grant(head, owner, amount, policy_in_force()))
    return _told(posted, "credits.granted", owner, amount=amount)


@action(Role.OPERATOR)
def grant_starter(*, actor: Actor, owner: str) -> Done[Transaction]:
    """Give a new member the policy's starter grant, once for ever."""
    amount = policy_in_force().starter_grant
    key = f"starter:{owner}"
    transaction = grant_credits(
        actor=actor, owner=owner, amount=amount, reference="starter", key=key, memo="starter grant"
    )
    return nothing_new(transaction)


@action(Role.OPERATOR, kinds=("node",))
def mint_credits(
    *,
    actor: Actor,
    owner: str,
    accession: str,
    amount: int,
    key: str,
    memo: str = "",
) -> Done[Transaction]:
    """Credit a contributor for a verified dataset version. Raises `credits.bad_amount`."""
    request = {"kind": "mint", "owner": owner, "amount": amount}
    order = Order(key, accession, (owner,), request, memo)
    posted = post(order, lambda head, _: rules.mint(head, owner, amount, policy_in_force()))
    return _told(posted, "credits.minted", owner, amount=amount)


@action(Role.RESEARCHER, Role.OPERATOR, Role.STEWARD)
def hold_credits(
    *, actor: Actor, owner: str, matter: str, amount: int, key: str, memo: str = ""
) -> Done[Transaction]:
    """Put credits aside for a matter. Raises `credits.insufficient`, `credits.in_debt`."""
    _require_own(actor, owner)
    request = {"kind": "hold", "owner": owner, "amount": amount}
    order = Order(key, matter, (owner,), request, memo)
    posted = post(order, lambda head, held: rules.hold(head, held[owner], amount))
    return _told(posted, "credits.held", owner, amount=amount)


@action(Role.REVIEWER, Role.OPERATOR, kinds=("node",))
def capture_credits(
    *,
    actor: Actor,
    payer: str,
    matter: str,
    shares: Sequence[Share],
    key: str,
    amount: int | None = None,
    memo: str = "",
) -> Done[Transaction]:
    """Pay what is held for a matter to those whose data was used (default: all of it).

    Raises `credits.nothing_held`, `credits.self_payment`, `credits.bad_amount`.
    """
    parts = [[s.owner, s.accession, s.weight] for s in shares]
    request = {"kind": "capture", "payer": payer, "amount": amount, "shares": parts}
    owners = (payer, OPERATOR_PURSE, *(s.owner for s in shares))
    order = Order(key, matter, owners, request, memo)
    posted = post(
        order,
        lambda head, held: rules.capture(
            head, held[payer], shares, policy_in_force(), OPERATOR_PURSE, amount
        ),
    )
    contributors = sorted({s.owner for s in shares})
    return _told(posted, "credits.captured", payer, contributors=contributors)


@action(Role.RESEARCHER, Role.REVIEWER, Role.OPERATOR, Role.STEWARD, kinds=("node",))
def release_credits(
    *,
    actor: Actor,
    owner: str,
    matter: str,
    key: str,
    memo: str = "",
) -> Done[Transaction]:
    """Give back all that is held for a matter. Raises `credits.nothing_held`."""
    order = Order(key, matter, (owner,), {"kind": "release", "owner": owner}, memo)
    posted = post(order, lambda head, held: rules.release(head, held[owner]))
    return _told(posted, "credits.released", owner)


@action(Role.OPERATOR)
def vest_credits(*, actor: Actor, owner: str, key: str) -> Done[Transaction]:
    """Make available what has vested by now. Raises `credits.nothing_due`."""
    used = months_of_use(standing_transactions(owner), owner, _independent)
    order = Order(key, "vesting", (owner,), {"kind": "vest", "owner": owner})
    posted = post(order, lambda head, held: rules.vest(head, held[owner], used))
    return _told(posted, "credits.vested", owner)


@action(Role.OPERATOR)
def expire_credits(*, actor: Actor, owner: str, key: str) -> Done[Transaction]:
    """Take expired lots out. Raises `credits.nothing_due`."""
    order = Order(key, "expiry", (owner,), {"kind": "expire", "owner": owner})
    posted = post(order, lambda head, held: rules.expire(head, held[owner]))
    return _told(posted, "credits.expired", owner)


@action(Role.OPERATOR)
def claw_back_credits(
    *,
    actor: Actor,
    lot_id: str,
    amount: int,
    case: str,
    key: str,
    memo: str = "",
) -> Done[Transaction]:
    """Take credits of one lot back; what was spent becomes a debt. Raises `credits.bad_amount`."""
    row = CreditLot.objects.filter(pk=lot_id).first()
    if row is None:
        raise fail(NOT_FOUND, lot_id, "lot")
    lot = row.lot()
    request = {"kind": "clawback", "lot": lot_id, "amount": amount}
    order = Order(key, case, (lot.owner,), request, memo)
    posted = post(
        order,
        lambda head, held: rules.clawback(head, held[lot.owner], lot, amount, clawed_back(lot_id)),
    )
    return _told(posted, "credits.clawed_back", lot.owner, lot=lot_id, amount=amount)


@action(Role.OPERATOR, Role.STEWARD)
def settle_debt(*, actor: Actor, owner: str, key: str) -> Done[Transaction]:
    """Pay a clawback debt with what is spendable. Raises `credits.nothing_due`."""
    _require_own(actor, owner)
    order = Order(key, "settlement", (owner,), {"kind": "settle", "owner": owner})
    posted = post(order, lambda head, held: rules.settle(head, held[owner]))
    return _told(posted, "credits.settled", owner)


@action(Role.OPERATOR)
def reverse_transaction(
    *,
    actor: Actor,
    transaction_id: str,
    key: str,
    memo: str = "",
) -> Done[Transaction]:
    """Undo a transaction by its counter-entry. Raises `credits.not_reversible`."""
    original = read(transaction_id)
    if original is None:
        raise fail(NOT_FOUND, transaction_id, "transaction")
    order = Order(key, transaction_id, owners_of(original), {"kind": "reverse"}, memo)
    posted = post(order, lambda head, _: rules.reverse(head, original))
    return _told(posted, "credits.reversed", owners_of(original)[0])


@action(Role.OPERATOR)
def put_tariff_in_force(
    *, actor: Actor, version: str, effective_from: date, reason: str
) -> Done[TariffDecision]:
    """Put a published tariff in force from a day on, never backwards.

    Raises `ledger.unknown_tariff`, `ledger.tariff_in_the_past`.
    """
    published_tariff(version)
    if effective_from < today():
        raise fail(TARIFF_IN_THE_PAST, effective_from, "effective_from", required=today())
    decision = TariffDecision(
        version=version,
        effective_from=effective_from,
        decided_by=actor.id,
        reason=reason[:500],
        decided_at=now(),
    )
    decision.save()
    facts = {"tariff": version, "effective_from": effective_from.isoformat(), "reason": reason}
    return done(decision, "settings.changed", "tariff", **facts)


def _told(posted: Posted, name: str, owner: str, **facts: Any) -> Done[Transaction]:
    """Return the transaction with its event; a repetition leaves none."""
    if posted.again:
        return nothing_new(posted.transaction)
    about = {"owner": owner, "reference": posted.transaction.reference, **facts}
    return done(posted.transaction, name, posted.transaction.id, **about)


def _require_own(actor: Actor, owner: str) -> None:
    if actor.kind == "user" and actor.organisation != owner and not actor.has(Role.OPERATOR):
        raise fail(NOT_YOUR_CREDITS, actor.organisation, "owner", required=owner)


def _independent(payer: str, contributor: str) -> bool:
    """Tell whether two organisations are at arm's length: as far as known, when they differ."""
    return payer != contributor
