"""Places that hold rows: files, servers, and plain lists as the readable oracle."""

from __future__ import annotations

from qundao.engines.checks import header_rows, model_version
from qundao.engines.dsn import Dsn, ServerDsn, masked, parse_dsn
from qundao.engines.duck import DuckEngine
from qundao.engines.memory import MemoryEngine
from qundao.engines.opening import OpenEngine, open_engine
from qundao.engines.options import EngineOptions

__all__ = [
    "Dsn",
    "DuckEngine",
    "EngineOptions",
    "MemoryEngine",
    "OpenEngine",
    "ServerDsn",
    "header_rows",
    "masked",
    "model_version",
    "open_engine",
    "parse_dsn",
]
