"""What `qundao hub …` and `qundao audit export` do; each returns what is worth printing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from qundao.hub.instance import init_hub, open_hub
from qundao.hub.serve import free_port, serve_hub


def init(
    directory: Path, *, operator_login: str, operator_password: str, site_name: str | None = None
) -> dict[str, Any]:
    """Make a hub, or bring one up to date. Raises `members.*`, `hub.key_exposed`."""
    hub = init_hub(
        directory,
        username=operator_login,
        password=operator_password,
        site_name=site_name or "",
    )
    return {
        "dir": str(hub.directory),
        "operator": operator_login,
        "key": hub.verify_key,
        "fingerprint": hub.fingerprint,
    }


def serve(
    directory: Path, *, host: str = "127.0.0.1", port: int = 0, workers: int | None = None
) -> None:
    """Serve a hub until told to stop; prints its address first."""
    if workers:
        os.environ["QUNDAO_WORKERS"] = str(workers)
    serve_hub(directory, host=host, port=port or free_port(host))


def audit_export(directory: Path, *, out: Path) -> dict[str, Any]:
    """Write the log's bundle to a file. Raises `hub.not_initialised`."""
    hub = open_hub(directory)
    from qundao.hub.auditlog.actions import export_bundle
    from qundao.hub.auditlog.heads import current_head
    from qundao.hub.common.actors import HUB_ACTOR

    size = export_bundle(actor=HUB_ACTOR, path=out, purpose="qundao audit export")
    events = current_head().head.size
    return {"out": str(out), "bytes": size, "events": events, "key": hub.verify_key}
