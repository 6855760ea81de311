"""What can be told of a source before anything is computed: its model, and headers read as data."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from sqlglot import exp

from qundao.engines.codes import HEADER_ROW
from qundao.kernel.errors import Problem, problem, raise_if
from qundao.models import OMOP_VERSIONS, ModelVersion, cdisc, detect, omop
from qundao.query.engine import Engine

_ENOUGH = 5
_SHARE = 0.8  # headers in the wild hold a misspelt name or two
_TEXT = ("varchar", "character", "text", "string")
_GENERIC = re.compile(r"^column_?\d+$")


def model_version(engine: Engine, *, told: str | None = None) -> ModelVersion:
    """Return which model the source holds. Raises `models.*` with every reason against it."""
    columns = {table: [c.name for c in cs] for table, cs in engine.schema.items()}
    found = detect(columns, told=told, stated=None if told else _stated(engine))
    if isinstance(found, ModelVersion):
        return found
    raise_if(found)
    raise AssertionError("detect returns a version or at least one problem")


def header_rows(engine: Engine) -> tuple[Problem, ...]:
    """Return a problem per table that holds its header as a row of data.

    Such tables come out of CSV imports that were told there is no header. A row counts as a
    header when nearly all of its values are names of fields that a standard model declares.
    """
    return tuple(p for table in sorted(engine.schema) for p in _header_row(engine, table))


def _header_row(engine: Engine, table: str) -> Iterator[Problem]:
    columns = engine.schema[table]
    if not _suspect(engine, table):
        return
    known = _declared_names() | {c.name for c in columns}
    names = [exp.column(c.name, quoted=True) for c in columns]
    named = exp.Lower(this=names[0].copy()).isin(*sorted(known))
    rows = engine.query(exp.select(*names).from_(exp.table_(table)).where(named).limit(_ENOUGH))
    for row in rows.to_pylist():
        values = [v for v in row.values() if v is not None]
        if values and _named(values, known) >= _SHARE:
            yield problem(HEADER_ROW, ", ".join(values[:4]), table)
            return


def _named(values: Sequence[object], known: Collection[str]) -> float:
    """Return which share of the values are names of fields."""
    return sum(str(v).lower() in known for v in values) / len(values)


def _suspect(engine: Engine, table: str) -> bool:
    """Tell whether a table could hold a header row: all of its columns are text."""
    columns = engine.schema[table]
    return all(c.type.lower().startswith(_TEXT) or _GENERIC.match(c.name) for c in columns)


def _declared_names() -> set[str]:
    every = (*(omop(v) for v in OMOP_VERSIONS), cdisc())
    names = {n for m in every for t in m.tables for n in t.names}
    return names | {"cohort_definition_id", "attribute_definition_id", "value_as_number"}


def _stated(engine: Engine) -> str | None:
    """Return `cdm_source.cdm_version`, if the source has one; nothing where its rows disagree."""
    if "cdm_version" not in {c.name for c in engine.schema.get("cdm_source", ())}:
        return None
    text = exp.cast(exp.column("cdm_version"), "TEXT").as_("stated")
    query = exp.select(text).distinct().from_("cdm_source").limit(_ENOUGH)
    told = {str(v).strip() for v in engine.query(query).column(0).to_pylist() if v is not None}
    stated = [v for v in told if v]
    return stated[0] if len(stated) == 1 else None
