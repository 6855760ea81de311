"""A protocol that gives a few people away by subtraction, put to a real node over CDISC data."""

import pytest

from qundao.analysis import Arm, Counts
from qundao.kernel.words import Words
from qundao.node import agent, gate_log, permits
from qundao.node.link import Link
from qundao.protocol.messages import StudyAnswer
from qundao.query import AdamArm, AdamTimeToEvent, Equals
from qundao.study import Contribution, PlannedAnalysis, StudyProtocol
from support.pilot_nodes import PLACEBO, TREATED, accession, join, offer, permit_for, task_for
from support.tiny_hub import TinyHub, running

TITLE = Words("题", "title")


@pytest.fixture
def hub():
    with running(TinyHub()) as hub:
        yield hub


def counted(name, held, values, *filters):
    source = AdamTimeToEvent("TTDE", (AdamArm("arm", values),), filters)
    spec = Counts(source, (Arm("arm", Words("组", "arm")),), 196)
    return PlannedAnalysis(name, TITLE, (Contribution(held, ("arm",)),), spec)


def answer(hub, office, protocol):
    """What the node answers to the protocol's last analysis."""
    held = accession(office)
    permit = permit_for(hub, {held: office}, protocol)
    hub.send(office.id, offer(hub, permit, protocol))
    visit(office)
    permits.approve(office, permit=permit.id, steward="王", document="12")
    last = protocol.analyses[-1].id
    task = task_for(permit, protocol, held, "round_1", analysis=last)
    hub.send(office.id, task)
    visit(office)
    return hub.bodies(StudyAnswer)[-1]


def visit(office):
    with Link(office.identity.hub_url) as link:
        agent.once(office, link)


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("adsl.siteid", "701", []),  # 27 of A's 39 treated subjects: 12 others
        ("adsl.efffl", "Y", ["study.near_groups"]),  # 37 of 39: two others
        ("adsl.race", "WHITE", ["study.near_groups"]),  # 34 of 39
        ("adsl.ittfl", "Y", ["study.overlap"]),  # all 39, which only the rows can tell
        ("adtte.paramcd", "TTDE", ["study.overlap"]),
        ("adsl.dthfl", "Y", []),  # one of 39: the gate hides that arm whole
    ],
)
def test_a_narrower_filter_in_a_later_analysis(hub, tmp_path, variable, value, said):
    office = join(hub, tmp_path / "a", "a")
    held = accession(office)
    narrower = counted("part", held, TREATED, Equals(variable, (value,)))
    protocol = StudyProtocol(TITLE, TITLE, (held,), (counted("all", held, TREATED), narrower))
    sent = answer(hub, office, protocol)
    assert [p["code"] for p in sent["problems"]] == said
    assert bool(sent["values"]) is not bool(said)
    with office.store.read() as tx:
        answers = [e for e in gate_log.entries(tx) if e["lane"] == "study"]
        assert len(answers) == (not said)
    for p in sent["problems"]:
        assert p["received"] == "all/arm, part/arm"


def test_arms_with_nobody_in_common_are_answered(hub, tmp_path):
    office = join(hub, tmp_path / "a", "a")
    held = accession(office)
    analyses = (counted("all", held, TREATED), counted("placebo", held, (PLACEBO,)))
    sent = answer(hub, office, StudyProtocol(TITLE, TITLE, (held,), analyses))
    assert sent["problems"] == []
