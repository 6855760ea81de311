"""What the hub's tables share: opaque ids that sort by time, and tables that never change."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from qundao.hub.common.clock import now
from qundao.kernel.ids import new_id

ID_LENGTH = 40


class Entity(models.Model):
    """A row with an id such as `org_01jx2…`; `id_prefix` is its first part."""

    id_prefix: ClassVar[str]

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, editable=False)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        """Shared columns only."""

        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Give a new row its id, then save it."""
        if not self.id:
            self.id = new_id(self.id_prefix)
        super().save(*args, **kwargs)


class AppendOnlyError(RuntimeError):
    """Code tried to change or remove a row of an append-only table."""


class AppendOnly(models.Model):
    """A row that is written once. The database refuses changes too: see `append_only`."""

    class Meta:
        """Shared behaviour only."""

        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert; raises AppendOnlyError for a row that is already there."""
        if not self._state.adding:
            raise AppendOnlyError(f"{type(self).__name__} rows are never changed")
        super().save(*args, **{**kwargs, "force_insert": True})

    def delete(self, *_: Any, **__: Any) -> tuple[int, dict[str, int]]:
        """Refuse."""
        raise AppendOnlyError(f"{type(self).__name__} rows are never removed")
