"""Datasets and their versions. A version never changes; a new registration makes the next one."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from qundao.catalogue import Columns, Profile, ScoreSummary, Tier
from qundao.disclosure.data_classes import DATA_CLASSES
from qundao.hub.common.clock import now
from qundao.hub.common.models import AppendOnly, Entity
from qundao.hub.members.models import Organisation
from qundao.hub.nodes.models import Node
from qundao.kernel.accession import Accession
from qundao.kernel.words import Words

TIER_CHOICES = [(tier.value, tier.words.zh) for tier in Tier]


class AccessionCounter(models.Model):
    """The last dataset number given out. Whoever numbers a dataset locks this row."""

    id = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)


class Dataset(Entity):
    """What a member offers under one name at one node. `number` makes its accession."""

    id_prefix = "dataset"
    number = models.PositiveIntegerField(_("编号"), unique=True)
    node = models.ForeignKey(Node, models.PROTECT, related_name="datasets")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="datasets")
    name = models.CharField(_("节点内名称"), max_length=64)
    latest = models.PositiveIntegerField(_("最新版本"), default=0)
    withdrawn_at = models.DateTimeField(_("撤下时间"), null=True)
    withdrawn_reason = models.CharField(_("撤下原因"), max_length=500, blank=True)

    class Meta:
        """One dataset for each name at a node."""

        verbose_name = verbose_name_plural = _("数据集")
        ordering = ("number",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["node", "name"], name="one_dataset_for_each_name")
        ]

    @property
    def accession(self) -> Accession:
        """Return the dataset's accession, without a version."""
        return Accession(self.number)

    def __str__(self) -> str:
        return str(self.accession)


class DatasetVersion(AppendOnly):
    """One version, as its node described it. `worth` is its value, `minted` what it earned."""

    accession = models.CharField(_("版本编号"), primary_key=True, max_length=24)
    dataset = models.ForeignKey(Dataset, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("版本"))
    title_zh = models.CharField(_("中文题名"), max_length=2000)
    title_en = models.CharField(_("英文题名"), max_length=2000)
    description_zh = models.TextField(_("中文说明"))
    description_en = models.TextField(_("英文说明"))
    data_class = models.CharField(_("数据类别"), max_length=40, db_index=True)
    tier = models.CharField(_("开放层级"), max_length=12, choices=TIER_CHOICES)
    model = models.CharField(_("数据模型"), max_length=60)
    min_cell = models.PositiveIntegerField(_("最小单元格"))
    event_floor = models.PositiveIntegerField(_("最少事件数"))
    labels = models.JSONField(_("描述"))
    profile = models.JSONField(_("画像"))
    scorecard = models.JSONField(_("评分卡"))
    score = models.PositiveSmallIntegerField(_("质量分"))
    subjects = models.PositiveBigIntegerField(_("人次"))
    digest = models.CharField(_("内容摘要"), max_length=64)
    search_text = models.TextField(editable=False)
    tariff = models.CharField(_("价目表"), max_length=20)
    worth = models.BigIntegerField(_("估值（微积分）"))
    minted = models.BigIntegerField(_("本次发放（微积分）"))
    valuation = models.JSONField(_("计分说明"))
    registered_at = models.DateTimeField(_("登记时间"), default=now)

    class Meta:
        """One row for each number of a dataset."""

        verbose_name = verbose_name_plural = _("数据集版本")
        ordering = ("dataset__number", "number")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["dataset", "number"], name="one_version_per_number")
        ]

    def __str__(self) -> str:
        return self.accession

    @property
    def words(self) -> Words:
        """Return the title in both languages."""
        return Words(self.title_zh, self.title_en)

    @property
    def title(self) -> str:
        """Return the title in the reader's language."""
        return self.words.in_(get_language() or "zh-hans")

    @property
    def description_words(self) -> Words:
        """Return the description in both languages."""
        return Words(self.description_zh, self.description_en)

    @property
    def columns(self) -> Columns:
        """Return the six describing columns (needs `dataset__organisation`)."""
        return Columns.from_labels(self.words, self.dataset.organisation.words, self.labels)

    @property
    def profile_read(self) -> Profile:
        """Return the profile as a value."""
        return Profile.from_json(self.profile)

    @property
    def score_summary(self) -> ScoreSummary:
        """Return what a page shows of the scorecard."""
        return ScoreSummary.from_json(self.scorecard)

    @property
    def tier_words(self) -> Words:
        """Return the tier's name."""
        return Tier(self.tier).words

    @property
    def class_words(self) -> Words:
        """Return the data class's name."""
        return DATA_CLASSES[self.data_class].words

    @property
    def is_newest(self) -> bool:
        """Tell whether no later version of the dataset exists."""
        return self.number == self.dataset.latest
