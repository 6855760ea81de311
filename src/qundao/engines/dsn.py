"""Data source names: `scheme:PATH?options`, with `scheme://PATH` accepted.

A path with a leading `/` is absolute, any other is relative to the working directory.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from urllib.parse import parse_qsl, unquote

from qundao.engines.codes import BAD_DSN, NOT_YET
from qundao.kernel.errors import QundaoError, fail

_FORM = re.compile(
    r"^(?P<scheme>[a-zA-Z][a-zA-Z0-9+]*):(?://)?(?P<path>[^?]*)(?:\?(?P<query>.*))?$"
)
_OPTIONS = {"duckdb": ("schema", "copy"), "parquet": ()}
_LATER = {"postgresql": "postgresql", "postgres": "postgresql", "spark": "spark"}


@dataclass(frozen=True, slots=True)
class Dsn:
    """A source: its scheme (duckdb or parquet), path as written, and options."""

    scheme: str
    path: Path
    options: Mapping[str, str]

    def __post_init__(self) -> None:
        if self.scheme not in _OPTIONS:
            raise _bad(self.scheme, "")
        unknown = [k for k in self.options if k not in _OPTIONS[self.scheme]]
        if unknown:
            raise _bad(f"{self.scheme}:…?{'&'.join(unknown)}", self.scheme)

    def __str__(self) -> str:
        return f"{self.scheme}:{self.path}"


def parse_dsn(text: str) -> Dsn:
    """Read a data source name. Raises `engines.bad_dsn` and `engines.not_in_this_build`."""
    found = _FORM.match(text.strip())
    if not found:
        raise _bad(text, "")
    scheme = found["scheme"].lower()
    if scheme in _LATER:
        can = ", ".join(sorted(_OPTIONS))
        raise fail(NOT_YET, f"{scheme}:", "scheme", scheme=_LATER[scheme], can=can)
    if scheme not in _OPTIONS or not found["path"]:
        raise _bad(text, scheme)
    options = dict(parse_qsl(found["query"] or "", keep_blank_values=True))
    return Dsn(scheme, Path(unquote(found["path"])), MappingProxyType(options))


def _bad(received: str, scheme: str) -> QundaoError:
    options = ", ".join(_OPTIONS.get(scheme, ())) or "–"
    return fail(BAD_DSN, received, "dsn", options=options)
