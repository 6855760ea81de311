"""Enrolment codes, nodes, what came in from them and what waits for them."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from qundao.hub.common.actors import Actor, node_actor
from qundao.hub.common.clock import now
from qundao.hub.common.models import Entity
from qundao.hub.members.models import Organisation, User
from qundao.kernel.signing import VerifyKey

ONLINE_WITHIN = timedelta(seconds=150)
"""A node polls at least every minute; silence for longer than this means it is away."""


class Node(Entity):
    """A member's runtime beside its data, known by its keys."""

    class State(models.TextChoices):
        """What the node may do."""

        ACTIVE = "active", _("运行")
        STOPPED = "stopped", _("本单位已停用")
        REVOKED = "revoked", _("已撤销")

    id_prefix = "node"
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="nodes")
    name = models.CharField(_("名称"), max_length=100)
    verify_key = models.CharField(max_length=200, unique=True)
    mask_key = models.CharField(max_length=200)
    mask_signature = models.CharField(max_length=200)
    fingerprint = models.CharField(_("密钥指纹"), max_length=64)
    software = models.CharField(_("软件版本"), max_length=80)
    protocol = models.PositiveSmallIntegerField()
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.ACTIVE)
    outbox = models.PositiveIntegerField(_("待发消息"), default=0)
    last_seen_at = models.DateTimeField(_("最近联系"))

    class Meta:
        """Names and order for lists."""

        verbose_name = verbose_name_plural = _("成员节点")
        ordering = ("created_at", "id")

    def __str__(self) -> str:
        return f"{self.name} ({self.id})"

    @property
    def key(self) -> VerifyKey:
        """Return the key that verifies the node's messages."""
        return VerifyKey.parse(self.verify_key)

    @property
    def actor(self) -> Actor:
        """Return the node as somebody who acts, for its member."""
        return node_actor(self.id, self.organisation_id)

    @property
    def online(self) -> bool:
        """Tell whether the node was heard of late and may work."""
        return self.state == self.State.ACTIVE and now() - self.last_seen_at < ONLINE_WITHIN


class EnrolmentCode(Entity):
    """A one-time code for one member's node; only its digest is kept."""

    id_prefix = "code"
    digest = models.CharField(max_length=64, unique=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="enrolment_codes")
    node_name = models.CharField(_("节点名称"), max_length=100)
    issued_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    expires_at = models.DateTimeField(_("到期"))
    used_at = models.DateTimeField(_("使用时间"), null=True)
    node = models.OneToOneField(Node, models.PROTECT, null=True, related_name="enrolment_code")


class InboxMessage(models.Model):
    """A message that the hub took from a node, with what came of it: taken once, for ever."""

    pk = models.CompositePrimaryKey("node_id", "message_id")
    node = models.ForeignKey(Node, models.PROTECT, related_name="inbox")
    message_id = models.CharField(max_length=80)
    type = models.CharField(max_length=60)
    digest = models.CharField(max_length=64)
    receipt = models.JSONField()
    received_at = models.DateTimeField(default=now)


class OutgoingMessage(models.Model):
    """A sealed message that waits for a node until the node says that it has stored it."""

    id = models.CharField(primary_key=True, max_length=80)
    node = models.ForeignKey(Node, models.PROTECT, related_name="outgoing")
    type = models.CharField(max_length=60)
    subject = models.CharField(max_length=120, blank=True)
    envelope = models.TextField()
    created_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)

    class Meta:
        """What waits is looked up every second: an index over what is not acknowledged."""

        indexes: ClassVar = [
            models.Index(
                fields=["node", "created_at"],
                condition=models.Q(acknowledged_at=None),
                name="outgoing_waiting",
            )
        ]


class PollNonce(models.Model):
    """A nonce that a poll has used up, kept as long as the poll could be replayed."""

    pk = models.CompositePrimaryKey("node_id", "nonce")
    node = models.ForeignKey(Node, models.CASCADE, related_name="+")
    nonce = models.CharField(max_length=64)
    used_at = models.DateTimeField(db_index=True)
