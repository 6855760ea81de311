"""Reads the compact declarations in `models/data`: a heading per table, a line per field."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from importlib.resources import files

from qundao.models.model import Field, Foreign, Kind, Table

_HEADING = re.compile(r"^\[(\w+)\]\s*(.*)$")
_TYPE = re.compile(r"^(\w+)(?:\((\w+)\))?$")
_KINDS = {
    "integer": Kind.INTEGER,
    "float": Kind.NUMBER,
    "num": Kind.NUMBER,
    "varchar": Kind.TEXT,
    "char": Kind.TEXT,
    "date": Kind.DATE,
    "datetime": Kind.DATETIME,
}


def declared_tables(name: str) -> tuple[Table, ...]:
    """Return the tables that the file `models/data/<name>.txt` declares.

    Raises ValueError on a line that declares nothing; the files are part of the package.
    """
    text = (files("qundao.models") / "data" / f"{name}.txt").read_text(encoding="utf-8")
    return tuple(_table(heading, fields) for heading, fields in _blocks(text))


def _blocks(text: str) -> Iterator[tuple[str, list[str]]]:
    heading, fields = "", list[str]()
    for line in text.splitlines():
        if line.startswith("["):
            if heading:
                yield heading, fields
            heading, fields = line, []
        elif line.strip() and not line.startswith("#"):
            fields.append(line)
    if heading:
        yield heading, fields


def _table(heading: str, fields: list[str]) -> Table:
    found = _HEADING.match(heading)
    if not found:
        raise ValueError(f"[table] part … is required, received {heading!r}")
    part, *words = shlex.split(found.group(2))
    facts = _facts(words)
    completeness = facts.get("completeness")
    return Table(
        name=found.group(1),
        part=part,
        fields=tuple(_field(line) for line in fields),
        required="required" in words,
        concept_prefix=facts.get("prefix"),
        completeness=None if completeness is None else int(completeness),
        label=facts.get("label"),
    )


def _field(line: str) -> Field:
    name, type_, *words = shlex.split(line)
    kind, length = _kind(type_)
    facts = _facts(words)
    core = facts.get("core")
    return Field(
        name=name,
        kind=kind,
        length=length,
        required="required" in words or core == "Req",
        key="key" in words,
        foreign=_foreign(words),
        domain=facts.get("domain"),
        concept_class=facts.get("class"),
        core=core,
        label=facts.get("label"),
    )


def _facts(words: list[str]) -> dict[str, str]:
    return {k: v for k, is_fact, v in (w.partition("=") for w in words) if is_fact}


def _kind(type_: str) -> tuple[Kind, int | None]:
    found = _TYPE.match(type_)
    if not found or found.group(1) not in _KINDS:
        raise ValueError(f"one of {sorted(_KINDS)} is required, received {type_!r}")
    length = found.group(2)
    return _KINDS[found.group(1)], int(length) if length and length.isdigit() else None


def _foreign(words: list[str]) -> Foreign | None:
    targets = (w[1:].partition(".") for w in words if w.startswith(">"))
    return next((Foreign(table, field) for table, _, field in targets), None)
