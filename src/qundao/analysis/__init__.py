"""Statistics over nodes: the local half on the node, the combining half at the hub.

One file per statistic. A statistic's layout (which integers leave a node, and how they hang
together) is fixed by the protocol, never by the data, so that answers can be masked and summed.
"""

from __future__ import annotations

from qundao.analysis.cells import Cell, Layout, margins
from qundao.analysis.counts import Counts
from qundao.analysis.groups import Arm
from qundao.analysis.kaplan_meier import KaplanMeier
from qundao.analysis.partial import (
    Partial,
    Totals,
    blank,
    combine,
    gate_local,
    local,
    release,
    seal,
    tally,
)
from qundao.analysis.registry import METHODS, Spec, layout, spec_from_json
from qundao.analysis.released import result
from qundao.analysis.table1 import Table1
from qundao.analysis.variables import Banded, Binary, Categorical, Continuous, Level, Variable

__all__ = [
    "METHODS",
    "Arm",
    "Banded",
    "Binary",
    "Categorical",
    "Cell",
    "Continuous",
    "Counts",
    "KaplanMeier",
    "Layout",
    "Level",
    "Partial",
    "Spec",
    "Table1",
    "Totals",
    "Variable",
    "blank",
    "combine",
    "gate_local",
    "layout",
    "local",
    "margins",
    "release",
    "result",
    "seal",
    "spec_from_json",
    "tally",
]
