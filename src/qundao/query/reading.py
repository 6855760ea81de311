"""Reads one definition from a file's bytes, whichever public form it is written in.

Ours names its schema (`qundao.query/1`) in the outermost object; a text whose outermost object
names none is a Circe expression, whatever its parts are called.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from qundao.kernel.errors import fail
from qundao.query.adam import AdamPopulation
from qundao.query.circe import read_circe
from qundao.query.codec import kind_name, parse
from qundao.query.codes import MALFORMED, TOO_LARGE, printable
from qundao.query.definition import from_json
from qundao.query.population import Population

MOST_BYTES = 32_000_000
"""The largest of the 219 reference definitions has 1 MB."""
Cohort = Population | AdamPopulation
"""What has members, with a first and a last day each."""


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A population as read, and the Circe text it came from (empty: it was our own form)."""

    population: Cohort
    circe: str


def read_population(data: bytes, name: str) -> Cohort:
    """Return the population that a file holds; `name` is for a form that carries none.

    Raises what `read_file` raises.
    """
    return read_file(data, name).population


def read_file(data: bytes, name: str) -> ReadFile:
    """Return the population that a file holds, with the text it was read from.

    Raises `query.malformed`, `query.invalid` and `query.too_large`, each defect with its JSON
    path, what was required and what was received, in bounded time.
    """
    if len(data) > MOST_BYTES:
        zh, en = f"至多 {MOST_BYTES:,} 字节", f"at most {MOST_BYTES:,} bytes"
        raise fail(TOO_LARGE, f"{len(data):,}", "$", required_zh=zh, required_en=en)
    text = _decoded(data)
    value = parse(text)
    if not isinstance(value, Mapping) or "schema" not in value:
        return ReadFile(read_circe(text, name), text)
    found = from_json(value)
    if isinstance(found, Cohort):
        return ReadFile(found, "")
    zh, en = "人群（population 或 adam_population）", "population | adam_population"
    raise fail(MALFORMED, kind_name(type(found)), "$.kind", required_zh=zh, required_en=en)


def _decoded(data: bytes) -> str:
    """Return the text of a file in UTF-8, UTF-16 or UTF-32, without its mark."""
    try:
        return data.decode(json.detect_encoding(data))
    except ValueError as error:
        received = printable(str(error))
        zh, en = "UTF-8 文本", "text in UTF-8"
        raise fail(MALFORMED, received, "$", required_zh=zh, required_en=en) from None
