"""The export bundle: a log as JSON lines that a third party checks without us.

Every line is canonical JSON (RFC 8785), in this order:

    {"type":"header", "schema":…, "origin":…, "key":…, "events":N}
    {"type":"event", "index":i, "event":{…}, "hash":h, "nodes":[h0, h1, …]}      N times
    {"type":"head", "head":{…}}                  after the event that made its size
    {"type":"end", "events":N, "heads":M}

`hash` is the leaf hash kept beside the event; `nodes` are the subtree hashes kept in the tree's
table that this leaf completes, from level 0 up (empty when the bundle goes without). The two
are stored apart, so that one altered record is told from the other. A row that is gone from the
store appears with `null`. The order lets a reader check a log of any length in O(log n) memory.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from qundao.audit.heads import SignedHead
from qundao.audit.tree import NodeStore, places_completed_by
from qundao.kernel.canonical import canonical_json
from qundao.kernel.signing import VerifyKey

SCHEMA = "qundao.audit-bundle/1"
LONGEST_LINE = 1_048_576
_BATCH = 256


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """A row as the hub holds it, unchecked: its position, the event's JSON, its leaf hash."""

    index: int
    content: Mapping[str, Any] | None
    leaf_hash: bytes | None


def bundle_lines(
    origin: str,
    key: VerifyKey,
    store: NodeStore,
    events: Iterable[StoredEvent],
    heads: Iterable[SignedHead],
    *,
    with_nodes: bool = True,
) -> Iterator[bytes]:
    """Yield the lines of a bundle, each ending in a line feed.

    events  in the order of their index; an index that is left out is exported as missing
    heads   in the order of their size; those beyond the log come at the end
    """
    size = store.size()
    writer = _Heads(heads)
    yield header_line(origin, key.text, size)
    yield from writer.up_to(0)
    for row, nodes in _with_nodes(_filled(events, size), store, with_nodes=with_nodes):
        yield event_line(row.index, _content(row), _hex(row.leaf_hash), nodes)
        yield from writer.up_to(row.index + 1)
    yield from writer.up_to(None)
    yield _line({"type": "end", "events": size, "heads": writer.written})


def header_line(origin: str, key: str, events: int) -> bytes:
    """Return the first line: the log's name, the hub's public key, the number of events."""
    return _line(
        {"type": "header", "schema": SCHEMA, "origin": origin, "key": key, "events": events}
    )


def event_line(
    index: int, content: bytes | None, leaf: str | None, nodes: Iterable[str | None]
) -> bytes:
    """Return one event's line; `content` is the canonical form of the event."""
    return b'{"event":%s,"hash":%s,"index":%d,"nodes":%s,"type":"event"}\n' % (
        b"null" if content is None else content,
        json.dumps(leaf).encode("ascii"),
        index,
        json.dumps(list(nodes), separators=(",", ":")).encode("ascii"),
    )


def head_line(head: SignedHead) -> bytes:
    """Return one signed head's line."""
    return _line({"type": "head", "head": head.to_json()})


class _Heads:
    """Hands out the heads when the log has reached their size."""

    def __init__(self, heads: Iterable[SignedHead]) -> None:
        self._heads = iter(heads)
        self._next = next(self._heads, None)
        self.written = 0

    def up_to(self, size: int | None) -> Iterator[bytes]:
        while self._next is not None and (size is None or self._next.head.size <= size):
            yield head_line(self._next)
            self.written += 1
            self._next = next(self._heads, None)


def _filled(events: Iterable[StoredEvent], size: int) -> Iterator[StoredEvent]:
    """Put an empty row where the store has none."""
    expected = 0
    for row in events:
        # A row beyond the tree has no gap before it that the tree could speak of.
        before = min(row.index, size)
        yield from (StoredEvent(gone, None, None) for gone in range(expected, before))
        yield row
        expected = row.index + 1
    yield from (StoredEvent(gone, None, None) for gone in range(expected, size))


def _with_nodes(
    rows: Iterator[StoredEvent], store: NodeStore, *, with_nodes: bool
) -> Iterator[tuple[StoredEvent, list[str | None]]]:
    while batch := list(islice(rows, _BATCH)):
        wanted = {row.index: places_completed_by(row.index) if with_nodes else () for row in batch}
        known = store.read([place for places in wanted.values() for place in places])
        for row in batch:
            yield row, [_hex(known.get(place)) for place in wanted[row.index]]


def _content(row: StoredEvent) -> bytes | None:
    if row.content is None:
        return None
    try:
        return canonical_json(row.content)
    except (ValueError, RecursionError):
        # A row that is no longer an event is exported as such: verification names it.
        return canonical_json({"unreadable": repr(row.content)[:1000]})


def _hex(value: bytes | None) -> str | None:
    return None if value is None else bytes(value).hex()


def _line(value: Mapping[str, Any]) -> bytes:
    return canonical_json(value) + b"\n"
