"""Database servers that rows are read from: how to connect, to read only, and to stream.

PostgreSQL's driver comes with the project; those of MySQL and MariaDB (`pymysql`), SQL Server
(`pyodbc`) and Oracle (`oracledb`) are imported when their addresses are first used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote

import psycopg
import pyarrow as pa
from psycopg.adapt import Buffer, Loader
from psycopg.conninfo import make_conninfo

from qundao.intake import codes
from qundao.intake.readers.addresses import HIDDEN, hide, shown, split
from qundao.intake.readers.sql_types import mysql_type, postgresql_type, python_type
from qundao.kernel.errors import QundaoError, fail

CONNECT_SECONDS = 15
_AT_A_TIME = 8_192

Described = list[tuple[str, pa.DataType]]
"""The columns of a query: name and Arrow type."""


@dataclass(frozen=True, slots=True)
class Server:
    """A kind of server: its dialect of SQL, its session, its cursor that streams, its types.

    `session` opens one that can only read; `cursor` gives one whose rows stay on the server.
    """

    dialect: str
    session: Callable[[SplitResult], Any]
    cursor: Callable[[Any], Any]
    type_of: Callable[[Any], pa.DataType]
    errors: Callable[[], type[Exception]]

    def described(self, session: Any, query: str) -> Described:
        """Return the columns of a query, which should ask for no rows."""
        with closing(session.cursor()) as cursor:
            cursor.execute(query)
            return [(str(about[0]), self.type_of(about)) for about in cursor.description]

    def rows(self, session: Any, query: str) -> Iterator[Sequence[Sequence[Any]]]:
        """Yield a query's rows some thousands at a time."""
        with closing(self.cursor(session)) as cursor:
            cursor.execute(query)
            while some := cursor.fetchmany(_AT_A_TIME):
                yield some


def server_of(url: str) -> tuple[Server, SplitResult]:
    """Return the kind of server that an address names.

    Raises `intake.bad_address`, `intake.unknown_format`; neither says more than its scheme.
    """
    parts = split(url)
    if parts is None:
        raise fail(codes.BAD_ADDRESS, HIDDEN, "source")
    if parts.scheme not in SERVERS:
        raise fail(codes.UNKNOWN_FORMAT, parts.scheme, "source", known=", ".join(SERVERS))
    return SERVERS[parts.scheme], parts


@contextmanager
def session(server: Server, parts: SplitResult) -> Iterator[Any]:
    """Open a session that only reads, and end it. Raises `intake.source_missing`."""
    try:
        opened = server.session(parts)
    except server.errors() as error:
        received = f"{shown(parts)}: {said(error, parts)}"
        raise fail(codes.SOURCE_MISSING, received, "source") from None  # it may hold the password
    try:
        yield opened
    finally:
        opened.close()


def said(error: Exception, parts: SplitResult) -> str:
    """Return what a driver says, on one line and without the password."""
    return hide(" ".join(str(error).split("\n")[0].split()), parts)


def _driver(name: str) -> Any:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise _missing(name) from error


def _missing(name: str) -> QundaoError:
    return fail(codes.DRIVER_MISSING, name, "source", driver=name)


class _AsWritten(Loader):
    """Hands over what the server sent as it is: an odd value must not end the reading."""

    def load(self, data: Buffer) -> bytes:
        return bytes(data)


def _postgresql(parts: SplitResult) -> Any:
    address = parts._replace(scheme="postgresql").geturl()
    told = make_conninfo(address, client_encoding="utf8", application_name="qundao intake")
    opened = psycopg.connect(told, connect_timeout=CONNECT_SECONDS)
    opened.read_only = True
    opened.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    opened.execute("SET datestyle TO 'ISO, YMD'; SET timezone TO 'UTC'")
    for known in psycopg.adapters.types:
        opened.adapters.register_loader(known.oid, _AsWritten)
        opened.adapters.register_loader(known.array_oid, _AsWritten)
    opened.adapters.register_loader(0, _AsWritten)
    return opened


def _mysql(parts: SplitResult) -> Any:
    told = dict(parse_qsl(parts.query))
    driver = _driver("pymysql")
    # Values stay as the server writes them: 0000-00-00 must not end the reading.
    writers = {k: v for k, v in driver.converters.conversions.items() if isinstance(k, type)}
    opened = driver.connect(
        host=parts.hostname or "localhost",
        port=parts.port or 3306,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        database=unquote(parts.path.lstrip("/")),
        unix_socket=told.get("unix_socket"),
        charset="utf8mb4",
        connect_timeout=CONNECT_SECONDS,
        conv=writers,
        init_command="SET time_zone = '+00:00'",
    )
    opened.query("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
    return opened


def _sql_server(parts: SplitResult) -> Any:
    odbc = _driver("pyodbc")
    told = {
        "DRIVER": "{ODBC Driver 18 for SQL Server}",
        "SERVER": f"{parts.hostname},{parts.port or 1433}",
        "DATABASE": unquote(parts.path.lstrip("/")),
        "UID": unquote(parts.username or ""),
        "PWD": "{" + unquote(parts.password or "").replace("}", "}}") + "}",
        "ApplicationIntent": "ReadOnly",
        **dict(parse_qsl(parts.query)),
    }
    text = ";".join(f"{name}={value}" for name, value in told.items())
    return odbc.connect(text, timeout=CONNECT_SECONDS, readonly=True)


def _oracle(parts: SplitResult) -> Any:
    opened = _driver("oracledb").connect(
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        dsn=f"{parts.hostname}:{parts.port or 1521}/{unquote(parts.path.lstrip('/'))}",
    )
    with closing(opened.cursor()) as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
    return opened


_POSTGRESQL = Server(
    "postgres",
    _postgresql,
    lambda opened: opened.cursor(name="qundao_intake"),
    postgresql_type,
    lambda: psycopg.Error,
)
_MYSQL = Server(
    "mysql",
    _mysql,
    lambda opened: opened.cursor(_driver("pymysql").cursors.SSCursor),
    mysql_type,
    lambda: _driver("pymysql").Error,
)
_SQL_SERVER = Server(
    "tsql",
    _sql_server,
    lambda opened: opened.cursor(),
    python_type,
    lambda: _driver("pyodbc").Error,
)
_ORACLE = Server(
    "oracle",
    _oracle,
    lambda opened: opened.cursor(),
    python_type,
    lambda: _driver("oracledb").Error,
)

SERVERS: Mapping[str, Server] = MappingProxyType(
    {
        "postgresql": _POSTGRESQL,
        "postgres": _POSTGRESQL,
        "mysql": _MYSQL,
        "mariadb": _MYSQL,
        "mssql": _SQL_SERVER,
        "oracle": _ORACLE,
    }
)
"""The kinds of servers by the scheme of their addresses."""
