"""Studies under permits, their runs over nodes, the tasks sent, and the outputs under review."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from qundao.hub.applications.models import Permit
from qundao.hub.common.models import Entity
from qundao.hub.members.models import Organisation, User
from qundao.hub.nodes.models import Node
from qundao.kernel.words import Words


class Study(Entity):
    """A locked protocol being run under one permit. The protocol never changes."""

    class State(models.TextChoices):
        """How far the study is."""

        RUNNING = "running", _("计算中")
        FAILED = "failed", _("需要处理")
        REVIEW = "review", _("结果审核中")
        CLOSED = "closed", _("已结束")

    id_prefix = "study"
    permit = models.OneToOneField(Permit, models.PROTECT, related_name="study")
    researcher = models.ForeignKey(User, models.PROTECT, related_name="studies")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="studies")
    title_zh = models.CharField(_("中文题目"), max_length=300)
    title_en = models.CharField(_("英文题目"), max_length=300)
    protocol = models.JSONField(_("锁定方案"))
    protocol_digest = models.CharField(_("方案摘要值"), max_length=64)
    state = models.CharField(_("状态"), max_length=12, choices=State, default=State.RUNNING)

    class Meta:
        """Names and order for lists."""

        verbose_name = verbose_name_plural = _("研究")
        ordering = ("-created_at", "-id")

    @property
    def words(self) -> Words:
        """Return the title in both languages."""
        return Words(self.title_zh, self.title_en)

    @property
    def title(self) -> str:
        """Return the title in the reader's language."""
        return self.words.in_(get_language() or "zh-hans")

    def __str__(self) -> str:
        return self.title


class Run(Entity):
    """One round of one analysis over its nodes. Its id is the round id that the masks are for.

    A retry is a new run with fresh masks; the one before it is superseded, and an answer that
    still comes for it is kept out.
    """

    class State(models.TextChoices):
        """How far the round is."""

        WAITING = "waiting", _("等待节点应答")
        COMBINED = "combined", _("已汇总")
        FAILED = "failed", _("未完成")
        SUPERSEDED = "superseded", _("已被重试取代")

    id_prefix = "round"
    study = models.ForeignKey(Study, models.PROTECT, related_name="runs")
    analysis = models.CharField(_("分析"), max_length=64)
    attempt = models.PositiveIntegerField(_("第几次"))
    masked = models.BooleanField(_("掩码求和"))
    masked_groups = models.JSONField(default=list)
    layout = models.CharField(max_length=64)
    state = models.CharField(_("状态"), max_length=12, choices=State, default=State.WAITING)
    deadline = models.DateTimeField(_("应答期限"))
    problems = models.JSONField(default=list)

    class Meta:
        """One run for each attempt."""

        verbose_name = verbose_name_plural = _("运行")
        ordering = ("created_at", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["study", "analysis", "attempt"], name="one_run_for_each_attempt"
            )
        ]


class Task(Entity):
    """What one node is asked within a run, and what it let out."""

    class State(models.TextChoices):
        """Whether the node has answered."""

        SENT = "sent", _("已下达")
        ANSWERED = "answered", _("已应答")
        REFUSED = "refused", _("节点拒绝")

    id_prefix = "task"
    run = models.ForeignKey(Run, models.PROTECT, related_name="tasks")
    node = models.ForeignKey(Node, models.PROTECT, related_name="tasks")
    accession = models.CharField(_("数据集版本"), max_length=24)
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.SENT)
    values = models.JSONField(null=True)
    gate = models.JSONField(default=list)
    problems = models.JSONField(default=list)
    answered_at = models.DateTimeField(_("应答时间"), null=True)

    class Meta:
        """One task for each node."""

        verbose_name = verbose_name_plural = _("任务")
        ordering = ("created_at", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "node"], name="one_task_for_each_node")
        ]


class Output(Entity):
    """A combined result. Only reviewers see it until one of them releases it."""

    class State(models.TextChoices):
        """What became of it."""

        REVIEW = "review", _("待审核")
        RELEASED = "released", _("已发布")
        REFUSED = "refused", _("不予发布")

    id_prefix = "output"
    run = models.OneToOneField(Run, models.PROTECT, related_name="output")
    result = models.JSONField(_("结果"))
    digest = models.CharField(_("摘要值"), max_length=64)
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.REVIEW)
    reviewer = models.ForeignKey(User, models.PROTECT, related_name="outputs_checked", null=True)
    reason = models.TextField(_("意见"), blank=True)
    decided_at = models.DateTimeField(_("审核时间"), null=True)

    class Meta:
        """Names and order for lists."""

        verbose_name = verbose_name_plural = _("结果")
        ordering = ("created_at", "id")
