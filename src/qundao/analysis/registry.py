"""The statistics that exist. A new one adds its file and one line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import pyarrow as pa

from qundao.analysis import counts_report, kaplan_meier_report, table1_report
from qundao.analysis.cells import Layout
from qundao.analysis.counts import Counts, read_counts
from qundao.analysis.document import Released, Report
from qundao.analysis.groups import Arm
from qundao.analysis.kaplan_meier import KaplanMeier, read_kaplan_meier
from qundao.analysis.reading import Reader
from qundao.analysis.sources import Covariates, Times
from qundao.analysis.table1 import Table1, read_table1
from qundao.kernel.words import Words
from qundao.query.engine import Engine


class Spec(Protocol):
    """A planned analysis, as the locked protocol holds it."""

    method: ClassVar[str]

    @property
    def source(self) -> Times | Covariates:
        """Return the measure that gives the rows."""

    @property
    def arms(self) -> tuple[Arm, ...]:
        """Return the arms in order."""

    @property
    def groups(self) -> tuple[str, ...]:
        """Return the arms' ids in order."""

    @property
    def rounding(self) -> int:
        """Return the base to which released counts are rounded; 1 for none."""

    @property
    def parameters(self) -> int:
        """Return how many numbers per arm are estimated."""

    @property
    def words(self) -> Words:
        """Return the analysis as a sentence."""

    @property
    def cuts(self) -> Mapping[str, str]:
        """Return what divides the people (`normal_form`), and where: a digest of the edges.

        No protocol divides the same people twice by the same thing.
        """

    def to_json(self) -> dict[str, Any]:
        """Return the analysis as plain JSON; `spec_from_json` reads it back."""

    def layout(self) -> Layout:
        """Return the cells that leave a node."""

    def rows(self, engine: Engine) -> pa.Table:
        """Return the rows of this analysis from an engine."""

    def tally(self, rows: pa.Table) -> tuple[int, ...]:
        """Count rows into the cells of the layout."""


@dataclass(frozen=True, slots=True)
class Method:
    """A statistic: how to read it from JSON, and how to report its released cells."""

    name: Words
    read: Callable[[Reader], Spec]
    report: Callable[[Any, Released], Report]


METHODS: Mapping[str, Method] = {
    Counts.method: Method(Words("人数与结局", "counts"), read_counts, counts_report.report),
    Table1.method: Method(Words("基线表", "table 1"), read_table1, table1_report.report),
    KaplanMeier.method: Method(
        Words("Kaplan–Meier 曲线", "Kaplan–Meier"), read_kaplan_meier, kaplan_meier_report.report
    ),
}


def spec_from_json(data: Any, path: str = "$") -> Spec:
    """Read a planned analysis.

    Raises `analysis.bad_spec` (and the query room's codes) with every defect, its JSON path,
    what was required and what was received.
    """
    at = Reader(data, path)
    spec = at.attempt(_read)
    at.finish()
    assert spec is not None  # else its problems have just been raised
    return spec


def _read(at: Reader) -> Spec:
    name = at.at("method")
    method = METHODS.get(name.value) if isinstance(name.value, str) else None
    if method is None:
        name.refuse(f"one of {', '.join(METHODS)}")
        at.finish()
    assert method is not None  # else the problem has just been raised
    return method.read(at)


def layout(spec: Spec) -> Layout:
    """Return the cells that one analysis lets out of a node: the protocol's, never the data's."""
    return spec.layout()
