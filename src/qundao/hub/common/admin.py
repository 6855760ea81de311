"""The admin site shows every table and changes none: every write is an action."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from qundao.hub.members.sign_in import sign_out

if TYPE_CHECKING:
    AnyAdmin = admin.ModelAdmin[Any]
else:
    AnyAdmin = admin.ModelAdmin


class Tables(admin.AdminSite):
    """The site of tables: one signs in and out where everyone does, with brake and log."""

    site_header = site_title = _("数据表（只读）")

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # noqa: ARG002
        """Send the reader to the platform's own sign-in page, and back afterwards."""
        if request.user.is_authenticated:
            raise PermissionDenied(str(request.user))
        following = request.GET.get(REDIRECT_FIELD_NAME, request.get_full_path())
        return redirect_to_login(following)

    def logout(  # type: ignore[override]  # the stubs forget that Django redirects
        self,
        request: HttpRequest,
        extra_context: Any = None,  # noqa: ARG002
    ) -> HttpResponse:
        """Sign out as everywhere else."""
        sign_out(request)
        return redirect(settings.LOGOUT_REDIRECT_URL)

    def password_change(  # type: ignore[override]
        self,
        request: HttpRequest,  # noqa: ARG002
        extra_context: Any = None,  # noqa: ARG002
    ) -> HttpResponse:
        """Send the reader to where passwords are changed."""
        return redirect("password")


class ReadOnlyAdmin(AnyAdmin):
    """A table to look at."""

    list_per_page = 50
    actions = None
    hidden: tuple[str, ...] = ()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Return every field that is not a secret."""
        fields = super().get_fields(request, obj)
        return [name for name in fields if name not in self.hidden]

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """Refuse."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """Refuse."""
        return False


def show(model: type[Model], *columns: str, hidden: tuple[str, ...] = ()) -> None:
    """Register a model, to be looked at."""
    attributes = {"list_display": columns or ("pk",), "hidden": hidden}
    admin.site.register(model, type(f"{model.__name__}Admin", (ReadOnlyAdmin,), attributes))
