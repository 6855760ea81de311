"""A permit as the steward reads it before deciding: in words, with every defect and every name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from qundao.access.permit import Permit, RosterEntry
from qundao.kernel.clock import stamp
from qundao.kernel.errors import QundaoError
from qundao.kernel.words import Words
from qundao.node import earlier, offers, peers, permit_book
from qundao.node.office import Office
from qundao.node.permit_book import Held
from qundao.node.status import permit_line
from qundao.node.store import Tx
from qundao.node.study_tasks import plan_of
from qundao.study.caveats import grantee_caveat
from qundao.study.plan import PlannedAnalysis
from qundao.study.protocol import StudyProtocol
from qundao.study.rounds import RoundPlan
from qundao.study.words import protocol_words


def permit_view(office: Office, permit: str) -> dict[str, Any]:
    """Return everything that a decision needs. Raises `node.unknown_permit`."""
    with office.store.read() as tx:
        held = permit_book.get(tx, permit)
        problems = offers.examine(tx, office, held)
        return {
            **permit_line(held),
            **_terms(held.permit),
            "digest": held.signed.digest,
            "protocol_digest": held.permit.protocol_digest,
            "problems": [p.to_json() for p in problems],
            "errors": {x: [p.text(x) for p in problems] for x in ("zh-hans", "en")},
            "protocol": _protocol(held),
            "analyses": _analyses(held, office),
            "earlier": earlier.warnings(tx, held, office.id),
            "roster": [_member(tx, entry, office) for entry in held.permit.roster],
            "runs_used": _runs_used(tx, held, office),
        }


def _terms(permit: Permit) -> dict[str, Any]:
    return {
        "application": permit.application,
        "agreement": permit.agreement,
        "researchers": list(permit.researchers),
        "not_before": stamp(permit.not_before),
        "expires_at": stamp(permit.expires_at),
        "runs": permit.runs,
        "datasets": [
            {
                "accession": d.accession,
                "node": d.node,
                "member": d.member,
                "data_class": d.data_class,
                "min_cell": d.min_cell,
                "event_floor": d.event_floor,
            }
            for d in permit.datasets
        ],
    }


def _protocol(held: Held) -> list[dict[str, str]]:
    try:
        protocol = offers.locked_protocol(held)
    except QundaoError:
        return []
    title = Words(f"题目：{protocol.title.zh}", f"Title: {protocol.title.en}")
    return [_both(w) for w in (title, *protocol_words(protocol))]


def _analyses(held: Held, office: Office) -> list[dict[str, Any]]:
    try:
        protocol = offers.locked_protocol(held)
    except QundaoError:
        return []
    return list(_how_each_leaves(held.permit, protocol, office))


def _how_each_leaves(
    permit: Permit, protocol: StudyProtocol, office: Office
) -> Iterator[dict[str, Any]]:
    for planned in protocol.analyses:
        plan = plan_of(planned, permit)
        own = plan.groups.get(office.id, ())
        masked = [g for g in own if g in plan.masked_groups]
        plain = [g for g in own if g not in plan.masked_groups]
        yield {
            "id": planned.id,
            "title": _both(planned.title),
            "participants": list(plan.participants),
            "masked": masked,
            "plain": plain,
            "words": _both(_leaving(planned, masked, plain, len(plan.participants))),
            "caveat": _caveat(planned, plan, permit),
        }


def _caveat(planned: PlannedAnalysis, plan: RoundPlan, permit: Permit) -> dict[str, str] | None:
    members = {d.accession: d.member for d in permit.datasets}
    found = grantee_caveat(planned, plan, members, permit.grantee)
    return None if found is None else _both(found)


def _leaving(planned: PlannedAnalysis, masked: list[str], plain: list[str], nodes: int) -> Words:
    zh, en = [], []
    if masked:
        named = planned.named(masked)
        zh.append(f"{named.zh}：{nodes} 个节点掩码求和，平台只得到总和")
        en.append(f"{named.en}: masked over {nodes} nodes, the hub learns the sum only")
    if plain:
        named = planned.named(plain)
        zh.append(f"{named.zh}：本节点的数字经本节点门槛审查后直接发出")
        en.append(f"{named.en}: this node's numbers leave after this node's own gate")
    if not zh:
        return Words("本节点不参与", "this node takes no part")
    return Words("；".join(zh), "; ".join(en))


def _member(tx: Tx, entry: RosterEntry, office: Office) -> dict[str, Any]:
    return {
        "node": entry.node,
        "member": entry.member,
        "fingerprint": peers.fingerprint(entry),
        "standing": peers.standing(tx, entry, office.id),
        "vouched": entry.vouched,
    }


def _runs_used(tx: Tx, held: Held, office: Office) -> dict[str, int]:
    return {
        f"{analysis} / {terms.accession}": permit_book.runs_used(
            tx, held.id, analysis, terms.accession
        )
        for analysis in held.permit.analyses
        for terms in offers.own_terms(held.permit, office)
    }


def _both(words: Words) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}
