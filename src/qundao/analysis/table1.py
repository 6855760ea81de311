"""Table 1: who is in each arm, by baseline variables with levels fixed in the protocol."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import pyarrow as pa

from qundao.analysis import normal_form
from qundao.analysis.cells import Layout, LayoutBuilder
from qundao.analysis.codes import BAD_SPEC
from qundao.analysis.groups import Arm, arm_names, check_arms, read_arm, with_rounding
from qundao.analysis.reading import Reader
from qundao.analysis.rows import check_columns, of_arm
from qundao.analysis.sources import (
    Covariates,
    check_source,
    columns,
    read_covariates,
    source_json,
)
from qundao.analysis.variable_reading import read_variable
from qundao.analysis.variables import Banded, Continuous, Variable, within
from qundao.disclosure.rounding import LARGEST_BASE, check_base
from qundao.kernel.canonical import digest
from qundao.kernel.errors import Problem, problem, raise_if
from qundao.kernel.words import Words
from qundao.query.engine import Engine
from qundao.query.run import baseline

MOST_VARIABLES = 200
Counted = Sequence[tuple[Variable, tuple[int, ...]]]
"""Variables with the positions of the cells that count those who have a value."""


@dataclass(frozen=True, slots=True)
class Table1:
    """Baseline variables per arm: mean (SD) of numbers, people per level of the others."""

    method: ClassVar[str] = "table1"
    source: Covariates
    arms: tuple[Arm, ...]
    variables: tuple[Variable, ...]
    rounding: int = 1

    def __post_init__(self) -> None:
        raise_if(
            [
                *check_arms(self.arms),
                *check_source(self.source, self.arms),
                *_check_variables(self.variables, self.source),
            ]
        )
        check_base(self.rounding)

    @property
    def groups(self) -> tuple[str, ...]:
        """Return the arms' ids in order."""
        return tuple(a.id for a in self.arms)

    @property
    def parameters(self) -> int:
        """Return how many numbers per arm the analysis estimates."""
        return len(self.variables)

    @property
    def cuts(self) -> Mapping[str, str]:
        """Return the variables that divide the people, with a digest of their levels."""
        edges: dict[str, list[Any]] = {}
        for variable in self.variables:
            place = normal_form.column(self.source, variable.column)
            edges.setdefault(place, []).append(variable.edges_json())
        return {place: digest(sorted(found)) for place, found in edges.items()}

    def to_json(self) -> dict[str, Any]:
        """Return the planned analysis as plain JSON."""
        return {
            "method": self.method,
            "source": source_json(self.source),
            "arms": [a.to_json() for a in self.arms],
            "variables": [v.to_json() for v in self.variables],
            "rounding": self.rounding,
        }

    @property
    def words(self) -> Words:
        """Return the analysis as a sentence."""
        names = arm_names(self.arms)
        zh = "、".join(v.label.zh for v in self.variables)
        en = ", ".join(v.label.en for v in self.variables)
        sentence = Words(
            f"{names.zh}的基线特征：{zh}", f"baseline characteristics of {names.en}: {en}"
        )
        return with_rounding(sentence, self.rounding)

    def rows(self, engine: Engine) -> pa.Table:
        """Return one row per person and arm: arm, subject_id, one column per covariate."""
        return baseline(engine, self.source)

    def layout(self) -> Layout:
        """Return the cells: per arm people, then each variable's cells in order."""
        builder = LayoutBuilder(self.method, self.rounding)
        for group in self.groups:
            persons = builder.count("all", group=group)
            counts = [(v, v.add_cells(group, persons, builder)) for v in self.variables]
            for (observed,), bands in self._pairs(counts):
                builder.sum(observed, bands)
        return builder.build()

    def _pairs(self, counts: Counted) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
        """Yield the cells of each number that also comes in bands: observed, and the bands.

        The bands divide exactly those who have a usable number, so there is one cut, not two.
        """
        bands = {v.column: cells for v, cells in counts if isinstance(v, Banded)}
        for variable, cells in counts:
            if isinstance(variable, Continuous) and variable.column in bands:
                yield cells, bands[variable.column]

    def tally(self, rows: pa.Table) -> tuple[int, ...]:
        """Count rows [arm, subject_id, a column per variable]. Raises `analysis.bad_rows`."""
        check_columns(rows, [v.column for v in self.variables])
        return tuple(n for g in self.groups for n in self._of_arm(of_arm(rows, g)))

    def _of_arm(self, rows: pa.Table) -> Iterator[int]:
        yield rows.num_rows
        for variable in self.variables:
            if isinstance(variable, Continuous):
                rows = within(rows, variable)
        for variable in self.variables:
            yield from variable.tally(rows)


def _check_variables(variables: Sequence[Variable], source: Covariates) -> Iterator[Problem]:
    held = columns(source)
    if not 1 <= len(variables) <= MOST_VARIABLES:
        required = f"1–{MOST_VARIABLES} variables"
        yield problem(BAD_SPEC, len(variables), "variables", required=required)
    for i, variable in enumerate(variables):
        yield from _second_cut(variable, variables[:i], source, f"variables[{i}]")
        if variable.column not in held:
            required = f"a column of the source: {', '.join(held)}"
            yield problem(BAD_SPEC, variable.column, f"variables[{i}].column", required=required)


def _second_cut(
    variable: Variable, earlier: Sequence[Variable], source: Covariates, where: str
) -> Iterator[Problem]:
    """Yield a problem where a variable divides the people as an earlier one does, elsewhere.

    Two sets of levels would show the people between their edges. So a column comes once, under
    whatever name; or once as a number and once in bands that share the number's bounds.
    """
    cut = normal_form.column(source, variable.column)
    for other in earlier:
        if normal_form.column(source, other.column) != cut:
            continue
        if other.column != variable.column or {type(other), type(variable)} != _PAIR:
            required = "each column once, or once as a number and once in bands"
            yield problem(BAD_SPEC, variable.column, where, required=required)
        else:
            yield from _bounds(variable, other, where)


_PAIR = {Continuous, Banded}


def _bounds(one: Variable, other: Variable, where: str) -> Iterator[Problem]:
    """Yield a problem where a band would lie outside the number's bounds."""
    number, bands = sorted((one, other), key=lambda v: isinstance(v, Banded))
    assert isinstance(number, Continuous)  # the caller has looked
    assert isinstance(bands, Banded)
    if not number.low < bands.edges[0] or not bands.edges[-1] <= number.high:
        received = f"{number.low} … {number.high}"
        required = f"low < {bands.edges[0]} and high ≥ {bands.edges[-1]}, around every edge"
        yield problem(BAD_SPEC, received, where, required=required)


def read_table1(at: Reader) -> Table1:
    """Read a planned table 1."""
    at.only("method", "source", "arms", "variables", "rounding")
    source = at.at("source").attempt(read_covariates)
    arms = at.at("arms").listed(read_arm)
    variables = at.at("variables").listed(read_variable)
    rounding = at.at("rounding").integer(1, LARGEST_BASE) if at.has("rounding") else 1
    at.finish()
    assert source is not None  # else its problems have just been raised
    return Table1(source, arms, variables, rounding)
