"""Long tables in pages: which rows the page asked for shows."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request


@dataclass(frozen=True, slots=True)
class Paged:
    """One page of `of` pages, each of `size` rows; `asked` is the rest of the address's query."""

    number: int
    of: int
    size: int
    asked: tuple[tuple[str, str], ...]

    @property
    def skipped(self) -> int:
        """Return how many rows are on the pages before."""
        return (self.number - 1) * self.size

    def link(self, number: int) -> str:
        """Return the query under which another page is shown."""
        return "?" + urlencode([*self.asked, ("page", str(number))])


def paged(request: Request, rows: int, size: int) -> Paged:
    """Return the page asked for, or the nearest that there is."""
    pages = max(1, -(-rows // size))
    asked = request.query_params.get("page", "")
    number = int(asked) if asked.isdecimal() and len(asked) < 10 else 1
    rest = tuple((k, v) for k, v in request.query_params.multi_items() if k != "page")
    return Paged(min(max(1, number), pages), pages, size, rest)
