"""Units of measure as laboratories write them: read after UCUM, converted exactly, checked.

`ucum` reads a unit's text, `conversion` gives what turns one unit into another (with a substance,
also mass into moles), `unit_table` does both for the pairs that a load meets, and `wrong_units`
finds values that stand beside the wrong unit. No rounding inside: factors are fractions.
"""

from __future__ import annotations

from qundao.intake.units.conversion import Conversion, conversion
from qundao.intake.units.grammar import Unit, parse
from qundao.intake.units.joining import as_arrow
from qundao.intake.units.limits import LIMITS, Limit
from qundao.intake.units.plausible import Seen, SuspectRange, suspect_ranges, wrong_units
from qundao.intake.units.spelling import ucum
from qundao.intake.units.substances import SUBSTANCES, Substance, substance_named
from qundao.intake.units.suspects import LimitRow, SuspectRow, limit_table, suspect_table
from qundao.intake.units.table import (
    UNIT_FAULTS,
    UNIT_NOT_CONVERTIBLE,
    UNIT_UNKNOWN,
    WRONG_UNIT,
    UnitRow,
    unit_table,
)

__all__ = [
    "LIMITS",
    "SUBSTANCES",
    "UNIT_FAULTS",
    "UNIT_NOT_CONVERTIBLE",
    "UNIT_UNKNOWN",
    "WRONG_UNIT",
    "Conversion",
    "Limit",
    "LimitRow",
    "Seen",
    "Substance",
    "SuspectRange",
    "SuspectRow",
    "Unit",
    "UnitRow",
    "as_arrow",
    "conversion",
    "limit_table",
    "parse",
    "substance_named",
    "suspect_ranges",
    "suspect_table",
    "ucum",
    "unit_table",
    "wrong_units",
]
