"""Sources that are tables of a standard already: each field from the column of its own name.

The number of a person goes through `person(…)` in OMOP. The subject identifiers of CDISC are the
trial's own pseudonyms and stay; every other column that may identify somebody is left out.
"""

from __future__ import annotations

from collections.abc import Iterator

from qundao.intake.profile_result import ColumnProfile
from qundao.intake.suggest.filling import Source, column_expression
from qundao.intake.suggest.reasons import because, percent
from qundao.intake.suggest.result import Candidate
from qundao.models import Field, Kind, Model, Table

_SUBJECTS = frozenset(("usubjid", "subjid"))
_IDENTITY_FIELDS = frozenset(("person_source_value",))
_NAMED, _FITTING, _NOT_FITTING = 0.9, 0.95, 0.5
_TYPES = {
    Kind.INTEGER: ("integer", "empty"),
    Kind.NUMBER: ("number", "integer", "empty"),
    Kind.DATE: ("date", "datetime", "integer", "empty"),
    Kind.DATETIME: ("date", "datetime", "empty"),
}


def same_named(source: Source, table: Table, model: Model) -> Iterator[tuple[Field, Candidate]]:
    """Yield each field of a table that the source has a column of the same name for."""
    for column in source.table.columns:
        name = column.name.lower()
        if name in table and _allowed(name, source, column, model):
            yield table[name], _candidate(table[name], column, source, model)


def _allowed(name: str, source: Source, column: ColumnProfile, model: Model) -> bool:
    if name in _IDENTITY_FIELDS:
        return False
    if model.standard == "cdisc" and name in _SUBJECTS:
        return True
    return column.name not in source.identity or (model.standard == "omop" and name == "person_id")


def _numbers(column: ColumnProfile, declared: Field) -> bool:
    """Tell whether an identifier that a profile calls text is written in digits alone."""
    if declared.name == "person_id":
        return True
    digits = all(set(shape) <= {"9"} for shape, _ in column.shapes)
    return declared.kind is Kind.INTEGER and column.type == "text" and digits


def _candidate(declared: Field, column: ColumnProfile, source: Source, model: Model) -> Candidate:
    expression = column_expression(column.name)
    if model.standard == "omop" and declared.name == "person_id":
        expression = f"person({expression})"
    wanted = _TYPES.get(declared.kind)
    fits = wanted is None or column.type in wanted or _numbers(column, declared)
    told = (
        because("type_fits", type=column.type)
        if fits
        else because("type_differs", type=column.type, wanted=", ".join(wanted or ()))
    )
    kind = source.kind
    why = because(
        "kind_of_source", kind_zh=kind.words.zh, kind_en=kind.words.en, score=percent(kind.score)
    )
    score = _NAMED * (_FITTING if fits else _NOT_FITTING) * (1 + kind.score) / 2
    reasons = (because("same_name"), told, why)
    return Candidate(expression, (column.name,), score, reasons, not fits)
