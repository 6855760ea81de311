"""Intake desks: a folder of sources, the folder that it is loaded into, and a name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qundao.kernel.errors import Problem, fail, problem, raise_if
from qundao.kernel.ids import new_id
from qundao.node import people
from qundao.node.files import make_private_folder
from qundao.node.intake_codes import BAD_DESK, UNKNOWN_DESK
from qundao.node.office import Office
from qundao.node.store import Tx

_LONGEST = 80
_WRITABLE = ("可以写入的文件夹", "a folder that can be written to")


@dataclass(frozen=True, slots=True)
class IntakeDesk:
    """One desk. Both folders are absolute; `folder` holds versions, key and vault."""

    id: str
    name: str
    sources: Path
    folder: Path
    at: str
    who: str

    @property
    def loaded(self) -> Path:
        """Return where the loaded versions are."""
        return self.folder / "loaded"

    @property
    def results(self) -> Path:
        """Return where jobs leave what they found: it may hold rows of patients."""
        return self.folder / "bench"


def open_desk(
    office: Office, *, name: str, sources: str, folder: str, person: str | None
) -> IntakeDesk:
    """Set a desk up; the folder to load into is made. Raises `node.bad_intake_desk`."""
    plain = " ".join(name.split())
    read, written = (Path(os.path.normpath(text.strip() or ".")) for text in (sources, folder))
    with office.store.write() as tx:
        who = people.require(tx, person)
        raise_if(_defects(tx, office.folder.root.resolve(), plain, read, written))
        _make(written)
        desk = IntakeDesk(new_id("desk"), plain, read, written, office.stamp(), who.id)
        row = (desk.id, desk.name, str(read), str(written), desk.at, desk.who)
        tx.execute("INSERT INTO intake_desk VALUES (?, ?, ?, ?, ?, ?)", row)
    return desk


def get(tx: Tx, desk: str) -> IntakeDesk:
    """Return a desk. Raises `node.unknown_intake_desk`."""
    row = tx.execute("SELECT * FROM intake_desk WHERE id = ?", (desk,)).fetchone()
    if row is None:
        raise fail(UNKNOWN_DESK, desk, "desk")
    return _desk(row)


def all_desks(tx: Tx) -> list[IntakeDesk]:
    """Return every desk, by name."""
    return [_desk(r) for r in tx.execute("SELECT * FROM intake_desk ORDER BY name")]


def _defects(tx: Tx, own: Path, name: str, read: Path, written: Path) -> Iterator[Problem]:
    """Yield everything that is wrong. The node's own folder holds keys: nothing is read there."""
    if not 0 < len(name) <= _LONGEST:
        yield _bad(name, "name", f"1–{_LONGEST} 个字", f"1 to {_LONGEST} characters")
    for place, where in ((read, "sources"), (written, "folder")):
        if not place.is_absolute():
            yield _bad(place, where, "从 / 开始的完整路径", "a whole path, from / on")
        elif _meet(place.resolve(), own):
            yield _bad(place, where, "节点文件夹以外", "a place outside the node's folder")
    if not read.is_dir() or not os.access(read, os.R_OK | os.X_OK):
        yield _bad(read, "sources", "存在且可读的文件夹", "a folder that is there and can be read")
    if not _can_be_made(written):
        yield _bad(written, "folder", *_WRITABLE)
    if _meet(read.resolve(), written.resolve()):
        yield _bad(written, "folder", "来源文件夹以外", "a place outside the folder of sources")
    places = (read.resolve(), written.resolve())
    held = [d for d in all_desks(tx) if d.name == name or _meets(d, *places)]
    if held:
        zh, en = f"未被“{held[0].name}”使用的名称与文件夹", f"what “{held[0].name}” does not use"
        yield _bad(f"{name}, {written}", "desk", zh, en)


def _make(folder: Path) -> None:
    try:
        make_private_folder(folder)
    except OSError as error:
        raise_if([_bad(f"{folder}: {error.strerror}", "folder", *_WRITABLE)])


def _bad(received: object, where: str, zh: str, en: str) -> Problem:
    return problem(BAD_DESK, received, where, zh=zh, en=en)


def check(desk: IntakeDesk, root: Path) -> None:
    """Raise `node.bad_intake_desk` where a desk's folders lead elsewhere than when it was set up.

    Neither may have become a way into the node's folder, nor a file of the sources a way out of
    them: whoever writes a mapping need not be somebody who may read the machine's files.
    """
    sources, own = desk.sources.resolve(), root.resolve()
    for place, where in ((sources, "sources"), (desk.folder.resolve(), "folder")):
        if _meet(place, own):
            raise_if([_bad(place, where, "节点文件夹以外", "a place outside the node's folder")])
    raise_if(
        _bad(path, "sources", "来源文件夹以内的文件", "a file inside the folder of sources")
        for path in _links(desk.sources)
        if not path.resolve().is_relative_to(sources)
    )


def _links(folder: Path) -> Iterator[Path]:
    for inside, folders, files in os.walk(folder):
        yield from (p for name in (*folders, *files) if (p := Path(inside, name)).is_symlink())


def _meets(desk: IntakeDesk, read: Path, written: Path) -> bool:
    """Tell whether places are a desk's own; from what it loaded another may read.

    Its key, its vault and what it read of patients lie beside that.
    """
    own = desk.folder.resolve()
    reads = _meet(own, read) and not read.is_relative_to(own / "loaded")
    return reads or _meet(own, written) or _meet(desk.sources.resolve(), written)


def _meet(one: Path, other: Path) -> bool:
    """Tell whether one folder is the other, or lies in it."""
    return one == other or one in other.parents or other in one.parents


def _can_be_made(path: Path) -> bool:
    """Tell whether a folder is there to write to, or its nearest parent is."""
    while not path.exists() and path != path.parent:
        path = path.parent
    return path.is_dir() and os.access(path, os.W_OK | os.X_OK)


def _desk(row: Any) -> IntakeDesk:
    places = (Path(row["sources"]), Path(row["folder"]))
    return IntakeDesk(row["id"], row["name"], *places, row["at"], row["who"])
