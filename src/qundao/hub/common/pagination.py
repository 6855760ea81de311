"""Lists page on the server. A page knows its neighbours and how many rows there are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet

T = TypeVar("T")
M = TypeVar("M", bound=Model)

PAGE_SIZE = 25
LARGEST_PAGE = 200


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows of a longer list: page `number` (from 1) of `pages`, of `total` rows."""

    items: tuple[T, ...]
    number: int
    size: int
    total: int

    @property
    def pages(self) -> int:
        """Return the number of pages, at least 1."""
        return max(1, -(-self.total // self.size))

    @property
    def previous(self) -> int | None:
        """Return the page before, or None on the first."""
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        """Return the page after, or None on the last."""
        return self.number + 1 if self.number < self.pages else None

    def to_json(self, show: Callable[[T], Any]) -> dict[str, Any]:
        """Return the page as JSON; `show` turns one row into JSON."""
        return {
            "items": [show(item) for item in self.items],
            "page": self.number,
            "pages": self.pages,
            "page_size": self.size,
            "total": self.total,
        }


def paginate(rows: QuerySet[M], number: int | str | None = 1, size: int = PAGE_SIZE) -> Page[M]:
    """Return one page of an ordered query. A page beyond either end becomes the nearest one."""
    size = min(max(1, size), LARGEST_PAGE)
    total = rows.count()
    last = max(1, -(-total // size))
    at = min(max(1, _as_number(number)), last)
    return Page(tuple(rows[(at - 1) * size : at * size]), at, size, total)


def _as_number(text: int | str | None) -> int:
    """Read a page number from an address; what is not a number means the first page."""
    try:
        return int(text or 1)
    except ValueError:
        return 1
