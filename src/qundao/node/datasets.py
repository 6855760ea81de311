"""The dataset versions that this node has offered, with the source each of them reads."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from qundao.kernel.accession import Accession
from qundao.kernel.errors import fail, problem
from qundao.node.codes import ACCESSION_TAKEN, UNKNOWN_DATASET
from qundao.node.store import Tx


@dataclass(frozen=True, slots=True)
class Version:
    """One registration: `message` carried it; `accession` is None until the hub's receipt.

    `whole`: its vocabulary holds much more than what is in use (`node.vocabulary`).
    """

    message: str
    name: str
    dsn: str
    model: str
    fingerprint: str
    body: dict[str, Any]
    findings: dict[str, Any]
    created_at: str
    accession: str | None
    problems: list[dict[str, Any]]
    whole: bool = False


def insert(tx: Tx, version: Version) -> None:
    """Keep a registration."""
    tx.execute(
        "INSERT INTO dataset_version"
        " (message, name, dsn, model, fingerprint, body, findings, created_at, whole)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            version.message,
            version.name,
            version.dsn,
            version.model,
            version.fingerprint,
            json.dumps(version.body, ensure_ascii=False),
            json.dumps(version.findings, ensure_ascii=False),
            version.created_at,
            version.whole,
        ),
    )


def settle(tx: Tx, message: str, accession: str | None, problems: list[dict[str, Any]]) -> None:
    """Note what the hub's receipt says of a registration.

    An accession that this node already knows under another name or for other data is not taken:
    a permit for one dataset version must never come to mean another.
    """
    holder = _other_holder(tx, message, accession)
    if holder is not None:
        found = problem(ACCESSION_TAKEN, accession, "accession", name=holder)
        accession, problems = None, [*problems, found.to_json()]
    tx.execute(
        "UPDATE dataset_version SET accession = ?, problems = ? WHERE message = ?",
        (accession, json.dumps(problems, ensure_ascii=False) if problems else None, message),
    )


def _other_holder(tx: Tx, message: str, accession: str | None) -> str | None:
    row = tx.execute(
        "SELECT held.name, held.created_at FROM dataset_version held, dataset_version new"
        " WHERE held.accession = ? AND new.message = ? AND (held.name <> new.name OR"
        " json_extract(held.body, '$.data_digest') <> json_extract(new.body, '$.data_digest'))",
        (accession, message),
    ).fetchone()
    return None if row is None else f"{row['name']}, {row['created_at']}"


def all_versions(tx: Tx) -> list[Version]:
    """Return every registration, the newest first."""
    return [
        _version(r)
        for r in tx.execute("SELECT * FROM dataset_version ORDER BY created_at DESC, message")
    ]


def by_accession(tx: Tx, accession: str) -> Version:
    """Return the version with this accession: of equal content, the source connected last.

    Raises `node.unknown_dataset`.
    """
    row = tx.execute(
        "SELECT * FROM dataset_version WHERE accession = ? ORDER BY created_at DESC LIMIT 1",
        (accession,),
    ).fetchone()
    if row is None:
        held = ", ".join(v.accession for v in all_versions(tx) if v.accession) or "–"
        raise fail(UNKNOWN_DATASET, accession, "accession", held=held)
    return _version(row)


def newest(tx: Tx, name: str) -> str:
    """Return the accession of a dataset's newest version; empty before the hub named one."""
    rows = tx.execute(
        "SELECT DISTINCT accession FROM dataset_version WHERE name = ? AND accession IS NOT NULL",
        (name,),
    )
    held = [Accession.parse(row["accession"]) for row in rows]
    return str(max(held, key=lambda a: (a.version or 0, a.dataset))) if held else ""


def by_message(tx: Tx, message: str) -> Version:
    """Return the version that a message registered. Raises `node.unknown_dataset`."""
    row = tx.execute("SELECT * FROM dataset_version WHERE message = ?", (message,)).fetchone()
    if row is None:
        raise fail(UNKNOWN_DATASET, message, "message", held="–")
    return _version(row)


def of_name(tx: Tx, name: str) -> list[Version]:
    """Return what was registered under a name and not refused, oldest first.

    Of registrations of one version, one after the other, it is the last.
    """
    rows = tx.execute(
        "SELECT * FROM dataset_version WHERE name = ? AND problems IS NULL ORDER BY created_at",
        (name,),
    )
    runs = groupby(map(_version, rows), key=lambda v: v.accession or v.message)
    return [list(run)[-1] for _, run in runs]


def _version(row: Any) -> Version:
    return Version(
        row["message"],
        row["name"],
        row["dsn"],
        row["model"],
        row["fingerprint"],
        json.loads(row["body"]),
        json.loads(row["findings"]),
        row["created_at"],
        row["accession"],
        json.loads(row["problems"]) if row["problems"] else [],
        bool(row["whole"]),
    )
