"""The readable oracle: definitions executed over plain Python rows, by short and plain functions.

It is slow on purpose. What it says is what a definition means; every SQL engine must agree.
"""

from __future__ import annotations

from qundao.engines.memory.engine import MemoryEngine

__all__ = ["MemoryEngine"]
