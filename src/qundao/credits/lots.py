"""Lots: credits that came from one thing and expire on one day.

A lot belongs to the organisation that earned or was granted it and never changes: not its owner,
not its expiry. So credits cannot be passed on, and holding and releasing cannot freshen them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from qundao.credits.codes import BAD_POSTING
from qundao.credits.months import add_months
from qundao.credits.policy import CreditPolicy
from qundao.kernel.clock import stamp
from qundao.kernel.errors import fail
from qundao.kernel.words import Words

NEVER = datetime.max.replace(tzinfo=UTC)


class OriginKind(StrEnum):
    """What credits come from."""

    MINT = "mint"
    GRANT = "grant"
    USE = "use"
    FEE = "fee"
    DEBT = "debt"

    @property
    def words(self) -> Words:
        """Return the origin's name."""
        return _ORIGINS[self]


_ORIGINS = {
    OriginKind.MINT: Words("贡献数据", "contributed data"),
    OriginKind.GRANT: Words("运营方赠予", "granted by the operator"),
    OriginKind.USE: Words("数据被使用", "data was used"),
    OriginKind.FEE: Words("平台服务", "the operator's fee"),
    OriginKind.DEBT: Words("追回欠额", "debt of a clawback"),
}


@dataclass(frozen=True, slots=True)
class Vesting:
    """The terms of a lot's later part (micro-credits), fixed when it was minted."""

    later: int
    months: int
    needs_use: bool

    def due(self, months: int) -> int:
        """Return how much of the later part has vested after so many months."""
        return self.later * min(months, self.months) // self.months


@dataclass(frozen=True, slots=True)
class Lot:
    """Credits of one origin.

    subject     what it came from: an accession, a matter, the lot that was clawed back
    face        the amount it was opened with, micro-credits, above 0
    expires_at  None: never
    """

    id: str
    owner: str
    origin: OriginKind
    subject: str
    face: int
    opened_at: datetime
    expires_at: datetime | None = None
    vesting: Vesting | None = None

    def __post_init__(self) -> None:
        if not self.id or not self.owner or type(self.face) is not int or self.face <= 0:
            form = "a lot with an id, an owner and an integer face above 0"
            raise fail(BAD_POSTING, f"{self.id!r}, {self.owner!r}, {self.face!r}", "lot", form=form)
        stamp(self.opened_at)
        if self.expires_at is not None and self.expires_at <= self.opened_at:
            received = f"{stamp(self.opened_at)} to {stamp(self.expires_at)}"
            raise fail(BAD_POSTING, received, self.id, form="an expiry after the opening")

    def expired(self, at: datetime) -> bool:
        """Tell whether the lot can no longer be spent at `at`."""
        return self.expires_at is not None and self.expires_at <= at

    @property
    def spending_order(self) -> tuple[datetime, datetime, str]:
        """Return the key by which lots are spent: first to expire, then oldest, then by id."""
        return (self.expires_at or NEVER, self.opened_at, self.id)


def minted_lot(
    lot_id: str, owner: str, accession: str, face: int, at: datetime, policy: CreditPolicy
) -> Lot:
    """Return the lot of a mint: the first share is available at once, the rest vests."""
    later = face - face * policy.first_share // 1000
    vesting = Vesting(later, policy.vest_months, policy.rest_needs_use) if later else None
    expires = add_months(at, policy.earned_months)
    return Lot(lot_id, owner, OriginKind.MINT, accession, face, at, expires, vesting)
