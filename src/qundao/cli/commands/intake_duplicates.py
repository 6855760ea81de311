"""`qundao intake duplicates | decide`: one person under two record numbers."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from qundao.cli.codes import CANNOT_READ
from qundao.cli.environment import language
from qundao.cli.parsing import Subparsers, add_command, load
from qundao.kernel.errors import fail
from qundao.kernel.words import Words

_WHY = {
    "identity_number": Words("身份证号相同", "the same identity number"),
    "name_and_phone": Words("姓名与电话相同", "the same name and telephone number"),
}
_NONE = Words("没有待决定的重复", "nothing to decide")
_DECIDED = Words("已记下；下次载入时生效", "put down; it holds from the next load")


def add(group: Subparsers) -> None:
    """Declare the commands."""
    example = "qundao intake duplicates --to intake/"
    parser = add_command(
        group, "duplicates", "list pseudonyms that may be one person's", example, _list
    )
    parser.add_argument("--to", type=Path, required=True, metavar="DIR", help="the intake folder")
    example = "qundao intake decide 123 456 --same --by 王敏 --to intake/"
    parser = add_command(
        group, "decide", "say whether two pseudonyms are one person's", example, _decide
    )
    parser.add_argument("kept", type=int, metavar="KEPT", help="the pseudonym that stays")
    parser.add_argument("other", type=int, metavar="OTHER", help="the other one")
    choice = parser.add_mutually_exclusive_group(required=True)
    choice.add_argument("--same", action="store_true", help="they are one person's")
    choice.add_argument("--different", action="store_true", help="they are two persons'")
    parser.add_argument("--by", required=True, metavar="NAME", help="who decides")
    parser.add_argument("--to", type=Path, required=True, metavar="DIR", help="the intake folder")


def _list(options: argparse.Namespace) -> int:
    duplicates, identity = _rooms(options.to)
    found = duplicates.find_duplicates(identity)
    for group in found:
        persons = "  ".join(map(str, group.persons))
        print(f"{persons}  {_WHY[group.why].in_(language())} {group.shown}")
    if not found:
        print(_NONE.in_(language()))
    return 0


def _decide(options: argparse.Namespace) -> int:
    duplicates, identity = _rooms(options.to)
    duplicates.decide(identity, options.kept, options.other, same=options.same, by=options.by)
    print(_DECIDED.in_(language()))
    return 0


def _rooms(folder: Path) -> tuple[Any, Any]:
    place = folder / "identity"
    if not place.is_dir():
        raise fail(CANNOT_READ, str(place), "--to")
    return load("qundao.intake.load.duplicates"), load("qundao.intake.load.identity").Identity(
        place
    )
