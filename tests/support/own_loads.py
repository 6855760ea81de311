"""Loads of a file into a table of the mapping's own: as small as a load can be."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import duckdb

from qundao.intake.load import load, versions
from qundao.intake.mapping import read_mapping
from qundao.kernel.errors import QundaoError

FIELDS = {"k": "{kind: text, key: yes}", "v": "text"}


def csv_text(head, *rows):
    """Return rows as CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([head, *rows])
    return text.getvalue()


def quoted(text):
    """Return a text as YAML in double quotes."""
    return json.dumps(text)


def column(name):
    """Return the expression that names a column."""
    return quoted('"' + name.replace('"', '""') + '"')


def own_mapping(values, fields=FIELDS, sources="s: {files: x.csv}", rule="", codes=""):
    """Return a mapping's text: `values` fill the `fields` of table t from the source s."""
    told = "\n".join(f"      {n}: {kind}" for n, kind in fields.items())
    made = "\n".join(f"      {n}: {e}" for n, e in values.items())
    listed = f"codes:\n  {codes}\n" if codes else ""
    return (
        f"mapping: hostile\nversion: 1\ntarget: own\ndescribe:\n  t:\n    fields:\n{told}\n"
        f"sources:\n  {sources}\n{listed}tables:\n  t:\n    from: s\n{rule}    fields:\n{made}\n"
    )


def loaded(folder: Path, text: str, files: dict[str, str | bytes]):
    """Load files by a mapping; return the rows of t, the rejects, and the account."""
    source = folder / "source"
    source.mkdir(exist_ok=True)
    for name, held in files.items():
        (source / name).write_bytes(held if isinstance(held, bytes) else held.encode())
    account = load(read_mapping(text, "m.yaml"), source, folder / "node")
    version = next(v for v in versions(folder / "node" / "loaded") if v.current)
    rows = duckdb.sql(f"FROM '{version.tables}/t.parquet' ORDER BY ALL").fetchall()
    rejects = duckdb.sql(
        f"SELECT place, reason, field, value FROM '{version.folder}/rejects.parquet' ORDER BY ALL"
    ).fetchall()
    return rows, rejects, account


def refused(folder: Path, text: str, files: dict[str, str | bytes]) -> set[str]:
    """Return the codes with which a load is refused, an empty set where it is not."""
    try:
        loaded(folder, text, files)
    except QundaoError as error:
        return {p.code for p in error.problems}
    return set()
