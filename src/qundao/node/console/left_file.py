"""出域清单 as a file that opens in WPS and Excel: one line for everything that left."""

from __future__ import annotations

import csv
import io
from typing import Any

from qundao.kernel.words import Language
from qundao.node.permit_book import get
from qundao.node.store import Tx

HEADINGS = {
    "zh-hans": (
        "序号",
        "时间（UTC）",
        "接收方",
        "通道",
        "数据集版本",
        "为谁",
        "许可",
        "本单位文号",
        "数据管理员",
        "明文数字个数",
        "未放行个数",
        "掩码个数",
        "试算人数",
        "内容摘要",
        "规则",
        "平台签收时间",
        "链摘要",
    ),
    "en": (
        "number",
        "time (UTC)",
        "recipient",
        "lane",
        "dataset version",
        "on behalf of",
        "permit",
        "member's document",
        "steward",
        "plain numbers",
        "not shown",
        "masked",
        "explored count",
        "digest of the content",
        "rules",
        "confirmed by the hub",
        "chain digest",
    ),
}


def left_csv(tx: Tx, entries: list[dict[str, Any]], language: Language) -> bytes:
    """Return the entries as CSV with a byte order mark, by which spreadsheets know UTF-8."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADINGS[language])
    for entry in entries:
        writer.writerow([_safe(cell) for cell in _cells(tx, entry, language)])
    return text.getvalue().encode("utf-8-sig")


def _cells(tx: Tx, entry: dict[str, Any], language: Language) -> list[Any]:
    content = entry["content"]
    permit = get(tx, content["permit"]) if entry["lane"] == "study" else None
    half = "en" if language == "en" else "zh"
    everyone = "all members" if language == "en" else "全体成员"
    return [
        entry["number"],
        entry["at"],
        entry["recipient"],
        entry["lane"],
        entry["accession"],
        entry["on_behalf_of"] or everyone,
        content.get("permit", ""),
        permit.document if permit else "",
        permit.steward if permit else "",
        len(content.get("shown", ())),
        content.get("not_shown", ""),
        content.get("masked", ""),
        content.get("withheld") or content.get("count", ""),
        content.get("digest", ""),
        "; ".join(d["words"][half] for d in entry["decisions"]),
        entry["delivered_at"] or "",
        entry["digest"],
    ]


def _safe(cell: Any) -> Any:
    """Return a cell that no spreadsheet takes for a formula."""
    if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{cell}"
    return "" if cell is None else cell
