"""Noticing that a source is no longer the one that was registered: versions never change.

Size and time of the files answer at once when nothing happened; otherwise the content decides,
so that a copy restored from backup still is the same source.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from urllib.parse import unquote

_FILE_DSN = re.compile(r"^(?:duckdb|parquet):(?://)?([^?]+)", re.IGNORECASE)
_CHUNK = 1 << 20


def absolute(dsn: str) -> str:
    """Return a file's DSN with an absolute path, so that it means the same from any folder."""
    found = _FILE_DSN.match(dsn.strip())
    if not found or found.group(1).startswith("/"):
        return dsn.strip()
    start, end = found.span(1)
    path = Path(unquote(found.group(1))).absolute()
    return f"{dsn.strip()[:start]}{path}{dsn.strip()[end:]}"


def fingerprint(dsn: str) -> str:
    """Return what a source looks like now, as text to keep; empty where there are no files."""
    files = _files(dsn)
    if not files:
        return ""
    return json.dumps({"seen": _seen(files), "content": _content(files)})


def same(dsn: str, kept: str) -> bool:
    """Tell whether a source is what it was when `kept` was taken."""
    files = _files(dsn)
    if not kept or not files:
        return True  # databases vouch for themselves; a source that is gone fails when opened
    then = json.loads(kept)
    return bool(_seen(files) == then["seen"] or _content(files) == then["content"])


def _files(dsn: str) -> list[Path]:
    found = _FILE_DSN.match(dsn.strip())
    if not found:
        return []
    path = Path(unquote(found.group(1)))
    if path.is_dir():
        return sorted(p for p in path.rglob("*.parquet") if p.is_file())
    log = path.with_name(path.name + ".wal")
    return [p for p in (path, log) if p.is_file()]


def _seen(files: list[Path]) -> list[list[str | int]]:
    stats = [(p, p.stat()) for p in files]
    return [[p.name, s.st_size, s.st_mtime_ns] for p, s in stats]


def _content(files: list[Path]) -> str:
    total = hashlib.sha256()
    for path in files:
        total.update(f"{path.name}\0{path.stat().st_size}\0".encode())
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                total.update(chunk)
    return total.hexdigest()
