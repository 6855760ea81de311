"""Noticing that a source is no longer the one that was registered: versions never change.

Size and time of the files answer at once when nothing happened; otherwise the content decides,
so that a copy restored from backup still is the same source. A registration carries a digest of
the content, so that one corrected row makes another version, with another accession.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote

from qundao.engines import masked, parse_dsn
from qundao.kernel.errors import fail
from qundao.node.codes import SOURCE_NOT_FIXED

_FILE_DSN = re.compile(r"^(?:csv|duckdb|parquet):(?://)?([^?]+)", re.IGNORECASE)
_CHUNK = 1 << 20
_Files = tuple[tuple[str, Path], ...]
_Seen = tuple[tuple[str, int, int], ...]


def absolute(dsn: str) -> str:
    """Return a file's DSN with an absolute path, so that it means the same from any folder."""
    found = _FILE_DSN.match(dsn.strip())
    if not found or found.group(1).startswith("/"):
        return dsn.strip()
    start, end = found.span(1)
    path = Path(unquote(found.group(1))).absolute()
    return f"{dsn.strip()[:start]}{path}{dsn.strip()[end:]}"


def require_files(dsn: str) -> None:
    """Refuse a source of which nobody could tell that it changed.

    A permit covers the data that were registered; the rows of a database server change at any
    time, and no node notices. Raises `node.source_not_fixed` and `engines.bad_dsn`.
    """
    parse_dsn(dsn)
    if not _FILE_DSN.match(dsn.strip()):
        raise fail(SOURCE_NOT_FIXED, masked(dsn), "dsn")


def fingerprint(dsn: str) -> str:
    """Return what a source looks like now, as text to keep; empty where the files are gone."""
    files = _files(dsn)
    if not files:
        return ""
    seen = _seen(files)
    return json.dumps({"seen": seen, "content": _content(seen, files)})


def commitment(dsn: str, kept: str, secret: bytes) -> str:
    """Return 64 hexadecimal digits that stand for a source's content at the hub.

    HMAC-SHA256 (RFC 2104) under the node's `secret`: equal content of one node has the same, and
    nobody without the secret can try out what the content might be.
    """
    content = json.loads(kept)["content"] if kept else ""
    told = f"{content}\0{parse_dsn(dsn).options.get('schema', '')}"
    return hmac.new(secret, told.encode(), hashlib.sha256).hexdigest()


def same(dsn: str, kept: str) -> bool:
    """Tell whether a source is what it was when `kept` was taken."""
    files = _files(dsn)
    if not files:
        return True  # a source that is gone fails when opened
    if not kept:
        return False
    then, seen = json.loads(kept), _seen(files)
    same_looks = [list(s) for s in seen] == then["seen"]
    return bool(same_looks or _content(seen, files) == then["content"])


def _files(dsn: str) -> _Files:
    """Return a source's files by what they are in it, so that the whole may be moved."""
    found = _FILE_DSN.match(dsn.strip())
    if not found:
        return ()
    path = Path(unquote(found.group(1)))
    if path.is_dir():
        held = sorted(p for p in path.rglob("*.parquet") if p.is_file())
        return tuple((str(p.relative_to(path)), p) for p in held)
    parts = (("database", path), ("log", path.with_name(path.name + ".wal")))
    return tuple((part, p) for part, p in parts if p.is_file())


def _seen(files: _Files) -> _Seen:
    stats = [(name, p.stat()) for name, p in files]
    return tuple((name, s.st_size, s.st_mtime_ns) for name, s in stats)


@lru_cache(maxsize=64)
def _content(seen: _Seen, files: _Files) -> str:
    """Read the files once for what they look like: a restored copy is not read at every task."""
    total = hashlib.sha256()
    for (name, size, _), (_, path) in zip(seen, files, strict=True):
        total.update(f"{name}\0{size}\0".encode())
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                total.update(chunk)
    return total.hexdigest()
