"""What of a profile may leave the node: types, rounded shares, bands; no value, no extreme."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qundao.catalogue.bands import band

SCHEMA = "qundao.table-profile-banded/1"


def for_hub(profile: Mapping[str, Any], least: int) -> dict[str, Any]:
    """Return the banded profile of a steward's one. `least` is the smallest count that is told.

    Of a table with fewer rows only the names and types of columns are told. File names, sources,
    values, bounds, quantiles and bins stay.
    """
    enough = profile["rows"] >= least
    return {
        "schema": SCHEMA,
        "rows": band(profile["rows"], least).text,
        "columns": [_column(c, least) if enough else _name(c) for c in profile["columns"]],
        "score": profile["score"]["total"] if enough else None,
    }


def _name(column: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": column["name"], "type": column["type"]}


def _column(column: Mapping[str, Any], least: int) -> dict[str, Any]:
    moved = column.get("drift")
    return _name(column) | {
        "missing_pct": round(column["missing_pct"]),
        "distinct": band(column["distinct"], least).text,
        "outliers": band((column.get("numbers") or {}).get("outliers", 0), least).text,
        "personal": bool(column["personal"]),
        "moved_pct": None if moved is None else round(moved["moved_pct"]),
    }
