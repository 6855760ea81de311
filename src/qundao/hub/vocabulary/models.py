"""What nodes have told of their vocabularies: one report for each dataset, concepts by use."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from qundao.catalogue.bands import Band
from qundao.hub.catalogue.models import Dataset
from qundao.hub.common.clock import now
from qundao.hub.common.models import ID_LENGTH, Entity


class VocabularyReport(Entity):
    """The latest report of a dataset; a new one takes its place."""

    id_prefix = "vocabulary"
    dataset = models.OneToOneField(Dataset, models.PROTECT, related_name="vocabulary")
    accession = models.CharField(_("数据集版本"), max_length=24)
    model = models.CharField(_("数据模型"), max_length=60)
    whole = models.BooleanField(_("完整词表"))
    releases = models.JSONField(_("词表版本"))
    tables = models.JSONField(_("表与列"))
    concepts = models.PositiveIntegerField(_("概念数"))
    reported_at = models.DateTimeField(_("汇报时间"), default=now)

    class Meta:
        """Names for the admin site."""

        verbose_name = verbose_name_plural = _("词表汇报")


class Concept(models.Model):
    """A concept as nodes call it: the first to tell a thing may tell it anew, others add to it.

    `told_by`, `name_by` and `zh_by` are the nodes whose code and domain, name and Chinese name
    stand here (empty: nobody's yet).
    """

    id = models.PositiveIntegerField(primary_key=True)
    code = models.CharField(_("代码"), max_length=60)
    vocabulary = models.CharField(_("词表"), max_length=60)
    domain = models.CharField(_("域"), max_length=60)
    standard = models.BooleanField(_("标准概念"))
    name = models.CharField(_("名称"), max_length=255, blank=True)
    name_zh = models.CharField(_("中文名称"), max_length=255, blank=True)
    told_by = models.CharField(max_length=ID_LENGTH, default="", editable=False)
    name_by = models.CharField(max_length=ID_LENGTH, default="", editable=False)
    zh_by = models.CharField(max_length=ID_LENGTH, default="", editable=False)
    search_text = models.TextField(editable=False)

    class Meta:
        """Names for the admin site."""

        verbose_name = verbose_name_plural = _("概念")

    @property
    def title(self) -> str:
        """Return the name in the reader's language, else in the other, else the code."""
        own, other = self.name_zh, self.name
        if (get_language() or "").startswith("en"):
            own, other = other, own
        return own or other or f"{self.vocabulary} {self.code}"

    def __str__(self) -> str:
        return f"{self.id} {self.title}"


class Holding(models.Model):
    """A concept in one report. Without `low` only narrower concepts are in use."""

    report = models.ForeignKey(VocabularyReport, models.CASCADE, related_name="holdings")
    concept = models.ForeignKey(Concept, models.PROTECT, related_name="holdings")
    low = models.PositiveIntegerField(null=True)
    high = models.PositiveIntegerField(null=True)

    class Meta:
        """A concept stands in a report once."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["report", "concept"], name="one_holding_for_each_concept"
            )
        ]

    @property
    def band(self) -> Band | None:
        """Return how many people hold it."""
        return None if self.low is None else Band(self.low, self.high)
