"""Lists of codes that a site brings as files of its own: licensed tables are not in the product."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from qundao.intake import codes
from qundao.intake.mapping.document import CodeList
from qundao.intake.readers import open_source
from qundao.kernel.errors import fail


def filled(listed: CodeList, folder: Path) -> CodeList:
    """Return a list with the codes of its file, which lies below `folder`. Raises `intake.*`."""
    if not listed.file:
        return listed
    return replace(listed, codes=dict(_read(listed, folder / listed.file)))


def _read(listed: CodeList, path: Path) -> Iterator[tuple[str, int | float | str]]:
    reader = open_source(path)
    try:
        (table, *_) = reader.tables()
        known = [c.name for c in table.columns]
        for name in (listed.code_column, listed.value_column):
            if name not in known:
                where = f"codes.{listed.name}"
                raise fail(codes.BAD_COLUMN, name, where, known=", ".join(known))
        for batch in reader.batches(table.name, lambda _: None):
            held = batch.column(listed.code_column).to_pylist()
            values = batch.column(listed.value_column).to_pylist()
            for code, value in zip(held, values, strict=True):
                if code and value not in (None, ""):
                    yield str(code).strip(), _whole_or_text(value)
    finally:
        reader.close()


def _whole_or_text(value: object) -> int | float | str:
    text = str(value).strip()
    return int(text) if text.lstrip("-").isdecimal() else text
