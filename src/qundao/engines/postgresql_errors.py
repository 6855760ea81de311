"""What PostgreSQL's errors mean to a steward. Its messages may hold values: they stay here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from qundao.engines import codes
from qundao.kernel.errors import QundaoError, fail

_EXACT = {
    "57014": codes.TIMEOUT,
    "42501": codes.PERMISSION_DENIED,
    "42P01": codes.TABLE_MISSING,
    "42703": codes.COLUMN_MISSING,
    "53100": codes.DISK_FULL,
    "53200": codes.OUT_OF_MEMORY,
    "53300": codes.SERVER_AWAY,
    "25P03": codes.SOURCE_VANISHED,
    "28000": codes.ACCESS_DENIED,
    "28P01": codes.ACCESS_DENIED,
    "3D000": codes.DATABASE_MISSING,
}
_CLASSES = {"08": codes.SOURCE_VANISHED, "57": codes.SOURCE_VANISHED, "58": codes.DISK_FULL}
_NAME = re.compile(r'["“«„]([\w.]+)["”»“]|column ([\w.]+) does')

# A server that refuses a connection tells why in its own language, and libpq keeps no code.
_REFUSED = re.compile(
    r"password|authentication|no pg_hba\.conf|role \"|login|认证|口令|密码|角色", re.IGNORECASE
)
_NO_DATABASE = re.compile(r"database \".*\" does not exist|数据库.*不存在", re.IGNORECASE)


@contextmanager
def query_errors(place: str, connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Raise `engines.*` errors for those of a query."""
    try:
        yield
    except psycopg.Error as error:
        raise _of_query(error, place, connection) from error
    except UnicodeDecodeError:
        raise fail(codes.QUERY_FAILED, "UnicodeDecodeError", place) from None


@contextmanager
def opening_errors(place: str, database: str) -> Iterator[None]:
    """Raise `engines.*` errors for those of connecting: away, refused, or no such database."""
    try:
        yield
    except psycopg.Error as error:
        code = _EXACT.get(error.sqlstate or "") or _of_refusal(str(error))
        raise fail(code, place, "dsn", what=f"database {database}") from error


def _of_query(error: psycopg.Error, place: str, connection: psycopg.Connection[Any]) -> QundaoError:
    state = error.sqlstate or ""
    if connection.closed or connection.broken or not state:
        lost = isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
        code = codes.SOURCE_VANISHED if lost else codes.QUERY_FAILED
        return fail(code, type(error).__name__, place)
    code = _EXACT.get(state) or _CLASSES.get(state[:2], codes.QUERY_FAILED)
    if code in (codes.COLUMN_MISSING, codes.PERMISSION_DENIED, codes.TABLE_MISSING):
        name = _named(error)
        return fail(code, name, place, table=name)
    return fail(code, f"{type(error).__name__} ({state})", place)


def _named(error: psycopg.Error) -> str:
    """Return the identifier that a message names; such messages hold no values."""
    found = _NAME.search(error.diag.message_primary or "")
    return next((g for g in found.groups() if g), "–") if found else "–"


def _of_refusal(message: str) -> str:
    if _NO_DATABASE.search(message):
        return codes.DATABASE_MISSING
    return codes.ACCESS_DENIED if _REFUSED.search(message) else codes.SERVER_AWAY
