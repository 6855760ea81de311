"""The hub's process: started once in a run, on a free port or the one it had before."""

from __future__ import annotations

import httpx

from qundao.cli.demo.stage import Stage


def start_hub(stage: Stage) -> None:
    """Serve the hub and wait until it answers; does nothing when it is up."""
    if "hub" in stage.processes:
        return
    folder = stage.folder / "hub"
    place = folder / "address"
    port = _port_before(stage)
    place.unlink(missing_ok=True)
    process = stage.start("hub", "hub", "serve", "--dir", str(folder), "--port", port)

    def answers() -> bool:
        if not place.exists():
            return False
        try:
            httpx.get(f"{place.read_text('utf-8').strip()}/api/v1/audit/head", timeout=5)
        except httpx.HTTPError:
            return False
        return True

    process.wait_until(answers)
    stage.put("hub_port", place.read_text("utf-8").strip().rpartition(":")[2])


def _port_before(stage: Stage) -> str:
    """Nodes know the hub by its address, so a continued story keeps the port."""
    return str(stage.get("hub_port") or 0)
