"""The members' own data, made from what packages ship: copied first, never opened in place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qundao.cli.demo.cast import Member, Offer
from qundao.cli.parsing import load


def prepare(member: Member, folder: Path) -> dict[str, Any]:
    """Write the member's source below `folder`; return its DSN and rows per table."""
    offer = member.offer
    if offer is None:
        return {}
    folder.mkdir(parents=True, exist_ok=True)
    return _hospital(offer, folder) if offer.person_filter else _sponsor(offer, folder)


def _hospital(offer: Offer, folder: Path) -> dict[str, Any]:
    eunomia = load("qundao.intake.eunomia")
    target = folder / "ehr.duckdb"
    rows = eunomia.clean_eunomia(eunomia.eunomia_file(), target, where=offer.person_filter)
    return {"dsn": f"duckdb://{target}", "rows": {k: v for k, v in rows.items() if v}}


def _sponsor(offer: Offer, folder: Path) -> dict[str, Any]:
    target = folder / "pilot"
    target.mkdir(exist_ok=True)
    rows = load("qundao.intake.pilot").write_pilot(target, sites=offer.sites, arms=offer.arms)
    return {"dsn": f"parquet://{target}", "rows": dict(rows)}
