"""What one organisation holds, as a value: the input of every rule of the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from qundao.credits.accounts import Account, AccountKind
from qundao.credits.lots import Lot


@dataclass(frozen=True, slots=True)
class Balance:
    """What stands on an account in one lot, micro-credits."""

    account: Account
    lot: Lot
    amount: int


@dataclass(frozen=True, slots=True)
class Holdings:
    """Every balance other than zero of one organisation, at the instant it was read."""

    owner: str
    balances: tuple[Balance, ...] = ()

    def __post_init__(self) -> None:
        foreign = [b.account for b in self.balances if b.account.owner != self.owner]
        if foreign:
            raise ValueError(f"balances of {self.owner} are required, received {foreign[0]}")

    def of(self, kind: AccountKind, matter: str = "") -> tuple[Balance, ...]:
        """Return the balances of one kind (and matter), in the order of spending."""
        wanted = Account(kind, self.owner, matter)
        found = (b for b in self.balances if b.account == wanted)
        return tuple(sorted(found, key=lambda b: b.lot.spending_order))

    def total(self, kind: AccountKind) -> int:
        """Return the sum over all accounts of one kind, expired lots included."""
        return sum(b.amount for b in self.balances if b.account.kind is kind)

    def held_for(self, matter: str) -> int:
        """Return what is held for one matter."""
        return sum(b.amount for b in self.of(AccountKind.ESCROW, matter))

    def spendable(self, at: datetime) -> tuple[Balance, ...]:
        """Return available balances that have not expired, first to expire first."""
        return tuple(b for b in self.of(AccountKind.AVAILABLE) if not b.lot.expired(at))

    @property
    def debt(self) -> int:
        """Return what a clawback left to pay, from 0."""
        return -self.total(AccountKind.CLAWBACK_DEBT)

    def amount(self, account: Account, lot_id: str) -> int:
        """Return one balance; 0 where there is none."""
        return sum(b.amount for b in self.balances if b.account == account and b.lot.id == lot_id)
