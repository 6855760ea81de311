"""The JSON API of this desk: search the vocabulary that nodes report."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from qundao.hub.vocabulary import queries

router = Router()


class ConceptOut(Schema):
    """A concept; `bands` of the people at nodes where it is in use itself."""

    id: int
    code: str
    vocabulary: str
    domain: str
    standard: bool
    name: str
    name_zh: str
    nodes: int
    bands: list[str]


@router.get("/concepts", response=list[ConceptOut], summary="Search the reported vocabulary")
def concepts(request: HttpRequest, q: str) -> list[dict[str, Any]]:  # noqa: ARG001
    """Return concepts that hold every part of `q` in name, code or id, the commonest first."""
    return [
        {
            **{k: getattr(f.concept, k) for k in _FIELDS},
            "nodes": f.nodes,
            "bands": list(f.bands),
        }
        for f in queries.search_concepts(q)
    ]


_FIELDS = ("id", "code", "vocabulary", "domain", "standard", "name", "name_zh")
