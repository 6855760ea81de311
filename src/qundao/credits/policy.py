"""The operator's policy: what the alliance agreed on, as data with a version."""

from __future__ import annotations

from dataclasses import dataclass

from qundao.kernel.credit import MICRO


@dataclass(frozen=True, slots=True)
class CreditPolicy:
    """Shares are per mille, times are calendar months, amounts micro-credits.

    version          named in the memo of what it rules
    first_share      of a mint, available when the version is verified
    vest_months      over which the rest becomes available
    rest_needs_use   whether a month of the rest is earned only by a month in which somebody at
                     arm's length used the version (otherwise by time alone)
    earned_months    until earned credits expire
    granted_months   until granted credits expire
    fee              the operator's share of a capture; may be 0
    starter_grant    what a new member may be given
    """

    version: str = "2026-11"
    first_share: int = 700
    vest_months: int = 12
    rest_needs_use: bool = True
    earned_months: int = 36
    granted_months: int = 12
    fee: int = 0
    starter_grant: int = 1000 * MICRO

    def __post_init__(self) -> None:
        if not (0 <= self.first_share <= 1000 and 0 <= self.fee <= 1000):
            raise ValueError(f"shares from 0 to 1000 per mille are required, received {self!r}")
        months = (self.vest_months, self.earned_months, self.granted_months)
        if min(months) < 1 or self.starter_grant < 0:
            raise ValueError(f"at least one month is required, received {self!r}")
        if self.earned_months <= self.vest_months:
            raise ValueError(f"an expiry after the last vesting is required, received {self!r}")


DEFAULT_POLICY = CreditPolicy()
