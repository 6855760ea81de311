"""One file per command; each has `add(subparsers)`. Hub and node are loaded by name, lazily."""

from __future__ import annotations

from qundao.cli.commands import audit, cohort, demo, hub, intake, node, quality

COMMANDS = (demo, hub, node, intake, quality, cohort, audit)
