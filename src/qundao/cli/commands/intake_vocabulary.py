"""`qundao intake vocabulary`: what a licensed table of codes holds, before a mapping names it."""

from __future__ import annotations

import argparse
from contextlib import closing
from pathlib import Path

from qundao.cli.environment import language
from qundao.cli.parsing import Subparsers, add_command, load
from qundao.cli.rows_progress import RowsProgress

_DONE, _PART_FAILED = 0, 1


def add(group: Subparsers) -> None:
    """Declare the command."""
    example = "qundao intake vocabulary licensed/国家临床版2.0.xlsx"
    parser = add_command(
        group, "vocabulary", "say which table of codes a file or folder holds", example, _run
    )
    parser.add_argument(
        "path", type=Path, metavar="PATH", help="a table, MedDRA's folder, LOINC's, Athena's"
    )


def _run(options: argparse.Namespace) -> int:
    room = load("qundao.intake.code_tables")
    with closing(RowsProgress()) as progress:
        tables = room.read_code_tables(options.path, progress)
    for line in room.report_lines(tables, language()):
        print(line)
    return _PART_FAILED if any(table.defects for table in tables) else _DONE
