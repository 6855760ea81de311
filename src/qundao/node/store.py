"""The node's own memory: SQLite in WAL, every write one IMMEDIATE transaction, synced to disk.

A state change and the outbox entry that it causes are written in the same transaction, so that a
killed process has all of it or none.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from qundao.kernel.errors import QundaoError, fail
from qundao.node.codes import DISK_FULL, STORE_BROKEN, STORE_BUSY
from qundao.node.schema import MIGRATIONS

Tx = sqlite3.Connection
"""A connection inside a transaction. Rows read like mappings."""

WAIT_SECONDS = 15


class Store:
    """One node's database file. Safe to use from many threads: each has its own connection."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()
        _create_private(path)
        with self._errors():
            _migrate(self._connection())

    @contextmanager
    def write(self) -> Iterator[Tx]:
        """Open a transaction that may write; all of it is kept, or none.

        Raises `node.store_busy`, `node.disk_full`, `node.store_unusable`.
        """
        with self._transaction("BEGIN IMMEDIATE") as tx:
            yield tx

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """Open a transaction that sees one unchanging state."""
        with self._transaction("BEGIN") as tx:
            yield tx

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Tx]:
        with self._errors():
            tx = self._connection()
            tx.execute(begin)
            try:
                yield tx
                tx.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    tx.execute("ROLLBACK")
                raise

    def _connection(self) -> sqlite3.Connection:
        held: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if held is None:
            held = self._local.connection = _connect(self.path)
        return held

    def close(self) -> None:
        """Give this thread's connection back."""
        held: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if held is not None:
            held.close()
            self._local.connection = None

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise _translated(error, self.path) from error


def _create_private(path: Path) -> None:
    """Make the file with mode 0600; SQLite gives its journals the same mode."""
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=WAIT_SECONDS, isolation_level=None)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def _migrate(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        done = connection.execute("PRAGMA user_version").fetchone()[0]
        if done > len(MIGRATIONS):
            raise fail(STORE_BROKEN, f"version {done}", f"≤ {len(MIGRATIONS)}")
        for migration in MIGRATIONS[done:]:
            _run(connection, migration)
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


def _run(connection: sqlite3.Connection, script: str) -> None:
    """Run a script statement by statement: `executescript` would commit in between."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            connection.execute(statement)
            statement = ""


def _translated(error: sqlite3.Error, path: Path) -> QundaoError:
    text = str(error)
    if "disk is full" in text or "disk I/O error" in text:
        return fail(DISK_FULL, text, path.name)
    if "locked" in text or "busy" in text:
        return fail(STORE_BUSY, text, path.name, seconds=WAIT_SECONDS)
    return fail(STORE_BROKEN, text, str(path))
