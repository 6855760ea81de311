"""What was found in tables of codes, in words for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from qundao.intake.code_tables.table import CodeTable
from qundao.intake.codes import CODE_INVALID, CODE_ORPHAN, CODE_REPEATED
from qundao.intake.source import Defect
from qundao.kernel.errors import problem
from qundao.kernel.words import Words

SHOWN = 10
"""Defects that are told one by one."""

_FOUND = Words("{name}（{id}）：{file} {part}", "{name} ({id}): {file} {part}")
_VERSION = Words("    版本 {version}", "    version {version}")
_NO_VERSION = Words(
    "    版本：表中与文件名都没有写明", "    version: neither table nor file name tells"
)
_COUNTS = Words(
    "    {codes:,} 个编码；停用 {retired:,}；重复 {repeated:,}；格式不对 {invalid:,}；"
    "上级缺失 {orphans:,}；无法读取 {broken:,} 行",
    "    {codes:,} codes; {retired:,} retired; {repeated:,} repeated; {invalid:,} of another form; "
    "{orphans:,} without their parent; {broken:,} rows unreadable",
)
_DEFECT = Words(
    "    {table} 第 {place} 行：{what}：{value}", "    {table} row {place}: {what}: {value}"
)
_MORE = Words("    另有 {n:,} 处", "    {n:,} more")


def report_lines(tables: Sequence[CodeTable], language: str) -> Iterator[str]:
    """Yield, for each table, what it is, its version, its counts and its first defects."""
    for table in tables:
        yield from _lines(table, language)


def _lines(table: CodeTable, language: str) -> Iterator[str]:
    name = table.vocabulary.words.in_(language)
    part = "" if table.part == table.source.stem else table.part
    found = _FOUND.format(name=name, id=table.vocabulary.id, file=table.source.name, part=part)
    yield found.in_(language).rstrip()
    told = _VERSION.format(version=table.version) if table.version else _NO_VERSION
    yield told.in_(language)
    yield _COUNTS.format(**counts(table)).in_(language)
    for defect in table.defects[:SHOWN]:
        yield _defect(defect, language)
    if len(table.defects) > SHOWN:
        yield _MORE.format(n=len(table.defects) - SHOWN).in_(language)


def counts(table: CodeTable) -> dict[str, int]:
    """Return how many codes a table has, and how many defects of each kind."""
    told = {
        "repeated": table.count(CODE_REPEATED),
        "invalid": table.count(CODE_INVALID),
        "orphans": table.count(CODE_ORPHAN),
    }
    retired = table.rows.num_rows - table.rows["invalid_reason"].null_count
    broken = len(table.defects) - sum(told.values())
    return {"codes": table.rows.num_rows, "retired": retired, **told, "broken": broken}


def _defect(defect: Defect, language: str) -> str:
    what = problem(defect.reason).text(language)["title"]
    value = "".join(c if c.isprintable() else " " for c in defect.value).strip()
    words = _DEFECT.format(table=defect.table, place=defect.place, what=what, value=value)
    return words.in_(language)
