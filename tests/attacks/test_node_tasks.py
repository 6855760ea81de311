"""What a hub in an attacker's hands, or somebody between, may try against a node's own rules."""

from dataclasses import replace
from datetime import timedelta

import pytest

from qundao.access.permit import sign_permit
from qundao.kernel.errors import QundaoError
from qundao.kernel.ids import new_id
from qundao.kernel.signing import SigningKey, b64
from qundao.node import agent, commands, gate_log, permit_book, permits, task_book, tasks
from qundao.node.lanes import Computed
from qundao.node.link import Link
from qundao.node.tasks import work_once
from qundao.protocol.envelope import Envelope
from qundao.protocol.messages import (
    PermitDeclined,
    PermitRevoked,
    PermitSigned,
    Poll,
    Round,
    StudyAnswer,
)
from support.pilot_nodes import accession, join, offer, permit_for, survival, task_for
from support.tiny_hub import TinyHub, now, running

STEWARD = {"steward": "王", "document": "〔2026〕12号"}


@pytest.fixture(scope="module")
def sponsors(tmp_path_factory):
    """Three enrolled nodes with their datasets; each test uses permits of its own."""
    with running(TinyHub()) as hub:
        offices = {k: join(hub, tmp_path_factory.mktemp("node") / k, k) for k in "abc"}
        yield hub, {accession(o): o for o in offices.values()}


@pytest.fixture
def hub(sponsors):
    for queue in sponsors[0].queues.values():
        queue.clear()
    return sponsors[0]


@pytest.fixture
def named(sponsors):
    return sponsors[1]


@pytest.fixture
def office(named):
    return next(iter(named.values()))


@pytest.fixture
def study(named):
    a, b, c = named
    return survival({a: ("placebo", "treated"), b: ("placebo",), c: ("placebo",)})


@pytest.fixture
def permit(hub, named, study):
    """A permit that the first node has countersigned."""
    made = permit_for(hub, named, study)
    office = next(iter(named.values()))
    hub.send(office.id, offer(hub, made, study))
    visit(office)
    permits.approve(office, permit=made.id, **STEWARD)
    return made


def visit(office):
    with Link(office.identity.hub_url) as link:
        agent.once(office, link)


def answer_to(hub, office, task, **changed):
    """Send a task, let the node work, and return the codes with which it refused."""
    hub.send(office.id, task, **changed)
    visit(office)
    (body,) = [b for b in hub.bodies(StudyAnswer) if b["task"] == task.task]
    assert bool(body["values"]) != bool(body["problems"])
    return [p["code"] for p in body["problems"]]


def incidents(office):
    with office.store.read() as tx:
        return {r["problem"].split('"')[3] for r in tx.execute("SELECT problem FROM incident")}


def left(office):
    with office.store.read() as tx:
        return [e["task"] for e in gate_log.entries(tx)]


def tasks_held(office):
    with office.store.read() as tx:
        return {t["id"]: t["state"] for t in task_book.log(tx)}


def poll(office):
    with Link(office.identity.hub_url) as link:
        return agent.poll(office, link, wait_seconds=0)


class TestEnvelopes:
    @pytest.mark.parametrize(
        "changed",
        [
            {"key": SigningKey.generate()},
            {"issuer": "hub2"},
            {"audience": "node_2"},
            {"now": now() + timedelta(hours=1)},
        ],
        ids=["another key", "another issuer", "another node's", "from the future"],
    )
    def test_a_forged_one_is_neither_stored_nor_acknowledged(
        self, hub, office, permit, study, changed
    ):
        task = task_for(permit, study, permit.datasets[0].accession, new_id("run"))
        envelope = hub.send(office.id, task, **changed)
        with pytest.raises(QundaoError) as caught:
            poll(office)
        assert caught.value.code == "node.hub_answer_malformed"
        hub.queues[office.id].clear()
        visit(office)
        assert task.task not in tasks_held(office)
        assert incidents(office) & {
            "protocol.bad_signature",
            "protocol.wrong_address",
            "protocol.not_in_time",
        }
        assert envelope.digest not in str(hub.acknowledged)

    def test_an_altered_one(self, hub, office, permit, study):
        task = task_for(permit, study, permit.datasets[0].accession, new_id("run"))
        envelope = hub.send(office.id, task)
        payload = envelope.payload_bytes.replace(b'"masked":true', b'"masked":null')
        hub.queues[office.id].clear()
        hub.queue(office.id, Envelope(**{**envelope.model_dump(), "payload": b64(payload)}))
        with pytest.raises(QundaoError):
            poll(office)
        hub.queues[office.id].clear()
        assert task.task not in tasks_held(office)

    def test_a_good_one_among_forged_ones_gets_through(self, hub, office, permit, study):
        forged = task_for(permit, study, permit.datasets[0].accession, new_id("run"))
        hub.send(office.id, forged, key=SigningKey.generate())
        good = forged.model_copy(update={"task": new_id("task")})
        hub.send(office.id, good)
        assert poll(office) == 1
        held = tasks_held(office)
        assert good.task in held
        assert forged.task not in held

    def test_one_that_makes_no_sense_is_acknowledged_and_reported(self, hub, office):
        hub.send(office.id, Poll(wait_seconds=0, stopped=False, software="x", outbox=0))
        visit(office)
        assert not hub.queues[office.id]
        assert "protocol.bad_message" in incidents(office)

    def test_redelivery_changes_nothing(self, hub, office, permit, study):
        task = task_for(permit, study, permit.datasets[0].accession, new_id("run"))
        envelope = hub.send(office.id, task)
        visit(office)
        before = hub.deliveries
        hub.queue(office.id, envelope)
        visit(office)
        assert not hub.queues[office.id]
        assert hub.deliveries == before
        assert left(office).count(task.task) == 1


class TestPermits:
    def offered(self, hub, office, made, study, **changed):
        hub.send(office.id, offer(hub, made, study, **changed))
        visit(office)
        with pytest.raises(QundaoError) as caught:
            permits.approve(office, permit=made.id, **STEWARD)
        with office.store.read() as tx:
            held = permit_book.find(tx, made.id)
        assert held is None or (held.state, held.statement) == ("offered", None)
        return [(p.code, p.where) for p in caught.value.problems]

    def test_signed_by_another_key(self, hub, named, office, study):
        made = permit_for(hub, named, study)
        forged = sign_permit(made, SigningKey.generate())
        changed = {"signature": b64(forged.hub_signature)}
        assert self.offered(hub, office, made, study, **changed) == [("access.permit_forged", "")]

    def test_with_an_altered_protocol(self, hub, named, office, study):
        made = permit_for(hub, named, study)
        altered = study.to_json()
        altered["analyses"][0]["spec"]["edges"] = [0, 1, 2]
        found = self.offered(hub, office, made, study, protocol=altered)
        assert found[0][0] in ("node.bad_offer", "analysis.bad_spec")

    def test_with_no_protocol(self, hub, named, office, study):
        made = permit_for(hub, named, study)
        found = self.offered(hub, office, made, study, protocol={})
        assert found[0][0] == "study.bad_protocol"

    def test_with_thresholds_below_the_class(self, hub, named, office, study):
        made = permit_for(hub, named, study)
        own, *others = made.datasets
        made = replace(made, datasets=(replace(own, min_cell=2), *others))
        assert self.offered(hub, office, made, study) == [("disclosure.bad_floors", "min_cell")]

    def test_that_names_a_laxer_class(self, hub, named, office, study):
        made = permit_for(hub, named, study)
        own, *others = made.datasets
        made = replace(made, datasets=(replace(own, data_class="public"), *others))
        assert [c for c, _ in self.offered(hub, office, made, study)] == ["node.bad_offer"]

    def test_that_names_data_this_node_has_not(self, hub, named, office, study):
        made = permit_for(hub, named, study)
        own, *others = made.datasets
        made = replace(made, datasets=(replace(own, accession="QD000099.1"), *others))
        found = {c for c, _ in self.offered(hub, office, made, study)}
        assert found == {"node.unknown_dataset", "node.bad_offer"}

    def test_that_is_for_others_only(self, hub, named, office, study):
        made = permit_for(hub, named, study)
        _, second, third = made.datasets
        moved = replace(made.datasets[0], node=second.node)
        made = replace(made, datasets=(moved, second, third))
        assert ("node.bad_offer", "roster") in self.offered(hub, office, made, study)

    def test_that_expired(self, hub, named, office, study):
        ended = now() - timedelta(seconds=1)
        made = permit_for(hub, named, study, expires_at=ended)
        assert self.offered(hub, office, made, study) == [("access.permit_not_in_force", "permit")]

    def test_other_bytes_under_the_id_of_one_that_was_signed(self, hub, office, study, permit):
        changed = replace(permit, runs=99)
        hub.send(office.id, offer(hub, changed, study))
        visit(office)
        with office.store.read() as tx:
            assert permit_book.get(tx, permit.id).permit.runs == permit.runs
        assert "protocol.id_reused" in incidents(office)

    def test_a_second_yes_is_refused(self, office, permit):
        with pytest.raises(QundaoError) as caught:
            permits.approve(office, permit=permit.id, **STEWARD)
        assert caught.value.code == "node.permit_state"

    @pytest.mark.parametrize("given", [{"steward": " "}, {"document": ""}, {"document": "x" * 201}])
    def test_a_yes_needs_a_name_and_a_document(self, hub, named, office, study, given):
        made = permit_for(hub, named, study)
        hub.send(office.id, offer(hub, made, study))
        visit(office)
        with pytest.raises(QundaoError) as caught:
            permits.approve(office, permit=made.id, **{**STEWARD, **given})
        assert caught.value.code == "node.decision_incomplete"
        visit(office)
        assert made.id not in [b["permit"] for b in hub.bodies(PermitSigned)]


class TestTasks:
    def task(self, made, study, **changed):
        task = task_for(made, study, made.datasets[0].accession, new_id("run"))
        return task.model_copy(update=changed)

    def round(self, task, **changed):
        return Round(**{**task.round.to_json(), **changed})

    def test_an_honest_one_is_answered(self, hub, office, permit, study):
        assert answer_to(hub, office, self.task(permit, study)) == []

    def test_under_an_unknown_permit(self, hub, office, permit, study):
        task = self.task(permit, study, permit="permit_x")
        assert answer_to(hub, office, task) == ["node.unknown_permit"]

    def test_before_the_countersignature(self, hub, named, office, study):
        made = permit_for(hub, named, study)
        hub.send(office.id, offer(hub, made, study))
        task = self.task(made, study)
        assert answer_to(hub, office, task) == ["access.permit_not_countersigned"]

    def test_after_a_no(self, hub, named, office, study):
        made = permit_for(hub, named, study)
        hub.send(office.id, offer(hub, made, study))
        visit(office)
        permits.decline(office, permit=made.id, steward="王", reason="不同意")
        task = self.task(made, study)
        assert answer_to(hub, office, task) == ["access.permit_not_countersigned"]
        assert made.id in [b["permit"] for b in hub.bodies(PermitDeclined)]

    def test_after_the_member_took_its_yes_back(self, hub, office, permit, study):
        permits.decline(office, permit=permit.id, steward="王", reason="撤回")
        assert answer_to(hub, office, self.task(permit, study)) == ["access.permit_revoked"]

    def test_after_the_hubs_revocation(self, hub, office, permit, study):
        hub.send(office.id, PermitRevoked(permit=permit.id, reason="违约"))
        assert answer_to(hub, office, self.task(permit, study)) == ["access.permit_revoked"]

    def test_a_revocation_counts_however_late_and_whatever_the_order(
        self, hub, named, office, study
    ):
        made = permit_for(hub, named, study)
        late = PermitRevoked(permit=made.id, reason="违约")
        hub.send(office.id, late, now=now() - timedelta(days=30))
        visit(office)
        hub.send(office.id, offer(hub, made, study))
        visit(office)
        with office.store.read() as tx:
            assert permit_book.get(tx, made.id).state == "revoked"

    def test_of_another_dataset(self, hub, office, permit, study):
        other = permit.datasets[1].accession
        task = self.task(permit, study, accession=other)
        assert answer_to(hub, office, task) == ["access.outside_permit"]

    def test_of_another_name_for_the_dataset(self, hub, office, permit, study):
        task = self.task(permit, study, dataset="other")
        assert answer_to(hub, office, task) == ["node.unknown_dataset"]

    def test_of_another_analysis(self, hub, office, permit, study):
        task = self.task(permit, study, analysis="everything")
        assert answer_to(hub, office, task) == ["study.unknown_analysis"]

    def test_of_another_protocol(self, hub, office, permit, study):
        task = self.task(permit, study, protocol_digest="0" * 64)
        assert answer_to(hub, office, task) == ["access.outside_permit"]

    @pytest.mark.parametrize("others", [(), ("node_2",), ("node_2", "node_9")])
    def test_with_other_participants(self, hub, office, permit, study, others):
        task = self.task(permit, study)
        changed = self.round(task, participants=[office.id, *others])
        assert answer_to(hub, office, self.task(permit, study, round=changed)) == [
            "access.outside_permit"
        ]

    def test_alone_and_unmasked(self, hub, office, permit, study):
        task = self.task(permit, study)
        changed = self.round(task, participants=[office.id], masked=False, masked_groups=[])
        found = answer_to(hub, office, self.task(permit, study, round=changed))
        assert found == ["access.outside_permit", "access.outside_permit"]

    def test_unmasked_though_three_take_part(self, hub, office, permit, study):
        changed = self.round(self.task(permit, study), masked=False)
        assert answer_to(hub, office, self.task(permit, study, round=changed)) == [
            "access.outside_permit"
        ]

    @pytest.mark.parametrize("groups", [[], ["treated"], ["placebo", "treated"]])
    def test_with_other_masked_groups(self, hub, office, permit, study, groups):
        changed = self.round(self.task(permit, study), masked_groups=groups)
        task = self.task(permit, study, round=changed)
        assert answer_to(hub, office, task) == ["node.bad_round"]

    def test_under_a_round_that_was_used(self, hub, office, permit, study):
        first = self.task(permit, study)
        assert answer_to(hub, office, first) == []
        again = self.task(permit, study, round=first.round)
        assert answer_to(hub, office, again) == ["node.round_used"]

    def test_replayed_under_a_new_envelope_gets_the_stored_answer(self, hub, office, permit, study):
        task = self.task(permit, study)
        assert answer_to(hub, office, task) == []
        before = hub.deliveries
        hub.send(office.id, task)
        visit(office)
        assert hub.deliveries == before + 1
        assert len([b for b in hub.bodies(StudyAnswer) if b["task"] == task.task]) == 1
        assert left(office).count(task.task) == 1

    def test_other_content_under_a_used_task_id(self, hub, office, permit, study):
        task = self.task(permit, study)
        assert answer_to(hub, office, task) == []
        hub.send(office.id, self.task(permit, study, task=task.task))
        visit(office)
        assert len([b for b in hub.bodies(StudyAnswer) if b["task"] == task.task]) == 1
        assert left(office).count(task.task) == 1

    def test_that_came_too_late(self, hub, office, permit, study):
        task = self.task(permit, study)
        sent = now() - timedelta(days=8)
        assert answer_to(hub, office, task, now=sent) == ["protocol.not_in_time"]

    def test_of_an_expired_permit(self, hub, named, study, office):
        made = permit_for(hub, named, study, expires_at=now() + timedelta(days=1))
        hub.send(office.id, offer(hub, made, study))
        visit(office)
        permits.approve(office, permit=made.id, **STEWARD)
        later = replace(office, clock=lambda: now() + timedelta(days=2))
        hub.send(office.id, self.task(made, study))
        poll(office)
        assert work_once(later)
        with office.store.read() as tx:
            newest = task_book.log(tx, 1)[0]
        assert [p["code"] for p in newest["problems"]] == ["access.permit_not_in_force"]
        visit(office)  # the hub refuses what was sealed in the future; it is sealed anew
        visit(office)
        assert newest["id"] in [b["task"] for b in hub.bodies(StudyAnswer)]

    def test_beyond_the_permits_runs(self, hub, office, permit, study):
        found = [answer_to(hub, office, self.task(permit, study)) for _ in range(permit.runs + 1)]
        assert found == [[]] * permit.runs + [["access.permit_spent"]]

    def test_refusals_do_not_use_up_runs(self, hub, office, permit, study):
        for _ in range(permit.runs + 1):
            answer_to(hub, office, self.task(permit, study, analysis="everything"))
        assert answer_to(hub, office, self.task(permit, study)) == []

    def test_nothing_that_was_refused_is_listed_as_left(self, hub, office, permit, study):
        task = self.task(permit, study, analysis="everything")
        answer_to(hub, office, task)
        assert task.task not in left(office)


class TestMidway:
    """What changes while a task is being computed counts."""

    def begun(self, hub, office, permit, study):
        """Let the node compute an answer, up to the moment before it is kept."""
        task = task_for(permit, study, permit.datasets[0].accession, new_id("run"))
        hub.send(office.id, task)
        poll(office)
        begun = tasks._begin(office)
        assert begun.id == task.task
        found = tasks._attempt(office, begun)
        assert isinstance(found, Computed)
        return begun, found

    def test_stopped_meanwhile(self, hub, office, permit, study):
        begun, found = self.begun(hub, office, permit, study)
        commands.stop(office.folder.root, who="王", why="演练")
        tasks._finish(office, begun, found)
        assert not tasks.work_once(office)
        assert tasks_held(office)[begun.id] == "received"
        assert begun.id not in left(office)
        commands.resume(office.folder.root, who="王", why="演练结束")
        visit(office)
        assert tasks_held(office)[begun.id] == "answered"
        assert left(office).count(begun.id) == 1

    @pytest.mark.parametrize("by_hub", [True, False])
    def test_revoked_meanwhile(self, hub, office, permit, study, by_hub):
        begun, found = self.begun(hub, office, permit, study)
        if by_hub:
            hub.send(office.id, PermitRevoked(permit=permit.id, reason="违约"))
            poll(office)
        else:
            permits.decline(office, permit=permit.id, steward="王", reason="撤回")
        tasks._finish(office, begun, found)
        visit(office)
        (body,) = [b for b in hub.bodies(StudyAnswer) if b["task"] == begun.id]
        assert body["values"] == []
        assert [p["code"] for p in body["problems"]] == ["access.permit_revoked"]
        assert begun.id not in left(office)

    def test_the_last_run_used_meanwhile(self, hub, office, permit, study):
        """Two answers computed before either is kept: the permit's runs still hold."""
        for _ in range(permit.runs - 1):
            answer_to(hub, office, TestTasks().task(permit, study))
        first = self.begun(hub, office, permit, study)
        with office.store.write() as tx:
            tx.execute("UPDATE task SET received_at = '9' WHERE id = ?", (first[0].id,))
        second = self.begun(hub, office, permit, study)
        tasks._finish(office, *first)
        tasks._finish(office, *second)
        held = tasks_held(office)
        assert [held[first[0].id], held[second[0].id]] == ["answered", "refused"]


def test_a_hub_that_tampers_with_the_nodes_records_needs_its_key_too(hub, office, permit, study):
    """Somebody with the database but not the key file cannot widen what was countersigned."""
    wider = sign_permit(replace(permit, runs=99), hub.key)
    with office.store.write() as tx:
        tx.execute(
            "UPDATE permit SET payload = ?, signature = ? WHERE id = ?",
            (wider.payload, wider.hub_signature, permit.id),
        )
    task = task_for(permit, study, permit.datasets[0].accession, new_id("run"))
    assert answer_to(hub, office, task) == ["access.permit_not_countersigned"]


def test_the_list_of_what_left_cannot_be_changed_unnoticed(hub, office, permit, study):
    task = task_for(permit, study, permit.datasets[0].accession, new_id("run"))
    assert answer_to(hub, office, task) == []
    for statement in ("UPDATE gate_log SET at = 'x'", "DELETE FROM gate_log"):
        with pytest.raises(QundaoError), office.store.write() as tx:
            tx.execute(statement)
    with office.store.read() as tx:
        assert gate_log.broken_at(tx) is None
    with office.store.write() as tx:
        tx.execute("DROP TRIGGER gate_log_stays")
        tx.execute("UPDATE gate_log SET on_behalf_of = 'nobody' WHERE task = ?", (task.task,))
        broken = gate_log.broken_at(tx)
        number = tx.execute("SELECT number FROM gate_log WHERE task = ?", (task.task,)).fetchone()
        tx.execute(
            "UPDATE gate_log SET on_behalf_of = ? WHERE task = ?", (permit.grantee, task.task)
        )
    assert broken == number[0]
