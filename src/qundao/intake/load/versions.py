"""Versions of what was loaded: folders that are whole or are not there.

loaded/v0001/tables/*.parquet  lineage/TABLE/*.parquet  rejects.parquet  account.json
loaded/current                                    the version that is offered
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qundao.intake.files import replacing

_NAME = re.compile(r"^v(\d{4,})$")
_DRAFT, _WORK, _LOCK = ".draft-", ".work-", "lock"


@dataclass(frozen=True, slots=True)
class Version:
    """A loaded version: its number, its folder, its account, and whether it is the current one."""

    number: int
    folder: Path
    account: dict[str, Any]
    current: bool

    @property
    def tables(self) -> Path:
        """Return the folder of the model's tables, which an engine opens (`parquet:`)."""
        return self.folder / "tables"


def versions(folder: Path) -> Sequence[Version]:
    """Return the versions below `folder`, oldest first."""
    current = _current(folder)
    found = ((int(m[1]), p) for p in folder.glob("v*") if (m := _NAME.match(p.name)))
    return [
        Version(n, p, json.loads((p / "account.json").read_text("utf-8")), p.name == current)
        for n, p in sorted(found)
    ]


@contextmanager
def new_version(folder: Path) -> Iterator[Path]:
    """Yield a folder to fill, which becomes the next version, and the current one, at the end.

    Whatever goes wrong, and when the process is killed, no version is there in part.
    """
    with passing_folder(folder) as draft:
        yield draft
        numbers = [int(m[1]) for p in folder.glob("v*") if (m := _NAME.match(p.name))]
        name = f"v{max(numbers, default=0) + 1:04d}"
        draft.rename(folder / name)
        with replacing(folder / "current") as pointer:
            pointer.write_text(name, "utf-8")


@contextmanager
def resumable_folder(parent: Path, work: str) -> Iterator[Path]:
    """Yield the private folder of a work (known by its digest), gone when the work has ended.

    Only a process that is killed leaves it; the same work then finds what was done, any other
    removes it. While one process is at it, another at the same work gets a folder of its own.
    """
    parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    place = parent / f"{_WORK}{work}"
    _remove_drafts(parent)
    _remove_works(parent, but=place)
    with suppress(FileExistsError):
        place.mkdir(mode=0o700)
    with _lock_of(place) as locked:
        if not locked:
            with passing_folder(parent) as own:
                yield own
            return
        try:
            yield place
        finally:
            shutil.rmtree(place, ignore_errors=True)


@contextmanager
def _lock_of(work: Path) -> Iterator[bool]:
    """Tell whether the lock of a work's folder was got, which is held as long as the block runs.

    It is not got in a folder that is somebody else's, that others may enter, or a link to one.
    """
    descriptors: list[int] = []
    try:
        folder = os.open(work, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        descriptors.append(folder)
        about = os.fstat(folder)
        if about.st_uid != os.geteuid() or about.st_mode & 0o077:
            raise PermissionError(work)
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
        descriptors.append(os.open(_LOCK, flags, 0o600, dir_fd=folder))
        fcntl.flock(descriptors[-1], fcntl.LOCK_EX | fcntl.LOCK_NB)
        got = True
    except OSError:
        got = False
    try:
        yield got
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


@contextmanager
def passing_folder(parent: Path, *, keep_works: bool = False) -> Iterator[Path]:
    """Yield a private folder for work in progress, gone afterwards.

    Patient rows may lie in it. What a killed process left is removed by the next that works here;
    with `keep_works`, not what could be gone on with (`resumable_folder`).
    """
    parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _remove_drafts(parent)
    if not keep_works:
        _remove_works(parent)
    draft = Path(tempfile.mkdtemp(prefix=f"{_DRAFT}{os.getpid()}-", dir=parent))
    try:
        yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _current(folder: Path) -> str:
    pointer = folder / "current"
    return pointer.read_text("utf-8").strip() if pointer.exists() else ""


def _remove_drafts(folder: Path) -> None:
    for draft in folder.glob(f"{_DRAFT}*"):
        process = draft.name.removeprefix(_DRAFT).partition("-")[0]
        if not Path(f"/proc/{process}").exists():
            shutil.rmtree(draft, ignore_errors=True)


def _remove_works(folder: Path, but: Path | None = None) -> None:
    for work in folder.glob(f"{_WORK}*"):
        if work != but:
            with _lock_of(work) as locked:
                if locked:
                    shutil.rmtree(work, ignore_errors=True)
