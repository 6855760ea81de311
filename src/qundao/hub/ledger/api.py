"""The JSON API of this desk: balances, statements, grants, the tariff. Amounts: micro-credits."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from qundao.credits.postings import Transaction
from qundao.credits.statement import StatementLine
from qundao.credits.tariff import Tariff
from qundao.hub.codes import NOT_YOURS
from qundao.hub.common.actors import Actor, role_problem
from qundao.hub.common.api import CREATED, Created, actor_of, created
from qundao.hub.ledger import actions, queries
from qundao.hub.ledger.tariffs import tariff_in_force
from qundao.kernel.clock import stamp
from qundao.kernel.errors import QundaoError, fail
from qundao.kernel.roles import Role

router = Router()


class Grant(Schema):
    """Credits for a member; `key` makes a repetition harmless."""

    member: str
    amount: int
    reference: str
    key: str
    memo: str = ""


class Starter(Schema):
    """The member that gets the starter grant."""

    member: str


@router.get("/balance", summary="What a member has")
def get_balance(request: HttpRequest, member: str = "") -> dict[str, Any]:
    """Return the amounts of one's own member, or of any for operator and auditor."""
    return asdict(queries.balance(visible_owner(actor_of(request), member)))


@router.get("/statement", summary="A member's statement, oldest line first")
def get_statement(request: HttpRequest, member: str = "") -> list[dict[str, Any]]:
    """Return every transaction that touched the member, with running balances."""
    owner = visible_owner(actor_of(request), member)
    return [line_json(line) for line in queries.statement_of(owner)]


@router.post("/grants", summary="Grant credits", response=CREATED)
def grant(request: HttpRequest, wanted: Grant) -> Created:
    """Grant credits to a member."""
    transaction = actions.grant_credits(
        actor=actor_of(request),
        owner=wanted.member,
        amount=wanted.amount,
        reference=wanted.reference,
        key=wanted.key,
        memo=wanted.memo,
    )
    return created(transaction_json(transaction))


@router.post("/starter-grants", summary="Give the starter grant", response=CREATED)
def grant_starter(request: HttpRequest, wanted: Starter) -> Created:
    """Give a member the starter grant, once."""
    transaction = actions.grant_starter(actor=actor_of(request), owner=wanted.member)
    return created(transaction_json(transaction))


@router.get("/tariff", summary="The tariff in force", auth=None)
def get_tariff(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001
    """Return the published rule of the day."""
    return tariff_json(tariff_in_force())


@router.get("/check", summary="Whether the ledger keeps its laws")
def check(request: HttpRequest) -> dict[str, Any]:
    """Check every stored row; for auditor and operator."""
    actor = actor_of(request)
    if not actor.has(Role.AUDITOR, Role.OPERATOR):
        raise QundaoError(role_problem(actor, (Role.AUDITOR, Role.OPERATOR), "ledger"))
    broken = queries.broken_laws()
    return {"problems": [p.to_json() for p in broken], "totals": queries.totals()}


def visible_owner(actor: Actor, member: str) -> str:
    """Return whose credits are asked for. Raises `hub.not_yours` for another member's."""
    owner = member or actor.organisation
    if owner != actor.organisation and not actor.has(Role.OPERATOR, Role.AUDITOR):
        raise fail(NOT_YOURS, actor.organisation, "member", required=owner)
    return owner


def transaction_json(transaction: Transaction) -> dict[str, Any]:
    """Return a transaction as JSON."""
    return {
        "id": transaction.id,
        "kind": transaction.kind,
        "at": stamp(transaction.at),
        "reference": transaction.reference,
        "memo": transaction.memo,
        "postings": [
            {
                "account": p.account.kind,
                "owner": p.account.owner,
                "matter": p.account.matter,
                "lot": p.lot.id,
                "amount": p.amount,
            }
            for p in transaction.postings
        ],
    }


def line_json(line: StatementLine) -> dict[str, Any]:
    """Return a statement's line as JSON."""
    return {
        "at": stamp(line.at),
        "transaction": line.transaction,
        "kind": line.kind,
        "reference": line.reference,
        "memo": line.memo,
        "changes": {str(kind): amount for kind, amount in line.changes.items() if amount},
        "balances": {str(kind): amount for kind, amount in line.balances.items()},
    }


def tariff_json(tariff: Tariff) -> dict[str, Any]:
    """Return a tariff as JSON."""
    data = asdict(tariff)
    return data | {
        "effective_from": tariff.effective_from.isoformat(),
        "scarcity": dict(tariff.scarcity),
    }
