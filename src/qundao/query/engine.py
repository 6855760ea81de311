"""The Engine port: the one small interface between definitions and the places that hold rows.

`qundao.engines` implements it for DuckDB, for PostgreSQL and Spark later, and for plain Python
lists (the readable oracle). Nothing above this line knows a driver.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

import pyarrow as pa
from sqlglot import exp

__all__ = ["Column", "Engine", "Progress"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column as the source declares it: lower-case name and the engine's own type name."""

    name: str
    type: str


class Progress(Protocol):
    """Called with work done, work in all, and what is being done."""

    def __call__(self, done: int, total: int, what: str) -> None:
        """Report progress."""


class Engine(Protocol):
    """A read-only source of tables that answers sqlglot queries with Arrow tables."""

    @property
    def dialect(self) -> str:
        """Return the sqlglot dialect that the engine speaks, such as `duckdb`."""

    @property
    def schema(self) -> Mapping[str, tuple[Column, ...]]:
        """Return every table (lower-case name) with its columns in order."""

    @property
    def in_process(self) -> bool:
        """Tell whether rows are handed over within this process, not sent by a server."""

    @property
    def at_once(self) -> int:
        """Return how many queries from different threads are worth running at a time."""

    def query(self, query: exp.Expression) -> pa.Table:
        """Run one query and return all its rows. Raises `engines.*` errors."""

    def records(self, query: exp.Expression) -> list[dict[str, Any]]:
        """Run one query that answers with few rows, and return each by column name."""

    def stream(self, query: exp.Expression, rows: int = 65_536) -> Iterator[pa.RecordBatch]:
        """Run one query and yield its rows in batches of at most `rows`."""

    def scratch(self, name: str, query: exp.Expression) -> AbstractContextManager[exp.Table]:
        """Keep a query's rows under a temporary name while the context is open."""

    def close(self) -> None:
        """Give the source back. Closing twice does nothing."""

    def describe(self) -> Mapping[str, Any]:
        """Return what the engine is: kind, version, place (no secrets)."""
