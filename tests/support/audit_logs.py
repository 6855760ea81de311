"""Small synthetic audit logs for tests: made, kept as the hub keeps them, and tampered with."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from qundao.audit.bundle import StoredEvent, bundle_lines
from qundao.audit.events import Event
from qundao.audit.heads import SignedHead, TreeHead, sign_head
from qundao.audit.merkle import leaf_hash
from qundao.audit.tree import MemoryStore, Place, append, root
from qundao.audit.verify import Verification, verify_bundle
from qundao.kernel.canonical import canonical_json
from qundao.kernel.signing import SigningKey

ORIGIN = "test.qundao.example/log"
START = datetime(2026, 11, 22, 1, 2, 3, 4, tzinfo=UTC)
KEY = SigningKey(bytes(range(32)))


def make_event(sequence: int, /, **changed: Any) -> Event:
    given: dict[str, Any] = {
        "sequence": sequence,
        "at": START + timedelta(seconds=sequence),
        "actor": f"user_{sequence % 5}",
        "organisation": f"org_{sequence % 3}",
        "action": "dataset.registered",
        "subject": f"QD{sequence + 1:06d}",
        "details": {"subjects": 10 * sequence, "note": "合成数据 synthetic"},
        "request_id": f"req_{sequence}",
    }
    return Event(**{**given, **changed})


@dataclass
class Row:
    """An event's row: JSON and leaf hash, each of which an attacker with the database may set."""

    content: dict[str, Any]
    leaf_hash: bytes


@dataclass
class Log:
    """The hub's three tables: events, tree nodes, signed heads."""

    rows: dict[int, Row] = field(default_factory=dict)
    store: MemoryStore = field(default_factory=MemoryStore)
    heads: list[SignedHead] = field(default_factory=list)

    def add(self, event: Event) -> None:
        self.rows[event.sequence] = Row(event.content(), event.leaf_hash)
        append(self.store, event.leaf_hash)

    def sign(self, key: SigningKey = KEY) -> SignedHead:
        size = self.store.size()
        head = TreeHead(ORIGIN, size, root(self.store), START + timedelta(seconds=size))
        self.heads.append(sign_head(key, head))
        return self.heads[-1]

    def stored(self) -> Iterable[StoredEvent]:
        return [
            StoredEvent(index, row.content, row.leaf_hash)
            for index, row in sorted(self.rows.items())
        ]

    def lines(self, *, with_nodes: bool = True) -> list[bytes]:
        return list(
            bundle_lines(
                ORIGIN,
                KEY.verify_key,
                self.store,
                self.stored(),
                self.heads,
                with_nodes=with_nodes,
            )
        )

    def verify(self, *, with_nodes: bool = True, **options: Any) -> Verification:
        return verify_bundle(self.lines(with_nodes=with_nodes), KEY.verify_key, **options)

    def copy(self) -> Log:
        return copy.deepcopy(self)

    def rewrite(self, index: int, *, leaf: bool = False, levels: int = 0, **changed: Any) -> None:
        """Alter an event; `leaf` its kept hash too; `levels` of the tree's nodes above it too."""
        row = self.rows[index]
        row.content = {**row.content, **changed}
        computed = leaf_hash(canonical_json(row.content))
        if leaf:
            row.leaf_hash = computed
        if levels:
            self._rewrite_nodes(index, computed, levels)

    def _rewrite_nodes(self, index: int, computed: bytes, levels: int) -> None:
        kept = self.store.nodes
        fresh = MemoryStore()
        for at in range(self.store.size()):
            append(fresh, computed if at == index else kept[Place(0, at)])
        for level in range(levels):
            place = Place(level, index >> level)
            if place in kept:
                kept[place] = fresh.nodes[place]


def make_log(events: int, *, sign_every: int = 4) -> Log:
    """Return a log with a signed head every so many events and at the end."""
    log = Log()
    for sequence in range(events):
        log.add(make_event(sequence))
        if (sequence + 1) % sign_every == 0:
            log.sign()
    if not log.heads or log.heads[-1].head.size != events:
        log.sign()
    return log


def codes(verification: Verification) -> list[str]:
    return [finding.code for finding in verification.findings]


def named(verification: Verification, code: str) -> list[tuple[int | None, int | None]]:
    return [(f.first, f.last) for f in verification.findings if f.code == code]


__all__ = ["KEY", "ORIGIN", "Log", "codes", "make_event", "make_log", "named"]
