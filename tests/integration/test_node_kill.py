"""A node killed at any of its fault points has all of a change or none, and goes on after it."""

import pytest

from qundao.kernel.errors import QundaoError
from qundao.kernel.faults import declared_fault_points
from qundao.kernel.ids import new_id
from qundao.node import (
    agent,
    commands,
    gate_log,
    intake_work,  # noqa: F401 - a process of its own, with a fault point
    permits,
)
from qundao.node.console import serve  # noqa: F401 - so that every fault point is declared
from qundao.node.link import Link
from qundao.protocol.messages import PermitDeclined, PermitSigned, RegisterDataset, StudyAnswer
from support.children import in_child, visit_once
from support.pilot_nodes import (
    ABOUT,
    accession,
    join,
    offer,
    permit_for,
    pilot_folder,
    survival,
    task_for,
)
from support.tiny_hub import TinyHub, running

KILLED = -9
TASK_POINTS = (
    "node.poll.after_answer",
    "node.letter.after_store",
    "node.task.before_compute",
    "node.task.before_answer",
    "node.task.before_commit",
    "node.task.after_commit",
    "node.outbox.before_deliver",
    "node.outbox.before_mark",
)
OTHER_POINTS = ("node.permit.before_commit", "node.dataset.before_commit")
INTAKE_POINTS = ("node.mapping.before_commit", "node.intake_job.before_finish")
"""Tried in test_node_intake_book and test_node_intake_jobs."""


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    """One node that has countersigned a permit for its own data alone."""
    with running(TinyHub()) as hub:
        office = join(hub, tmp_path_factory.mktemp("node") / "a", "a")
        held = accession(office)
        study = survival({held: ("placebo", "treated")})
        permit = permit_for(hub, {held: office}, study, runs=100)
        hub.send(office.id, offer(hub, permit, study))
        visit(office)
        permits.approve(office, permit=permit.id, steward="王", document="12")
        visit(office)
        yield hub, office, permit, study


def visit(office):
    with Link(office.identity.hub_url) as link:
        agent.once(office, link)


def answers(hub, task):
    return [b for b in hub.bodies(StudyAnswer) if b["task"] == task.task]


def entries(office, task):
    with office.store.read() as tx:
        return [e for e in gate_log.entries(tx) if e["task"] == task.task]


def test_every_fault_point_is_tried():
    declared = {p for p in declared_fault_points() if p.startswith("node.")}
    assert declared == {*TASK_POINTS, *OTHER_POINTS, *INTAKE_POINTS}


@pytest.mark.parametrize("point", TASK_POINTS)
def test_a_task_is_finished_exactly_once(scene, point):
    hub, office, permit, study = scene
    task = task_for(permit, study, permit.datasets[0].accession, new_id("run"))
    hub.send(office.id, task)
    folder = office.folder.root
    assert in_child(point, visit_once, folder) == KILLED
    assert in_child(None, visit_once, folder) == 0
    (answer,) = answers(hub, task)
    assert answer["values"]
    (entry,) = entries(office, task)
    assert entry["delivered_at"]
    assert commands.status(folder)["outbox"] == 0


def test_killed_again_and_again(scene):
    hub, office, permit, study = scene
    task = task_for(permit, study, permit.datasets[0].accession, new_id("run"))
    hub.send(office.id, task)
    for point in TASK_POINTS:
        assert in_child(point, visit_once, office.folder.root) in (KILLED, 0)
    assert in_child(None, visit_once, office.folder.root) == 0
    assert len(answers(hub, task)) == len(entries(office, task)) == 1


def test_a_task_that_always_kills_the_node_is_refused_in_the_end(scene):
    hub, office, permit, study = scene
    task = task_for(permit, study, permit.datasets[0].accession, new_id("run"))
    hub.send(office.id, task)
    for _ in range(5):
        assert in_child("node.task.before_answer", visit_once, office.folder.root) == KILLED
    assert in_child(None, visit_once, office.folder.root) == 0
    (answer,) = answers(hub, task)
    assert [p["code"] for p in answer["problems"]] == ["node.task_failed"]
    assert not entries(office, task)


def decide(act, folder, permit):
    getattr(commands, act)(
        folder,
        permit=permit,
        steward="王",
        **({"document": "12"} if act == "approve" else {"reason": "不同意"}),
    )


@pytest.mark.parametrize(
    ("act", "kind", "state"),
    [("approve", PermitSigned, "countersigned"), ("decline", PermitDeclined, "declined")],
)
def test_a_decision_is_whole_or_not_made(scene, act, kind, state):
    hub, office, _, study = scene
    made = permit_for(hub, {accession(office): office}, study)
    hub.send(office.id, offer(hub, made, study))
    visit(office)
    folder = office.folder.root

    def held():
        return next(p for p in commands.status(folder)["permits"] if p["permit"] == made.id)

    assert in_child("node.permit.before_commit", decide, act, folder, made.id) == KILLED
    assert (held()["state"], commands.status(folder)["outbox"]) == ("offered", 0)
    assert in_child(None, decide, act, folder, made.id) == 0
    assert held()["state"] == state
    assert [b["permit"] for b in hub.bodies(kind)].count(made.id) == 1


def connect(folder, dsn):
    commands.connect(folder, name="again", dsn=dsn, about=ABOUT)


def test_a_registration_is_whole_or_not_made(scene):
    hub, office, _, _ = scene
    folder, dsn = office.folder.root, f"parquet:{pilot_folder('a')}"
    before = len(hub.bodies(RegisterDataset))
    assert in_child("node.dataset.before_commit", connect, folder, dsn) == KILLED
    assert in_child(None, visit_once, folder) == 0
    assert [d for d in commands.status(folder)["datasets"] if d["dataset"] == "again"] == []
    assert len(hub.bodies(RegisterDataset)) == before
    assert in_child(None, connect, folder, dsn) == 0
    assert len(hub.bodies(RegisterDataset)) == before + 1


def test_two_processes_do_not_share_a_folder(scene):
    _, office, _, _ = scene
    with office.folder.alone(), pytest.raises(QundaoError) as caught:
        commands.run(office.folder.root, once=True)
    assert caught.value.code == "node.folder_busy"
    assert in_child(None, visit_once, office.folder.root) == 0
