"""What a definition is, and its JSON: one schema for everything that a node can be asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qundao.kernel.errors import fail
from qundao.query.adam import AdamBaseline, AdamPopulation, AdamTimeToEvent
from qundao.query.codec import (
    SCHEMA,
    check_size,
    decode,
    definition_digest,
    definition_json,
    parse,
)
from qundao.query.codes import MALFORMED
from qundao.query.measures import Baseline, TimeToEvent
from qundao.query.population import Population
from qundao.query.predicate import BandedPredicate

__all__ = ["SCHEMA", "Definition", "digest", "from_json", "to_json"]

Definition = (
    Population
    | TimeToEvent
    | Baseline
    | AdamPopulation
    | AdamTimeToEvent
    | AdamBaseline
    | BandedPredicate
)


def to_json(definition: Definition) -> dict[str, Any]:
    """Return a definition as JSON: `schema`, `kind` and the fields that are not default."""
    return definition_json(definition)


def from_json(data: Mapping[str, Any] | str | bytes) -> Definition:
    """Read what `to_json` writes.

    Raises `query.malformed`, `query.invalid`, `query.predicate_refused` (each defect with its
    JSON path, required and received) and `query.too_large`, in bounded time.
    """
    value = parse(data) if isinstance(data, str | bytes) else data
    check_size(value)
    if not isinstance(value, Mapping):
        raise fail(
            MALFORMED, type(value).__name__, "$", required_zh="对象", required_en="an object"
        )
    if value.get("schema") != SCHEMA:
        received = str(value.get("schema"))[:80]
        raise fail(MALFORMED, received, "$.schema", required_zh=SCHEMA, required_en=SCHEMA)
    body = {k: v for k, v in value.items() if k != "schema"}
    found: Definition = decode(body, Definition)
    return found


def digest(definition: Definition) -> str:
    """Return the SHA-256 of a definition's canonical JSON, 64 hexadecimal digits."""
    return definition_digest(definition)
