"""Looks at the XML of each sheet before the sheet is laid out in memory.

Two things are only to be seen here: how far the cells reach (two cells at opposite corners of a
sheet are a few bytes, and 17 billion cells when laid out) and which cells hold errors.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from xml.etree import ElementTree
from xml.parsers import expat

from qundao.intake.codes import BEYOND_LIMITS, UNREADABLE
from qundao.intake.limits import Limits
from qundao.kernel.errors import QundaoError, fail

MOST_CELLS = 120_000_000
_LONGEST_TAG = 2**24
_SHEET = re.compile(r"^/?xl/[a-z]+sheets/[^/]+\.xml$", re.I)
_USUAL = re.compile(
    rb'<c r="([A-Z]{1,3})([0-9]{1,7})"(?: s="[0-9]+")?(?: t="(?:n|s|str|b|d|inlineStr)")? ?[/>]'
)
"""How the programs at large write the beginning of a cell that is no error."""

_OTHER = (re.compile(rb"<c[\t\r\n>/]"), re.compile(rb":c[\s/>]"))
_WIDE = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


@dataclass(slots=True)
class Reach:
    """How far a sheet's cells reach, rows and columns counted from 1.

    `unusual`: there are errors, or XML written in a way that only a parser understands.
    """

    rows: int = 0
    columns: int = 0
    unusual: bool = False

    def add(self, rows: int, columns: int) -> None:
        """Reach at least as far as this cell."""
        self.rows, self.columns = max(self.rows, rows), max(self.columns, columns)

    def check(self, limits: Limits) -> None:
        """Raise `intake.beyond_limits` where a sheet is too wide or too large to lay out."""
        if self.columns > limits.columns:
            raise _beyond(self.columns, "columns", limits.columns)
        if self.rows * self.columns > MOST_CELLS:
            raise _beyond(self.rows * self.columns, "cells", MOST_CELLS)


def is_sheet(part: str) -> bool:
    """Tell whether a part of the package is a sheet."""
    return bool(_SHEET.match(part))


def reach(blocks: Iterable[bytes]) -> Reach:
    """Find how far the cells of a sheet reach, as long as they are written in the usual way."""
    found, rest = Reach(), b""
    for block in blocks:
        text = rest + block
        cut = text.rfind(b">") + 1
        whole, rest = text[:cut], text[cut:]
        places = _USUAL.findall(whole)
        rows, columns = {row for _, row in places}, {letters for letters, _ in places}
        found.add(max(map(int, rows), default=0), max(map(_column, columns), default=0))
        found.unusual = found.unusual or len(places) < whole.count(b"<c ") or _is_other(whole)
        if len(rest) > _LONGEST_TAG:
            found.unusual, rest = True, b""
    return found


def _is_other(text: bytes) -> bool:
    return text.startswith(_WIDE) or any(pattern.search(text) for pattern in _OTHER)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = 26 * number + letter - ord("A") + 1
    return number


@dataclass(slots=True)
class Parsed:
    """What a parser sees of a sheet: its reach, and its errors by row and column (from 0)."""

    reach: Reach = field(default_factory=Reach)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)


def parse(blocks: Iterable[bytes], limits: Limits) -> Parsed:
    """Go through a sheet's cells one by one. Raises `intake.unreadable`, `intake.beyond_limits`."""
    cells = _Cells()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = cells.start
    parser.EndElementHandler = cells.end
    parser.CharacterDataHandler = cells.text
    try:
        for block in blocks:
            parser.Parse(block)
            cells.parsed.reach.check(limits)
        parser.Parse(b"", True)  # noqa: FBT003 (it takes no keyword)
    except (expat.ExpatError, ValueError) as error:
        raise fail(UNREADABLE, str(error), "source", what="Excel") from error
    return cells.parsed


class _Cells:
    def __init__(self) -> None:
        self.parsed = Parsed()
        self._row = self._column = 0
        self._error, self._within = False, ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(" ")[2]
        if tag == "row":
            self._row = int(attributes.get("r") or self._row + 1)
            self._column = 0
        elif tag == "c":
            self._cell(attributes.get("r", ""))
            self._error = attributes.get("t") == "e"
        self._within = tag

    def _cell(self, reference: str) -> None:
        letters = reference.rstrip("0123456789")
        self._column = _column(letters.encode()) if letters else self._column + 1
        self._row = int(reference[len(letters) :] or self._row)
        self.parsed.reach.add(self._row, self._column)
        if self._column < 1 or self._row < 1:
            raise ValueError(reference)

    def text(self, data: str) -> None:
        if self._error and self._within == "v":
            place = self._row - 1, self._column - 1
            self.parsed.errors[place] = self.parsed.errors.get(place, "") + data

    def end(self, name: str) -> None:
        self._within = ""
        self._error = self._error and not name.endswith(" c")


def parts_by_name(workbook: bytes, relations: bytes) -> dict[str, str]:
    """Return the part that holds each sheet, by the sheet's name."""
    try:
        targets = {r.get("Id"): r.get("Target", "") for r in ElementTree.fromstring(relations)}  # noqa: S314
        sheets = [e for e in ElementTree.fromstring(workbook).iter() if e.tag.endswith("}sheet")]  # noqa: S314
    except ElementTree.ParseError as error:
        raise fail(UNREADABLE, str(error), "source", what="Excel") from error
    return {s.get("name", ""): _part(targets.get(s.get(_RELATION)) or "") for s in sheets}


def _part(target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _beyond(received: int, what: str, most: int) -> QundaoError:
    return fail(BEYOND_LIMITS, received, "source", what=what, most=most)
