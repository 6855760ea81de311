"""Questions of the explore lane and what each node answered: noisy counts, never rows."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from qundao.hub.cohorts.models import DefinitionVersion
from qundao.hub.common.models import Entity
from qundao.hub.members.models import Organisation, User
from qundao.hub.nodes.models import Node


class Question(Entity):
    """A banded predicate, or a released cohort definition, that one member asked: once each."""

    id_prefix = "question"
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="questions")
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    predicate = models.JSONField(_("条件"))
    digest = models.CharField(max_length=64)
    cohort = models.ForeignKey(
        DefinitionVersion, models.PROTECT, related_name="questions", null=True
    )

    class Meta:
        """One row for each canonical question of a member."""

        verbose_name = verbose_name_plural = _("试算问题")
        ordering = ("-created_at", "-id")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organisation", "digest"], name="one_question_for_each_member"
            )
        ]


class Probe(Entity):
    """One question put to one dataset version at its node."""

    class State(models.TextChoices):
        """Whether the node has answered."""

        SENT = "sent", _("已下达")
        ANSWERED = "answered", _("已应答")
        REFUSED = "refused", _("节点拒绝")

    id_prefix = "probe"
    question = models.ForeignKey(Question, models.PROTECT, related_name="probes")
    node = models.ForeignKey(Node, models.PROTECT, related_name="probes")
    accession = models.CharField(_("数据集版本"), max_length=24)
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.SENT)
    count = models.BigIntegerField(_("人数（含扰动）"), null=True)
    epsilon = models.FloatField(_("ε"), null=True)
    spent = models.FloatField(_("本次消耗 ε"), null=True)
    withheld = models.CharField(_("未显示原因"), max_length=200, blank=True)
    problems = models.JSONField(default=list)
    answered_at = models.DateTimeField(_("应答时间"), null=True)

    class Meta:
        """A question is put to a dataset version once."""

        verbose_name = verbose_name_plural = _("试算任务")
        ordering = ("accession", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["question", "accession"], name="one_probe_for_each_version"
            )
        ]
