"""A model of somebody's own: tables that they describe themselves, and the file that says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from qundao.kernel.words import Words
from qundao.models.model import Field, Foreign, Kind, Model, Table

OWN = "own"
SCHEMA = "qundao.model/1"


def described(version: str, tables: Sequence[Table]) -> Model:
    """Return the model of tables that are described. Raises ValueError for what does not fit."""
    model = Model(OWN, version, tuple(tables))
    if faults := list(misfits(model)):
        raise ValueError(f"references to a table's key are required, received {faults}")
    return model


def misfits(model: Model) -> Iterator[tuple[str, str, str]]:
    """Yield (table, field, reference) for each reference to what is no key of the model."""
    for table in model.tables:
        for own in table.fields:
            to = own.foreign
            if to and not (to.table in model and model[to.table].keys == (to.field,)):
                yield table.name, own.name, f"{to.table}.{to.field}"


def model_to_json(model: Model) -> dict[str, Any]:
    """Return a model as the JSON that `model_from_json` reads."""
    return {
        "schema": SCHEMA,
        "standard": model.standard,
        "version": model.version,
        "tables": [
            {"name": t.name, **_words(t.words), "fields": [_field(f) for f in t.fields]}
            for t in model.tables
        ],
    }


def model_from_json(told: Mapping[str, Any]) -> Model:
    """Return a described model. Raises ValueError for anything that is none."""
    try:
        if (told["schema"], told["standard"]) != (SCHEMA, OWN):
            raise ValueError(f"{SCHEMA} of standard {OWN} is required, received {told['schema']!r}")
        tables = [
            Table(t["name"], OWN, tuple(map(_field_told, t["fields"])), words=_words_told(t))
            for t in told["tables"]
        ]
        return described(told["version"], tables)
    except (KeyError, TypeError) as error:
        raise ValueError(f"a described model is required, received {error}") from error


def _field(own: Field) -> dict[str, Any]:
    told: dict[str, Any] = {"name": own.name, "kind": own.kind.value, **_words(own.words)}
    told |= {name: True for name in ("required", "key") if getattr(own, name)}
    if own.length is not None:
        told["length"] = own.length
    if own.foreign:
        told["to"] = f"{own.foreign.table}.{own.foreign.field}"
    return told


def _field_told(told: Mapping[str, Any]) -> Field:
    table, _, field = str(told.get("to", "")).partition(".")
    return Field(
        told["name"],
        Kind(told["kind"]),
        told.get("length"),
        required=bool(told.get("required")),
        key=bool(told.get("key")),
        foreign=Foreign(table, field) if table else None,
        words=_words_told(told),
    )


def _words(words: Words | None) -> dict[str, Any]:
    return {"label": {"zh": words.zh, "en": words.en}} if words else {}


def _words_told(told: Mapping[str, Any]) -> Words | None:
    label = told.get("label")
    return Words(label["zh"], label["en"]) if label else None
