"""A row on its way to the files, and the defect it carries."""

from __future__ import annotations

from dataclasses import dataclass, replace

from qundao.intake.synthetic.columns import KEYS


@dataclass(slots=True)
class Row:
    """Cells of one row by column; `kind` is empty where nothing is wrong with it.

    `column` and `value` say what a finder is to find, `column` empty where it is the whole row.
    `whole` keeps the generator from planting a second defect.
    """

    table: str
    cells: dict[str, str]
    kind: str = ""
    column: str = ""
    value: str = ""
    whole: bool = False

    def key(self) -> str:
        """Return the row's key, its parts joined by a slash."""
        return "/".join(self.cells[c] for c in KEYS[self.table])

    def copy(self) -> Row:
        """Return the same row with cells of its own."""
        return replace(self, cells=dict(self.cells))
