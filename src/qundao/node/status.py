"""The node at a glance, for the console's first page and `qundao node status`."""

from __future__ import annotations

import json
from typing import Any

from qundao.node import datasets, gate_log, outbox, permit_book, switch, task_book
from qundao.node.office import SOFTWARE, Office
from qundao.node.permit_book import Held
from qundao.node.store import Tx


def overview(office: Office) -> dict[str, Any]:
    """Return who the node is, whether it works, what waits, and what it holds."""
    identity = office.identity
    with office.store.read() as tx:
        return {
            "node": office.id,
            "member": identity.member,
            "member_name": identity.member_name,
            "alliance": identity.alliance,
            "software": SOFTWARE,
            "hub": identity.hub_url,
            "hub_fingerprint": identity.hub.fingerprint,
            "node_fingerprint": office.keys.identity.verify_key.fingerprint,
            "switch": switch.state(tx).to_json(),
            "outbox": outbox.count_waiting(tx),
            "tasks": task_book.count_by_state(tx),
            "permits": [permit_line(h) for h in permit_book.all_held(tx)],
            "datasets": [_dataset(v) for v in datasets.all_versions(tx)],
            "left": gate_log.count(tx),
            "gate_log_broken_at": gate_log.broken_at(tx),
            "incidents": incidents(tx),
            "console": console_address(office),
        }


def permit_line(held: Held) -> dict[str, Any]:
    """Return a permit in one line."""
    permit = held.permit
    return {
        "permit": held.id,
        "state": held.state,
        "purpose": permit.purpose,
        "grantee": permit.grantee,
        "offered_at": held.offered_at,
        "decided_at": held.decided_at,
        "steward": held.steward,
        "document": held.document,
        "reason": held.reason,
    }


def incidents(tx: Tx) -> list[dict[str, Any]]:
    """Return what was rejected before it counted as a message, the latest first."""
    rows = tx.execute("SELECT * FROM incident ORDER BY last_at DESC LIMIT 100")
    return [{**dict(r), "problem": json.loads(r["problem"])} for r in rows]


def console_address(office: Office) -> str | None:
    """Return where the running node's console is, or None."""
    try:
        held = json.loads(office.folder.console.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return str(held["url"])


def _dataset(version: datasets.Version) -> dict[str, Any]:
    return {
        "dataset": version.name,
        "accession": version.accession,
        "model": version.model,
        "data_class": version.body["data_class"],
        "min_cell": version.body["min_cell"],
        "persons": version.body["profile"]["persons"],
        "score": version.body["scorecard"]["total"],
        "registered_at": version.created_at,
        "problems": version.problems,
    }
