"""Reads one definition from a file's bytes, whichever public form it is written in.

Ours names its schema (`qundao.query/1`); a text that names none is a Circe expression.
"""

from __future__ import annotations

from qundao.kernel.errors import fail
from qundao.query.adam import AdamPopulation
from qundao.query.circe import read_circe
from qundao.query.codec import kind_name
from qundao.query.codes import MALFORMED, TOO_LARGE
from qundao.query.definition import from_json
from qundao.query.population import Population

_MARK, _OURS = b"\xef\xbb\xbf", b'"schema"'
MOST_BYTES = 32_000_000
"""The largest of the 219 reference definitions has 1 MB."""
Cohort = Population | AdamPopulation
"""What has members, with a first and a last day each."""


def read_population(data: bytes, name: str) -> Cohort:
    """Return the population that a file holds; `name` is for a form that carries none.

    Raises `query.malformed`, `query.invalid` and `query.too_large`, each defect with its JSON
    path, what was required and what was received, in bounded time.
    """
    if len(data) > MOST_BYTES:
        zh, en = f"至多 {MOST_BYTES:,} 字节", f"at most {MOST_BYTES:,} bytes"
        raise fail(TOO_LARGE, f"{len(data):,}", "$", required_zh=zh, required_en=en)
    text = data.removeprefix(_MARK)
    if _OURS not in text:
        return read_circe(text, name)
    found = from_json(text)
    if isinstance(found, Cohort):
        return found
    zh, en = "人群（population 或 adam_population）", "population | adam_population"
    raise fail(MALFORMED, kind_name(type(found)), "$.kind", required_zh=zh, required_en=en)
