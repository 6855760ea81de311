"""Opens a source by its data source name, read-only."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from qundao.engines.dsn import Dsn, parse_dsn
from qundao.engines.duck import DuckEngine
from qundao.engines.duckdb_file import open_duckdb_file
from qundao.engines.options import EngineOptions
from qundao.engines.parquet_folder import open_parquet_folder

_OPENERS: Mapping[str, Callable[[Dsn, EngineOptions], DuckEngine]] = {
    "duckdb": open_duckdb_file,
    "parquet": open_parquet_folder,
}


def open_engine(dsn: str, *, options: EngineOptions | None = None) -> DuckEngine:
    """Open `dsn` and return its engine; the source is never written.

    Raises `engines.*`: a malformed name, a source that is missing, unreadable, damaged, held
    or of a kind that this build does not read, or no room for the private copy.
    """
    parsed = parse_dsn(dsn)
    return _OPENERS[parsed.scheme](parsed, options or EngineOptions())
