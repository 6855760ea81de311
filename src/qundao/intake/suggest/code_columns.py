"""Where the codes of a list come from: the columns they stand in, the names beside them.

A column of codes has its names in the column called alike, with 名称 for 编码, `name` for `code`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import duckdb
import pyarrow.parquet as pq

from qundao.intake.load.staging import Staged
from qundao.intake.mapping.document import Mapping as Document
from qundao.intake.mapping.document import TableRule
from qundao.intake.mapping.expression import Call, Name, Node, calls, names

_PAIRS = (
    ("编码", "名称"),
    ("代码", "名称"),
    ("编码", "描述"),
    ("code", "name"),
    ("id", "name"),
    ("bm", "mc"),
    ("dm", "mc"),
)
_MOST_CODES = 10_000


def domain_of(mapping: Document, listed: str) -> str:
    """Return the OMOP domain that the list's fields are of; empty where they are of several."""
    model = mapping.model
    found = {
        model[rule.target][field.name].domain or ""
        for rule in mapping.tables
        for field in rule.fields
        if any(_lists(field.value, listed))
    }
    return found.pop() if len(found) == 1 else ""


def names_of_codes(
    mapping: Document, staged: Sequence[Staged], listed: str, codes: Sequence[str]
) -> Mapping[str, str]:
    """Return what the sources call codes of a list: for each code the name it has most often.

    staged: the files of an account (`Account.sources`). At most the first 10,000 codes are asked
    for; codes without a name beside them are left out.
    """
    pairs = {
        (file.data, code, name)
        for rule in mapping.tables
        for file in staged
        if file.source == rule.source
        for code in _columns(rule, listed)
        if (name := _beside(code, pq.read_schema(file.data).names)) is not None
    }
    counted: dict[str, dict[str, int]] = {}
    with duckdb.connect() as database:
        for data, code, name in sorted(pairs):
            for text, called, rows in _counted(database, data, code, name, codes[:_MOST_CODES]):
                own = counted.setdefault(text, {})
                own[called] = own.get(called, 0) + rows
    return {code: max(sorted(own), key=lambda n: own[n]) for code, own in counted.items()}


def _counted(
    database: duckdb.DuckDBPyConnection, data: str, code: str, name: str, codes: Sequence[str]
) -> list[tuple[str, str, int]]:
    held, called = (f'trim(CAST("{_escaped(c)}" AS TEXT))' for c in (code, name))
    return database.execute(
        f"SELECT {held} AS code, {called} AS name, count(*) FROM read_parquet(?) "  # noqa: S608
        "WHERE code IN (SELECT unnest(?)) AND name <> '' GROUP BY 1, 2",
        [data, list(codes)],
    ).fetchall()


def _columns(rule: TableRule, listed: str) -> Iterator[str]:
    """Yield the columns that a rule looks up in a list, through groups of columns too."""
    for field in rule.fields:
        for call in _lists(field.value, listed):
            for name in (n for arg in call.args[1:] for n in names(arg)):
                groups = [each.columns[name] for each in rule.each if name in each.columns]
                yield from (n for node in groups for n in names(node))
                if not groups:
                    yield name


def _lists(node: Node, listed: str) -> Iterator[Call]:
    return (c for c in calls(node) if c.name == "code" and c.args[0] == Name(listed))


def _beside(code: str, columns: Sequence[str]) -> str | None:
    """Return the column of names that goes with a column of codes."""
    folded = {c.lower(): c for c in columns}
    for of_code, of_name in _PAIRS:
        wanted = re.sub(rf"{of_code}(?=[\d_]*$)", of_name, code.lower())
        if wanted != code.lower() and wanted in folded:
            return folded[wanted]
    return None


def _escaped(name: str) -> str:
    return name.replace('"', '""')
