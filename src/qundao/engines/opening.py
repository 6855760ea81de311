"""Opens a source by its data source name, read-only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol, Self

from qundao.engines.csv_file import open_csv_file
from qundao.engines.dsn import Dsn, ServerDsn, parse_dsn
from qundao.engines.duckdb_file import open_duckdb_file
from qundao.engines.options import EngineOptions
from qundao.engines.parquet_folder import open_parquet_folder
from qundao.query.engine import Engine


class OpenEngine(Engine, Protocol):
    """An engine that gives its source back at the end of a `with` block."""

    def __enter__(self) -> Self:
        """Return the engine."""

    def __exit__(self, *_: object) -> None:
        """Close it."""


def _spark(dsn: Dsn, options: EngineOptions) -> OpenEngine:
    """Open a source by Spark, which only those who use it have."""
    from qundao.engines.spark_session import open_spark

    return open_spark(dsn, options)


_FILES: Mapping[str, Callable[[Dsn, EngineOptions], OpenEngine]] = {
    "duckdb": open_duckdb_file,
    "parquet": open_parquet_folder,
    "csv": open_csv_file,
    "spark": _spark,
}


def open_engine(dsn: str, *, options: EngineOptions | None = None) -> OpenEngine:
    """Open `dsn` and return its engine; the source is never written.

    Raises `engines.*`: a malformed name, a source that is missing, unreadable, damaged, held
    or of a kind that this build does not read, a server that is away or refuses the account, or
    no room for the private copy.
    """
    parsed, limits = parse_dsn(dsn), options or EngineOptions()
    if isinstance(parsed, ServerDsn):
        return _postgresql(parsed, limits)
    return _FILES[parsed.scheme](parsed, limits)


def _postgresql(dsn: ServerDsn, options: EngineOptions) -> OpenEngine:
    """Open a server; its driver is imported by those who use one."""
    from qundao.engines.postgresql import PostgreSQLEngine
    from qundao.engines.postgresql_session import connect

    return PostgreSQLEngine(connect(dsn, options))
