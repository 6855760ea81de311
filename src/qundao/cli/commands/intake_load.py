"""`qundao intake map | load | status`: from a folder of exports to a version of a model."""

from __future__ import annotations

import argparse
import json
from contextlib import closing
from pathlib import Path
from typing import Any

from qundao.cli.environment import language
from qundao.cli.intake_places import add_places, existing_folder, made_folder
from qundao.cli.mapping_file import mapping_in
from qundao.cli.parsing import Subparsers, add_command, load
from qundao.cli.rows_progress import RowsProgress
from qundao.kernel.words import Words

_READ = Words(
    "{source}  {file}：{rows:,} 行，其中 {broken:,} 行无法读取",
    "{source}  {file}: {rows:,} rows, {broken:,} of them unreadable",
)
_TABLE = Words(
    "{target} ← {source}：候选 {candidates:,} = 载入 {loaded:,} + 拒绝 {rejected:,}"
    " + 合并 {merged:,} + 不属于 {left_out:,}",
    "{target} ← {source}: {candidates:,} candidates = {loaded:,} loaded + {rejected:,} rejected"
    " + {merged:,} merged + {left_out:,} left out",
)
_REASON = Words("    {n:,} 行：{reason}", "    {n:,} rows: {reason}")
_EMPTIED = Words(
    "    {n:,} 行的 {field} 指向未载入的行，已置空",
    "    {n:,} rows point by {field} at a row that was not loaded: emptied",
)
_DOUBTFUL = Words(
    "    {n:,} 行已载入，但存疑：{reason}", "    {n:,} rows loaded, and doubtful: {reason}"
)
_REPLACED = Words(
    "在版本 {base} 之上：{n:,} 行 {table} 由新行替换",
    "on version {base}: {n:,} rows of {table} replaced by new ones",
)
_NOTHING_NEW = Words(
    "没有新的文件：当前版本不变", "no file is new: the current version stays as it is"
)
_COVERAGE = Words(
    "编码 {codes}：覆盖 {share:.1f}% 的行（{mapped:,} / {rows:,}）",
    "codes {codes}: {share:.1f}% of rows covered ({mapped:,} of {rows:,})",
)
_UNUSED = Words("编码 {codes}：没有一行用到", "codes {codes}: no row uses them")
_UNMAPPED = Words("    未映射 {n:,} 行：{code}", "    {n:,} rows unmapped: {code}")
_VERSION = Words("已载入为版本 {number}：{place}", "loaded as version {number}: {place}")
_REJECTS = Words(
    "被拒绝的行见 {place}（含患者数据：不要离开本单位）",
    "rejected rows are in {place} (patients' data: keep it on the site)",
)
_NEXT = Words(
    "下一步：qundao quality run --data parquet:{place}，再用 qundao node connect 登记",
    "next: qundao quality run --data parquet:{place}, then qundao node connect to register it",
)
_NOTHING = Words("尚无载入的版本", "nothing has been loaded yet")
_LINE = Words(
    "{mark} v{number:04d}  {mapping}@{version}  {rows:,} 行",
    "{mark} v{number:04d}  {mapping}@{version}  {rows:,} rows",
)
_SHOWN = 10


def add(group: Subparsers) -> None:
    """Declare the commands."""
    example = "qundao intake map front-page.yaml --sources export/ --to intake/"
    parser = add_command(
        group, "map", "try a mapping: its account and first rows, keeping nothing", example, _map
    )
    _add_places(parser)
    parser.add_argument("--rows", type=int, default=3, metavar="N", help="rows shown of each table")
    example = "qundao intake load front-page.yaml --sources export/ --to intake/"
    parser = add_command(group, "load", "load sources into a new version", example, _load)
    _add_places(parser)
    parser.add_argument(
        "--add",
        action="store_true",
        help="add new files to the current version: rows that come again, by key, are replaced",
    )
    example = "qundao intake status --to intake/"
    parser = add_command(group, "status", "list what has been loaded", example, _status)
    parser.add_argument("--to", type=Path, required=True, metavar="DIR", help="the intake folder")


def _add_places(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("mapping", type=Path, metavar="FILE", help="the mapping (YAML)")
    add_places(parser)
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the account as JSON")


def _map(options: argparse.Namespace) -> int:
    room = load("qundao.intake.load")
    with closing(RowsProgress()) as progress:
        account, shown = room.rehearse(
            mapping_in(options.mapping),
            existing_folder(options.sources),
            made_folder(options.to),
            rows=options.rows,
            memory_mb=options.memory_mb,
            progress=progress,
        )
    _show(account)
    for table, rows in shown.items():
        for row in rows:
            print(f"{table}  {json.dumps(row, ensure_ascii=False, default=str)}")
    _write(account, options.out)
    return 0


def _load(options: argparse.Namespace) -> int:
    room = load("qundao.intake.load")
    with closing(RowsProgress()) as progress:
        account = (room.add if options.add else room.load)(
            mapping_in(options.mapping),
            existing_folder(options.sources),
            made_folder(options.to),
            memory_mb=options.memory_mb,
            progress=progress,
        )
    spoken = language()
    if account is None:
        print(_NOTHING_NEW.in_(spoken))
        return 0
    _show(account)
    version = next(v for v in room.versions(options.to / "loaded") if v.current)
    print(_VERSION.format(number=version.number, place=version.tables).in_(spoken))
    print(_REJECTS.format(place=version.folder / "rejects.csv").in_(spoken))
    print(_NEXT.format(place=version.tables).in_(spoken))
    _write(account, options.out)
    return 0


def _status(options: argparse.Namespace) -> int:
    found = load("qundao.intake.load").versions(existing_folder(options.to) / "loaded")
    if not found:
        print(_NOTHING.in_(language()))
    for version in found:
        told = version.account
        line = _LINE.format(
            mark="*" if version.current else " ",
            number=version.number,
            mapping=told["mapping"]["name"],
            version=told["mapping"]["version"],
            rows=sum(told["rows"].values()),
        )
        print(line.in_(language()))
        for name, rows in told["rows"].items():
            print(f"    {name:<24} {rows:>14,}")
    return 0


def _show(account: Any) -> None:
    spoken, told = language(), account.to_json()
    for source in told["sources"]:
        print(
            _READ.format(**{k: source[k] for k in ("source", "file", "rows", "broken")}).in_(spoken)
        )
    for table in told["tables"]:
        print(_TABLE.format(**{k: v for k, v in table.items() if k in _COUNTS}).in_(spoken))
        for reason, n in table["reasons"].items():
            words = load("qundao.intake.load.reasons").reason_words(reason).in_(spoken)
            print(_REASON.format(n=n, reason=words).in_(spoken))
        for name, n in table["emptied"].items():
            print(_EMPTIED.format(n=n, field=name).in_(spoken))
        for reason, n in table["doubtful"].items():
            words = load("qundao.intake.load.reasons").reason_words(reason).in_(spoken)
            print(_DOUBTFUL.format(n=n, reason=words).in_(spoken))
    for name, n in told["replaced"].items():
        print(_REPLACED.format(base=told["base"], n=n, table=name).in_(spoken))
    for codes in told["coverage"]:
        rows, mapped = codes["rows"], codes["mapped"]
        if not rows:
            print(_UNUSED.format(codes=codes["codes"]).in_(spoken))
            continue
        share = 100 * mapped / rows
        line = _COVERAGE.format(codes=codes["codes"], share=share, mapped=mapped, rows=rows)
        print(line.in_(spoken))
        for code, n in codes["unmapped"][:_SHOWN]:
            print(_UNMAPPED.format(n=n, code=code).in_(spoken))


_COUNTS = ("target", "source", "candidates", "loaded", "rejected", "merged", "left_out")


def _write(account: Any, out: Path | None) -> None:
    if out:
        text = json.dumps(account.to_json(), ensure_ascii=False, indent=1)
        out.write_text(text + "\n", "utf-8")
