"""Many populations at once: the source is read once, into slim tables, and worked out in memory.

The compiled queries (`query.compiler`) say what a definition means; this says the same of arrays.
Tables are read through the Engine port, so that every engine has it.
"""

from __future__ import annotations

from qundao.query.sweep.fitness import UnfitError
from qundao.query.sweep.source import Told
from qundao.query.sweep.sweeping import Sweep, Swept

__all__ = ["Sweep", "Swept", "Told", "UnfitError"]
