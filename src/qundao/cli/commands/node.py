"""`qundao node …`: a member's runtime beside its data."""

from __future__ import annotations

import argparse
import getpass
import json
from pathlib import Path
from typing import Any

from qundao.cli.codes import BAD_JSON, CANNOT_READ
from qundao.cli.parsing import Subparsers, add_command, add_group, load
from qundao.kernel.errors import fail

COMMANDS = "qundao.node.commands"


def add(parsers: Subparsers) -> None:
    """Declare the commands."""
    group = add_group(parsers, "node", "run a member's node beside its data")
    _add_set_up(group)
    _add_running(group)
    _add_deciding(group)
    _add_exploring(group)
    _add_people(group)


def _add_set_up(group: Subparsers) -> None:
    example = "qundao node init --dir node --hub https://hub.example --code QD-…"
    parser = _add(group, "init", "enrol with the operator's one-time code", example, _init)
    parser.add_argument("--hub", required=True, metavar="URL", help="the hub's address")
    parser.add_argument("--code", required=True, help="the one-time enrolment code")
    example = "qundao node connect --dir node --name ehr --data duckdb:ehr.duckdb --about ehr.json"
    parser = _add(group, "connect", "open, profile, check and register a source", example, _connect)
    parser.add_argument("--name", required=True, help="this member's own stable name for it")
    parser.add_argument(
        "--data",
        required=True,
        metavar="DSN",
        help="duckdb:FILE, parquet:DIR, postgresql://… or spark:DIR",
    )
    help_ = "JSON: title, description, data_class, tier, min_cell, event_floor, labels"
    parser.add_argument("--about", required=True, type=Path, metavar="FILE", help=help_)
    parser.add_argument("--cdm-version", choices=["5.3", "5.4"], help="else the source is asked")


def _add_running(group: Subparsers) -> None:
    example = "qundao node run --dir node"
    parser = _add(group, "run", "poll, compute, answer; serve the steward's console", example, _run)
    parser.add_argument("--console-port", type=int, default=0, metavar="PORT", help="0: a free one")
    parser.add_argument("--once", action="store_true", help="handle what waits, then end")
    example = "qundao node status --dir node"
    _add(group, "status", "show state, permits, tasks and what left the node", example, _status)
    example = "qundao node login --dir node"
    what = "make a one-time code for the running node's console"
    parser = _add(group, "login", what, example, _login)
    parser.add_argument("--person", metavar="NUMBER", help="staff number: signs in that person")
    for name, what in (
        ("export", "write what waits for the hub as"),
        ("import", "take in the hub's"),
    ):
        example = f"qundao node {name} --dir node --folder usb"
        parser = _add(group, name, f"{what} files, where no connection is", example, _ferry)
        parser.add_argument("--folder", type=Path, required=True, help="where the files are")
        parser.set_defaults(ferry=f"{name}_{'outbox' if name == 'export' else 'inbox'}")


def _add_deciding(group: Subparsers) -> None:
    example = "qundao node approve --dir node --permit permit_… --document 院数字〔2026〕12号"
    parser = _add(group, "approve", "countersign a permit as steward", example, _approve)
    parser.add_argument("--permit", required=True, metavar="ID")
    parser.add_argument("--steward", default=getpass.getuser(), help="who decides (login name)")
    parser.add_argument("--document", required=True, help="the member's own document number")
    example = "qundao node decline --dir node --permit permit_… --reason 'not in our interest'"
    parser = _add(group, "decline", "say no to a permit, or take a yes back", example, _decline)
    parser.add_argument("--permit", required=True, metavar="ID")
    parser.add_argument("--steward", default=getpass.getuser(), help="who decides (login name)")
    parser.add_argument("--reason", required=True)
    example = "qundao node accept-keys --dir node --node node_… --document 'call of 22 Nov'"
    what = "accept that another node's keys changed, after comparing by telephone"
    parser = _add(group, "accept-keys", what, example, _accept_keys)
    parser.add_argument("--node", required=True, metavar="ID")
    parser.add_argument("--steward", default=getpass.getuser(), help="who decides (login name)")
    parser.add_argument("--document", required=True, help="the record of the comparison")
    for name, what in (("stop", "stop every computation at once"), ("resume", "work again")):
        parser = _add(group, name, what, f"qundao node {name} --dir node --reason drill", _switch)
        parser.add_argument("--steward", default=getpass.getuser(), help="who decides (login name)")
        parser.add_argument("--reason", required=True)
        parser.set_defaults(switch=name)


def _add_exploring(group: Subparsers) -> None:
    example = "qundao node exploring --dir node --definitions on --reason 'agreed in the alliance'"
    what = "show or change the rule for questions before approval"
    parser = _add(group, "exploring", what, example, _exploring)
    for name, help_ in (
        ("--answers", "whether any question is answered"),
        ("--definitions", "released cohort definitions, too"),
    ):
        parser.add_argument(name, choices=["on", "off"], help=help_)
    parser.add_argument("--steward", default=getpass.getuser(), help="who decides (login name)")
    parser.add_argument("--reason", default="", help="needed to change the rule")


def _add_people(group: Subparsers) -> None:
    example = "qundao node add-person --dir node --name 王敏 --number A-0117"
    what = "give somebody a sign-in of their own on the console"
    parser = _add(group, "add-person", what, example, _add_person)
    parser.add_argument("--name", required=True, help="as on the staff card")
    parser.add_argument("--number", required=True, help="the member's own staff number")
    example = "qundao node end-person --dir node --number A-0117"
    parser = _add(group, "end-person", "end somebody's sign-in", example, _end_person)
    parser.add_argument("--number", required=True, help="the member's own staff number")
    example = "qundao node people --dir node"
    _add(group, "people", "list who has a sign-in of their own", example, _people)


def _add(
    group: Subparsers, name: str, what: str, example: str, run: Any
) -> argparse.ArgumentParser:
    parser = add_command(group, name, what, example, run)
    parser.add_argument("--dir", type=Path, required=True, help="the node's folder")
    return parser


def _show(answer: Any) -> int:
    print(json.dumps(answer, ensure_ascii=False, indent=1))
    return 0


def _init(options: argparse.Namespace) -> int:
    return _show(load(COMMANDS).init(options.dir, hub_url=options.hub, code=options.code))


def _connect(options: argparse.Namespace) -> int:
    about = _about(options.about)
    answer = load(COMMANDS).connect(
        options.dir,
        name=options.name,
        dsn=options.data,
        about=about,
        cdm_version=options.cdm_version,
    )
    return _show(answer)


def _about(path: Path) -> dict[str, Any]:
    """Return the description in a file. Raises `cli.cannot_read`, `cli.bad_json`."""
    try:
        told = json.loads(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise fail(CANNOT_READ, f"{path}: {type(error).__name__}", "--about") from error
    except ValueError as error:
        raise fail(BAD_JSON, f"{path}: {error}", "--about") from error
    if not isinstance(told, dict):
        raise fail(BAD_JSON, f"{path}: {type(told).__name__}", "--about")
    return told


def _run(options: argparse.Namespace) -> int:
    load(COMMANDS).run(options.dir, console_port=options.console_port, once=options.once)
    return 0


def _status(options: argparse.Namespace) -> int:
    return _show(load(COMMANDS).status(options.dir))


def _login(options: argparse.Namespace) -> int:
    return _show(load(COMMANDS).login(options.dir, person=options.person))


def _add_person(options: argparse.Namespace) -> int:
    given = {"name": options.name, "number": options.number}
    return _show(load(COMMANDS).add_person(options.dir, **given))


def _end_person(options: argparse.Namespace) -> int:
    return _show(load(COMMANDS).end_person(options.dir, number=options.number))


def _people(options: argparse.Namespace) -> int:
    return _show(load(COMMANDS).list_people(options.dir))


def _ferry(options: argparse.Namespace) -> int:
    return _show(getattr(load(COMMANDS), options.ferry)(options.dir, folder=options.folder))


def _approve(options: argparse.Namespace) -> int:
    answer = load(COMMANDS).approve(
        options.dir,
        permit=options.permit,
        steward=options.steward,
        document=options.document,
    )
    return _show(answer)


def _decline(options: argparse.Namespace) -> int:
    answer = load(COMMANDS).decline(
        options.dir,
        permit=options.permit,
        steward=options.steward,
        reason=options.reason,
    )
    return _show(answer)


def _accept_keys(options: argparse.Namespace) -> int:
    answer = load(COMMANDS).accept_keys(
        options.dir, node=options.node, steward=options.steward, document=options.document
    )
    return _show(answer)


def _exploring(options: argparse.Namespace) -> int:
    answer = load(COMMANDS).exploring(
        options.dir,
        answers=_is_on(options.answers),
        cohorts=_is_on(options.definitions),
        who=options.steward,
        why=options.reason,
    )
    return _show(answer)


def _is_on(told: str | None) -> bool | None:
    return None if told is None else told == "on"


def _switch(options: argparse.Namespace) -> int:
    act = getattr(load(COMMANDS), options.switch)
    return _show(act(options.dir, who=options.steward, why=options.reason))
