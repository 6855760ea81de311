"""Many definitions against one source: their rows, figures and what kept one from being answered.

`run_definitions(engine, definitions, progress)` yields a `Result` per definition, in order;
`run_alone(engine, named)` answers one by a query of its own.
"""

from __future__ import annotations

from qundao.query.attrition import Attrition, RuleCount
from qundao.query.batch.alone import run_alone
from qundao.query.batch.results import Named, Result, digest_of_rows
from qundao.query.batch.running import run_definitions

__all__ = [
    "Attrition",
    "Named",
    "Result",
    "RuleCount",
    "digest_of_rows",
    "run_alone",
    "run_definitions",
]
