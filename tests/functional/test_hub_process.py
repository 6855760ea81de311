"""A real hub process: made, served, killed in the middle of a write, served again."""

from __future__ import annotations

import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from qundao.audit.findings import Verification
from qundao.audit.verify import verify_file
from qundao.hub.folder import read_key
from qundao.kernel.signing import VerifyKey
from qundao.protocol.envelope import LARGEST
from support.hub_nodes import FakeNode
from support.hub_process import HubProcess, own_database

pytestmark = pytest.mark.story
ALLIANCE = {"name": {"zh": "示例联盟", "en": "Example alliance"}, "region": "合成地区"}
SEND = """
from qundao.hub.instance import open_hub; open_hub(folder)
from qundao.hub.common.actions import unit_of_work
from qundao.hub.nodes.models import Node
from qundao.hub.nodes.outgoing import send
from qundao.protocol.messages import PermitRevoked
with unit_of_work("test_send"):
    message = PermitRevoked(permit="permit_1", reason="test")
    sent = send(node=Node.objects.get(pk="{node}"), message=message)
print(sent.id)
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> HubProcess:
    with own_database() as database:
        hub = HubProcess(tmp_path_factory.mktemp("hub") / "hub", **database)
        answer = hub.init()
        assert answer.returncode == 0, answer.stderr
        yield hub
        hub.stop_if_running()


@pytest.fixture
def hub(made):
    made.serve()
    yield made
    made.stop_if_running()


def test_the_hub_serves_api_and_files_with_headers(hub) -> None:
    file = httpx.get(f"{hub.address}/static/ninja/swagger-ui.css")
    assert (file.status_code, file.headers["cache-control"]) == (200, "no-cache")
    again = httpx.get(
        f"{hub.address}/static/ninja/swagger-ui.css",
        headers={"if-none-match": file.headers["etag"]},
    )
    assert again.status_code == 304
    for path in ("/static/../settings.py", "/static/%2e%2e/settings.py", "/static/none.css"):
        assert httpx.get(hub.address + path).status_code == 404
    assert "server" not in httpx.get(f"{hub.address}/api/v1/openapi.json").headers


def test_a_body_beyond_its_limit_is_refused(hub) -> None:
    announced = httpx.post(f"{hub.address}/node/v1/deliver", content=b"A" * (LARGEST + 1))
    assert announced.status_code == 413
    assert announced.json()["errors"][0]["code"] == "hub.too_large"

    def trickle():
        for _ in range(LARGEST // 2**20 + 1):
            yield b"A" * 2**20

    try:
        streamed = httpx.post(f"{hub.address}/node/v1/deliver", content=trickle(), timeout=60)
    except httpx.WriteError:
        return  # The hub hung up while we were still sending: refused as well.
    assert streamed.status_code == 413


def test_killed_in_the_middle_of_a_write_it_has_all_of_it_or_none(made, tmp_path) -> None:
    for moment, written in (("before_commit", 0), ("after_commit", 1)):
        hub = made.serve(QUNDAO_FAULT=f"hub.open_alliance.{moment}")
        with pytest.raises(httpx.TransportError):
            hub.operator().post("/api/v1/members/alliances", json=ALLIANCE)
        assert hub.ended() == -signal.SIGKILL
        with closing(made.serve().operator()) as client:
            events = client.get("/api/v1/auditlog/events", params={"action": "alliance.opened"})
            assert len(client.get("/api/v1/members/alliances").json()) == written
            assert events.json()["total"] == written
        assert made.stop() == 0
    assert exported(made, tmp_path / "log.jsonl").ok


def test_init_twice_keeps_the_keys_and_the_operator(made) -> None:
    before = read_key(made.folder).verify_key.text
    answer = made.init()
    assert before in answer.stdout
    assert made.serve().operator().get("/api/v1/members/me").status_code == 200
    made.stop()


def exported(hub: HubProcess, path: Path) -> Verification:
    code = (
        "from qundao.hub.commands import audit_export\n"
        f"print(audit_export(folder, out=Path({str(path)!r}))['key'])"
    )
    answer = hub.python(code)
    assert answer.returncode == 0, answer.stderr
    return verify_file(path, VerifyKey.parse(answer.stdout.strip()))


def test_the_log_is_signed_without_being_asked(made) -> None:
    made.serve(QUNDAO_HEAD_SECONDS="1").operator()
    code = (
        "import time\nfrom qundao.hub.instance import open_hub; open_hub(folder)\n"
        "from qundao.hub.auditlog.heads import latest_head\n"
        "from qundao.hub.auditlog.models import LogState\n"
        "for _ in range(120):\n"
        "    size, head = LogState.objects.get().size, latest_head()\n"
        "    if head and head.head.size == size: break\n"
        "    time.sleep(0.25)\n"
        "print(size, head.head.size)"
    )
    size, signed = made.python(code).stdout.split()
    assert made.stop() == 0
    assert size == signed


def test_a_message_that_another_process_wrote_ends_a_waiting_poll(made, settings) -> None:
    settings.HUB = replace(settings.HUB, hub_dir=made.folder)
    workers = "2" if "QUNDAO_DATABASE_URL" in made.environ else "1"
    client = made.serve(QUNDAO_WORKERS=workers).operator()
    node = FakeNode(member=object())
    envelope = node.enrolment(enrolment_code(client)).model_dump(mode="json")
    enrolled = httpx.post(f"{made.address}/node/v1/enrol", json=envelope).json()["envelope"]
    node.id = node.open(enrolled, claimed=True).body["node"]
    poll = node.poll(wait=60).model_dump(mode="json")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(httpx.post, f"{made.address}/node/v1/poll", json=poll, timeout=90)
        sent = made.python(SEND.format(node=node.id)).stdout.strip()
        (received,) = waiting.result().json()["envelopes"]
    assert node.open(received).id == sent
    assert made.stop() == 0


def enrolment_code(client: httpx.Client) -> str:
    alliance = client.post("/api/v1/members/alliances", json=ALLIANCE).json()
    hospital = {"alliance": alliance["id"], "kind": "hospital", **ALLIANCE}
    member = client.post("/api/v1/members/", json=hospital).json()
    code: str = client.post("/api/v1/nodes/codes", json={"member": member["id"]}).json()["code"]
    return code


def test_several_workers_need_postgresql(made) -> None:
    if made.environ.get("QUNDAO_DATABASE_URL"):
        pytest.skip("this hub is on PostgreSQL")
    code = "from qundao.hub.commands import serve\nserve(folder, workers=2)"
    answer = made.python(code)
    assert answer.returncode != 0
    assert "hub.workers_need_postgresql" in answer.stderr


def test_a_folder_that_is_no_hub_is_not_served(tmp_path) -> None:
    code = "from qundao.hub.commands import serve\nserve(folder)"
    answer = HubProcess(tmp_path / "none").python(code)
    assert "hub.not_initialised" in answer.stderr
    assert not (tmp_path / "none").exists()
