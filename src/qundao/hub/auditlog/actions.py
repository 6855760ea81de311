"""Writes: what an auditor does with the log is itself in the log."""

# ruff: noqa: ARG001 - every action takes its actor, for the check and for the event

from __future__ import annotations

import os
from pathlib import Path

from qundao.hub.auditlog import queries
from qundao.hub.auditlog.heads import current_head
from qundao.hub.common.actions import Done, action, done
from qundao.hub.common.actors import Actor
from qundao.kernel.roles import Role


@action(Role.AUDITOR)
def note_export(*, actor: Actor, purpose: str) -> Done[int]:
    """Log that the log is about to be exported; returns its size before."""
    size = current_head().head.size
    return done(size, "audit.exported", purpose=purpose[:500], size=size)


@action(Role.AUDITOR)
def note_verification(*, actor: Actor, events: int, problems: int) -> Done[None]:
    """Log what a verification found."""
    return done(None, "audit.verified", events=events, problems=problems)


def export_bundle(*, actor: Actor, path: Path, purpose: str) -> int:
    """Write the log's bundle to a file, atomically; returns its size in bytes."""
    note_export(actor=actor, purpose=purpose)
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as out:
        out.writelines(queries.bundle())
        out.flush()
        os.fsync(out.fileno())
    part.replace(path)
    return path.stat().st_size
