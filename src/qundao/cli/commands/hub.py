"""`qundao hub …`: the operator's server."""

from __future__ import annotations

import argparse
import getpass
import json
import os
from pathlib import Path

from qundao.cli.environment import OPERATOR_PASSWORD
from qundao.cli.parsing import Subparsers, add_command, add_group, load

COMMANDS = "qundao.hub.commands"


def add(parsers: Subparsers) -> None:
    """Declare the commands."""
    group = add_group(parsers, "hub", "run the operator's server")
    example = "qundao hub init --dir hub --operator li.ming"
    parser = add_command(group, "init", "make keys, database and first operator", example, _init)
    parser.add_argument("--dir", type=Path, required=True, help="the hub's folder")
    parser.add_argument("--operator", required=True, metavar="LOGIN", help="the first account")
    parser.add_argument("--site-name", help="the name on every page")
    example = "qundao hub serve --dir hub --port 8400"
    parser = add_command(group, "serve", "serve pages, API and nodes", example, _serve)
    parser.add_argument("--dir", type=Path, required=True, help="the hub's folder")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=0, help="0: a free one")
    parser.add_argument("--workers", type=int, default=1, help="processes (more: PostgreSQL only)")


def _init(options: argparse.Namespace) -> int:
    password = OPERATOR_PASSWORD.value(os.environ) or getpass.getpass()
    answer = load(COMMANDS).init(
        options.dir,
        operator_login=options.operator,
        operator_password=password,
        site_name=options.site_name,
    )
    print(json.dumps(answer, ensure_ascii=False, indent=1))
    return 0


def _serve(options: argparse.Namespace) -> int:
    load(COMMANDS).serve(options.dir, host=options.host, port=options.port, workers=options.workers)
    return 0
