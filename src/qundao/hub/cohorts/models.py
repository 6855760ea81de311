"""Cohort definitions, their versions, what was decided on them, and drafts under construction.

A version never changes; what becomes of it is a list of decisions, only added to.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from qundao.hub.common.clock import now
from qundao.hub.common.models import ID_LENGTH, AppendOnly, Entity
from qundao.hub.members.models import Named, Organisation, User
from qundao.kernel.ids import new_id
from qundao.kernel.words import Words
from qundao.query import Population, from_json


class CohortDefinition(Named):
    """Whom a member means by a name. `latest` is the number of its newest version."""

    id_prefix = "cohort"
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="cohorts")
    owner = models.ForeignKey(User, models.PROTECT, related_name="+")
    latest = models.PositiveIntegerField(_("最新版本"), default=0)
    search_text = models.TextField(editable=False, default="")
    retired_at = models.DateTimeField(_("停用时间"), null=True)
    retired_reason = models.CharField(_("停用原因"), max_length=500, blank=True)

    class Meta:
        """Names and order for lists."""

        verbose_name = verbose_name_plural = _("人群定义")
        ordering = ("-created_at", "-id")


class VersionState(models.TextChoices):
    """What was decided of a version last. Exploring may use what is released, new studies any
    but what was withdrawn.
    """

    KEPT = "kept", _("已保存")
    PROPOSED = "proposed", _("待放行试算")
    RELEASED = "released", _("可试算")
    RETURNED = "returned", _("未放行")
    WITHDRAWN = "withdrawn", _("已撤回放行")


def _version_id() -> str:
    return new_id("cohortversion")


class DefinitionVersion(AppendOnly):
    """One version: the frozen definition, its digest, and the Circe text as uploaded, if any."""

    id = models.CharField(
        primary_key=True, max_length=ID_LENGTH, editable=False, default=_version_id
    )
    definition = models.ForeignKey(CohortDefinition, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("版本"))
    content = models.JSONField(_("定义"))
    digest = models.CharField(_("摘要值"), max_length=64, db_index=True)
    circe = models.TextField(_("Circe 原文"), blank=True)
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    note = models.CharField(_("说明"), max_length=500, blank=True)
    made_at = models.DateTimeField(_("保存时间"), default=now)

    class Meta:
        """One row for each number of a definition."""

        verbose_name = verbose_name_plural = _("定义版本")
        ordering = ("definition", "-number")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["definition", "number"], name="one_row_per_definition_version"
            )
        ]

    @property
    def population(self) -> Population:
        """Return the definition as a value."""
        found = from_json(self.content)
        assert isinstance(found, Population)  # nothing else is ever kept
        return found

    @property
    def words(self) -> Words:
        """Return the definition's name with the version's number."""
        name = self.definition.words
        return Words(f"{name.zh} 第 {self.number} 版", f"{name.en}, version {self.number}")

    @property
    def state(self) -> VersionState:
        """Return what was decided of it last."""
        last = self.decisions.order_by("-id").first()
        return VersionState(last.state) if last else VersionState.KEPT

    @property
    def in_use(self) -> bool:
        """Tell whether new protocols may take it: neither retired nor withdrawn."""
        return not self.definition.retired_at and self.state is not VersionState.WITHDRAWN

    def __str__(self) -> str:
        return self.words.zh


class Decision(AppendOnly):
    """Something decided about a version: proposed for exploring, released, or returned."""

    version = models.ForeignKey(DefinitionVersion, models.PROTECT, related_name="decisions")
    state = models.CharField(_("状态"), max_length=10, choices=VersionState)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    reason = models.CharField(_("意见"), max_length=500, blank=True)
    at = models.DateTimeField(_("时间"), default=now)

    class Meta:
        """Names and order for lists."""

        verbose_name = verbose_name_plural = _("定义的放行")
        ordering = ("id",)


class BuilderDraft(Entity):
    """What somebody has put together so far, as typed: it may be as incomplete as it likes."""

    id_prefix = "cohortdraft"
    user = models.ForeignKey(User, models.CASCADE, related_name="cohort_drafts")
    definition = models.ForeignKey(
        CohortDefinition, models.PROTECT, related_name="drafts", null=True
    )
    based_on = models.PositiveIntegerField(_("所据版本"), default=0)
    form = models.JSONField(_("草稿"), default=dict)
    saved_at = models.DateTimeField(_("存稿时间"), default=now)

    class Meta:
        """Names and order for lists."""

        verbose_name = verbose_name_plural = _("定义草稿")
        ordering = ("-saved_at", "-id")

    @property
    def title(self) -> str:
        """Return the name typed so far."""
        form: dict[str, Any] = self.form
        return str(form.get("name_zh") or form.get("name_en") or "")
