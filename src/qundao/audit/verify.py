"""Verification of an exported log, offline, knowing nothing but the hub's public key.

How an alteration is named, from the strongest record to the weakest:
1. the event's own number tells what is missing, inserted or out of order;
2. its content, hashed again, must equal the leaf hash kept with it and the tree's level 0;
3. where those were rewritten too, the lowest stored node that no longer follows names a range,
   narrowed by the last signed head that was still right;
4. where the whole tree was rewritten, the first signed head that no longer matches names the
   events since the head before it. To get past that one needs the hub's private key; a head
   that somebody else kept (`known_heads`) then convicts the hub.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from qundao.audit.bundle import LONGEST_LINE, SCHEMA
from qundao.audit.codes import (
    EVENT_ALTERED,
    EVENT_INSERTED,
    EVENT_MISSING,
    EVENT_REORDERED,
    FOREIGN_KEY,
    HEAD_MISMATCH,
    LINE_UNREADABLE,
    LOG_TRUNCATED,
    NODE_MISSING,
    SUBTREE_ALTERED,
    TAIL_UNSIGNED,
)
from qundao.audit.findings import Finding, Findings, Gaps, Verification
from qundao.audit.heads import SignedHead, check_head
from qundao.audit.merkle import leaf_hash
from qundao.audit.reading import (
    BadLineError,
    event_parts,
    is_count,
    parsed,
    require_canonical,
)
from qundao.audit.trace import Break, Trace
from qundao.kernel.clock import stamp
from qundao.kernel.signing import VerifyKey

__all__ = ["Finding", "Progress", "Verification", "verify_bundle", "verify_file"]

Progress = Callable[[int, int, str], None]
"""Called with events read, events in all, and what is being done."""

_REPORT_EVERY = 1000


def verify_bundle(
    lines: Iterable[bytes],
    trusted_key: VerifyKey,
    *,
    known_heads: Iterable[SignedHead] = (),
    progress: Progress | None = None,
    limit: int = 100,
) -> Verification:
    """Check a bundle line by line and return what is wrong with it.

    known_heads  heads of the same log that the reader kept from before; the log must extend them
    limit        findings beyond it are counted, not kept
    """
    verifier = _Verifier(trusted_key, known_heads, progress, limit)
    for number, line in enumerate(lines, 1):
        verifier.read(number, line)
    return verifier.finish()


def verify_file(
    path: Path,
    trusted_key: VerifyKey,
    *,
    known_heads: Iterable[SignedHead] = (),
    progress: Progress | None = None,
) -> Verification:
    """Check a bundle file in bounded memory. Raises OSError when it cannot be read."""
    return verify_bundle(_lines_of(path), trusted_key, known_heads=known_heads, progress=progress)


def _lines_of(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while line := file.readline(LONGEST_LINE):
            yield line


class _Verifier:
    """Reads lines in order; every defect becomes a finding and reading goes on."""

    def __init__(
        self,
        trusted: VerifyKey,
        known_heads: Iterable[SignedHead],
        progress: Progress | None,
        limit: int,
    ) -> None:
        self._trusted = trusted
        self._known = sorted(known_heads, key=lambda k: k.head.size, reverse=True)
        self._progress = progress
        self._findings = Findings(limit)
        self._gaps = Gaps(self._findings, EVENT_MISSING)
        self._trace = Trace()
        self._origin = ""
        self._declared = 0
        self._next_claim = 0
        self._events = self._heads = self._head_lines = self._bad_heads = self._signed = 0
        self._proved = 0
        self._ended = False
        self._readers: dict[str, Callable[[dict[str, Any], bytes], None]] = {
            "header": self._header,
            "event": self._event,
            "head": self._head,
            "end": self._end,
        }

    def read(self, number: int, line: bytes) -> None:
        try:
            record = parsed(line)
            self._expect(number, record)
            self._readers[record["type"]](record, line)
        except BadLineError as bad:
            self._findings.add(LINE_UNREADABLE, line[:80], f"line {number}", form=bad)

    def finish(self) -> Verification:
        size = self._trace.size
        if not self._ended:
            self._findings.add(LINE_UNREADABLE, "", "end", form="a last line of type end")
        self._gaps.close()
        for promised in (self._declared, *(known.head.size for known in self._known)):
            self._reached(promised)
        if self._signed < size:
            self._findings.add_events(TAIL_UNSIGNED, "", self._signed, size - 1)
        return Verification(
            self._origin,
            self._events,
            self._heads,
            self._proved,
            self._findings.sorted(),
            self._findings.more,
        )

    def _expect(self, number: int, record: dict[str, Any]) -> None:
        if record.get("type") not in self._readers:
            raise BadLineError("a line of type header, event, head or end")
        if (number == 1) != (record["type"] == "header"):
            raise BadLineError("one header, in the first line")
        if self._ended:
            raise BadLineError("nothing after the end")

    def _header(self, record: dict[str, Any], line: bytes) -> None:
        require_canonical(record, line)
        if set(record) != {"type", "schema", "origin", "key", "events"}:
            raise BadLineError("a header with schema, origin, key and events")
        if record["schema"] != SCHEMA or not is_count(record["events"]):
            raise BadLineError(f"schema {SCHEMA} and a number of events")
        self._origin, self._declared = str(record["origin"]), record["events"]
        if record["key"] != self._trusted.text:
            self._findings.add(FOREIGN_KEY, record["key"], "header", key=self._trusted.text)
        self._known = [known for known in self._known if self._check_signature(known)]
        self._check_known()

    def _event(self, record: dict[str, Any], line: bytes) -> None:
        index, content, leaf, nodes = event_parts(record, line)
        self._events += 1
        if not self._takes_place(index, present=content is not None):
            return
        in_place = self._claims(index, record["event"])
        self._compare(index, content, [leaf, *(nodes[:1] if in_place else [])])
        self._add_leaf(index, content, leaf, nodes)
        self._check_known()
        if self._progress and self._events % _REPORT_EVERY == 0:
            self._progress(self._events, self._declared, "events")

    def _head(self, record: dict[str, Any], line: bytes) -> None:
        require_canonical(record, line)
        self._head_lines += 1
        try:
            signed = SignedHead.from_json(record["head"])
        except (KeyError, TypeError, ValueError) as error:
            raise BadLineError(f"a signed tree head: {error}") from None
        if signed.head.size < self._trace.size:
            raise BadLineError(f"a head of size {self._trace.size} at this place")
        if not self._check_signature(signed):
            return
        if signed.head.size > self._trace.size:
            self._pass_over(signed.head.size)
        self._check_root(signed)

    def _end(self, record: dict[str, Any], line: bytes) -> None:
        require_canonical(record, line)
        self._ended = True
        due = {"type": "end", "events": self._declared, "heads": self._head_lines}
        if record != due:
            raise BadLineError(f"an end after {self._declared} events and {self._head_lines} heads")

    def _takes_place(self, index: int, *, present: bool) -> bool:
        """Check the position of a line; False when the tree has no place for it."""
        if index < self._trace.size:
            late = self._gaps.fill(index)
            code = EVENT_REORDERED if late else EVENT_INSERTED
            self._findings.add_events(code, f"{index}, {index}", index, index)
            return False
        if index > self._trace.size:
            self._pass_over(index)
        if index >= self._declared:
            self._findings.add_events(EVENT_INSERTED, f"{index} ≥ {self._declared}", index, index)
        if not present:
            self._gaps.open(index, index)
            self._next_claim += 1
        return True

    def _pass_over(self, size: int) -> None:
        self._gaps.open(self._trace.size, size - 1)
        self._next_claim += size - self._trace.size
        self._trace.skip_to(size)

    def _claims(self, index: int, event: Any) -> bool:
        """Compare the number the event gives itself with the one due; False if it is displaced."""
        claim = event.get("sequence") if isinstance(event, dict) else None
        if claim is None or not is_count(claim):
            self._next_claim += event is not None
            return True
        if claim >= self._next_claim:
            if claim > self._next_claim:
                self._gaps.open(self._next_claim, claim - 1)
            self._next_claim = claim + 1
        elif self._gaps.fill(claim):
            self._findings.add_events(EVENT_REORDERED, f"{index}", claim, claim)
        else:
            self._findings.drop(EVENT_ALTERED, claim)
            self._findings.add_events(EVENT_INSERTED, f"{claim}, {claim}", claim, claim)
        return bool(claim == index)

    def _compare(self, index: int, content: bytes | None, recorded: list[bytes | None]) -> None:
        """Compare the content's hash with those recorded for it."""
        if content is None:
            return
        computed = leaf_hash(content)
        wrong = [r.hex() for r in recorded if r not in (None, computed)]
        if wrong:
            self._findings.add_events(
                EVENT_ALTERED, computed.hex(), index, index, recorded=wrong[-1]
            )

    def _add_leaf(
        self, index: int, content: bytes | None, leaf: bytes | None, nodes: list[bytes | None]
    ) -> None:
        if None in nodes:
            level = nodes.index(None)
            self._findings.add(NODE_MISSING, "", f"level {level}, {index >> level}")
        computed = None if content is None else leaf_hash(content)
        recorded = next((h for h in (*nodes[:1], leaf) if h is not None), None)
        for broken in self._trace.add(computed, recorded, nodes[1:]):
            self._broken(broken)

    def _broken(self, broken: Break) -> None:
        first = max(broken.first, self._proved)
        if first > broken.last:
            return
        place = broken.place
        facts = {"level": place.level, "index": place.index, "recorded": broken.recorded.hex()}
        self._findings.add_events(
            SUBTREE_ALTERED, broken.computed.hex(), first, broken.last, **facts
        )

    def _check_signature(self, signed: SignedHead) -> bool:
        wrong = check_head(signed, self._trusted, self._origin)
        for found in wrong:
            self._findings.add(found.code, found.received, found.where, **dict(found.facts))
        return not wrong

    def _check_known(self) -> None:
        while self._known and self._known[-1].head.size <= self._trace.size:
            known = self._known.pop()
            if known.head.size == self._trace.size:
                self._check_root(known)

    def _check_root(self, signed: SignedHead) -> None:
        head = signed.head
        self._signed = max(self._signed, head.size)
        follows = self._trace.leads_to(head.root)
        if follows:
            self._heads += 1
            self._proved = self._proved if self._bad_heads else head.size
        elif follows is False:
            self._bad_heads += 1
            if self._bad_heads == 1:
                self._mismatch(signed)

    def _mismatch(self, signed: SignedHead) -> None:
        head = signed.head
        facts = {"size": head.size, "root": head.root.hex(), "at": stamp(head.at)}
        if head.size == 0:
            self._findings.add(HEAD_MISMATCH, "", "size 0", **facts)
            return
        first = min(self._proved, head.size - 1)
        root = self._trace.root()
        shown = root.hex() if root else ""
        self._findings.add_events(HEAD_MISMATCH, shown, first, head.size - 1, **facts)

    def _reached(self, promised: int) -> None:
        size = self._trace.size
        if promised > size:
            self._findings.add_events(LOG_TRUNCATED, size, size, promised - 1, size=promised)
