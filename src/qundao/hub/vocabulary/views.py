"""The page of this desk: search for concepts, and what each dataset's vocabulary is."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase

from qundao.hub.common.pagination import paginate
from qundao.hub.pages.view import for_roles, show
from qundao.hub.vocabulary import queries

MOST_FOUND, MOST_RELEASES = 50, 6


@for_roles()
def vocabulary(request: HttpRequest) -> HttpResponseBase:
    """Search the vocabulary that nodes report, and list the reports."""
    query = request.GET.get("q", "").strip()
    page = paginate(queries.reports(), request.GET.get("page"))
    rows = [(r, [x for x in r.releases if x[1]]) for r in page.items]
    return show(
        request,
        "vocabulary/vocabulary.html",
        q=query,
        **queries.found_at_most(query, MOST_FOUND),
        chinese=queries.tells_chinese(),
        page=page,
        rows=[(r, held[:MOST_RELEASES], len(held)) for r, held in rows],
    )
