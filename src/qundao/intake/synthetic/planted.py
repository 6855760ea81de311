"""The list of what was planted: what reader, mapping and checks have to find, and nothing more."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from qundao.intake.files import replacing
from qundao.intake.synthetic.kinds import KINDS

SCHEMA = "qundao.synthetic-planted/1"
LABEL = "合成数据 synthetic"


@dataclass(frozen=True, slots=True)
class Planted:
    """One defect: in which file and table, at which place (line or row as a reader tells), why.

    `column` is empty where the whole row is at fault; `value` is what stands there, or the key of
    a row that is there twice.
    """

    file: str
    table: str
    place: int
    column: str
    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Export:
    """What was written: rows below the header for each file and table, and every defect."""

    patients: int
    seed: int
    rows: Mapping[tuple[str, str], int]
    planted: tuple[Planted, ...]

    def of(self, file: str, table: str) -> tuple[Planted, ...]:
        """Return the defects of one table of one file, in the order of their places."""
        return tuple(p for p in self.planted if p.file == file and p.table == table)

    def to_json(self) -> dict[str, Any]:
        """Return the whole list, with what each kind means."""
        return {
            "schema": SCHEMA,
            "label": LABEL,
            "patients": self.patients,
            "seed": self.seed,
            "kinds": {
                k.name: {"zh": k.words.zh, "en": k.words.en, "found_by": k.found_by}
                for k in KINDS.values()
            },
            "files": [{"file": f, "table": t, "rows": n} for (f, t), n in self.rows.items()],
            "planted": [asdict(p) for p in self.planted],
        }

    def write(self, path: Path) -> None:
        """Write the list as JSON. Raises `intake.disk_full`."""
        with replacing(path) as draft:
            text = json.dumps(self.to_json(), ensure_ascii=False, indent=1)
            draft.write_text(text + "\n", "utf-8")
