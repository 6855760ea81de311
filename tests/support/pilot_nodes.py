"""Three sponsors' nodes over the CDISC pilot study (a real trial), and the study they run."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from qundao.access.permit import DatasetTerms, Permit, RosterEntry, sign_permit
from qundao.analysis import Arm, KaplanMeier
from qundao.intake.pilot import write_pilot
from qundao.kernel.ids import new_id
from qundao.kernel.signing import b64
from qundao.kernel.words import Words
from qundao.node import commands
from qundao.node.office import Office, open_office
from qundao.protocol.messages import PermitOffer, Round, StudyTask
from qundao.query import AdamArm, AdamTimeToEvent
from qundao.study import Contribution, PlannedAnalysis, StudyProtocol, plan_round
from qundao.study.protocol import protocol_digest
from support.tiny_hub import TinyHub, now

PLACEBO, TREATED = "Placebo", ("Xanomeline Low Dose", "Xanomeline High Dose")
SITES = {
    "a": ("701", "703"),
    "b": ("704", "708", "709", "713", "718"),
    "c": ("702", "705", "706", "707", "710", "711", "714", "715", "716", "717"),
}
ABOUT: dict[str, Any] = {
    "title": {"zh": "试验组", "en": "Trial arm"},
    "description": {"zh": "皮肤不良事件", "en": "Dermatologic events"},
    "data_class": "trial_arm",
    "tier": "federated",
    "min_cell": 10,
    "event_floor": 5,
    "labels": {
        "source": {"zh": "CDISC 试点研究", "en": "CDISC pilot study"},
        "collection": {"zh": "随机双盲试验", "en": "a randomised, double-blind trial"},
        "compliance": {"zh": "已公开", "en": "published"},
        "sharing": {"zh": "按积分", "en": "for credits"},
    },
}


@cache
def pilot_folder(key: str) -> Path:
    """Return one sponsor's Parquet folder, written once for all tests of this run."""
    folder = Path(tempfile.mkdtemp(prefix=f"qundao-pilot-{key}-"))
    write_pilot(folder, sites=SITES[key], arms=None if key == "a" else (PLACEBO,))
    return folder


def correct_one_value(folder: Path) -> None:
    """Change one subject's total mini-mental score: too little for any profile to show."""
    rows = pq.read_table(folder / "adsl.parquet")
    place = rows.schema.get_field_index("MMSETOT")
    field, scores = rows.schema.field(place), rows["MMSETOT"].to_pylist()
    column = pa.array([scores[0] + 1, *scores[1:]], field.type)
    pq.write_table(rows.set_column(place, field, column), folder / "adsl.parquet")


def join(hub: TinyHub, folder: Path, key: str = "a", dsn: str | None = None) -> Office:
    """Enrol a node, connect its source, and return it with its dataset registered."""
    commands.init(folder, hub_url=hub.url, code=hub.code)
    commands.connect(folder, name="pilot", dsn=dsn or f"parquet:{pilot_folder(key)}", about=ABOUT)
    return open_office(folder)


def accession(office: Office) -> str:
    held: str = commands.status(office.folder.root)["datasets"][0]["accession"]
    return held


def survival(contributions: Mapping[str, tuple[str, ...]]) -> StudyProtocol:
    """Return the study: time to first dermatologic event on a grid of 28 days."""
    arms = (AdamArm("placebo", (PLACEBO,)), AdamArm("treated", TREATED))
    names = (
        Arm("placebo", Words("安慰剂", "placebo")),
        Arm("treated", Words("试验药", "treated")),
    )
    spec = KaplanMeier(AdamTimeToEvent("TTDE", arms), names, tuple(range(0, 197, 28)))
    title = Words("首次皮肤不良事件", "First dermatologic event")
    parts = tuple(Contribution(a, g) for a, g in contributions.items())
    return StudyProtocol(
        title, title, tuple(contributions), (PlannedAnalysis("survival", title, parts, spec),)
    )


def permit_for(
    hub: TinyHub, offices: Mapping[str, Office], protocol: StudyProtocol, **changed: Any
) -> Permit:
    """Return a permit over the nodes' datasets; `offices` maps accession to node."""
    nodes = {o.id: hub.nodes[o.id] for o in offices.values()}
    given: dict[str, Any] = {
        "id": new_id("permit"),
        "application": "app_1",
        "agreement": "agreement_1",
        "purpose": "external control arm",
        "grantee": "member_1",
        "researchers": ("user_1",),
        "protocol_digest": protocol_digest(protocol),
        "analyses": tuple(a.id for a in protocol.analyses),
        "datasets": tuple(
            DatasetTerms(a, o.id, o.identity.member, "trial_arm", 10, 5) for a, o in offices.items()
        ),
        "roster": tuple(
            RosterEntry(n.id, f"member_{n.id[-1]}", n.verify_key.text, n.mask_key, n.mask_signature)
            for n in nodes.values()
        ),
        "not_before": now() - timedelta(hours=1),
        "expires_at": now() + timedelta(days=30),
        "runs": 3,
    }
    return Permit(**{**given, **changed})


def offer(hub: TinyHub, permit: Permit, study: StudyProtocol, **changed: Any) -> PermitOffer:
    signed = sign_permit(permit, hub.key)
    given = {
        "permit": permit.id,
        "payload": b64(signed.payload),
        "signature": b64(signed.hub_signature),
        "protocol": study.to_json(),
    }
    return PermitOffer(**{**given, **changed})


def task_for(
    permit: Permit, protocol: StudyProtocol, accession: str, round_id: str, **changed: Any
) -> StudyTask:
    planned = protocol.analyses[0]
    plan = plan_round(planned, {d.accession: d.node for d in permit.datasets})
    given: dict[str, Any] = {
        "task": new_id("task"),
        "study": "study_1",
        "permit": permit.id,
        "protocol_digest": permit.protocol_digest,
        "analysis": planned.id,
        "accession": accession,
        "dataset": "pilot",
        "round": Round(
            id=round_id,
            participants=plan.participants,
            masked=plan.masked,
            masked_groups=plan.masked_groups,
        ),
    }
    return StudyTask(**{**given, **changed})
