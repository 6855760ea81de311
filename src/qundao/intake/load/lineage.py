"""What a loaded row is known by, and where it came from: its lineage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from sqlglot import exp

from qundao.intake.load.layout import ITEM
from qundao.intake.load.plans import Planned
from qundao.intake.mapping.document import TableRule
from qundao.intake.source import PLACE
from qundao.models import Kind, Table

KEY = "_told_key"
"""What a row is known by, as a column of rows that are about to be written."""

LOADED = "loaded"


def key_of(rule: TableRule, table: Table) -> tuple[str, ...]:
    """Return the fields by which rows are one: as told, else the model's key where all is given."""
    if rule.one_per:
        return tuple(k.lower() for k in rule.one_per)
    given = {f.name for f in rule.fields}
    return table.keys if table.keys and set(table.keys) <= given else ()


def lineage_key(rule: TableRule, table: Table) -> tuple[str, ...]:
    """Return the fields by whose values the lineage names a row.

    That is the model's number of the row where it numbers rows (the lineage's key is then a number,
    else text with a blank between fields), else what makes a row one.
    """
    given = {f.name for f in rule.fields}
    own = table.keys[:1]
    wanted = own if is_numbered(table) else key_of(rule, table) or own
    return tuple(k for k in wanted if k in given)


def told_key(plan: Planned) -> exp.Expr:
    """Return what a row is known by in its lineage."""
    fields = lineage_key(plan.rule, plan.table)
    if is_numbered(plan.table):
        known = exp.column(fields[0], quoted=True) if fields else exp.null()
        return exp.cast(known, "BIGINT")
    parts = [exp.cast(exp.column(k, quoted=True), "TEXT") for k in fields]
    if not parts:
        return exp.Literal.string("")
    return exp.Anonymous(this="concat_ws", expressions=[exp.Literal.string(" "), *parts])


def is_numbered(table: Table) -> bool:
    """Tell whether a table numbers its rows."""
    return len(table.keys) == 1 and table[table.keys[0]].kind is Kind.INTEGER


@dataclass(frozen=True, slots=True)
class Origin:
    """What rows have in common that come from one file: its source, its name, the mapping."""

    source: str
    file: str
    mapping: str

    def lineage(self, rows: pa.Table) -> pa.Table:
        """Return the lineage of loaded rows, which tell their key, place and item."""
        columns = {
            "key": rows[KEY],
            "fate": _constant(LOADED, len(rows)),
            "source": _constant(self.source, len(rows)),
            "file": _constant(self.file, len(rows)),
            "place": rows[PLACE],
            "item": rows[ITEM],
            "mapping": _constant(self.mapping, len(rows)),
        }
        return pa.table(columns)


def _constant(text: str, rows: int) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), pa.array([text]))
