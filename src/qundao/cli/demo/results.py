"""A released result as plain figures: its sentences and its tables, row by row."""

from __future__ import annotations

from typing import Any


def figures(result: dict[str, Any]) -> dict[str, Any]:
    """Return the sentences, tables and notes of a `qundao.result/1` document, in English."""
    return {
        "words": [w["en"] for w in result["words"]],
        "floors": result["floors"],
        "tables": {t["id"]: _rows(t) for t in result["tables"]},
        "notes": [n["en"] for n in result["notes"]],
    }


def _rows(table: dict[str, Any]) -> list[dict[str, Any]]:
    names = [column["id"] for column in table["columns"]]
    return [
        {name: _cell(value) for name, value in zip(names, row, strict=True) if value is not None}
        for row in table["rows"]
    ]


def _cell(value: Any) -> Any:
    """Return a cell's number or text; a withheld one keeps the bound that is shown and why."""
    if not isinstance(value, dict):
        return value
    if "withheld" in value:
        return {"withheld": value["withheld"], "reason": value["reason"]["en"]}
    return value["en"].strip() if "en" in value else value["text"]
