"""A profile as text for a terminal, in Chinese or English."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

from qundao.intake.profile_result import ColumnProfile, IntakeProfile, Join, TableProfile
from qundao.kernel.words import Words

_HEAD = tuple(
    Words(zh, en)
    for zh, en in (
        ("列", "column"),
        ("类型", "type"),
        ("填写率", "filled"),
        ("不同值", "distinct"),
        ("可能含义", "likely meaning"),
        ("范围、常见值或形状", "range, values or shapes"),
    )
)
_TYPES = {
    "empty": Words("空", "empty"),
    "integer": Words("整数", "integer"),
    "number": Words("数值", "number"),
    "date": Words("日期", "date"),
    "datetime": Words("日期时间", "datetime"),
    "text": Words("文本", "text"),
}
_ROWS = Words("{rows} 行", "{rows} rows")
_REPEATED = Words("约 {rows} 行重复", "about {rows} repeated")
_DEFECTS = Words("{rows} 处读取缺陷（{reason}）", "{rows} defects in reading ({reason})")
_KEYS = Words("可能的主键", "likely keys")
_JOINS = Words("可能的关联（按值匹配的比例）", "likely joins (share of values that match)")
_DIRECT = Words("直接标识", "direct identifier")
_IMPOSSIBLE = Words("{rows} 个不存在的日期", "{rows} impossible dates")
_HOLDING = Words("{rows} 行内含证件号或手机号", "{rows} rows hold an identity or phone number")
_MORE = Words("另有 {more} 个，见输出文件", "{more} more, in the file written")
_NONE = Words("未发现", "none found")
_WIDTHS = (26, 9, 7, 11, 34)
_SHOWN, _JOINS_SHOWN = 3, 20


def profile_lines(profile: IntakeProfile, language: str) -> Iterator[str]:
    """Yield the lines of the whole profile."""
    for table in profile.tables:
        yield from table_lines(table, language)
        yield ""
    if len(profile.tables) > 1:
        yield _JOINS.in_(language)
        yield from [_join(j) for j in profile.joins[:_JOINS_SHOWN]] or [f"  {_NONE.in_(language)}"]
    if len(profile.joins) > _JOINS_SHOWN:
        more = len(profile.joins) - _JOINS_SHOWN
        yield f"  {_MORE.format(more=more).in_(language)}"


def table_lines(table: TableProfile, language: str) -> Iterator[str]:
    """Yield the lines of one table."""
    facts = [_ROWS.format(rows=f"{table.rows:,}").in_(language)]
    if table.duplicate_rows:
        facts.append(_REPEATED.format(rows=f"{table.duplicate_rows:,}").in_(language))
    for reason, rows in table.defects.items():
        facts.append(_DEFECTS.format(rows=f"{rows:,}", reason=reason).in_(language))
    label = f" {table.label}" if table.label else ""
    yield f"{table.name}{label}: {', '.join(facts)}"
    yield _row([h.in_(language) for h in _HEAD])
    yield from (_row(_cells(c, language)) for c in table.columns)
    keys = "; ".join(f"{' + '.join(k.columns)} ({_percent(k.once)})" for k in table.keys)
    yield f"  {_KEYS.in_(language)}: {keys or _NONE.in_(language)}"


def _cells(column: ColumnProfile, language: str) -> list[str]:
    exact = "" if column.distinct_exact else "≈"
    return [
        column.name,
        _TYPES[column.type].in_(language),
        _percent(column.fill),
        f"{exact}{column.distinct:,}",
        _meaning(column, language),
        "; ".join(_told(column, language)),
    ]


def _meaning(column: ColumnProfile, language: str) -> str:
    if column.meaning is None:
        return "–"
    told = f"{column.meaning.words.in_(language)} {column.meaning.score:.2f}"
    return f"{told} [{_DIRECT.in_(language)}]" if column.meaning.direct else told


def _told(column: ColumnProfile, language: str) -> Iterator[str]:
    if column.range:
        yield f"{column.range.low} … {column.range.high}"
    elif column.values:
        yield ", ".join(f"{_plain(v)} {n:,}" for v, n in column.values[:_SHOWN])
    elif column.shapes:
        yield ", ".join(f"{s} {n:,}" for s, n in column.shapes[:_SHOWN])
    if column.impossible_dates:
        yield _IMPOSSIBLE.format(rows=f"{column.impossible_dates:,}").in_(language)
    if column.holding_identifiers and not (column.meaning and column.meaning.direct):
        yield _HOLDING.format(rows=f"{column.holding_identifiers:,}").in_(language)


def _join(join: Join) -> str:
    ends = f"{join.table}.{join.column} → {join.other_table}.{join.other_column}"
    return f"  {ends}  {_percent(join.values)}"


def _row(cells: Sequence[str]) -> str:
    *fixed, last = (_plain(c) for c in cells)
    padded = [_padded(c, width) for c, width in zip(fixed, _WIDTHS, strict=True)]
    return f"  {' '.join(padded)} {last}".rstrip()


def _plain(text: str) -> str:
    """Return text from a source without what could steer a terminal."""
    return "".join(c if c.isprintable() else " " for c in text)


def _padded(text: str, width: int) -> str:
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return text + " " * max(width - len(text) - wide, 0)


def _percent(share: float) -> str:
    """Return a share in percent; 100 only where it is whole."""
    percent = 100 * share
    return f"{percent:.0f}%" if share in (0.0, 1.0) else f"{min(percent, 99.99):.4g}%"
