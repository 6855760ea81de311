"""Places that hold rows: DuckDB files, Parquet folders, and plain lists as the readable oracle."""

from __future__ import annotations

from qundao.engines.checks import header_rows, model_version
from qundao.engines.dsn import Dsn, parse_dsn
from qundao.engines.duck import DuckEngine
from qundao.engines.memory import MemoryEngine
from qundao.engines.opening import open_engine
from qundao.engines.options import EngineOptions

__all__ = [
    "Dsn",
    "DuckEngine",
    "EngineOptions",
    "MemoryEngine",
    "header_rows",
    "model_version",
    "open_engine",
    "parse_dsn",
]
