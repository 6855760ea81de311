"""Data source names: `scheme:PATH?options`, with `scheme://PATH` accepted.

A path with a leading `/` is absolute, any other is relative to the working directory. A server's
name is `postgresql://user:password@host:port/database?options`; its password is better left to
PGPASSWORD or ~/.pgpass, and is never shown again. Spark's is `spark:DIR` for a folder of Parquet
files (or `spark:?path=DIR`), or `spark:catalog.schema`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from qundao.engines.codes import BAD_DSN
from qundao.kernel.errors import QundaoError, fail

_FORM = re.compile(
    r"^(?P<scheme>[a-zA-Z][a-zA-Z0-9+]*):(?://)?(?P<path>[^?]*)(?:\?(?P<query>.*))?$"
)
_SERVER = "postgresql"
_CONNECTION = ("host", "connect_timeout", "sslmode", "sslrootcert", "sslcert", "sslkey")
_SCHEMAS = ("schema", "cdm_schema", "vocab_schema", "work_schema")
_OPTIONS: Mapping[str, tuple[str, ...]] = {
    "duckdb": ("schema", "copy"),
    "parquet": (),
    "csv": ("encoding", "delimiter", "header"),
    _SERVER: (*_SCHEMAS, "timeout", *_CONNECTION),
    "spark": ("master", "path"),
}
_ALIASES = {"postgres": _SERVER}
_SECRET = (
    (re.compile(r"^([^:]*:(?://)?[^:@?]*):.*@", re.DOTALL), r"\1:***@"),
    (re.compile(r"^(?!postgres)([^:@]*):(?!//)[^:]*@", re.DOTALL | re.IGNORECASE), r"\1:***@"),
    (re.compile(r"(password=)[^&]*", re.IGNORECASE), r"\1***"),
)


@dataclass(frozen=True, slots=True)
class Dsn:
    """A source by its path: scheme (duckdb, parquet or spark), path as written, and options."""

    scheme: str
    path: Path
    options: Mapping[str, str]

    def __post_init__(self) -> None:
        _check_options(self.scheme, self.options)

    def __str__(self) -> str:
        return f"{self.scheme}:{self.path}"


@dataclass(frozen=True, slots=True)
class ServerDsn:
    """A PostgreSQL database. What is left empty is libpq's to know (PGHOST, PGUSER, …)."""

    user: str
    password: str = field(repr=False)
    host: str
    port: int | None
    database: str
    options: Mapping[str, str]
    scheme: str = _SERVER

    def __post_init__(self) -> None:
        _check_options(self.scheme, self.options)
        if self.timeout is not None and self.timeout < 1:
            raise _bad(f"timeout={self.options['timeout']}", self.scheme)

    @property
    def schemas(self) -> tuple[str, ...]:
        """Return where tables are looked for, in this order: the data, then the vocabulary."""
        data = self.options.get("schema") or self.options.get("cdm_schema") or "public"
        named = (data, self.options.get("vocab_schema", ""))
        return tuple(dict.fromkeys(s for s in named if s))

    @property
    def timeout(self) -> int | None:
        """Return how many seconds one query may take; None: as long as the server allows."""
        text = self.options.get("timeout")
        try:
            return int(text) if text else None
        except ValueError:
            raise _bad(f"timeout={text}", self.scheme) from None

    @property
    def connection(self) -> Mapping[str, str | int]:
        """Return what libpq is told, the password among it."""
        given: dict[str, str | int | None] = {
            "host": self.host,
            "port": self.port,
            "user": self.user,
            "password": self.password,
            "dbname": self.database,
            **{k: self.options[k] for k in _CONNECTION if k in self.options},
        }
        return {k: v for k, v in given.items() if v}

    def __str__(self) -> str:
        user = f"{self.user}@" if self.user else ""
        port = f":{self.port}" if self.port else ""
        host = self.host or self.options.get("host", "")
        return f"{self.scheme}://{user}{host}{port}/{self.database}?schema={self.schemas[0]}"


def parse_dsn(text: str) -> Dsn | ServerDsn:
    """Read a data source name. Raises `engines.bad_dsn`."""
    found = _FORM.match(text.strip())
    if not found:
        raise _bad(text, "")
    scheme = found["scheme"].lower()
    scheme = _ALIASES.get(scheme, scheme)
    options = MappingProxyType(dict(parse_qsl(found["query"] or "", keep_blank_values=True)))
    path = found["path"] or quote(options.get("path", ""))
    if scheme not in _OPTIONS or not path:
        raise _bad(text, scheme)
    if scheme == _SERVER:
        return _server(text, path, options)
    return Dsn(scheme, Path(unquote(path)), options)


def masked(text: str) -> str:
    """Return a data source name without its password, however badly it is written."""
    for pattern, shown in _SECRET:
        text = pattern.sub(shown, text)
    return text


def _server(text: str, path: str, options: Mapping[str, str]) -> ServerDsn:
    try:
        parts = urlsplit(f"//{path}")
        port = parts.port
    except ValueError:
        raise _bad(text, _SERVER) from None
    return ServerDsn(
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        host=unquote(parts.hostname or ""),
        port=port,
        database=unquote(parts.path.removeprefix("/")),
        options=options,
    )


def _check_options(scheme: str, options: Mapping[str, str]) -> None:
    if scheme not in _OPTIONS:
        raise _bad(scheme, "")
    unknown = [k for k in options if k not in _OPTIONS[scheme]]
    if unknown:
        named = "&".join(k if k.isidentifier() else "…" for k in unknown)
        raise _bad(f"{scheme}:…?{named}", scheme)


def _bad(received: str, scheme: str) -> QundaoError:
    options = ", ".join(_OPTIONS.get(scheme, ())) or "–"
    return fail(BAD_DSN, masked(received), "dsn", options=options)
