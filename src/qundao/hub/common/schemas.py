"""What the API's answers share: text in both languages, pages of a list, problems as sent."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from ninja import Schema

T = TypeVar("T")


class WordsOut(Schema):
    """Text in both languages."""

    zh: str
    en: str


class PageOf(Schema, Generic[T]):
    """One page of a longer list."""

    items: list[T]
    page: int
    pages: int
    page_size: int
    total: int


class Listed(Schema):
    """Something in a list: its id, title and state."""

    id: str
    title: str
    state: str


class ProblemOut(Schema):
    """One defect for a reader, in the language of the request."""

    code: str
    where: str
    title: str
    required: str
    received: str
    remedy: str


RawProblem = dict[str, Any]
"""A problem as another process sent it: code, received, where, facts."""
