"""The study lane over real HTTP: three sponsors' nodes, one masked sum, all accounted for."""

import pytest

from qundao import analysis
from qundao.disclosure.thresholds import Floors
from qundao.node import agent, gate_log, permits
from qundao.node.link import Link
from qundao.protocol.messages import PermitSigned, StudyAnswer
from qundao.study.rounds import combine_answers, plan_round
from support.pilot_nodes import (
    accession,
    join,
    offer,
    permit_for,
    survival,
    task_for,
)
from support.tiny_hub import TinyHub, running


@pytest.fixture
def hub():
    with running(TinyHub()) as hub:
        yield hub


def visit(office):
    with Link(office.identity.hub_url) as link:
        agent.once(office, link)


def entries(office):
    with office.store.read() as tx:
        return [e for e in gate_log.entries(tx) if e["lane"] == "study"]


def test_three_sponsors_answer_as_one(hub, tmp_path):
    offices = {k: join(hub, tmp_path / k, k) for k in "abc"}
    named = {accession(o): o for o in offices.values()}
    a, b, c = named
    protocol = survival({a: ("placebo", "treated"), b: ("placebo",), c: ("placebo",)})
    permit = permit_for(hub, named, protocol)
    for held, office in named.items():
        hub.send(office.id, offer(hub, permit, protocol))
        visit(office)
        permits.approve(office, permit=permit.id, steward="王", document="〔2026〕12号")
        hub.send(office.id, task_for(permit, protocol, held, "round_1"))
        visit(office)
    assert len(hub.bodies(PermitSigned)) == 3

    planned = protocol.analyses[0]
    plan = plan_round(planned, {d.accession: d.node for d in permit.datasets})
    layout = analysis.layout(planned.spec)
    answers = {m.issuer: m.body for m in hub.delivered.values() if m.type == StudyAnswer.type}
    assert [x["problems"] for x in answers.values()] == [[], [], []]
    assert {x["layout"] for x in answers.values()} == {layout.digest}
    sums = combine_answers(layout, plan, {n: x["values"] for n, x in answers.items()})
    numbers = dict(zip(layout.names, sums.values, strict=True))
    assert [v for k, v in numbers.items() if k.startswith("placebo/") and "events" in k][:3] == [
        13,
        6,
        6,
    ]
    result = analysis.result(planned.spec, sums, Floors(10, 5))
    assert result["method"] == planned.spec.method

    for office in named.values():
        (entry,) = entries(office)
        assert entry["delivered_at"]
        assert entry["on_behalf_of"] == permit.grantee
        assert entry["content"]["masked"] > 0
        assert not [x for x in entry["content"]["shown"] if x["cell"].startswith("placebo")]
        with office.store.read() as tx:
            assert gate_log.broken_at(tx) is None
    shown_by_a = entries(offices["a"])[0]["content"]["shown"]
    assert [x["cell"].partition("/")[0] for x in shown_by_a] == ["treated"] * len(shown_by_a)
    assert shown_by_a


def test_no_answer_shows_a_sponsors_own_placebo_numbers(hub, tmp_path):
    """Masked shares are spread over the whole range: they are not small numbers."""
    offices = {k: join(hub, tmp_path / k, k) for k in "abc"}
    named = {accession(o): o for o in offices.values()}
    a, b, c = named
    protocol = survival({a: ("placebo", "treated"), b: ("placebo",), c: ("placebo",)})
    permit = permit_for(hub, named, protocol)
    office = offices["b"]
    hub.send(office.id, offer(hub, permit, protocol))
    visit(office)
    permits.approve(office, permit=permit.id, steward="王", document="12")
    hub.send(office.id, task_for(permit, protocol, b, "round_1"))
    visit(office)
    (answer,) = hub.bodies(StudyAnswer)
    shares = [int(v) for v in answer["values"] if v is not None]
    assert len(shares) > 10
    assert min(shares) > 2**90
