"""What the commands share in declaring themselves."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable
from typing import Any

Subparsers = Any
"""argparse's own type for this is private."""


def add_command(
    parsers: Subparsers,
    name: str,
    what: str,
    example: str,
    run: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:
    """Add one command with its help and an example, and return its parser."""
    parser: argparse.ArgumentParser = parsers.add_parser(
        name,
        help=what,
        description=what,
        epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    return parser


def add_group(parsers: Subparsers, name: str, what: str) -> Subparsers:
    """Add a command that has commands of its own."""
    parser = parsers.add_parser(name, help=what, description=what)
    return parser.add_subparsers(title="commands", metavar="COMMAND", required=True)


def load(name: str) -> Any:
    """Import a room by name, so that a node machine needs no hub and the reverse."""
    return importlib.import_module(name)
