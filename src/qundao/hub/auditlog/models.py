"""The log's tables. What is hashed is exactly what the columns of an event hold."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from qundao.audit.actions import Action, action_named
from qundao.audit.events import SCHEMA, Event
from qundao.audit.heads import SignedHead, TreeHead
from qundao.hub.common.models import AppendOnly
from qundao.kernel.clock import stamp
from qundao.kernel.signing import b64, unb64


class LoggedEvent(AppendOnly):
    """One event: a leaf of the tree. Field for field an `audit.events.Event`."""

    sequence = models.BigIntegerField(_("序号"), primary_key=True)
    at = models.DateTimeField(_("时间"))
    actor = models.CharField(_("操作者"), max_length=80)
    organisation = models.CharField(_("单位"), max_length=40, blank=True)
    action = models.CharField(_("动作"), max_length=60)
    subject = models.CharField(_("对象"), max_length=120, blank=True)
    request_id = models.CharField(max_length=80, blank=True)
    details = models.TextField(_("内容"))
    leaf_hash = models.BinaryField(max_length=32)

    class Meta:
        """The ways in which auditors look for events."""

        verbose_name = verbose_name_plural = _("审计事件")
        ordering = ("sequence",)
        indexes: ClassVar = [
            models.Index(fields=["subject", "sequence"]),
            models.Index(fields=["actor", "sequence"]),
            models.Index(fields=["action", "sequence"]),
            models.Index(fields=["organisation", "sequence"]),
            models.Index(fields=["at"]),
        ]

    def content(self) -> dict[str, Any]:
        """Return the event's JSON as the row holds it now, unchecked."""
        return {
            "schema": SCHEMA,
            "sequence": self.sequence,
            "at": stamp(self.at),
            "actor": self.actor,
            "organisation": self.organisation,
            "action": self.action,
            "subject": self.subject,
            "details": self.details_json(),
            "request_id": self.request_id,
        }

    def details_json(self) -> Any:
        """Return the details; text that is no longer JSON comes back as that text."""
        try:
            return json.loads(self.details)
        except ValueError:
            return self.details

    def event(self) -> Event:
        """Return the checked event. Raises `audit.bad_event` when the row was spoilt."""
        return Event.from_content(self.content())

    @property
    def meaning(self) -> Action:
        """Return the action with its words and risk."""
        return action_named(self.action)


class TreeNode(AppendOnly):
    """The hash of one complete subtree."""

    level = models.PositiveSmallIntegerField()
    index = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        """One hash for one place."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["level", "index"], name="one_hash_per_place")
        ]


class SignedTreeHead(AppendOnly):
    """The hub's signature over the whole log up to a size."""

    size = models.BigIntegerField(primary_key=True)
    origin = models.CharField(max_length=120)
    root = models.CharField(max_length=64)
    at = models.DateTimeField()
    key = models.CharField(max_length=64)
    signature = models.CharField(max_length=120)

    class Meta:
        """In the order in which the log grew."""

        verbose_name = verbose_name_plural = _("日志签名")
        ordering = ("size",)

    @classmethod
    def from_signed(cls, signed: SignedHead) -> SignedTreeHead:
        """Return the row for a signed head, unsaved."""
        head = signed.head
        return cls(
            size=head.size,
            origin=head.origin,
            root=head.root.hex(),
            at=head.at,
            key=signed.key,
            signature=b64(signed.signature),
        )

    def signed(self) -> SignedHead:
        """Return the signed head that the row holds."""
        head = TreeHead(self.origin, self.size, bytes.fromhex(self.root), self.at)
        return SignedHead(head, self.key, unb64(self.signature))


class LogState(models.Model):
    """One row: how long the log is and what it is called. Writers of the log queue on it."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    size = models.BigIntegerField(default=0)
    origin = models.CharField(max_length=120, blank=True)
