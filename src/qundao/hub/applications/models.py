"""Applications with their history, reviews, agreement and permit."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from qundao.access.agreement import Agreement as AgreementText
from qundao.access.agreement import PartyRole, Signature
from qundao.access.permit import SignedPermit
from qundao.access.reviews import Review, Vote
from qundao.access.states import State
from qundao.hub.common.clock import now
from qundao.hub.common.models import AppendOnly, Entity
from qundao.hub.members.models import Organisation, User
from qundao.hub.nodes.models import Node
from qundao.kernel.signing import unb64

STATES = [(state.value, state.facts.words.zh) for state in State]
VOTES = [(vote.value, vote.words.zh) for vote in Vote]
PARTIES = [(role.value, role.words.zh) for role in PartyRole]


class Application(Entity):
    """A request to use datasets for a purpose. `draft` is the form as typed, in any state."""

    id_prefix = "application"
    applicant = models.ForeignKey(User, models.PROTECT, related_name="applications")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="applications")
    state = models.CharField(_("状态"), max_length=30, choices=STATES, default=State.DRAFT)
    draft = models.JSONField(_("申请表"), default=dict)
    protocol = models.JSONField(_("研究方案"), null=True)
    protocol_digest = models.CharField(_("方案摘要值"), max_length=64, blank=True)
    study_kind = models.CharField(_("研究类型"), max_length=40, default="comparative")
    round = models.PositiveIntegerField(_("审查轮次"), default=0)
    conditions = models.JSONField(_("附加条件"), default=list)
    saved_at = models.DateTimeField(_("最近保存"), default=now)
    submitted_at = models.DateTimeField(_("提交时间"), null=True)

    class Meta:
        """Names and order for lists."""

        verbose_name = verbose_name_plural = _("数据使用申请")
        ordering = ("-created_at", "-id")

    @property
    def title(self) -> str:
        """Return the title as typed so far."""
        return str(self.draft.get("title") or "")

    def __str__(self) -> str:
        return self.title or self.id


class Entry(AppendOnly):
    """An application entered a state: when, by whom, why."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="history")
    state = models.CharField(max_length=30, choices=STATES)
    at = models.DateTimeField(default=now)
    by = models.CharField(max_length=60)
    reason = models.TextField(blank=True)

    class Meta:
        """In the order of time."""

        ordering = ("id",)


class Assignment(models.Model):
    """A reviewer of one round, who may recuse and may vote once."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="assignments")
    reviewer = models.ForeignKey(User, models.PROTECT, related_name="assignments")
    round = models.PositiveIntegerField()
    assigned_at = models.DateTimeField(default=now)
    recused_at = models.DateTimeField(null=True)
    recusal_reason = models.TextField(blank=True)

    class Meta:
        """Assigned once a round."""

        ordering = ("id",)
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["application", "round", "reviewer"], name="assigned_once_a_round"
            )
        ]


class Voted(AppendOnly):
    """A vote with its reasons. Nobody changes a vote."""

    assignment = models.OneToOneField(Assignment, models.PROTECT, related_name="vote")
    vote = models.CharField(max_length=30, choices=VOTES)
    reasons = models.TextField()
    conditions = models.JSONField(default=list)
    at = models.DateTimeField(default=now)

    @property
    def review(self) -> Review:
        """Return the vote as the rules know it."""
        return Review(
            self.assignment.reviewer_id,
            Vote(self.vote),
            self.reasons,
            tuple(self.conditions),
            self.at,
        )


class Agreement(Entity):
    """The agreement's exact text, its price and how the price came about."""

    id_prefix = "agreement"
    application = models.OneToOneField(Application, models.PROTECT, related_name="agreement")
    payload = models.TextField()
    digest = models.CharField(_("摘要值"), max_length=64)
    price = models.BigIntegerField(_("价格（微积分）"))
    quote = models.JSONField(_("报价明细"))

    @property
    def text(self) -> AgreementText:
        """Return the agreement that the bytes hold."""
        return AgreementText.from_bytes(self.payload.encode())


class Signed(AppendOnly):
    """A party's signature of one digest."""

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="signatures")
    role = models.CharField(max_length=20, choices=PARTIES)
    member = models.CharField(max_length=60, blank=True)
    signer = models.ForeignKey(User, models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64)
    at = models.DateTimeField(default=now)

    class Meta:
        """A party signs once."""

        ordering = ("id",)
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agreement", "role", "member"], name="a_party_signs_once"
            )
        ]

    @property
    def signature(self) -> Signature:
        """Return the signature as the rules know it."""
        return Signature(PartyRole(self.role), self.member, self.signer_id, self.digest, self.at)


class Permit(Entity):
    """A permit that the hub has signed; in force once every node has countersigned."""

    class State(models.TextChoices):
        """Where the permit stands."""

        COUNTERSIGNING = "countersigning", _("待节点会签")
        ACTIVE = "active", _("有效")
        DECLINED = "declined", _("成员拒绝")
        REVOKED = "revoked", _("已撤销")
        EXPIRED = "expired", _("已到期")
        ENDED = "ended", _("已结束")

    id_prefix = "permit"
    application = models.OneToOneField(Application, models.PROTECT, related_name="permit")
    payload = models.TextField()
    signature = models.TextField()
    digest = models.CharField(_("摘要值"), max_length=64)
    protocol = models.JSONField(_("锁定方案"))
    state = models.CharField(_("状态"), max_length=20, choices=State, default=State.COUNTERSIGNING)
    not_before = models.DateTimeField(_("生效"))
    expires_at = models.DateTimeField(_("到期"))
    reason = models.TextField(_("原因"), blank=True)

    class Meta:
        """Names and order for lists."""

        verbose_name = verbose_name_plural = _("许可凭证")
        ordering = ("-created_at", "-id")

    @property
    def signed(self) -> SignedPermit:
        """Return the permit's exact bytes with the hub's signature."""
        return SignedPermit(unb64(self.payload), unb64(self.signature))

    @property
    def in_force(self) -> bool:
        """Tell whether every node has countersigned and today lies in the period."""
        return self.state == self.State.ACTIVE and self.not_before <= now() < self.expires_at


class Countersigning(models.Model):
    """What one node says to a permit."""

    class State(models.TextChoices):
        """Whether the member has decided."""

        WAITING = "waiting", _("待会签")
        SIGNED = "signed", _("已会签")
        DECLINED = "declined", _("已拒绝")

    permit = models.ForeignKey(Permit, models.PROTECT, related_name="countersignings")
    node = models.ForeignKey(Node, models.PROTECT, related_name="countersignings")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    statement = models.TextField(blank=True)
    signature = models.TextField(blank=True)
    steward = models.CharField(_("会签人"), max_length=200, blank=True)
    document = models.CharField(_("文号"), max_length=200, blank=True)
    reason = models.TextField(blank=True)
    at = models.DateTimeField(null=True)

    class Meta:
        """A node decides once."""

        ordering = ("id",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["permit", "node"], name="one_countersigning_a_node")
        ]


class CalendarTable(AppendOnly):
    """A table of public holidays that the operator has loaded; the newest counts for its years."""

    text = models.TextField(_("内容"))
    years = models.JSONField(_("年份"))
    loaded_by = models.CharField(max_length=60)
    loaded_at = models.DateTimeField(default=now)

    class Meta:
        """In the order of loading."""

        ordering = ("id",)


class RuleSignOff(AppendOnly):
    """Whether a rule of evidence blocks, as the operator's lawyer has signed; the last counts."""

    rule = models.CharField(max_length=60)
    blocks = models.BooleanField()
    lawyer = models.CharField(max_length=200)
    document = models.CharField(max_length=200)
    recorded_by = models.CharField(max_length=60)
    at = models.DateTimeField(default=now)

    class Meta:
        """In the order of time."""

        ordering = ("id",)
