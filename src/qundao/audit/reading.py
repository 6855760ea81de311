"""One line of a bundle: what it must look like to be read at all.

A line must be canonical to the byte, so that no change, not in white space, spelling or
repeated keys, goes unseen.
"""

from __future__ import annotations

import json
import re
from typing import Any

from qundao.audit.bundle import LONGEST_LINE, event_line
from qundao.audit.tree import places_completed_by
from qundao.kernel.canonical import LARGEST_INTEGER, canonical_json

_HASH = re.compile("[0-9a-f]{64}")


class BadLineError(Exception):
    """A line that is not what its place requires; the message says what that is."""


def parsed(line: bytes) -> dict[str, Any]:
    """Return the object that a line holds. Raises BadLineError."""
    if not line.endswith(b"\n") or len(line) > LONGEST_LINE:
        raise BadLineError(f"lines of at most {LONGEST_LINE} bytes that end in a line feed")
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        raise BadLineError("JSON in UTF-8") from None
    if not isinstance(record, dict):
        raise BadLineError("an object")
    return record


def event_parts(
    record: dict[str, Any], line: bytes
) -> tuple[int, bytes | None, bytes | None, list[bytes | None]]:
    """Return index, canonical content, leaf hash and recorded nodes. Raises BadLineError."""
    if set(record) != {"type", "index", "event", "hash", "nodes"}:
        raise BadLineError("an event with index, event, hash and nodes")
    index, nodes = record["index"], record["nodes"]
    if not is_count(index) or not isinstance(nodes, list):
        raise BadLineError("an index from 0 and a list of nodes")
    if nodes and len(nodes) != len(places_completed_by(index)):
        raise BadLineError("one node for each subtree that the leaf completes, or none")
    content = None if record["event"] is None else _canonical(record["event"])
    hashes = [_hash(text) for text in (record["hash"], *nodes)]
    if event_line(index, content, record["hash"], nodes) != line:
        raise BadLineError("a line in canonical form")
    return index, content, hashes[0], hashes[1:]


def require_canonical(record: dict[str, Any], line: bytes) -> None:
    """Raise BadLineError unless the line is the canonical form of what it holds."""
    if _canonical(record) + b"\n" != line:
        raise BadLineError("a line in canonical form")


def _canonical(value: Any) -> bytes:
    try:
        return canonical_json(value)
    except (ValueError, RecursionError) as error:
        raise BadLineError(str(error)) from None


def _hash(text: Any) -> bytes | None:
    """Read a hash. Capital digits would be the same hash in another spelling: refused."""
    if text is None:
        return None
    if not isinstance(text, str) or not _HASH.fullmatch(text):
        raise BadLineError("hashes of 64 lower-case hexadecimal digits")
    return bytes.fromhex(text)


def is_count(value: object) -> bool:
    """Tell whether a JSON value is an exact integer from 0."""
    return type(value) is int and 0 <= value <= LARGEST_INTEGER
