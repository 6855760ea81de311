"""Any text file as a stream of UTF-8, in blocks: unpacked, its encoding found out, its mark gone.

What cannot be decoded goes through as a lone surrogate, which is never valid UTF-8: so the line
that holds it, and no other, turns out to be unreadable when it is read.
"""

from __future__ import annotations

import codecs
import gzip
import re
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO

from qundao.intake.codes import BEYOND_LIMITS, UNREADABLE
from qundao.intake.limits import Limits
from qundao.kernel.errors import fail

BLOCK = 4 * 2**20
_LOOKED_AT = 64 * 2**20
_RATIO_FROM = 16 * 2**20
_GZIP = b"\x1f\x8b"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_FOREIGN = re.compile(r"[^\0-\x7f]+")
ENCODINGS: Mapping[str, str] = MappingProxyType(
    {
        "utf-8": "utf-8",
        "utf-16-le": "utf-16-le",
        "utf-16-be": "utf-16-be",
        "gb18030": "gb18030",
        "gbk": "gb18030",
        "gb2312": "gb18030",
        "big5": "cp950",
        "windows-1252": "cp1252",
        "latin-1": "latin-1",
    }
)
"""Encodings that can be told, and the codec of each. GB 18030 holds all of GBK and GB 2312, which
files that hold GBK are often said to be written in."""


def detected(path: Path, limits: Limits) -> tuple[str, bool]:
    """Return the encoding and whether a mark says so; empty where all that was seen is ASCII.

    No more than the first 64 MB are looked at: UTF-8 unless more lines are read as GB 18030.
    Raises `intake.unreadable`, `intake.beyond_limits`.
    """
    seen = 0
    for block in _raw(path, limits):
        if not seen:
            marked = next((name for mark, name in _MARKS if block.startswith(mark)), "")
            if marked:
                return marked, True
        if not block.isascii():
            return guessed(block), False
        seen += len(block)
        if seen >= _LOOKED_AT:
            break
    return "", False


def guessed(block: bytes) -> str:
    """Return utf-8 or gb18030, whichever leaves fewer lines undecodable.

    Where both leave none, it is utf-8, unless that makes words of several alphabets (药品 in
    GB 18030 reads as Cyrillic and Latin letters in UTF-8).
    """
    whole = block[: block.rfind(b"\n") + 1] or block
    if wrong := _undecodable(whole, "utf-8"):
        return "utf-8" if wrong <= _undecodable(whole, "gb18030") else "gb18030"
    if not _decodable(whole, "gb18030"):
        return "utf-8"
    return "gb18030" if _motley(whole.decode()) else "utf-8"


def _motley(text: str) -> bool:
    """Tell whether most foreign words are of two-byte characters from far-apart alphabets."""
    words = _FOREIGN.findall(text)
    mixed = sum(max(word) < "\u0800" and len({ord(c) >> 9 for c in word}) > 1 for word in words)
    return bool(2 * mixed > len(words))


def _decodable(block: bytes, encoding: str) -> bool:
    try:
        block.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _undecodable(block: bytes, encoding: str) -> int:
    """Return how many lines cannot be decoded."""
    if _decodable(block, encoding):
        return 0
    text = block.decode(encoding, "surrogateescape")
    return sum(not _encodable(line) for line in text.split("\n"))


def _encodable(line: str) -> bool:
    try:
        line.encode()
    except UnicodeEncodeError:
        return False
    return True


def utf8_blocks(path: Path, encoding: str, limits: Limits) -> Iterator[bytes]:
    """Yield the file as UTF-8, about 4 MB at a time; no encoding lets the first such block tell.

    Raises `intake.unreadable` for a broken archive, `intake.beyond_limits` for one that unpacks
    to more than its size allows.
    """
    blocks = _unmarked(_raw(path, limits))
    if not encoding:
        for block in blocks:
            if not block.isascii():
                encoding = guessed(block)
                yield from _recoded(_with(block, blocks), encoding)
                return
            yield block
        return
    yield from _recoded(blocks, encoding)


def _with(first: bytes, others: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from others


def _unmarked(blocks: Iterator[bytes]) -> Iterator[bytes]:
    first = next(blocks, b"")
    mark = next((m for m, _ in _MARKS if first.startswith(m)), b"")
    yield first[len(mark) :]
    yield from blocks


def _recoded(blocks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    if encoding == "utf-8":
        yield from blocks
        return
    wide = encoding.startswith("utf-16")
    decoder = codecs.getincrementaldecoder(encoding)("surrogatepass" if wide else "surrogateescape")
    for block in blocks:
        yield decoder.decode(block).encode("utf-8", "surrogatepass")
    yield _tail(decoder)


def _tail(decoder: codecs.IncrementalDecoder) -> bytes:
    """Return the end of the text; half a character there is as bad as a wrong one."""
    try:
        return decoder.decode(b"", final=True).encode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return "\udcff".encode("utf-8", "surrogatepass")


def _raw(path: Path, limits: Limits) -> Iterator[bytes]:
    with path.open("rb") as packed:
        start = packed.read(len(_GZIP))
        packed.seek(0)
        if start != _GZIP:
            while block := packed.read(BLOCK):
                yield block
            return
        with _whole_archive(path):
            yield from _unpacked(packed, path, limits)


def _unpacked(packed: BinaryIO, path: Path, limits: Limits) -> Iterator[bytes]:
    seen = 0
    with gzip.open(packed) as file:
        while block := file.read(BLOCK):
            seen += len(block)
            if seen > limits.unpacked_bytes:
                raise _beyond(path, "unpacked bytes", limits.unpacked_bytes)
            if seen > _RATIO_FROM and seen > limits.ratio * packed.tell():
                raise _beyond(path, "ratio of unpacked to packed bytes", limits.ratio)
            yield block


def _beyond(path: Path, what: str, most: int) -> Exception:
    return fail(BEYOND_LIMITS, path.name, "source", what=what, most=most)


@contextmanager
def _whole_archive(path: Path) -> Iterator[None]:
    try:
        yield
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise fail(UNREADABLE, f"{path.name}: {error}", "source", what="gzip") from error
