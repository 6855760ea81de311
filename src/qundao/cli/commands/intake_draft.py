"""`qundao intake draft`: a first mapping, drafted from what the sources hold."""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

from qundao.cli.codes import CANNOT_WRITE
from qundao.cli.commands.intake_profile import add_reading, reading_options
from qundao.cli.environment import language
from qundao.cli.parsing import Subparsers, add_command, load
from qundao.cli.rows_progress import RowsProgress
from qundao.kernel.errors import fail
from qundao.kernel.words import Words

_DONE, _PART_FAILED = 0, 1
_KIND = Words("{source}：{kind}（{share:.0f}%）", "{source}: {kind} ({share:.0f}%)")
_NO_KIND = Words("{source}：没有认出", "{source}: not recognised")
_WROTE = Words(
    "已写入 {path}：{marks} 处标有【改】，请逐一核对，再运行"
    " qundao intake map {path} --sources 来源文件夹 --to 载入文件夹",
    "wrote {path}: look at the {marks} places marked [ADAPT], then"
    " qundao intake map {path} --sources EXPORTS --to INTAKE",
)
_MARK = "【改】[ADAPT]"


def add(group: Subparsers) -> None:
    """Declare the command."""
    example = 'qundao intake draft export/ --target "omop 5.4" --out hospital.yaml'
    parser = add_command(group, "draft", "draft a first mapping from sources", example, _run)
    parser.add_argument(
        "paths", nargs="+", type=Path, metavar="SOURCES", help="a file or a folder of files"
    )
    add_reading(parser)
    parser.add_argument(
        "--target",
        default="omop 5.4",
        metavar="MODEL",
        help="omop 5.4 (default), omop 5.3 or cdisc",
    )
    parser.add_argument("--name", default="", metavar="NAME", help="the mapping's, else the file's")
    parser.add_argument("--out", type=Path, metavar="FILE", help="a new file; else it is shown")
    parser.add_argument(
        "--suggestions", type=Path, metavar="FILE", help="write all suggestions as JSON"
    )


def _run(options: argparse.Namespace) -> int:
    reading = reading_options(options.option)
    profiling, suggest = load("qundao.intake.profile"), load("qundao.intake.suggest")
    with closing(RowsProgress()) as progress:
        found = profiling.profile_paths(
            options.paths, format_=options.format, options=reading, progress=progress
        )
    name = options.name or (options.out.stem if options.out else "draft")
    text = suggest.draft_mapping(found.profile, options.target, name)
    if options.suggestions:
        _write_suggestions(options.suggestions, found.profile, options.target, suggest)
    if options.out:
        _show_kinds(suggest.suggest_kinds(found.profile))
        _write_new(options.out, text)
        print(_WROTE.format(path=options.out, marks=_marks(text)).in_(language()))
    else:
        sys.stdout.write(text)
    for problem in found.problems:
        print(problem.line(language()), file=sys.stderr)
    return _PART_FAILED if found.problems else _DONE


def _show_kinds(sources: Any) -> None:
    spoken = language()
    for source in sources:
        if source.kind is None:
            print(_NO_KIND.format(source=source.source).in_(spoken))
        else:
            share, kind = 100 * source.kind.score, source.kind.words.in_(spoken)
            print(_KIND.format(source=source.source, kind=kind, share=share).in_(spoken))


def _marks(text: str) -> int:
    """Return the marks of a draft, but for those of its heading."""
    return text.partition("\nmapping:")[2].count(_MARK)


def _write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet: what somebody adapted is never replaced."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise fail(CANNOT_WRITE, f"{path}: {error.strerror}", "--out") from error


def _write_suggestions(path: Path, profile: Any, target: str, suggest: Any) -> None:
    model = suggest.target_model(target)
    told = {
        "schema": "qundao.intake-suggestions/1",
        "target": target,
        "sources": [s.to_json() for s in suggest.suggest_kinds(profile)],
        "identity": [s.to_json() for s in suggest.suggest_identity(profile)],
        "fields": [s.to_json() for s in suggest.suggest_fields(profile, model)],
    }
    try:
        path.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")
    except OSError as error:
        raise fail(CANNOT_WRITE, f"{path}: {error.strerror}", "--suggestions") from error
