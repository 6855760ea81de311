"""The node and its hub over real HTTP: enrolling, outages, refusals, and hubs that lie."""

import json
from datetime import timedelta

import pytest
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse

from qundao.access.vouching import vouched
from qundao.kernel.errors import QundaoError, fail
from qundao.kernel.signing import SigningKey, b64
from qundao.node import agent, commands, outbox, switch
from qundao.node.keys import IDENTITY
from qundao.node.link import LARGEST_ANSWER, Link
from qundao.node.office import open_office
from qundao.protocol.codes import BAD_MESSAGE, ID_REUSED
from qundao.protocol.envelope import ENVELOPE_TYPE, Envelope, parse_envelope, seal
from qundao.protocol.messages import (
    HUB,
    Enrolled,
    ExploreAnswer,
    PermitDeclined,
    PermitRevoked,
    Receipt,
)
from support.pilot_nodes import ABOUT
from support.tiny_hub import TinyHub, now, refusal, running


@pytest.fixture
def hub():
    with running(TinyHub()) as hub:
        yield hub


@pytest.fixture
def office(hub, tmp_path):
    commands.init(tmp_path / "n", hub_url=hub.url, code=hub.code)
    return open_office(tmp_path / "n")


def code(act, *args, **kwargs):
    with pytest.raises(QundaoError) as caught:
        act(*args, **kwargs)
    return caught.value.code


def put(office, reason="reason"):
    with office.store.write() as tx:
        body = PermitDeclined(permit="permit_1", steward="王", reason=reason)
        return outbox.put(tx, office, body)


def deliver(office):
    with Link(office.identity.hub_url) as link:
        return agent.deliver(office, link)


def an_hour_later(office):
    """The same node when every pause after a refusal is over."""
    with office.store.write() as tx:
        tx.execute("UPDATE outbox SET next_at = NULL")
    return office


def row(office, message):
    with office.store.read() as tx:
        return dict(tx.execute("SELECT * FROM outbox WHERE message = ?", (message,)).fetchone())


class TestEnrolment:
    def test_makes_keys_here_and_pins_the_hubs(self, hub, tmp_path):
        told = commands.init(tmp_path / "n", hub_url=hub.url + "/", code=hub.code.lower())
        node = hub.nodes[told["node"]]
        office = open_office(tmp_path / "n")
        assert node.verify_key == office.keys.identity.verify_key
        assert node.mask_key == office.keys.mask.public
        assert vouched(node.verify_key.text, node.mask_key, node.mask_signature)
        assert office.identity.hub == hub.key.verify_key
        assert told["hub_fingerprint"] == hub.key.verify_key.fingerprint
        assert told["node_fingerprint"] == node.verify_key.fingerprint

    def test_no_secret_travels(self, hub, tmp_path):
        seen = []
        hub.before = lambda what, body: seen.append(body)
        commands.init(tmp_path / "n", hub_url=hub.url, code=hub.code)
        keys = open_office(tmp_path / "n").keys

        text = b"".join(seen).decode() + str([json.loads(s) for s in seen])
        assert b64(keys.identity.raw) not in text
        assert b64(keys.mask.raw) not in text

    def test_a_wrong_code_leaves_nothing(self, hub, tmp_path):
        wrong = hub.code.replace("ABCDE", "ABCDF")
        folder = tmp_path / "n"
        assert code(commands.init, folder, hub_url=hub.url, code=wrong) == "node.hub_refused"
        assert not folder.exists()
        assert hub.nodes == {}

    def test_a_folder_that_was_there_is_left_as_it_was(self, hub, tmp_path):
        (tmp_path / "notes.txt").write_text("mine")
        wrong = hub.code.replace("ABCDE", "ABCDF")
        assert code(commands.init, tmp_path, hub_url=hub.url, code=wrong) == "node.hub_refused"
        assert [p.name for p in tmp_path.iterdir()] == ["notes.txt"]

    def test_a_hub_with_another_key(self, hub, tmp_path):
        other = SigningKey.generate().verify_key.fingerprint[:20]
        foreign = hub.code[:-12] + other
        found = code(commands.init, tmp_path / "n", hub_url=hub.url, code=foreign)
        assert found in ("node.hub_refused", "node.hub_key_mismatch")
        assert not (tmp_path / "n").exists()

    def test_an_impostor_that_lets_everybody_in(self, hub, tmp_path):
        """It answers properly, under its own key: the code tells that it is another hub."""
        real = hub.code
        hub.key = SigningKey.generate()

        def let_in(what, body):
            welcome = Enrolled(node="node_x", member="m", member_name="甲", alliance="联盟")
            answer = seal(
                welcome.type,
                welcome.to_json(),
                issuer=HUB,
                audience="node_x",
                key=hub.key,
                now=now(),
            )
            plain = {"hub_key": hub.key.verify_key.text, "envelope": answer.model_dump()}
            return JSONResponse(plain)

        hub.before = let_in
        found = code(commands.init, tmp_path / "n", hub_url=hub.url, code=real)
        assert found == "node.hub_key_mismatch"
        assert not (tmp_path / "n").exists()

    def test_an_impostor_that_shows_the_real_key_but_cannot_sign(self, hub, tmp_path):
        thief = SigningKey.generate()

        def pretend(what, body):
            welcome = Enrolled(node="node_x", member="m", member_name="甲", alliance="联盟")
            answer = seal(
                welcome.type,
                welcome.to_json(),
                issuer=HUB,
                audience="node_x",
                key=thief,
                now=now(),
            )
            return JSONResponse(
                {"hub_key": hub.key.verify_key.text, "envelope": answer.model_dump()}
            )

        hub.before = pretend
        found = code(commands.init, tmp_path / "n", hub_url=hub.url, code=hub.code)
        assert found == "protocol.bad_signature"
        assert not (tmp_path / "n").exists()

    def test_an_unknown_outcome_keeps_the_keys_for_a_second_try(self, hub, tmp_path):
        folder = tmp_path / "n"
        hub.before = lambda what, body: PlainTextResponse("down", 503)
        assert code(commands.init, folder, hub_url=hub.url, code=hub.code) == "node.hub_unreachable"
        first = (folder / "keys" / IDENTITY).read_bytes()
        hub.before = lambda what, body: None
        commands.init(folder, hub_url=hub.url, code=hub.code)
        assert (folder / "keys" / IDENTITY).read_bytes() == first

    def test_twice_into_one_folder(self, hub, office):
        again = {"hub_url": hub.url, "code": hub.code}
        assert code(commands.init, office.folder.root, **again) == "node.already_enrolled"
        assert open_office(office.folder.root).id == office.id

    def test_over_plain_http_to_elsewhere(self, hub, tmp_path):
        given = {"hub_url": "http://hub.example", "code": hub.code}
        assert code(commands.init, tmp_path / "n", **given) == "node.tls_required"
        assert not (tmp_path / "n").exists()

    @pytest.mark.parametrize("command", ["status", "run"])
    def test_a_folder_that_is_no_node(self, tmp_path, command):
        assert code(getattr(commands, command), tmp_path) == "node.not_enrolled"
        assert list(tmp_path.iterdir()) == []


class TestDelivery:
    def test_once_with_a_signed_receipt(self, hub, office):
        message = put(office)
        assert deliver(office) == 1
        assert deliver(office) == 0
        assert row(office, message)["delivered_at"]
        assert list(hub.delivered) == [message]

    @pytest.mark.parametrize(
        "answer",
        [
            PlainTextResponse("down", 503),
            PlainTextResponse("<html>proxy</html>", 200),
            PlainTextResponse("[]", 200),
            JSONResponse({}, 200),
            JSONResponse({"envelope": {"key": "k", "payload": "", "signature": ""}}, 200),
            JSONResponse({"errors": []}, 429),
            JSONResponse({"errors": []}, 500),
            RedirectResponse("http://127.0.0.1:1/"),
        ],
        ids=["503", "a proxy's page", "a list", "nothing", "no receipt", "429", "500", "redirect"],
    )
    def test_what_is_not_confirmed_is_kept(self, hub, office, answer):
        message = put(office)
        hub.before = lambda what, body: answer
        with pytest.raises(QundaoError):
            deliver(office)
        held = row(office, message)
        assert (held["delivered_at"], held["attempts"]) == (None, 1)
        assert json.loads(held["last_error"])["code"]
        hub.before = lambda what, body: None
        assert deliver(an_hour_later(office)) == 1

    def test_a_code_that_this_node_does_not_know_is_told_in_the_hubs_words(self, hub, office):
        told = {"title": "本单位已暂停", "required": "在会", "received": "", "remedy": "联系运营方"}
        raw = {"code": "future.suspended", "received": "suspended", "where": "", "facts": {}}
        answer = {"errors": [{"code": "future.suspended", "where": "", **told}], "problems": [raw]}
        hub.before = lambda what, body: JSONResponse(answer, 423)
        put(office)
        with pytest.raises(QundaoError) as caught:
            deliver(office)
        refused, hubs = caught.value.problems
        assert (refused.code, hubs.code) == ("node.hub_refused", "kernel.told")
        assert hubs.text("zh-hans")["title"] == "对方的说明：本单位已暂停（future.suspended）"
        assert hubs.text("zh-hans")["remedy"] == "联系运营方"

    @pytest.mark.parametrize(("spoken", "asked"), [("zh", "zh-hans"), ("en", "en")])
    def test_the_hub_is_asked_to_speak_the_nodes_language(
        self, hub, office, monkeypatch, spoken, asked
    ):
        monkeypatch.setenv("QUNDAO_LANGUAGE", spoken)
        with Link(office.identity.hub_url) as link:
            agent.once(office, link)
        assert hub.languages == [asked]

    def test_a_hub_that_is_away(self, hub, office, tmp_path):
        message = put(office)
        path = office.folder.settings
        path.write_text(path.read_text().replace(hub.url, "http://127.0.0.1:9"))
        away = open_office(office.folder.root)
        assert code(deliver, away) == "node.hub_unreachable"
        assert row(office, message)["attempts"] == 1

    def test_a_receipt_by_another_key(self, hub, office):
        message = put(office)
        thief = SigningKey.generate()

        def forge(what, body):
            receipt = Receipt(message=message)
            sealed = seal(
                receipt.type,
                receipt.to_json(),
                issuer=HUB,
                audience=office.id,
                key=thief,
                now=now(),
            )
            return JSONResponse({"envelope": sealed.model_dump()})

        hub.before = forge
        assert code(deliver, office) == "protocol.bad_signature"
        assert row(office, message)["delivered_at"] is None

    def test_a_receipt_for_another_message(self, hub, office):
        message = put(office)
        hub.receipt_for = lambda letter: Receipt(message="msg_other")
        assert code(deliver, office) == "node.hub_answer_malformed"
        assert row(office, message)["delivered_at"] is None

    def test_a_no_neither_holds_the_others_up_nor_drops_anything(self, hub, office):
        """It is not signed: somebody between may have said it."""
        first, second = put(office, "first"), put(office, "second")

        def refuse_first(what, body):
            is_first = b'"first"' in parse_envelope(body).payload_bytes
            return refusal(fail(BAD_MESSAGE, "x", required="y")) if is_first else None

        hub.before = refuse_first
        deliver(office)
        assert row(office, first)["delivered_at"] is None
        assert row(office, second)["delivered_at"]
        tried = hub.deliveries
        assert deliver(office) == 0
        assert hub.deliveries == tried
        hub.before = lambda what, body: None
        assert deliver(an_hour_later(office)) == 1
        assert row(office, first)["delivered_at"]

    def test_a_message_that_waited_too_long_is_sealed_anew_under_its_id(self, hub, office):
        message = put(office)
        before = json.loads(row(office, message)["envelope"])
        with office.store.write() as tx:
            tx.execute("UPDATE outbox SET expires_at = '2020-01-01T00:00:00.000000Z'")
        assert deliver(office) == 1
        assert json.loads(row(office, message)["envelope"])["payload"] != before["payload"]
        assert hub.delivered[message].body["reason"] == "reason"

    def test_a_hub_that_has_it_already_under_older_times(self, hub, office):

        message = put(office)
        hub.before = lambda what, body: refusal(fail(ID_REUSED, message))
        assert code(deliver, office) == "node.hub_refused"
        assert row(office, message)["delivered_at"] is None  # it was sealed only once
        with office.store.write() as tx:
            tx.execute("UPDATE outbox SET expires_at = '2020-01-01T00:00:00.000000Z'")
        assert deliver(an_hour_later(office)) == 1
        assert row(office, message)["delivered_at"]

    def test_an_answer_without_end_is_cut(self, hub, office):
        put(office)
        hub.before = lambda what, body: PlainTextResponse(b"x" * (LARGEST_ANSWER + 1))
        assert code(deliver, office) == "node.hub_answer_malformed"


class TestPolling:
    def poll(self, office):
        with Link(office.identity.hub_url) as link:
            return agent.poll(office, link, wait_seconds=0)

    def test_tells_how_the_node_is(self, hub, office):
        put(office)
        with office.store.write() as tx:
            switch.press(tx, stopped=True, who="王", why="演练", at=office.stamp())
        assert self.poll(office) == 0
        said = hub.polls[-1]
        assert (said["stopped"], said["outbox"], said["acknowledged"]) == (True, 1, [])

    def test_acknowledges_only_what_it_has_stored(self, hub, office):

        sent = hub.send(office.id, PermitRevoked(permit="permit_9", reason="x"))
        name = json.loads(sent.payload_bytes)["id"]
        assert self.poll(office) == 1
        assert hub.acknowledged == []
        with office.store.read() as tx:
            assert tx.execute("SELECT permit FROM revocation").fetchone()["permit"] == "permit_9"
        self.poll(office)
        assert hub.acknowledged == [name]
        self.poll(office)
        assert hub.acknowledged == [name]

    def test_a_replayed_nonce_under_another_id(self, hub, office):

        first = hub.send(office.id, PermitRevoked(permit="permit_8", reason="x"))
        self.poll(office)
        plain = json.loads(first.payload_bytes)
        again = json.dumps({**plain, "id": "msg_other"}).encode()
        signature = b64(hub.key.sign(ENVELOPE_TYPE, again))
        hub.queues[office.id].clear()
        hub.queue(office.id, Envelope(key=first.key, payload=b64(again), signature=signature))
        assert code(self.poll, office) == "node.hub_answer_malformed"
        with office.store.read() as tx:
            assert tx.execute("SELECT count(*) FROM letter").fetchone()[0] == 1
            found = tx.execute("SELECT problem FROM incident").fetchall()
        assert any("protocol.replayed" in f["problem"] for f in found)

    def test_a_hub_whose_key_changed(self, hub, office):

        hub.key = SigningKey.generate()
        hub.send(office.id, PermitRevoked(permit="permit_7", reason="x"))
        assert code(self.poll, office) == "node.hub_answer_malformed"
        with office.store.read() as tx:
            assert tx.execute("SELECT count(*) FROM revocation").fetchone()[0] == 0

    def test_a_flood_of_forgeries_fills_no_disk(self, hub, office):

        thief = SigningKey.generate()
        for n in range(50):
            hub.send(office.id, PermitRevoked(permit=f"permit_{n}", reason="x"), key=thief)
        assert code(self.poll, office) == "node.hub_answer_malformed"
        (incident,) = commands.status(office.folder.root)["incidents"]
        assert incident["times"] == 50


class TestStop:
    def test_holds_back_everything_that_carries_data(self, hub, office):

        with office.store.write() as tx:
            count = ExploreAnswer(task="task_1", count=12, epsilon=0.1, spent=0.1, withheld=None)
            data = outbox.put(tx, office, count)
        no = put(office)
        commands.stop(office.folder.root, who="王", why="疑似泄露")
        deliver(office)
        assert list(hub.delivered) == [no]
        assert hub.polls[-1]["stopped"] is True
        commands.resume(office.folder.root, who="王", why="已排除")
        deliver(office)
        assert list(hub.delivered) == [no, data]
        assert hub.polls[-1]["stopped"] is False

    @pytest.mark.parametrize("given", [{"who": "", "why": "x"}, {"who": "x", "why": "  "}])
    def test_needs_a_name_and_a_reason(self, office, given):
        assert code(commands.stop, office.folder.root, **given) == "node.decision_incomplete"
        assert commands.status(office.folder.root)["switch"]["stopped"] is False

    def test_no_source_is_examined_while_stopped(self, office):
        commands.stop(office.folder.root, who="王", why="演练")

        given = {"name": "x", "dsn": "parquet:nowhere", "about": ABOUT}
        assert code(commands.connect, office.folder.root, **given) == "node.stopped"


def test_clocks_that_disagree_are_named(hub, office):
    message = put(office)
    ahead = open_office(office.folder.root, clock=lambda: now() + timedelta(hours=1))
    with ahead.store.write() as tx:
        tx.execute("DELETE FROM outbox WHERE message = ?", (message,))
    put(ahead)
    with pytest.raises(QundaoError) as caught:
        deliver(ahead)
    assert "protocol.not_in_time" in [p.code for p in caught.value.problems]
