"""`qundao intake compare`: the rows that a changed mapping would make differently."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from qundao.cli.codes import CANNOT_WRITE
from qundao.cli.environment import language
from qundao.cli.intake_places import add_places, existing_folder, made_folder
from qundao.cli.mapping_file import mapping_in
from qundao.cli.parsing import Subparsers, add_command, load
from qundao.cli.rows_progress import RowsProgress
from qundao.kernel.errors import fail
from qundao.kernel.words import Words

_TABLE = Words(
    "{table}：{before:,} → {after:,} 行：新增 {added:,}，消失 {removed:,}，改变 {changed:,}，"
    "相同 {same:,}",
    "{table}: {before:,} → {after:,} rows: {added:,} added, {removed:,} removed, "
    "{changed:,} changed, {same:,} the same",
)
_FIELD = Words("    {n:,} 行的 {field} 改变", "    {n:,} rows change {field}")
_ADDED = Words("    + {row}  {place}", "    + {row}  {place}")
_REMOVED = Words("    - {row}  {place}", "    - {row}  {place}")
_CHANGED = Words("    {key}：{changes}  {place}", "    {key}: {changes}  {place}")
_PLACE = Words("（{file} 第 {place} 行）", "({file}, line {place})")
_SAME = Words("没有一行不同", "no row differs")
_KEEP = Words("以上含患者数据：不要离开本单位", "this shows patients' data: keep it on the site")


def add(group: Subparsers) -> None:
    """Declare the command."""
    example = "qundao intake compare v1.yaml v2.yaml --sources export/ --to intake/"
    what = "show which rows a changed mapping would make differently, keeping nothing"
    parser = add_command(group, "compare", what, example, _run)
    parser.add_argument("old", type=Path, metavar="OLD", help="the mapping in use (YAML)")
    parser.add_argument("new", type=Path, metavar="NEW", help="the changed one (YAML)")
    add_places(parser)
    parser.add_argument(
        "--rows", type=int, default=3, metavar="N", help="examples of each kind and table"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the comparison as JSON")


def _run(options: argparse.Namespace) -> int:
    with closing(RowsProgress()) as progress:
        found = load("qundao.intake.suggest").compare(
            mapping_in(options.old),
            mapping_in(options.new),
            existing_folder(options.sources),
            made_folder(options.to),
            options.rows,
            memory_mb=options.memory_mb,
            progress=progress,
        )
    for table in found.tables:
        if table.differs:
            _show(table)
    if not found.differs:
        print(_SAME.in_(language()))
    elif options.rows:
        print(_KEEP.in_(language()))
    if options.out:
        _write(options.out, found.to_json())
    return 0


def _show(table: Any) -> None:
    spoken = language()
    names = ("table", "before", "after", "added", "removed", "changed", "same")
    print(_TABLE.format(**{n: getattr(table, n) for n in names}).in_(spoken))
    for field, n in sorted(table.fields.items(), key=lambda item: -item[1]):
        print(_FIELD.format(n=n, field=field).in_(spoken))
    for example in table.examples:
        print(_example(example, spoken))


def _example(example: Any, spoken: str) -> str:
    place = " ".join(
        _PLACE.format(file=p.file, place=p.place).in_(spoken) for p in example.places[:1]
    )
    if example.before is None:
        return _ADDED.format(row=_row(example.after), place=place).in_(spoken)
    if example.after is None:
        return _REMOVED.format(row=_row(example.before), place=place).in_(spoken)
    changes = ", ".join(
        f"{f} {_value(example.before.get(f))} → {_value(example.after.get(f))}"
        for f in example.fields
    )
    return _CHANGED.format(key=_row(example.key), changes=changes, place=place).in_(spoken)


def _row(row: Mapping[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False, default=str)


def _value(value: object) -> str:
    return "–" if value is None else str(value)


def _write(path: Path, told: Mapping[str, Any]) -> None:
    try:
        text = json.dumps(told, ensure_ascii=False, indent=1, default=str)
        path.write_text(text + "\n", "utf-8")
    except OSError as error:
        raise fail(CANNOT_WRITE, f"{path}: {error.strerror}", "--out") from error
