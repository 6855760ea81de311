"""The hub's process: started once in a run, on a free port or the one it had before."""

from __future__ import annotations

import socket

import httpx

from qundao.cli.demo.stage import Stage

HOST = "127.0.0.1"


def address(stage: Stage) -> str:
    """Return the hub's address. Nodes know it by this, so a continued story keeps the port."""
    return f"http://{HOST}:{stage.once('hub_port', _free_port)}"


def start_hub(stage: Stage) -> None:
    """Serve the hub and wait until it answers; does nothing when it is up."""
    if "hub" in stage.processes:
        return
    port = address(stage).rpartition(":")[2]
    folder = str(stage.folder / "hub")
    process = stage.start("hub", "hub", "serve", "--dir", folder, "--port", port)
    process.wait_until(lambda: _answers(address(stage)))


def _answers(hub: str) -> bool:
    try:
        return httpx.get(f"{hub}/api/v1/auditlog/head", timeout=5).is_success
    except httpx.HTTPError:
        return False


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return int(listener.getsockname()[1])
