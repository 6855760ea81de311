"""Entry point: `qundao <command> …`.

Exit codes: 0 all done; 1 part failed, the rest is written; 2 usage or source.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from qundao import __version__
from qundao.cli.codes import USAGE
from qundao.cli.commands import COMMANDS
from qundao.cli.environment import language
from qundao.kernel.errors import QundaoError, problem

DONE, PART_FAILED, BAD_USAGE = 0, 1, 2


class _Parser(argparse.ArgumentParser):
    """An argument parser whose complaint says what was required and what to do."""

    def error(self, message: str) -> NoReturn:
        found = problem(USAGE, " ".join(sys.argv[1:]), self.prog, required=message)
        print(found.line(language()), file=sys.stderr)
        raise SystemExit(BAD_USAGE)


def build_parser() -> argparse.ArgumentParser:
    """Return the whole command line; the reference page is generated from it."""
    parser = _Parser(prog="qundao", description="Qundao 群岛: data shared, rows kept at home.")
    parser.add_argument("--version", action="version", version=f"qundao {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = build_parser().parse_args(arguments)
    try:
        code: int = options.run(options)
    except QundaoError as error:
        for found in error.problems:
            print(found.line(language()), file=sys.stderr)
        return BAD_USAGE
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    return code


if __name__ == "__main__":
    raise SystemExit(main())
