"""The node as it runs at a member: one process, its threads, its console, its stop button."""

import json
import os
import re
import signal
import subprocess
import sys

import httpx
import pytest

from qundao.kernel.errors import QundaoError
from qundao.kernel.ids import new_id
from qundao.node import commands
from qundao.protocol.messages import PermitSigned, StudyAnswer
from support.pilot_nodes import accession, join, offer, permit_for, survival, task_for
from support.tiny_hub import TinyHub, running

QUNDAO = (sys.executable, "-m", "qundao.cli.main")
RUN = "import sys, pathlib; from qundao.node.commands import run; run(pathlib.Path(sys.argv[1]))"


class Node:
    """A node's process and its console."""

    def __init__(self, folder, fault=None):
        self.folder = folder
        env = {**os.environ, "QUNDAO_NODE_POLL_SECONDS": "20"}
        if fault:
            env["QUNDAO_FAULT"] = fault
        self.process = subprocess.Popen(
            [sys.executable, "-c", RUN, str(folder)], stdout=subprocess.PIPE, env=env
        )

    def announced(self):
        return json.loads(self.process.stdout.readline())

    def end(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        return self.process.wait(30)


@pytest.fixture
def scene(tmp_path):
    with running(TinyHub()) as hub:
        office = join(hub, tmp_path / "a", "a")
        held = accession(office)
        study = survival({held: ("placebo", "treated")})
        yield hub, office, permit_for(hub, {held: office}, study), study


def test_a_day_at_the_node(scene):
    hub, office, permit, study = scene
    node = Node(office.folder.root)
    try:
        told = node.announced()
        token = (office.folder.keys / "api.token").read_text()
        headers = {"Authorization": f"Bearer {token}"}
        api = httpx.Client(base_url=told["console"], headers=headers, trust_env=False, timeout=30)
        with api, httpx.Client(base_url=told["console"], trust_env=False, timeout=30) as browser:
            assert browser.post("/login", data={"code": told["login"]}).status_code == 303
            countersigns_on_a_page(hub, office, permit, study, browser)
            answers_a_task(hub, permit, study)
            stops_and_resumes(hub, permit, study, api)
            shows_what_left(browser, permit)
    finally:
        assert node.end() == 0
    assert commands.status(office.folder.root)["console"] is None


def countersigns_on_a_page(hub, office, permit, study, browser):
    hub.send(office.id, offer(hub, permit, study))
    hub.wait_for(lambda: permit.id in browser.get("/permits").text)
    page = browser.get(f"/permits/{permit.id}").text
    assert "首次皮肤不良事件" in page
    assert permit.protocol_digest in page
    token = re.search(r'name="csrf" value="([^"]+)"', page)[1]
    form = {"csrf": token, "steward": "王", "document": "院数字〔2026〕12号"}
    assert browser.post(f"/permits/{permit.id}/approve", data=form).status_code == 303
    hub.wait_for(lambda: hub.bodies(PermitSigned))
    assert "院数字〔2026〕12号" in browser.get(f"/permits/{permit.id}").text


def answers_a_task(hub, permit, study):
    task = task_for(permit, study, permit.datasets[0].accession, new_id("run"))
    hub.send(permit.datasets[0].node, task)
    (answer,) = hub.wait_for(lambda: hub.bodies(StudyAnswer))
    assert answer["problems"] == []


def stops_and_resumes(hub, permit, study, api):
    """The hub hears of it at once, though a long poll of twenty seconds is under way."""
    body = {"stopped": True, "who": "王", "why": "演练"}
    assert api.post("/api/switch", json=body).json()["stopped"] is True
    hub.wait_for(lambda: hub.polls[-1]["stopped"], seconds=15)
    task = task_for(permit, study, permit.datasets[0].accession, new_id("run"))
    hub.send(permit.datasets[0].node, task)
    hub.wait_for(lambda: api.get("/api/status").json()["tasks"].get("received") == 1)
    assert len(hub.bodies(StudyAnswer)) == 1
    assert api.post("/api/switch", json={**body, "stopped": False}).json()["stopped"] is False
    hub.wait_for(lambda: len(hub.bodies(StudyAnswer)) == 2)
    hub.wait_for(lambda: not hub.polls[-1]["stopped"], seconds=15)


def shows_what_left(browser, permit):
    page = browser.get("/left").text
    assert page.count('class="panel entry"') == 3
    assert permit.id in page
    assert "院数字〔2026〕12号" in page


def test_killed_in_the_middle_of_a_task_and_started_again(scene):
    hub, office, permit, study = scene
    hub.send(office.id, offer(hub, permit, study))
    commands.run(office.folder.root, once=True)
    commands.approve(office.folder.root, permit=permit.id, steward="王", document="12")
    task = task_for(permit, study, permit.datasets[0].accession, new_id("run"))
    hub.send(office.id, task)
    node = Node(office.folder.root, fault="node.task.before_answer")
    node.announced()
    assert node.process.wait(60) == -signal.SIGKILL
    assert not hub.bodies(StudyAnswer)
    node = Node(office.folder.root)
    try:
        node.announced()
        hub.wait_for(lambda: hub.bodies(StudyAnswer))
    finally:
        assert node.end(signal.SIGINT) == 0
    assert len(hub.bodies(StudyAnswer)) == 1
    assert commands.status(office.folder.root)["left"] == 2


def test_the_rule_for_questions_before_approval_is_shown_and_changed(scene):
    _, office, _, _ = scene
    folder = office.folder.root
    kept = commands.exploring(folder, answers=None, cohorts=None, who="", why="")
    assert (kept["enabled"], kept["cohorts"]) == (True, False)
    with pytest.raises(QundaoError) as caught:
        commands.exploring(folder, answers=None, cohorts=True, who="王", why=" ")
    assert caught.value.problems[0].code == "node.decision_incomplete"
    changed = commands.exploring(folder, answers=None, cohorts=True, who="王", why="联盟约定")
    assert changed == kept | {"cohorts": True}
    asked = ("--dir", str(folder), "--answers", "off", "--steward", "王", "--reason", "演练")
    shown = subprocess.run(
        [*QUNDAO, "node", "exploring", *asked],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(shown.stdout) == changed | {"enabled": False}
    assert commands.exploring(folder, answers=None, cohorts=None, who="", why="")["cohorts"]
