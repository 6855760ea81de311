"""Alliance, member organisations, users in roles, API tokens, and the count of failed sign-ins."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from qundao.hub.common.actors import Actor
from qundao.hub.common.clock import now
from qundao.hub.common.models import Entity
from qundao.kernel.roles import Role
from qundao.kernel.words import LANGUAGES, Words

ROLE_CHOICES = [(role.value, role.words.zh) for role in Role]
LANGUAGE_CHOICES = [(tag, tag) for tag in LANGUAGES]


class Named(Entity):
    """Something with a name in both languages."""

    name_zh = models.CharField(_("中文名称"), max_length=200)
    name_en = models.CharField(_("英文名称"), max_length=200)

    class Meta:
        """Shared columns only."""

        abstract = True

    @property
    def words(self) -> Words:
        """Return the name in both languages."""
        return Words(self.name_zh, self.name_en)

    @property
    def name(self) -> str:
        """Return the name in the reader's language."""
        return self.words.in_(get_language() or "zh-hans")

    def __str__(self) -> str:
        return self.name


class Alliance(Named):
    """An alliance of members in one region; one hub may carry several."""

    id_prefix = "alliance"
    region = models.CharField(_("地区"), max_length=100)

    class Meta:
        """Names for the admin site."""

        verbose_name = verbose_name_plural = _("联盟")


class Organisation(Named):
    """A member of an alliance."""

    class Kind(models.TextChoices):
        """What sort of organisation it is."""

        HOSPITAL = "hospital", _("医疗机构")
        SPONSOR = "sponsor", _("申办方")
        CRO = "cro", _("合同研究组织")
        INSTITUTE = "institute", _("科研院所")
        UNIVERSITY = "university", _("高等院校")
        COMPANY = "company", _("企业")
        AI_COMPANY = "ai_company", _("人工智能企业")
        PUBLIC_BODY = "public_body", _("公共机构")

    class State(models.TextChoices):
        """Where its membership stands."""

        ACTIVE = "active", _("在会")
        SUSPENDED = "suspended", _("暂停")
        LEFT = "left", _("已退会")

    id_prefix = "org"
    alliance = models.ForeignKey(Alliance, models.PROTECT, related_name="members")
    kind = models.CharField(_("类型"), max_length=20, choices=Kind)
    region = models.CharField(_("地区"), max_length=100)
    credit_code = models.CharField(
        _("统一社会信用代码"), max_length=18, unique=True, null=True, blank=True
    )
    state = models.CharField(_("状态"), max_length=12, choices=State, default=State.ACTIVE)
    joined_at = models.DateTimeField(_("入会时间"), default=now)

    class Meta:
        """Names and order for lists."""

        verbose_name = verbose_name_plural = _("成员单位")
        ordering = ("joined_at", "id")

    @property
    def active(self) -> bool:
        """Tell whether it takes part now: neither suspended nor gone."""
        return self.state == self.State.ACTIVE


class UserManager(BaseUserManager["User"]):
    """Finds users by name for Django's sign-in."""

    def get_by_natural_key(self, username: str | None) -> User:
        """Return the user with that name, whatever its case."""
        return self.get(username=(username or "").casefold())


class User(AbstractBaseUser, Entity):
    """A person who works for one organisation (none: for the operator) in one or more roles."""

    id_prefix = "user"
    username = models.CharField(_("用户名"), max_length=64, unique=True)
    display_name = models.CharField(_("姓名"), max_length=100)
    email = models.EmailField(_("电子邮箱"), blank=True)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="users", null=True, blank=True
    )
    language = models.CharField(_("语言"), max_length=10, choices=LANGUAGE_CHOICES, blank=True)
    is_active = models.BooleanField(_("有效"), default=True)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["display_name"]
    objects = UserManager()

    class Meta:
        """Names and order for lists."""

        verbose_name = verbose_name_plural = _("用户")
        ordering = ("username",)

    def __str__(self) -> str:
        return self.display_name or self.username

    @property
    def roles(self) -> frozenset[Role]:
        """Return the roles that the user holds."""
        return frozenset(Role(held.role) for held in self.held_roles.all())

    @property
    def may_enter(self) -> bool:
        """Tell whether the user and their member, if any, are in good standing."""
        return self.is_active and (self.organisation is None or self.organisation.active)

    @property
    def actor(self) -> Actor:
        """Return the user as somebody who acts."""
        return Actor("user", self.id, self.organisation_id or "", self.roles)

    @property
    def is_staff(self) -> bool:
        """Tell whether the user may look at the tables in the admin site."""
        return self.is_active and not self.roles.isdisjoint({Role.OPERATOR, Role.AUDITOR})

    def has_perm(self, perm: str, obj: Any = None) -> bool:  # noqa: ARG002
        """Tell Django's admin site: looking only."""
        return self.is_staff and ".view_" in perm

    def has_module_perms(self, app_label: str) -> bool:  # noqa: ARG002
        """Tell Django's admin site: all tables, to operators and auditors."""
        return self.is_staff


class HeldRole(models.Model):
    """One role that a user holds."""

    user = models.ForeignKey(User, models.CASCADE, related_name="held_roles")
    role = models.CharField(max_length=20, choices=ROLE_CHOICES)

    class Meta:
        """A role is held once."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "role"], name="one_of_each_role")
        ]


class ApiToken(Entity):
    """A secret by which a program acts for a user. Only its digest is kept."""

    id_prefix = "token"
    user = models.ForeignKey(User, models.CASCADE, related_name="tokens")
    name = models.CharField(_("名称"), max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=12)
    expires_at = models.DateTimeField(_("到期"))
    last_used_at = models.DateTimeField(_("最近使用"), null=True)
    revoked_at = models.DateTimeField(_("撤销"), null=True)


class SignInFailures(models.Model):
    """How often a sign-in failed of late, per user name or per address (both hashed)."""

    key = models.CharField(primary_key=True, max_length=64)
    failures = models.PositiveIntegerField(default=0)
    window_start = models.DateTimeField()
