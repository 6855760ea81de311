"""Definitions to SQL: one query per definition, made of expressions and rendered by dialect."""

from __future__ import annotations

from qundao.query.compiler.definitions import compile_query
from qundao.query.compiler.sources import check

__all__ = ["check", "compile_query"]
