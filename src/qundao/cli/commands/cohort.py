"""`qundao cohort …`: run, check and read the definitions of populations."""

from __future__ import annotations

from qundao.cli.commands import cohort_run
from qundao.cli.parsing import Subparsers, add_group


def add(parsers: Subparsers) -> None:
    """Declare the command."""
    group = add_group(parsers, "cohort", "say which patients a definition means")
    for command in (cohort_run,):
        command.add(group)
