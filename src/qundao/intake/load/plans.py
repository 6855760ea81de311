"""What a load does with each rule of its mapping: the statements, written once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from qundao.intake.load.compile import (
    Candidates,
    candidates,
    identifiers,
    people,
    unit_calls,
    units,
)
from qundao.intake.load.layout import CHUNK, Types
from qundao.intake.load.once import ROW, over
from qundao.intake.load.values import typed
from qundao.intake.load.work_database import DIALECT
from qundao.intake.mapping.document import CodeList, TableRule
from qundao.intake.mapping.expression import Call, Node
from qundao.intake.mapping.functions import FUNCTIONS
from qundao.models import Table


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What candidates look up in a list of codes: by query, or as a column of the rows has it."""

    codes: str
    query: str
    column: str


@dataclass(frozen=True, slots=True)
class Planned:
    """A rule of the mapping, the table that it fills, and the queries over a chunk of its source.

    `query` gives the candidates, `left_out` counts rows that are not meant, `people` give the
    identifiers and `units` the units that are looked up, `looked` what is looked up in each list of
    codes; a row of the source makes `each`.
    """

    number: int
    rule: TableRule
    table: Table
    query: str
    looked: tuple[LookedUp, ...]
    each: int
    left_out: str
    people: tuple[str, ...]
    units: tuple[str, ...]

    @property
    def persons(self) -> tuple[str, ...]:
        """Return the fields that are persons as they are looked up, by name."""
        return tuple(f.name for f in self.rule.fields if _is_person(f.value))

    @property
    def shows_persons(self) -> bool:
        """Tell whether each person that is looked up stands in a field of its own."""
        return len(self.persons) == sum(1 for _ in people(self.rule))

    @property
    def candidates(self) -> str:
        """Return the name of the table of its candidates."""
        return f"candidates_{self.number}"


def planned(
    number: int, rule: TableRule, table: Table, types: Types, lists: Mapping[str, CodeList]
) -> Planned:
    """Return what is done for a rule."""
    found: Candidates = candidates(rule, table, types, lists)
    named = [identifiers(rule, call, types, lists).sql(DIALECT) for call in people(rule)]
    read = [units(rule, call, types, lists).sql(DIALECT) for call in unit_calls(rule)]
    return Planned(
        number,
        rule,
        table,
        found.query.sql(DIALECT),
        tuple(LookedUp(f.codes, f.query.sql(DIALECT), f.column) for f in found.looked),
        found.each,
        found.left_out.sql(DIALECT) if found.left_out else "",
        tuple(dict.fromkeys(named)),
        tuple(dict.fromkeys(read)),
    )


def _is_person(value: Node) -> bool:
    return isinstance(value, Call) and value.name == "person"


def newest_in(column: str, types: Mapping[str, str]) -> str:
    """Return the query for the newest moment that a column of the rows in hand tells."""
    held = typed(exp.column(column, table=ROW, quoted=True), types.get(column, ""))
    newest = exp.Max(this=FUNCTIONS["moment"].make(held).value)
    return over(exp.select(newest), exp.select(exp.Star()).from_(CHUNK)).sql(DIALECT)
