"""`qundao cohort …`: run, check and read the definitions of populations."""

from __future__ import annotations

from qundao.cli.commands import cohort_explain, cohort_run, cohort_validate
from qundao.cli.parsing import Subparsers, add_group


def add(parsers: Subparsers) -> None:
    """Declare the command."""
    group = add_group(parsers, "cohort", "say which patients a definition means")
    for command in (cohort_run, cohort_validate, cohort_explain):
        command.add(group)
