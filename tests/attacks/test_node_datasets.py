"""A hub that would let one dataset version of a node stand for another of the same node."""

import shutil
from dataclasses import replace

import pytest

from qundao.kernel.ids import new_id
from qundao.node import agent, commands, datasets, permits, task_book
from qundao.node.link import Link
from qundao.protocol.messages import Receipt, StudyAnswer
from qundao.study.protocol import StudyProtocol
from support.pilot_nodes import (
    ABOUT,
    accession,
    correct_one_value,
    join,
    offer,
    permit_for,
    pilot_folder,
    survival,
    task_for,
)
from support.tiny_hub import TinyHub, running


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    """A node with two datasets, and a permit over both, each in an analysis of its own."""
    with running(TinyHub()) as hub:
        office = join(hub, tmp_path_factory.mktemp("node") / "a", "a")
        first, second = accession(office), connect(office, "second")["accession"]
        study = two_analyses(first, second)
        permit = permit_for(hub, {first: office, second: office}, study)
        hub.send(office.id, offer(hub, permit, study))
        visit(office)
        permits.approve(office, permit=permit.id, steward="王", document="〔2026〕12号")
        yield hub, office, permit, study


def connect(office, name):
    dsn = f"parquet:{pilot_folder('a')}"
    return commands.connect(office.folder.root, name=name, dsn=dsn, about=ABOUT)


def two_analyses(first: str, second: str) -> StudyProtocol:
    """Return a study whose first analysis takes the first dataset, whose second the second."""
    one, other = (survival({a: ("placebo", "treated")}) for a in (first, second))
    (survived,) = other.analyses
    outcome = replace(survived.spec, source=replace(survived.spec.source, paramcd="OTHER"))
    planned = replace(survived, id="other", spec=outcome)
    return replace(one, datasets=(first, second), analyses=(*one.analyses, planned))


def visit(office):
    with Link(office.identity.hub_url) as link:
        agent.once(office, link)


def asked(hub, office, task):
    """Send a task, let the node work, and return its answer and what the node keeps of it."""
    hub.send(office.id, task)
    visit(office)
    (body,) = [b for b in hub.bodies(StudyAnswer) if b["task"] == task.task]
    with office.store.read() as tx:
        return body, next(t for t in task_book.log(tx) if t["id"] == task.task)


def test_a_task_for_another_own_dataset_than_the_analysis_plans(scene):
    hub, office, permit, study = scene
    first, second = (d.accession for d in permit.datasets)
    task = task_for(permit, study, second, new_id("run"), dataset="second")
    body, held = asked(hub, office, task)
    assert ([p["code"] for p in body["problems"]], body["values"]) == (
        ["access.outside_permit"],
        [],
    )
    (inside,) = held["problems"]
    assert (inside["where"], inside["received"]) == ("accession", second)
    assert inside["facts"]["required"] == first


def test_a_task_as_the_analysis_plans(scene):
    hub, office, permit, study = scene
    task = task_for(permit, study, permit.datasets[0].accession, new_id("run"))
    body, _ = asked(hub, office, task)
    assert (body["problems"], bool(body["values"])) == ([], True)


def test_a_receipt_with_the_accession_of_another_name_is_not_taken(scene):
    hub, office, permit, _ = scene
    taken = permit.datasets[0].accession
    hub.receipt_for = lambda letter: Receipt(message=letter.id, result={"accession": taken})
    told = connect(office, "third")
    assert told["accession"] is None
    (problem,) = told["problems"]
    assert problem["code"] == "node.accession_taken"
    assert problem["facts"]["name"].startswith("pilot, ")
    with office.store.read() as tx:
        assert datasets.by_accession(tx, taken).name == "pilot"


def test_the_accession_of_other_data_under_the_same_name_is_not_taken(scene, tmp_path):
    """A hub that kept the accession for corrected rows would widen what was countersigned."""
    hub, office, permit, _ = scene
    taken = permit.datasets[0].accession
    folder = shutil.copytree(pilot_folder("a"), tmp_path / "corrected")
    correct_one_value(folder)
    hub.receipt_for = lambda letter: Receipt(message=letter.id, result={"accession": taken})
    told = commands.connect(office.folder.root, name="pilot", dsn=f"parquet:{folder}", about=ABOUT)
    assert (told["accession"], [p["code"] for p in told["problems"]]) == (
        None,
        ["node.accession_taken"],
    )
    with office.store.read() as tx:
        assert datasets.by_accession(tx, taken).dsn == f"parquet:{pilot_folder('a')}"
