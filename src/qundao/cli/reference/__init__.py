"""The reference pages, written from what the code declares: `python -m qundao.cli.reference`.

A test fails when a committed page is not what this writes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from qundao.cli.reference import checks, commands, errors, rooms, rulebook, settings, units

PAGES: Mapping[str, Callable[[], str]] = {
    "access.md": rooms.access_page,
    "cdisc-rules.md": rulebook.page,
    "cli.md": commands.page,
    "errors.md": errors.page,
    "quality-checks.md": checks.page,
    "settings.md": settings.page,
    "units.md": units.page,
}
"""Pages of docs/reference by file name."""
