"""A definition from upload to count over real HTTP: a served hub, a node beside its own data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from qundao.models.omop import omop
from qundao.node import agent, commands, explore_book
from qundao.node.link import Link
from qundao.node.office import open_office
from qundao.query import Domain
from qundao.query.circe import write_circe
from support.hub_people import PASSWORD
from support.hub_process import HubProcess, own_database
from support.model_folder import write_model
from support.small_omop import ABOUT, COMMON, PERSONS, people, rows

pytestmark = pytest.mark.story


@pytest.fixture
def hub(tmp_path):
    with own_database() as database:
        made = HubProcess(tmp_path / "hub", **database)
        answer = made.init()
        assert answer.returncode == 0, answer.stderr
        made.serve()
        yield made
        made.stop_if_running()


def post(client: httpx.Client, path: str, **body: Any) -> Any:
    answer = client.post(f"/api/v1{path}", json=body)
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


def as_user(hub: HubProcess, office: httpx.Client, name: str, role: str, member: str) -> Any:
    """Create somebody in a role and return them at the API."""
    post(office, "/members/users", username=name, display_name=name, password=PASSWORD,
         roles=[role], member=member)  # fmt: skip
    client = httpx.Client(base_url=hub.address, timeout=30)
    told = post(client, "/members/tokens", username=name, password=PASSWORD, name="test")
    client.headers["Authorization"] = f"Bearer {told['token']}"
    return client


def joined(hub: HubProcess, office: httpx.Client, folder: Path, member: str) -> Any:
    """Enrol a node of a member and let it register its source."""
    code = post(office, "/nodes/codes", member=member, name="前置机")["code"]
    commands.init(folder / "node", hub_url=hub.address, code=code)
    source = write_model(folder / "data", omop("5.4"), rows(60))
    commands.connect(folder / "node", name="ehr", dsn=source, about=ABOUT)
    return open_office(folder / "node")


def test_from_upload_to_a_noisy_count_and_a_refusal_that_says_what_is_missing(
    hub, tmp_path
) -> None:
    office = hub.operator()
    alliance = post(office, "/members/alliances", name={"zh": "联盟", "en": "Alliance"}, region="x")
    member = post(office, "/members/", alliance=alliance["id"], kind="hospital", region="x",
                  name={"zh": "甲医院", "en": "Hospital A"})["id"]  # fmt: skip
    node = joined(hub, office, tmp_path, member)
    me = as_user(hub, office, "researcher", "researcher", member)
    reviewer = as_user(hub, office, "reviewer", "reviewer", "")
    found = me.get("/api/v1/vocabulary/concepts", params={"q": "常见病"}).json()
    assert [(c["id"], c["bands"]) for c in found] == [(COMMON, ["10–49"])]
    counts = {}
    for domain in (Domain.CONDITION, Domain.DEVICE):
        kept = post(me, "/cohorts/", name_zh=domain.value,
                    definition=write_circe(people(domain, COMMON)))  # fmt: skip
        path = f"/cohorts/{kept['cohort']}/1"
        post(me, f"{path}/propose")
        assert post(reviewer, f"{path}/decision", release=True)["state"] == "released"
        counts[domain] = post(me, "/explore/questions", cohort=kept["id"])["id"]
    with node.store.write() as tx:
        allowed = {"cohorts": True, "price": 1_000_000}
        explore_book.set_policy(tx, allowed, who="李", why="测试", at=node.stamp())
    with Link(node.identity.hub_url) as link:
        agent.once(node, link)
    told = {d: me.get(f"/api/v1/explore/questions/{q}").json() for d, q in counts.items()}
    (answered,) = told[Domain.CONDITION]["answers"]
    assert answered["state"] == "answered"
    assert abs((answered["count"] or 0) - PERSONS) <= 40  # ε 1: beyond that once in 10^17
    (refused,) = told[Domain.DEVICE]["answers"]
    assert (refused["state"], refused["count"]) == ("refused", None)
    (problem,) = refused["problems"]
    assert problem["code"] == "node.cannot_answer"
    assert problem["received"] == "device_exposure"
    page = me.get(f"/explore/{counts[Domain.DEVICE]}/")
    assert page.status_code == 302  # pages want a session, not a token
