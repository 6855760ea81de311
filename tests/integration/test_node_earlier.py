"""Before a steward countersigns: what earlier permits let out of the same people, in other cuts."""

from dataclasses import replace

import httpx
import pytest

from qundao.analysis import Arm
from qundao.kernel.words import Words
from qundao.node import agent, permits
from qundao.node.console.permit_view import permit_view
from qundao.node.console.serve import build_app
from qundao.node.console.sessions import new_login
from qundao.node.link import Link
from qundao.query import AdamArm
from qundao.study import StudyProtocol
from support.pilot_nodes import accession, join, offer, permit_for, survival, task_for
from support.serving import free_port, serving
from support.tiny_hub import TinyHub, running


@pytest.fixture(scope="module")
def hub():
    with running(TinyHub()) as hub:
        yield hub


@pytest.fixture(scope="module")
def office(hub, tmp_path_factory):
    """A node that has answered a survival analysis on a grid of 28 days."""
    office = join(hub, tmp_path_factory.mktemp("node") / "a", "a")
    held = accession(office)
    protocol = survival({held: ("placebo", "treated")})
    permit = offered(hub, office, protocol)
    permits.approve(office, permit=permit.id, steward="王", document="12")
    hub.send(office.id, task_for(permit, protocol, held, "round_1"))
    visit(office)
    return office


def visit(office):
    with Link(office.identity.hub_url) as link:
        agent.once(office, link)


def offered(hub, office, protocol):
    permit = permit_for(hub, {accession(office): office}, protocol, purpose="earlier study")
    hub.send(office.id, offer(hub, permit, protocol))
    visit(office)
    return permit


def again(office, *, groups=("placebo", "treated"), **changed):
    """The same study with some parts of its analysis exchanged."""
    protocol = survival({accession(office): groups})
    (planned,) = protocol.analyses
    spec = replace(planned.spec, **changed)
    return replace(protocol, analyses=(replace(planned, spec=spec),))


def warned(hub, office, protocol):
    permit = offered(hub, office, protocol)
    return permit, permit_view(office, permit.id)["earlier"]


def test_the_same_cut_on_another_grid_is_shown_with_the_earlier_permit(hub, office):
    _, found = warned(hub, office, again(office, grid=(0, 27, 56)))
    assert len(found) == 2  # placebo and treated
    assert {w["purpose"] for w in found} == {"earlier study"}
    assert all("A previous permit already released" in w["words"]["en"] for w in found)
    assert all("other intervals" in w["words"]["en"] for w in found)
    assert all("此前的许可已放行" in w["words"]["zh"] for w in found)


def test_renaming_and_reordering_the_arms_does_not_hide_it(hub, office):
    source = survival({accession(office): ("placebo", "treated")}).analyses[0].spec.source
    arms = (
        AdamArm("x", source.arms[1].values[::-1]),
        AdamArm("y", source.arms[0].values),
    )
    named = (Arm("x", Words("甲组", "first")), Arm("y", Words("乙组", "second")))
    protocol = survival({accession(office): ("placebo", "treated")})
    (planned,) = protocol.analyses
    spec = replace(planned.spec, source=replace(source, arms=arms), arms=named, grid=(0, 30))
    parts = (replace(planned.contributions[0], groups=("x", "y")),)
    disguised = replace(planned, id="other", spec=spec, contributions=parts)
    title = Words("别的题目", "Another title")
    _, found = warned(hub, office, StudyProtocol(title, title, protocol.datasets, (disguised,)))
    assert {w["analysis"] for w in found} == {"other"}
    assert [w for w in found if "first" in w["words"]["en"]]


def test_the_very_same_cut_and_other_questions_are_not(hub, office):
    assert warned(hub, office, again(office))[1] == []
    source = survival({accession(office): ("placebo", "treated")}).analyses[0].spec.source
    assert warned(hub, office, again(office, source=replace(source, paramcd="DEATH")))[1] == []


def test_once_decided_the_page_is_about_other_things(hub, office):
    permit, found = warned(hub, office, again(office, grid=(0, 20, 40)))
    assert found
    permits.decline(office, permit=permit.id, steward="王", reason="见此前的许可")
    assert permit_view(office, permit.id)["earlier"] == []


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "A previous permit already released"), ("zh-hans", "此前的许可已放行")],
)
def test_the_steward_reads_it_on_the_page(hub, office, language, said):
    permit, _ = warned(hub, office, again(office, grid=(0, 10, 40)))
    with (
        free_port() as taken,
        serving(build_app(office, taken.getsockname()[1]), taken) as address,
        httpx.Client(base_url=address, trust_env=False) as browser,
    ):
        browser.post("/login", data={"code": new_login(office)})
        browser.cookies.set("qundao_language", language)
        page = browser.get(f"/permits/{permit.id}")
        assert said in page.text
