"""A desk's jobs: each runs in a process of its own, and is seen from here.

The process holds the desk's lock from before it starts until it ends, however it ends: a job that
is called running while nobody holds the lock was interrupted, and can be resumed. The node itself
may end meanwhile; the job goes on.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qundao.intake.load.versions import passing_folder, versions
from qundao.kernel.errors import fail
from qundao.kernel.ids import new_id
from qundao.node import intake_book, intake_desks, people, switch
from qundao.node.environment import PASSPHRASE
from qundao.node.files import make_private_folder
from qundao.node.intake_codes import JOB_BUSY, JOB_STATE, UNKNOWN_JOB
from qundao.node.intake_places import desk_mapping
from qundao.node.office import Office
from qundao.node.store import Tx

PROFILE, REHEARSE, LOAD, COMPARE, REGISTER = KINDS = (
    "profile",
    "rehearse",
    "load",
    "compare",
    "register",
)
ALL, ADD = "all", "add"
"""How a load goes: every file anew, or what is new added to the current version."""
RUNNING, DONE, FAILED, CANCELLED, INTERRUPTED = (
    "running",
    "done",
    "failed",
    "cancelled",
    "interrupted",
)
_TRIES, _PAUSE = 10, 0.02
_STOP_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Job:
    """One job. `progress` are its stages, the last one under way; `outcome` what there is now."""

    id: str
    desk: str
    kind: str
    given: dict[str, Any]
    who: str
    name: str
    asked_at: str
    state: str
    tries: int
    pid: int | None
    progress: list[dict[str, Any]]
    told_at: str | None
    finished_at: str | None
    outcome: dict[str, Any]
    problems: list[dict[str, Any]]


def start(
    office: Office,
    *,
    desk: str,
    kind: str,
    given: dict[str, Any],
    request: str,
    person: str | None,
) -> Job:
    """Start a job; the same `request` again returns the job that it started.

    Raises `node.mapping_not_released` for a load of anything else, `node.intake_job_busy`,
    `node.person_required`, `node.stopped`.
    """
    with office.store.read() as tx:
        intake_desks.get(tx, desk)
        held = tx.execute("SELECT id FROM intake_job WHERE request = ?", (request,)).fetchone()
    if held is not None:
        return find(office, held["id"])
    with _taken(office, desk) as lock:
        with office.store.write() as tx:
            job = _write_down(tx, office, desk, kind, given, request, person)
        _launch(office, job, lock)
    return find(office, job)


def resume(office: Office, *, job: str, person: str | None) -> Job:
    """Go on with a job that was interrupted, failed or was cancelled."""
    held = find(office, job)
    if held.state in (RUNNING, DONE):
        words = {"zh": "中断、失败或取消的工作", "en": "a job interrupted, failed or cancelled"}
        raise fail(JOB_STATE, held.state, job, **words)
    with _taken(office, held.desk) as lock:
        with office.store.write() as tx:
            people.require(tx, person)
            switch.require_running(tx)
            _check(tx, held.desk, held.kind, held.given)
            tx.execute(
                "UPDATE intake_job SET state = ?, problems = NULL, finished_at = NULL WHERE id = ?"
                " AND state != ?",
                (RUNNING, job, DONE),
            )
        _launch(office, job, lock)
    return find(office, job)


def cancel(office: Office, *, job: str, person: str | None) -> Job:
    """End a job: it is asked to, and killed where it does not within seconds.

    What it had read and begun to write is removed: it may hold rows of patients.
    """
    with office.store.read() as tx:
        people.require(tx, person)
        held = _get(tx, office, job)
        desk = intake_desks.get(tx, held.desk)
    if held.state not in (RUNNING, INTERRUPTED):
        words = {"zh": "进行中或中断的工作", "en": "a job under way or interrupted"}
        raise fail(JOB_STATE, held.state, job, **words)
    _end_process(office, held)
    for place in (desk.folder, desk.loaded):
        with passing_folder(place):
            pass  # opening one removes what a killed process left
    with office.store.write() as tx:
        tx.execute(
            "UPDATE intake_job SET state = ?, finished_at = ? WHERE id = ? AND state = ?",
            (CANCELLED, office.stamp(), job, RUNNING),
        )
    return find(office, job)


def find(office: Office, job: str) -> Job:
    """Return a job as it stands. Raises `node.unknown_intake_job`."""
    with office.store.read() as tx:
        return _get(tx, office, job)


def of_desk(tx: Tx, office: Office, desk: str, most: int = 30) -> list[Job]:
    """Return a desk's jobs, the latest first."""
    rows = tx.execute(f"{_SELECT} WHERE desk = ? ORDER BY asked_at DESC LIMIT ?", (desk, most))
    return [_job(r, office) for r in rows]


def latest(tx: Tx, office: Office, desk: str, *kinds: str) -> Job | None:
    """Return the desk's latest job of these kinds that was done."""
    marks = ", ".join("?" * len(kinds))
    query = (
        f"{_SELECT} WHERE desk = ? AND j.state = 'done' AND kind IN ({marks})"
        " ORDER BY finished_at DESC LIMIT 1"
    )
    row = tx.execute(query, (desk, *kinds)).fetchone()
    return _job(row, office) if row else None


def at_work(office: Office, desk: str) -> bool:
    """Tell whether a process works for the desk."""
    with _lock_file(office, desk) as descriptor:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def log_file(office: Office, job: str) -> Path:
    """Return where a job's process writes what it says."""
    return office.folder.root / "jobs" / f"{job}.log"


# --- how a job is kept -----------------------------------------------------------------------

_SELECT = "SELECT j.*, p.name FROM intake_job j JOIN person p ON p.id = j.who"


def _write_down(
    tx: Tx,
    office: Office,
    desk: str,
    kind: str,
    given: dict[str, Any],
    request: str,
    person: str | None,
) -> str:
    who = people.require(tx, person)
    switch.require_running(tx)
    place = intake_desks.get(tx, desk)
    _check(tx, desk, kind, given)
    if kind == LOAD:  # a version above it, by the same mapping, is this job's
        given = {**given, "before": max((v.number for v in versions(place.loaded)), default=0)}
    job, told = new_id("job"), json.dumps(given, ensure_ascii=False)
    tx.execute(
        "INSERT INTO intake_job (id, request, desk, kind, given, who, asked_at, state)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (job, request or job, desk, kind, told, who.id, office.stamp(), RUNNING),
    )
    return job


def _check(tx: Tx, desk: str, kind: str, given: dict[str, Any]) -> None:
    """A load runs what was released; the process asks again before it begins.

    Other work needs a mapping without defects, that stays in its folder.
    """
    if kind == LOAD:
        intake_book.to_load(tx, desk, given["version"])
    for name in ("version", "base") if kind in (REHEARSE, COMPARE) else ():
        if name in given:
            held = intake_book.get(tx, desk, given[name])
            desk_mapping(held.text, f"v{held.number}")


def _get(tx: Tx, office: Office, job: str) -> Job:
    row = tx.execute(f"{_SELECT} WHERE j.id = ?", (job,)).fetchone()
    if row is None:
        raise fail(UNKNOWN_JOB, job, "job")
    return _job(row, office)


def _job(row: Any, office: Office) -> Job:
    plain = {n: row[n] for n in Job.__slots__}
    for name, empty in (("given", "{}"), ("progress", "[]"), ("outcome", "{}"), ("problems", "[]")):
        plain[name] = json.loads(plain[name] or empty)
    if plain["state"] == RUNNING and not at_work(office, plain["desk"]):
        plain["state"] = INTERRUPTED
    return Job(**plain)


# --- its process -----------------------------------------------------------------------------


def _launch(office: Office, job: str, lock: int) -> None:
    """Start the process, which inherits the lock; it needs the keys only to register."""
    root = office.folder.root.absolute()
    command = (sys.executable, "-m", "qundao.node.intake_work", str(root), job)
    with _log(office, job) as log:
        process = subprocess.Popen(  # noqa: S603 - our own module, an id of our own
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            pass_fds=(lock,),
            env=_environment(office, job),
        )
    with office.store.write() as tx:
        tx.execute(
            "UPDATE intake_job SET pid = ?, tries = tries + 1 WHERE id = ?", (process.pid, job)
        )
    threading.Thread(target=process.wait, name=f"reap-{process.pid}", daemon=True).start()


def _environment(office: Office, job: str) -> dict[str, str]:
    kept = dict(os.environ)
    if find(office, job).kind != REGISTER:
        kept.pop(PASSPHRASE.name, None)
    return kept


@contextmanager
def _log(office: Office, job: str) -> Iterator[int]:
    path = log_file(office, job)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def _taken(office: Office, desk: str) -> Iterator[int]:
    """Hold the desk's lock; a process started meanwhile goes on holding it.

    Raises `node.intake_job_busy`.
    """
    with _lock_file(office, desk) as descriptor:
        for _ in range(_TRIES):
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(_PAUSE)  # somebody may just be looking
        else:
            raise fail(JOB_BUSY, desk, "desk")
        yield descriptor


@contextmanager
def _lock_file(office: Office, desk: str) -> Iterator[int]:
    folder = office.folder.root / "jobs"
    make_private_folder(folder)
    descriptor = os.open(folder / f"{desk}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _end_process(office: Office, job: Job) -> None:
    """Ask the job's process to end, then make it."""
    for asked in (signal.SIGTERM, signal.SIGKILL):
        if not _is_ours(job) or not at_work(office, job.desk):
            return
        os.kill(job.pid or 0, asked)
        deadline = time.monotonic() + _STOP_SECONDS
        while at_work(office, job.desk) and time.monotonic() < deadline:
            time.sleep(_PAUSE)


def _is_ours(job: Job) -> bool:
    """Tell whether the process of that number is still the job's."""
    try:
        told = Path(f"/proc/{job.pid}/cmdline").read_bytes()
    except OSError:
        return False
    return job.id.encode() in told
