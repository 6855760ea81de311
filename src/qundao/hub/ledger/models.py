"""The ledger's tables: lots, transactions and postings are written once; purses are locks."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from qundao.credits.accounts import Account, AccountKind
from qundao.credits.lots import Lot, OriginKind, Vesting
from qundao.credits.postings import Posting, Transaction, TransactionKind
from qundao.hub.common.models import AppendOnly

OWNER_LENGTH = 40
KEY_LENGTH = 160


class CreditLot(AppendOnly):
    """Credits of one origin (`credits.lots.Lot`, field for field)."""

    id = models.CharField(primary_key=True, max_length=80)
    owner = models.CharField(_("持有单位"), max_length=OWNER_LENGTH, db_index=True)
    origin = models.CharField(_("来源"), max_length=12)
    subject = models.CharField(_("来源对象"), max_length=KEY_LENGTH)
    face = models.BigIntegerField(_("面额（微积分）"))
    opened_at = models.DateTimeField(_("取得时间"))
    expires_at = models.DateTimeField(_("到期"), null=True)
    vest_later = models.BigIntegerField(null=True)
    vest_months = models.PositiveSmallIntegerField(null=True)
    vest_needs_use = models.BooleanField(null=True)

    @classmethod
    def from_lot(cls, lot: Lot) -> CreditLot:
        """Return the row for a lot, unsaved."""
        terms = lot.vesting
        return cls(
            id=lot.id,
            owner=lot.owner,
            origin=str(lot.origin),
            subject=lot.subject,
            face=lot.face,
            opened_at=lot.opened_at,
            expires_at=lot.expires_at,
            vest_later=terms.later if terms else None,
            vest_months=terms.months if terms else None,
            vest_needs_use=terms.needs_use if terms else None,
        )

    def lot(self) -> Lot:
        """Return the lot that the row holds."""
        return Lot(
            self.id,
            self.owner,
            OriginKind(self.origin),
            self.subject,
            self.face,
            self.opened_at,
            self.expires_at,
            self._vesting(),
        )

    def _vesting(self) -> Vesting | None:
        if self.vest_later is None or self.vest_months is None:
            return None
        return Vesting(self.vest_later, self.vest_months, bool(self.vest_needs_use))


class CreditTransaction(AppendOnly):
    """One entry of the ledger. `request` is the digest of what was asked under the key."""

    number = models.BigAutoField(primary_key=True)
    id = models.CharField(max_length=80, unique=True)
    kind = models.CharField(_("类型"), max_length=12)
    at = models.DateTimeField(_("时间"))
    idempotency_key = models.CharField(max_length=KEY_LENGTH, unique=True)
    reference = models.CharField(_("事由"), max_length=KEY_LENGTH, db_index=True)
    memo = models.CharField(_("说明"), max_length=300, blank=True)
    request = models.CharField(max_length=64)

    class Meta:
        """In the order of posting."""

        verbose_name = verbose_name_plural = _("积分交易")
        ordering = ("number",)

    def transaction(self) -> Transaction:
        """Return the transaction with its postings (prefetch `postings__lot` for many)."""
        return Transaction(
            self.id,
            TransactionKind(self.kind),
            tuple(row.posting() for row in self.postings.all()),
            self.at,
            self.idempotency_key,
            self.reference,
            self.memo,
        )


class CreditPosting(AppendOnly):
    """So many micro-credits of one lot onto or off an account."""

    transaction = models.ForeignKey(CreditTransaction, models.PROTECT, related_name="postings")
    account = models.CharField(_("账户"), max_length=16)
    owner = models.CharField(_("单位"), max_length=OWNER_LENGTH)
    matter = models.CharField(_("冻结事项"), max_length=KEY_LENGTH, blank=True)
    lot = models.ForeignKey(CreditLot, models.PROTECT, related_name="postings")
    amount = models.BigIntegerField(_("数额（微积分）"))

    class Meta:
        """In the order in which they were written; summed by owner."""

        verbose_name = verbose_name_plural = _("积分分录")
        ordering = ("id",)
        indexes: ClassVar = [
            models.Index(fields=["owner", "account", "lot"]),
            models.Index(fields=["matter"], condition=~models.Q(matter=""), name="posting_matter"),
        ]

    def posting(self) -> Posting:
        """Return the posting that the row holds."""
        account = Account(AccountKind(self.account), self.owner, self.matter)
        return Posting(account, self.lot.lot(), self.amount)


class Purse(models.Model):
    """One row for each organisation: whoever posts locks it, so that nothing is spent twice."""

    owner = models.CharField(primary_key=True, max_length=OWNER_LENGTH)


class TariffDecision(AppendOnly):
    """From which day the operator has put which published tariff in force."""

    id = models.BigAutoField(primary_key=True)
    version = models.CharField(_("价目表版本"), max_length=20)
    effective_from = models.DateField(_("生效日期"))
    decided_by = models.CharField(_("决定人"), max_length=80)
    reason = models.CharField(_("理由"), max_length=500)
    decided_at = models.DateTimeField()

    class Meta:
        """The latest decision for a day counts."""

        verbose_name = verbose_name_plural = _("价目表决定")
        ordering = ("effective_from", "id")
