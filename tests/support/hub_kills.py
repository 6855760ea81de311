"""Kill the hub at every point of every step of a walk, and look at what is left.

A step is one thing that somebody does at a desk. It is done once undisturbed, noting which fault
points it passes and what stands in the database there. Then the database is put back and the same
thing is done in a forked process that dies by SIGKILL at one of those points, for each of them.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pytest
from django.db import connection, connections, transaction

from qundao.audit.verify import verify_bundle
from qundao.hub.auditlog.models import LoggedEvent
from qundao.hub.auditlog.queries import bundle
from qundao.hub.common.actions import declared_hub_actions
from qundao.hub.common.clock import now, reading
from qundao.hub.keys import hub_key
from qundao.hub.ledger.queries import broken_laws
from qundao.hub.nodes.actions import HANDLE_MESSAGE, TAKE_MESSAGE
from qundao.kernel.clock import FixedClock
from qundao.kernel.errors import QundaoError
from qundao.kernel.faults import FAULT, declared_fault_points

Contents = dict[str, list[str]]
Act = Callable[[], "Outcome"]
_LOG = "auditlog_"
_NOTED_BEFORE = {"members_apitoken": "last_used_at"}
"""Written when a request is let in, before its action begins."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a desk answered: an HTTP status and a value."""

    status: int
    value: Any


def outcome(act: Callable[[], Any]) -> Outcome:
    """Call an action that has no address of its own; a refusal is an outcome too."""
    try:
        return Outcome(200, act())
    except QundaoError as error:
        return Outcome(error.status, [p.code for p in error.problems])


# --- what is in the database -----------------------------------------------------------------


def contents() -> Contents:
    """Return every row of every table as text, sorted."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        return {table: sorted(_rows(cursor, table)) for table in sorted(tables)}


def _rows(cursor: Any, table: str) -> Iterator[str]:
    cursor.execute(f'SELECT * FROM "{table}"')
    names = [column[0] for column in cursor.description]
    for row in cursor.fetchall():
        told = dict(zip(names, row, strict=True))
        told.pop(_NOTED_BEFORE.get(table), None)
        yield repr(told)


def differences(
    before: Contents, after: Contents, *, but: tuple[str, ...] = ()
) -> dict[str, list[str]]:
    """Return the rows that one has and the other has not, by table (but those so named)."""
    tables = {t for t in before | after if not t.startswith(but)}
    found = {t: Counter(before.get(t, [])) for t in tables}
    for table in tables:
        now, then = Counter(after.get(table, [])), found[table]
        found[table] = (now - then) + (then - now)
    return {t: sorted(rows) for t, rows in found.items() if rows}


@dataclass(frozen=True, slots=True)
class Extent:
    """How many rows each table has, and what the log says has happened."""

    rows: dict[str, int]
    events: tuple[str, ...]


def extent() -> Extent:
    """Return the extent of the database now."""
    rows = {table: len(found) for table, found in contents().items()}
    events = LoggedEvent.objects.order_by("sequence").values_list("action", flat=True)
    return Extent(rows, tuple(events))


# --- putting the database back ---------------------------------------------------------------


class Store(Protocol):
    """Keeps states of the whole database."""

    def save(self, name: str) -> None:
        """Keep the present state under a name."""

    def load(self, name: str) -> None:
        """Put a kept state back."""

    def forget(self) -> None:
        """Remove what was kept."""


class SqliteStore:
    """Copies of the file."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._file = folder, Path(connection.settings_dict["NAME"])

    def save(self, name: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connections.close_all()
        shutil.copyfile(self._file, self._folder / name)

    def load(self, name: str) -> None:
        connections.close_all()
        for end in ("-wal", "-shm"):
            Path(f"{self._file}{end}").unlink(missing_ok=True)
        shutil.copyfile(self._folder / name, self._file)

    def forget(self) -> None:
        shutil.rmtree(self._folder)


class PostgresStore:
    """Rows in memory; tables that have changed are emptied and filled again.

    Its role turns triggers and foreign keys off meanwhile, as replication does, and must therefore
    be a superuser. Sequences go on: numbers that were used by nobody are no content.
    """

    def __init__(self) -> None:
        self._kept: dict[str, dict[str, bytes]] = {}

    def save(self, name: str) -> None:
        self._kept[name] = self._read()

    def load(self, name: str) -> None:
        present = self._read()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            for table, rows in self._kept[name].items():
                if rows != present[table]:
                    cursor.execute(f'DELETE FROM "{table}"')
                    with cursor.copy(f'COPY "{table}" FROM STDIN') as copy:
                        copy.write(rows)

    def forget(self) -> None:
        self._kept.clear()

    def _read(self) -> dict[str, bytes]:
        with connection.cursor() as cursor:
            tables = sorted(connection.introspection.table_names(cursor))
            return {table: self._copied(cursor, table) for table in tables}

    def _copied(self, cursor: Any, table: str) -> bytes:
        with cursor.copy(f'COPY "{table}" TO STDOUT') as copy:
            return b"".join(bytes(part) for part in copy)


@contextmanager
def kept_states(folder: Path) -> Iterator[Store]:
    """Yield the store that fits the database."""
    folder.mkdir()
    store = PostgresStore() if connection.vendor == "postgresql" else SqliteStore(folder)
    try:
        yield store
    finally:
        store.forget()


# --- killing ---------------------------------------------------------------------------------


def die_at(fault: str, act: Act) -> None:
    """Do it in a forked process that must die by SIGKILL at a fault point."""
    connections.close_all()  # a connection must not be shared with the child
    child = os.fork()
    if child == 0:
        os.environ[FAULT.name] = fault
        try:
            act()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    assert killed, f"{fault} was not reached (status {status})"


@dataclass(frozen=True, slots=True)
class Passage:
    """One passage of a fault point, and what stood in the database after a commit."""

    fault: str
    extent: Extent | None

    @property
    def point(self) -> str:
        """Return the point's name."""
        return self.fault.partition("@")[0]


@dataclass
class Walk:
    """Does steps and kills each at every point that it passes."""

    store: Store
    patch: pytest.MonkeyPatch
    killed: set[str] = field(default_factory=set)
    kills: int = 0

    def step(self, act: Act, *, again_adds: tuple[str, ...] = (), status: int = 200) -> Any:
        """Do one thing, disturbed in every way; return what it returns when undisturbed.

        again_adds  tables in which doing it again rightly makes another row; elsewhere nothing
                    may change, but that the log tells of it
        status      the HTTP status that it answers (200 also stands for 201)

        The clock stands still meanwhile: what is done again is done at the same instant.
        """
        with reading(FixedClock(now())):
            return self._step(act, (_LOG, *again_adds), status)

    def _step(self, act: Act, grows: tuple[str, ...], status: int) -> Any:
        before = contents()
        self.store.save("before")
        done, passages = self._undisturbed(act)
        assert done.status == status or (done.status, status) == (201, 200), done.value
        assert passages, "the step did not pass any fault point"
        self.store.save("after")
        self.store.load("before")
        committed = _sequence(passages)
        for passage, earlier in committed:
            if passage.extent is None and not earlier:
                self._nothing_of_it(passage, act, before)
        for passage, earlier in committed:
            if passage.extent is not None or earlier:
                self._all_of_it(passage, earlier, act, grows)
        self.store.load("after")
        return done.value

    def _undisturbed(self, act: Act) -> tuple[Outcome, list[Passage]]:
        passed: Counter[str] = Counter()
        found: list[Passage] = []

        def note(point: str) -> None:
            passed[point] += 1
            told = extent() if point.endswith(".after_commit") else None
            found.append(Passage(f"{point}@{passed[point]}", told))

        with self.patch.context() as patched:
            patched.setattr("qundao.hub.common.actions.fault_point", note)
            done = act()
        return done, found

    def _nothing_of_it(self, passage: Passage, act: Act, before: Contents) -> None:
        self._kill(passage, act)
        left = differences(before, contents())
        assert left == {}, (passage.fault, left)

    def _all_of_it(
        self, passage: Passage, earlier: Extent | None, act: Act, grows: tuple[str, ...]
    ) -> None:
        """Die after a commit (or before a second one): what was committed stands, whole."""
        self._kill(passage, act)
        assert extent() == (passage.extent or earlier), passage.fault
        require_whole(passage.fault)
        left = contents()
        again = act()
        assert again.status < 500, (passage.fault, again.value)
        if passage.extent is not None:
            changed = differences(left, contents(), but=grows)
            assert changed == {}, (passage.fault, again.status, changed)
        require_whole(passage.fault)
        self.store.load("before")

    def _kill(self, passage: Passage, act: Act) -> None:
        die_at(passage.fault, act)
        self.killed.add(passage.point)
        self.kills += 1


def _sequence(passages: list[Passage]) -> list[tuple[Passage, Extent | None]]:
    """Return each passage with what an earlier transaction of the step had committed."""
    last: Extent | None = None
    found = []
    for passage in passages:
        found.append((passage, last))
        last = passage.extent or last
    return found


def require_whole(where: str) -> None:
    """Require that the ledger keeps its laws and the log proves itself."""
    assert broken_laws() == (), where
    verified = verify_bundle(bundle(), hub_key().verify_key)
    assert verified.ok, (where, verified.findings)


def unreached(killed: set[str]) -> set[str]:
    """Return the points of the hub's own actions that are not among those `killed`."""
    own = {n for n, a in declared_hub_actions().items() if a.__module__.startswith("qundao.")}
    names = own | {TAKE_MESSAGE, HANDLE_MESSAGE}
    points = {f"hub.{n}.{m}" for n in names for m in ("before_commit", "after_commit")}
    assert points <= set(declared_fault_points())
    return points - killed
