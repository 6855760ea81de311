"""The admin site shows every table and changes none: every write is an action."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

if TYPE_CHECKING:
    AnyAdmin = admin.ModelAdmin[Any]
else:
    AnyAdmin = admin.ModelAdmin


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
