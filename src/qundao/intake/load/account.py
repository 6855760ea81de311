"""Where every row went: what was read is what was loaded, rejected, merged and left out.

A mapping may unfold a row into several candidates (ten diagnoses); per target table the candidates
add up, and per source file the rows do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from qundao.intake.load.sources import FileRead


@dataclass(frozen=True, slots=True)
class TableAccount:
    """What became of the candidates of one rule of a target table.

    `left_out` were not meant (the rule's `where`), `rejected` had defects, `merged` became one
    with a row that has the same identity. `reasons` counts defects by reason and field; `emptied`
    counts, by field, loaded rows that point at a row which was not loaded and now point nowhere;
    `doubtful` counts, by reason, sound rows that are told of and loaded all the same.
    """

    target: str
    source: str
    line: int
    candidates: int
    left_out: int
    rejected: int
    merged: int
    loaded: int
    reasons: Mapping[str, int] = field(default_factory=dict)
    emptied: Mapping[str, int] = field(default_factory=dict)
    doubtful: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        told = self.left_out + self.rejected + self.merged + self.loaded
        if told != self.candidates:
            raise ArithmeticError(
                f"{self.target} from {self.source}: {self.candidates} candidates are required to "
                f"add up, received {told}"
            )


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far a list of codes reaches: rows with a code, and those whose code is in the list.

    `unmapped` are the codes that are not, most frequent first, with their rows.
    """

    codes: str
    rows: int
    mapped: int
    unmapped: Sequence[tuple[str, int]] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """The account of a load: sources read, tables written, codes covered.

    `rows` are those of each table in the end. `derived` tables follow from others. Where the load
    added to the version `base`, `replaced` counts rows of it that came again. For the next to add:
    `delivered` are the files read so far (source, SHA-256), `newest` the newest moment by source,
    `decided` the digest of what was decided on pseudonyms.
    """

    mapping: str
    version: int
    digest: str
    sources: tuple[FileRead, ...]
    tables: tuple[TableAccount, ...]
    coverage: tuple[Coverage, ...] = ()
    rows: Mapping[str, int] = field(default_factory=dict)
    target: str = ""
    derived: tuple[str, ...] = ()
    delivered: tuple[tuple[str, str], ...] = ()
    newest: Mapping[str, str] = field(default_factory=dict)
    base: int | None = None
    replaced: Mapping[str, int] = field(default_factory=dict)
    decided: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return `account.json`."""
        return {
            "schema": "qundao.intake/1",
            "mapping": {
                "name": self.mapping,
                "version": self.version,
                "digest": self.digest,
                "target": self.target,
            },
            "sources": [
                {
                    "source": s.source,
                    "file": s.file,
                    "sha256": s.digest,
                    "rows": s.rows + s.broken,
                    "read": s.rows,
                    "broken": s.broken,
                }
                for s in self.sources
            ],
            "tables": [asdict(t) for t in self.tables],
            "coverage": [asdict(c) for c in self.coverage],
            "rows": dict(self.rows),
            "base": self.base,
            "replaced": dict(self.replaced),
            "derived": list(self.derived),
            "delivered": [list(told) for told in self.delivered],
            "newest": dict(self.newest),
            "decided": self.decided,
        }
