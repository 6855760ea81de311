"""What the list of what left says of a dataset's description: its registration, its vocabulary.

No task asks for them and no permit covers them: the steward sends them, and every member of the
alliance may read them. How many people there are is told from the threshold upwards, all else
in bands.
"""

from __future__ import annotations

from typing import Any

from qundao.disclosure.decisions import Decision
from qundao.kernel.canonical import digest
from qundao.kernel.words import Words
from qundao.node.gate_log import REGISTRATION, VOCABULARY, Leaving
from qundao.protocol.messages import HUB, RegisterDataset, ReportVocabulary

_PROFILE = Words(
    "人数不少于 {least} 才写出；行数、常见取值的人数只报分档，少于 {least} 人的取值与领域不列",
    "people are told of from {least} upwards; rows, and people who share a value, in bands; "
    "values and domains of fewer than {least} people are not listed",
)
_SCORES = Words(
    "质量评分只有检查的个数与得分，没有行、没有键",
    "scores are numbers of checks and points: no row, no key",
)
_CONCEPTS = Words(
    "只列不少于 {least} 人用到的概念及其上位概念，人数只报分档；"
    "名称只报许可证允许或本单位准许的词表",
    "concepts that at least {least} people hold, and those above them; people in bands; names of "
    "vocabularies whose licence, or this site, allows it",
)


def registration(message: str, body: RegisterDataset) -> Leaving:
    """Return the entry of a registration."""
    profile = body.profile
    counted = {f"domain.{d['domain']}.facts": d["facts"] for d in profile["domains"]}
    if profile["persons"] is not None:
        counted["persons"] = profile["persons"]
    content = {
        "model": body.model,
        "digest": digest(body.to_json()),
        "shown": [{"cell": name, "value": counted[name]} for name in sorted(counted)],
        "tables": len(profile["tables"]),
        "columns": sum(len(t["variables"]) for t in profile["tables"]),
        "values": sum(len(v.get("values", ())) for t in profile["tables"] for v in t["variables"]),
        "score": body.scorecard["total"],
    }
    decisions = (
        Decision("profile", tuple(sorted(counted)), "shown", _PROFILE.format(least=body.min_cell)),
        Decision("scorecard", ("score",), "shown", _SCORES),
    )
    return _leaving(REGISTRATION, message, body.dataset, content, decisions)


def vocabulary(message: str, body: ReportVocabulary, least: int) -> Leaving:
    """Return the entry of a report of a vocabulary, made under the threshold `least`."""
    told = body.vocabulary
    content = {
        "model": told["model"],
        "digest": digest(body.to_json()),
        "concepts": len(told["concepts"]),
        "named": sum("name" in c for c in told["concepts"]),
        "banded": sum("persons" in c for c in told["concepts"]),
        "tables": len(told["tables"]),
    }
    decision = Decision("vocabulary", ("concepts",), "shown", _CONCEPTS.format(least=least))
    return _leaving(VOCABULARY, message, body.dataset, content, (decision,))


def _leaving(
    lane: str,
    message: str,
    dataset: str,
    content: dict[str, Any],
    decisions: tuple[Decision, ...],
) -> Leaving:
    """Return the entry. No task asked, so the message stands for it; all members may read it."""
    said = [d.to_json() for d in decisions]
    return Leaving(HUB, lane, message, message, dataset, "", content, said)
