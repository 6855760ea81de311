"""A desk's job at work, in a process of its own: `python -m qundao.node.intake_work ROOT JOB`.

It tells how far it is in the node's store, so that pages show it and nothing is lost when it or
the node is killed: a load goes on after the last chunk that it had taken in, and a version that
was written whole before the process could say so is found by its mapping's digest.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any
from urllib.parse import quote

from qundao.intake.load import add, load, rehearse, versions
from qundao.intake.load.codelists import filled
from qundao.kernel.clock import stamp, utc_now
from qundao.kernel.errors import Problem, QundaoError, fail, problem
from qundao.kernel.faults import declare_fault_point, fault_point
from qundao.node import datasets, environment, intake_book, intake_desks, intake_jobs
from qundao.node.folder import Folder
from qundao.node.intake_book import Version
from qundao.node.intake_codes import JOB_FAILED, NO_VERSION
from qundao.node.intake_desks import IntakeDesk
from qundao.node.intake_places import desk_mapping
from qundao.node.office import Office, open_office
from qundao.node.store import Store

BEFORE_FINISH = declare_fault_point("node.intake_job.before_finish")
_TELL_SECONDS = 0.5
_KINDER = 5
_log = logging.getLogger("qundao.node.intake_work")


class Cancelled(BaseException):
    """The steward ended the job."""


class Telling:
    """Writes how far the work is into the job's row, at most twice a second."""

    def __init__(self, store: Store, job: str) -> None:
        self._store, self._job = store, job
        self._stages: list[dict[str, Any]] = []
        self._since = self._last = time.monotonic()
        self._told = 0.0

    def rows(self, what: str, rows: int, total: int | None) -> None:
        """Take in the progress of reading and loading: rows done of what is worked on.

        A stage begins where the one before it was last heard of: it is told of when some is done.
        """
        now = time.monotonic()
        if not self._stages or self._stages[-1]["what"] != what:
            self._begin(what, now, begun=bool(rows))
        seconds = now - self._since
        rate = rows / seconds if seconds > 0 else None
        self._stages[-1] |= {"rows": rows, "total": total, "seconds": seconds, "rate": rate}
        self._last = now
        if now - self._told >= _TELL_SECONDS:
            self._told = now
            self.write()

    def _begin(self, what: str, now: float, *, begun: bool) -> None:
        if self._stages and not begun:
            self._stages[-1]["seconds"] = now - self._since
        self._since, self._told = self._last if begun else now, 0.0
        self._stages.append({"what": what})

    def checks(self, done: int, total: int, what: str) -> None:
        """Take in the progress of checks and profiles: work done of all, and its last piece."""
        self.rows(what.partition(":")[0], done, total)

    def write(self) -> None:
        """Write it down; a store that is busy is told the next time."""
        told = json.dumps(self._stages, ensure_ascii=False)
        with suppress(QundaoError), self._store.write() as tx:
            tx.execute(
                "UPDATE intake_job SET progress = ?, told_at = ? WHERE id = ? AND state = ?",
                (told, stamp(utc_now()), self._job, intake_jobs.RUNNING),
            )


class Work:
    """One job: what it was given, its desk, and where it tells how far it is."""

    def __init__(self, root: Path, job: str) -> None:
        self.root, self.job = root, job
        self.store = Store(Folder(root).store)
        with self.store.read() as tx:
            row = tx.execute("SELECT * FROM intake_job WHERE id = ?", (job,)).fetchone()
            self.desk: IntakeDesk = intake_desks.get(tx, row["desk"])
        self.kind, self.asked_at = str(row["kind"]), str(row["asked_at"])
        self.given: dict[str, Any] = json.loads(row["given"])
        self.telling = Telling(self.store, job)

    @property
    def limits(self) -> dict[str, Any]:
        """Return what the work may take, and whom it tells."""
        return {
            "memory_mb": environment.ENGINE_MB.value(os.environ),
            "threads": environment.ENGINE_THREADS.value(os.environ),
            "progress": self.telling.rows,
        }

    def finish(
        self, state: str, outcome: dict[str, Any] | None, problems: tuple[Problem, ...] = ()
    ) -> None:
        """Write the end down."""
        self.telling.write()
        told = json.dumps([p.to_json() for p in problems], ensure_ascii=False)
        made = json.dumps(outcome, ensure_ascii=False) if outcome is not None else None
        with self.store.write() as tx:
            tx.execute(
                "UPDATE intake_job SET state = ?, outcome = ?, problems = ?, finished_at = ?"
                " WHERE id = ?",
                (state, made, told, stamp(utc_now()), self.job),
            )


def main(root: str, job: str) -> None:
    """Do a job to its end, whatever that is."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    ended: list[int] = []
    signal.signal(signal.SIGTERM, _ending(ended))
    os.nice(_KINDER)
    work = Work(Path(root), job)
    try:
        intake_desks.check(work.desk, work.root)
        outcome = ACTS[work.kind](work)
        fault_point(BEFORE_FINISH)
        _deaf()
        work.finish(intake_jobs.DONE, outcome)
    except BaseException as error:
        _deaf()
        _failed(work, error, cancelled=bool(ended))


def _ending(ended: list[int]) -> Callable[[int, FrameType | None], None]:
    def end(number: int, _: FrameType | None) -> None:
        ended.append(number)
        raise Cancelled

    return end


def _deaf() -> None:
    """The end is being written down: it is too late to cancel."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def _failed(work: Work, error: BaseException, *, cancelled: bool) -> None:
    if cancelled:
        work.finish(intake_jobs.CANCELLED, None)
    elif isinstance(error, QundaoError):
        work.finish(intake_jobs.FAILED, None, error.problems)
    else:
        _log.error("%s failed", work.job, exc_info=error)
        log = f"jobs/{work.job}.log"
        found = problem(JOB_FAILED, type(error).__name__, work.kind, log=log)
        work.finish(intake_jobs.FAILED, None, (found,))


# --- what each kind of job does --------------------------------------------------------------


def _rehearse(work: Work) -> dict[str, Any]:
    with work.store.read() as tx:
        version = intake_book.get(tx, work.desk.id, work.given["version"])
    mapping = desk_mapping(version.text, f"v{version.number}")
    account, _ = rehearse(mapping, work.desk.sources, work.desk.folder, rows=0, **work.limits)
    within = {k: v for k, v in work.limits.items() if k != "progress"}
    findings().keep_codes(work.desk, work.job, version.number, mapping, account, within)
    return {"version": version.number, "account": account.to_json()}


def findings() -> ModuleType:
    """Return the room of profiles and suggestions: heavy, and a load does without."""
    from qundao.node import intake_findings

    return intake_findings


def _profile(work: Work) -> dict[str, Any]:
    told: dict[str, Any] = findings().look(
        work.desk, work.job, work.given["target"], work.telling.rows
    )
    return told


def _compare(work: Work) -> dict[str, Any]:
    numbers = (work.given["base"], work.given["version"])
    with work.store.read() as tx:
        held = [intake_book.get(tx, work.desk.id, n) for n in numbers]
    mappings = tuple(desk_mapping(v.text, f"v{v.number}") for v in held)
    told: dict[str, Any] = findings().keep_comparison(
        work.desk, work.job, numbers, mappings, work.limits
    )
    return told


def _load(work: Work) -> dict[str, Any]:
    """Load what was released, to the letter; a version that an earlier try left is taken."""
    version = _released(work)
    if not (found := _loaded(work, version.digest)):
        mapping = desk_mapping(version.text, f"v{version.number}")
        lists = filled(mapping.codes, work.desk.sources)
        _released(work)  # the codes just read are those released: files may change from now on
        read = {name: replace(held, file="") for name, held in lists.items()}
        act = add if work.given.get("how") == intake_jobs.ADD else load
        told = replace(mapping, codes=read)
        made = act(told, work.desk.sources, work.desk.folder, **work.limits)
        found = _loaded(work, version.digest) if made else _nothing_new(work)
    return {"version": version.number, **found}


def _released(work: Work) -> Version:
    with work.store.read() as tx:
        return intake_book.to_load(tx, work.desk.id, work.given["version"])


def _loaded(work: Work, digest: str) -> dict[str, Any]:
    """Return the number and account of what this job loaded; nothing where it did not yet."""
    for held in reversed(versions(work.desk.loaded)):
        if held.number > work.given["before"] and held.account["mapping"]["digest"] == digest:
            return {"loaded": held.number, "account": held.account}
    return {}


def _nothing_new(work: Work) -> dict[str, Any]:
    """Tell which version stays as it is, where no file was new."""
    current = next(v.number for v in versions(work.desk.loaded) if v.current)
    return {"loaded": current, "nothing_new": True}


def _register(work: Work) -> dict[str, Any]:
    """Check, profile and register a loaded version as `qundao node connect` does."""
    from qundao.node import register  # heavy, and other jobs do without

    office = open_office(work.root)
    number = work.given["loaded"]
    held = next((v for v in versions(work.desk.loaded) if v.number == number), None)
    if held is None:
        raise fail(NO_VERSION, number, "version")
    dsn = f"parquet:{quote(str(held.tables.resolve()))}"
    message = (
        _registered(office, work, dsn)
        or register.connect(
            office,
            name=work.given["name"],
            dsn=dsn,
            about=work.given["about"],
            progress=work.telling.checks,
        ).message
    )
    return {"loaded": number, "message": message, "name": work.given["name"]}


def _registered(office: Office, work: Work, dsn: str) -> str | None:
    """Return the registration that an earlier try of this job left."""
    with office.store.read() as tx:
        held = datasets.of_name(tx, work.given["name"])
    own = [v.message for v in held if v.dsn == dsn and v.created_at >= work.asked_at]
    return own[-1] if own else None


ACTS: Mapping[str, Callable[[Work], dict[str, Any]]] = {
    intake_jobs.PROFILE: _profile,
    intake_jobs.COMPARE: _compare,
    intake_jobs.REHEARSE: _rehearse,
    intake_jobs.LOAD: _load,
    intake_jobs.REGISTER: _register,
}


if __name__ == "__main__":
    main(*sys.argv[1:3])
