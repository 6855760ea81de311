"""Looks through an office document (a zip of XML parts) before any library opens it.

Refused: what unpacks to more than the limits allow, sizes that are not true, names that lead out of
the archive, and document type declarations, without which XML has no entities to expand.
"""

from __future__ import annotations

import copy
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from qundao.intake.codes import BEYOND_LIMITS, HOSTILE, UNREADABLE
from qundao.intake.limits import Limits
from qundao.kernel.errors import QundaoError, fail

_MOST_PARTS = 10_000
_RATIO_FROM = 2**20
_BLOCK = 2**20
_DECLARATIONS = tuple(
    sign.encode(codec)
    for sign in ("<!DOCTYPE", "<!ENTITY")
    for codec in ("utf-8", "utf-16-le", "utf-16-be")
)
_XML = (".xml", ".rels", ".vml")

Look = Callable[[str, Iterator[bytes]], None]
"""What else is done with each part as it passes: its name and its blocks."""


def check_archive(path: Path, limits: Limits, look: Look) -> None:
    """Read every part of the archive once. Raises `intake.beyond_limits`, `hostile`, `unreadable`.

    `look` is given each part's blocks and must take them all.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            _check_listing(parts, path, limits)
            for part in parts:
                look(part.filename, _blocks(archive, part))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise fail(UNREADABLE, f"{path.name}: {error}", "source", what="Excel") from error


def part_blocks(path: Path, name: str) -> Iterator[bytes]:
    """Yield the bytes of one part of an archive that was checked."""
    with zipfile.ZipFile(path) as archive, archive.open(name) as file:
        while block := file.read(_BLOCK):
            yield block


def _check_listing(parts: list[zipfile.ZipInfo], path: Path, limits: Limits) -> None:
    if len(parts) > _MOST_PARTS:
        raise _beyond(len(parts), "parts", _MOST_PARTS)
    unpacked = sum(part.file_size for part in parts)
    if unpacked > limits.unpacked_bytes:
        raise _beyond(unpacked, "unpacked bytes", limits.unpacked_bytes)
    if unpacked > _RATIO_FROM and unpacked > limits.ratio * path.stat().st_size:
        ratio = unpacked // max(path.stat().st_size, 1)
        raise _beyond(ratio, "ratio of unpacked to packed bytes", limits.ratio)
    for part in parts:
        name = part.orig_filename
        if name.startswith("/") or "\\" in name or ":" in name or not name.isprintable():
            raise _hostile(name, "a path that leads elsewhere")
        if ".." in PurePosixPath(name).parts:
            raise _hostile(name, "a path that leads elsewhere")


def _blocks(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield a part's bytes, however many it says there are. Raises where it said wrong."""
    endless = copy.copy(part)
    endless.file_size = part.file_size + _BLOCK  # so that what is there beyond is seen
    seen, before = 0, b""
    is_xml = part.filename.lower().endswith(_XML)
    with archive.open(endless) as file:
        while block := file.read(_BLOCK):
            seen += len(block)
            if is_xml and any(sign in before + block for sign in _DECLARATIONS):
                raise _hostile(part.filename, "<!DOCTYPE> / <!ENTITY>")
            before = block[-32:]
            yield block
    if seen != part.file_size:
        raise _hostile(f"{part.filename}: {seen}, {part.file_size}", "untrue sizes")


def _beyond(received: int, what: str, most: int) -> QundaoError:
    return fail(BEYOND_LIMITS, received, "source", what=what, most=most)


def _hostile(received: str, what: str) -> QundaoError:
    shown = "".join(c if c.isprintable() else "?" for c in received)
    return fail(HOSTILE, shown[:200], "source", what=what)
