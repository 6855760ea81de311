"""What nodes answer in a study, for tests of the hub: made-up numbers, true masks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qundao.access.permit import Permit
from qundao.analysis import Layout, layout
from qundao.disclosure.masks import mask
from qundao.hub.nodes.models import OutgoingMessage
from qundao.kernel.signing import unb64
from qundao.protocol.messages import PermitOffer, Receipt, StudyAnswer, StudyTask
from qundao.study import StudyProtocol, plan_round, protocol_from_json
from qundao.study.rounds import assemble
from support.hub_story import Party, Story

PERSONS, EVENTS = 40, 12
_SHARES = {
    ("all",): PERSONS,
    ("outcome", "with"): EVENTS,
    ("outcome", "without"): PERSONS - EVENTS,
    ("at_risk",): PERSONS * 300,
    ("age", "observed"): PERSONS,
    ("age",): PERSONS * 40,
    ("age", "35–39"): 20,
    ("age", "40–44"): 20,
    ("sex", "female"): 20,
    ("sex", "male"): 20,
    ("0-28",): EVENTS,
    (">196",): PERSONS - EVENTS,
}


def made_up(table: Layout) -> tuple[int, ...]:
    """Return numbers that hang together: 40 persons in each group, 12 events in the first bin."""
    values = []
    for cell in table.cells:
        if cell.kind == "sum_squares":
            values.append(PERSONS * 1601)
        else:
            values.append(0 if cell.kind == "censored" else _SHARES.get(cell.key, 0))
    return tuple(values)


def tasks(party: Party) -> list[StudyTask]:
    """Return the study tasks that wait for a member's node, oldest first."""
    return [StudyTask.model_validate(body) for body in party.node.received(StudyTask)]


def offered(party: Party) -> tuple[Permit, StudyProtocol]:
    (offer,) = party.node.received(PermitOffer)
    return Permit.from_bytes(unb64(offer["payload"])), protocol_from_json(offer["protocol"])


def computed(party: Party, task: StudyTask, numbers: Any = made_up) -> StudyAnswer:
    """Return what the node would let out: plain numbers, or its masked share."""
    permit, protocol = offered(party)
    planned = protocol.analysis(task.analysis)
    table, node = layout(planned.spec), party.node
    plan = plan_round(planned, {d.accession: d.node for d in permit.datasets})
    keys = {r.node: r.mask_key for r in permit.roster}
    peers = {n: keys[n] for n in plan.participants if n != node.id}
    context = f"{table.digest}:{permit.id}"
    values = numbers(table)
    sent = assemble(
        table,
        plan,
        node.id,
        values,
        values,
        lambda shares: mask(shares, node.masks, peers, node.id, task.round.id, context),
    )
    return StudyAnswer(
        task=task.task,
        round=task.round.id,
        masked=plan.masked,
        layout=table.digest,
        values=sent,
    )


def answer(party: Party, given: StudyTask, **changed: Any) -> Receipt:
    """Compute and deliver an answer; `changed` spoils it."""
    good = computed(party, given).to_json()
    return party.node.deliver(StudyAnswer.model_validate({**good, **changed}))


def answer_all(story: Story, keys: tuple[str, ...]) -> None:
    """Let every node answer each of its waiting tasks."""
    for key in keys:
        for task in tasks(story[key]):
            receipt = answer(story[key], task)
            assert not receipt.problems, receipt.problems
        forget(story[key])


def forget(party: Party) -> None:
    """Acknowledge every task, so that the next ones are read alone."""
    OutgoingMessage.objects.filter(node=party.node.row, type=StudyTask.type).delete()


def shown(study: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the outputs of a study as the API tells of it."""
    return [r["output"] for r in study["runs"] if r["output"]]
