"""摆渡: a node without any connection works by files, with the same signatures and care."""

import json

import pytest

from qundao.kernel.errors import QundaoError
from qundao.kernel.ids import new_id
from qundao.kernel.signing import SigningKey
from qundao.node import commands
from qundao.node.ferry import SUFFIX
from qundao.protocol.envelope import open_envelope, parse_envelope, seal
from qundao.protocol.messages import HUB, PermitSigned, Receipt, StudyAnswer
from support.pilot_nodes import accession, join, offer, permit_for, survival, task_for
from support.tiny_hub import TinyHub, now, running


@pytest.fixture
def scene(tmp_path):
    with running(TinyHub()) as hub:
        office = join(hub, tmp_path / "a", "a")
    held = accession(office)
    study = survival({held: ("placebo", "treated")})
    return hub, office, permit_for(hub, {held: office}, study), study, tmp_path


def carry(hub, office, folder, message, key=None):
    """Write a message of the hub as a file; return what the node made of the folder."""
    folder.mkdir(exist_ok=True)
    envelope = seal(
        message.type,
        message.to_json(),
        issuer=HUB,
        audience=office.id,
        key=key or hub.key,
        now=now(),
    )
    (folder / f"{new_id('file')}{SUFFIX}").write_text(envelope.model_dump_json())
    return commands.import_inbox(office.folder.root, folder=folder)


def exported(hub, office, folder):
    """Export the outbox; return the letters, opened as the hub would."""
    commands.export_outbox(office.folder.root, folder=folder)
    key = office.keys.identity.verify_key
    envelopes = [parse_envelope(p.read_bytes()) for p in sorted(folder.glob(f"*{SUFFIX}"))]
    return [open_envelope(e, key=key, issuer=office.id, audience=HUB, now=now()) for e in envelopes]


def test_a_study_by_files_alone(scene):
    hub, office, permit, study, tmp_path = scene
    root = office.folder.root
    assert carry(hub, office, tmp_path / "1", offer(hub, permit, study))["messages"] == 1
    commands.approve(root, permit=permit.id, steward="王", document="12")
    task = task_for(permit, study, permit.datasets[0].accession, new_id("run"))
    assert carry(hub, office, tmp_path / "2", task) == {"messages": 1, "receipts": 0, "tasks": 1}
    letters = exported(hub, office, tmp_path / "out")
    assert [m.type for m in letters] == [PermitSigned.type, StudyAnswer.type]
    assert letters[1].body["problems"] == []
    assert commands.status(root)["outbox"] == 2
    for letter in letters:
        assert carry(hub, office, tmp_path / "3", Receipt(message=letter.id))["receipts"] >= 1
    assert commands.status(root)["outbox"] == 0
    assert commands.export_outbox(root, folder=tmp_path / "none") == {"files": 0}


def test_the_same_files_again_change_nothing(scene):
    hub, office, permit, study, tmp_path = scene
    carry(hub, office, tmp_path / "1", offer(hub, permit, study))
    commands.import_inbox(office.folder.root, folder=tmp_path / "1")
    assert len(commands.status(office.folder.root)["permits"]) == 1


def test_a_forged_file_changes_nothing(scene):
    hub, office, permit, study, tmp_path = scene
    forged = offer(hub, permit, study)
    told = carry(hub, office, tmp_path / "1", forged, key=SigningKey.generate())
    assert told == {"messages": 0, "receipts": 0, "tasks": 0}
    assert commands.status(office.folder.root)["permits"] == []


def test_a_file_that_is_none_is_named_before_anything_is_taken_in(scene):
    hub, office, permit, study, tmp_path = scene
    folder = tmp_path / "1"
    folder.mkdir()
    (folder / f"zz{SUFFIX}").write_text("{}")
    with pytest.raises(QundaoError) as caught:
        carry(hub, office, folder, offer(hub, permit, study))
    assert caught.value.code == "node.bad_ferry_file"
    assert caught.value.problems[0].where == f"zz{SUFFIX}"
    assert commands.status(office.folder.root)["permits"] == []


def test_while_stopped_no_data_is_exported(scene):
    hub, office, permit, study, tmp_path = scene
    root = office.folder.root
    carry(hub, office, tmp_path / "1", offer(hub, permit, study))
    commands.approve(root, permit=permit.id, steward="王", document="12")
    task = task_for(permit, study, permit.datasets[0].accession, new_id("run"))
    carry(hub, office, tmp_path / "2", task)
    commands.stop(root, who="王", why="演练")
    assert [m.type for m in exported(hub, office, tmp_path / "out")] == [PermitSigned.type]
    commands.resume(root, who="王", why="演练结束")
    assert len(exported(hub, office, tmp_path / "out2")) == 2


def test_files_name_the_node_and_the_message_only(scene):
    hub, office, permit, study, tmp_path = scene
    carry(hub, office, tmp_path / "1", offer(hub, permit, study))
    commands.decline(office.folder.root, permit=permit.id, steward="王", reason="不同意")
    commands.export_outbox(office.folder.root, folder=tmp_path / "out")
    (file,) = (tmp_path / "out").iterdir()
    message = json.loads(parse_envelope(file.read_bytes()).payload_bytes)["id"]
    assert file.name == f"{office.id}-{message}{SUFFIX}"
