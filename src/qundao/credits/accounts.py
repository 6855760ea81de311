"""The accounts of the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from qundao.credits.codes import BAD_POSTING
from qundao.kernel.errors import Problem, problem, raise_if
from qundao.kernel.words import Words

ISSUER = "alliance"
"""The owner of the issuance account."""


class AccountKind(StrEnum):
    """What an account is for."""

    ISSUANCE = "issuance"
    PENDING = "pending"
    AVAILABLE = "available"
    ESCROW = "escrow"
    FEE = "fee"
    EXPIRED = "expired"
    CLAWBACK_DEBT = "clawback_debt"

    @property
    def words(self) -> Words:
        """Return the account's name."""
        return _ACCOUNTS[self]


_ACCOUNTS = {
    AccountKind.ISSUANCE: Words("发行", "issuance"),
    AccountKind.PENDING: Words("待解锁", "pending"),
    AccountKind.AVAILABLE: Words("可用", "available"),
    AccountKind.ESCROW: Words("冻结", "held"),
    AccountKind.FEE: Words("平台服务", "fee"),
    AccountKind.EXPIRED: Words("已过期", "expired"),
    AccountKind.CLAWBACK_DEBT: Words("追回欠额", "clawback debt"),
}


@dataclass(frozen=True, slots=True, order=True)
class Account:
    """An account of one organisation. `matter` names what escrow is held for; else empty."""

    kind: AccountKind
    owner: str
    matter: str = ""

    def __post_init__(self) -> None:
        raise_if(_account_defects(self))

    def __str__(self) -> str:
        return ":".join(part for part in (self.kind, self.owner, self.matter) if part)

    def may_hold(self, amount: int) -> bool:
        """Tell whether a lot's balance on this account may be `amount` (micro-credits)."""
        if self.kind is AccountKind.ISSUANCE:
            return True
        return amount <= 0 if self.kind is AccountKind.CLAWBACK_DEBT else amount >= 0


def _account_defects(account: Account) -> Iterator[Problem]:
    if not account.owner:
        yield problem(BAD_POSTING, str(account.kind), "account", form="an owner")
    if (account.kind is AccountKind.ESCROW) != bool(account.matter):
        form = "a matter for escrow, and for escrow only"
        yield problem(BAD_POSTING, f"{account.kind} {account.matter!r}", "account", form=form)
    if (account.kind is AccountKind.ISSUANCE) != (account.owner == ISSUER):
        form = f"{ISSUER} as the owner of issuance, and of nothing else"
        yield problem(BAD_POSTING, f"{account.kind} {account.owner!r}", "account", form=form)


ISSUANCE = Account(AccountKind.ISSUANCE, ISSUER)
