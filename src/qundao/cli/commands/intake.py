"""`qundao intake …`: from what an organisation holds to a registered dataset, step by step."""

from __future__ import annotations

from qundao.cli.commands import (
    intake_codes,
    intake_compare,
    intake_draft,
    intake_duplicates,
    intake_load,
    intake_profile,
    intake_template,
    intake_test,
    intake_vocabulary,
)
from qundao.cli.parsing import Subparsers, add_group

_STEPS = (
    intake_profile,
    intake_vocabulary,
    intake_template,
    intake_draft,
    intake_test,
    intake_codes,
    intake_compare,
    intake_load,
    intake_duplicates,
)
"""One file per command of the group, in the order in which they are used; each has `add`."""


def add(parsers: Subparsers) -> None:
    """Declare the commands."""
    group = add_group(parsers, "intake", "read what you hold, map it, load it")
    for step in _STEPS:
        step.add(group)
