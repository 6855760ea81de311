"""Sources that vanish, break, change or are no source at all: a clear error, nothing half-done."""

import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from qundao.catalogue.version import read_version
from qundao.kernel.errors import QundaoError, problem
from qundao.kernel.ids import new_id
from qundao.node import agent, commands, datasets, permits, task_book
from qundao.node.link import Link
from qundao.node.office import open_office
from qundao.protocol.codes import BAD_MESSAGE
from qundao.protocol.messages import Receipt, RegisterDataset, StudyAnswer
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


@pytest.fixture
def hub():
    with running(TinyHub()) as hub:
        yield hub


@pytest.fixture
def source(tmp_path):
    return Path(shutil.copytree(pilot_folder("a"), tmp_path / "source"))


@pytest.fixture
def node(hub, tmp_path):
    commands.init(tmp_path / "node", hub_url=hub.url, code=hub.code)
    return tmp_path / "node"


class TestConnecting:
    def connect(self, node, dsn, **changed):
        with pytest.raises(QundaoError) as caught:
            commands.connect(node, name="pilot", dsn=dsn, about={**ABOUT, **changed})
        assert commands.status(node)["datasets"] == []
        assert commands.status(node)["outbox"] == 0
        return [p.code for p in caught.value.problems]

    def test_a_folder_that_is_not_there(self, hub, node, tmp_path):
        assert self.connect(node, f"parquet:{tmp_path}/nowhere") == ["engines.source_missing"]
        assert hub.bodies(RegisterDataset) == []

    def test_a_name_that_is_none(self, node):
        assert self.connect(node, "oracle:x") == ["engines.bad_dsn"]

    def test_a_broken_file(self, node, source):
        (source / "dm.parquet").write_bytes(b"PAR1 this is not parquet PAR1")
        assert self.connect(node, f"parquet:{source}") == ["engines.broken_parquet"]

    def test_a_file_that_is_no_database(self, node, tmp_path):
        (tmp_path / "x.duckdb").write_bytes(b"no database" * 1000)
        assert self.connect(node, f"duckdb:{tmp_path}/x.duckdb") == ["engines.source_unreadable"]

    def test_tables_of_no_known_model(self, node, tmp_path):
        folder = tmp_path / "other"
        folder.mkdir()
        pq.write_table(pa.table({"a": [1]}), folder / "things.parquet")
        assert self.connect(node, f"parquet:{folder}") == ["models.not_recognised"]

    def test_a_header_read_as_data(self, node, tmp_path):
        folder = tmp_path / "cdm"
        folder.mkdir()
        rows = pa.table(
            {
                "column0": ["person_id", "1"],
                "column1": ["gender_concept_id", "8507"],
                "column2": ["year_of_birth", "1950"],
            }
        )
        pq.write_table(rows, folder / "person.parquet")
        assert self.connect(node, f"parquet:{folder}") == ["engines.header_row_as_data"]

    def test_every_defect_of_the_description_at_once(self, node, source):
        changed = {
            "title": {"zh": "甲"},
            "tier": "secret",
            "labels": {},
            "min_cell": 1,
            "event_floor": "5",
        }
        found = self.connect(node, f"parquet:{source}", **changed)
        assert found.count("node.bad_description") == 3
        assert found.count("catalogue.bad_description") == 4

    def test_thresholds_below_the_class(self, node, source):
        found = self.connect(node, f"parquet:{source}", min_cell=2)
        assert found == ["disclosure.bad_floors"]

    def test_a_bad_name(self, node, source):
        with pytest.raises(QundaoError) as caught:
            commands.connect(node, name="../x", dsn=f"parquet:{source}", about=ABOUT)
        assert caught.value.code == "protocol.bad_message"
        assert commands.status(node)["datasets"] == []


class TestWhatIsTold:
    def test_no_place_no_key_and_no_rare_value(self, hub, node, source):
        told = commands.connect(node, name="pilot", dsn=f"parquet:{source}", about=ABOUT)
        assert (told["accession"], told["persons"]) == ("QD000001.1", 59)
        (body,) = hub.bodies(RegisterDataset)
        text = str(body)
        assert str(source) not in text
        subjects = pq.read_table(source / "dm.parquet")["USUBJID"].to_pylist()
        assert not [s for s in subjects if s in text]
        assert "examples" not in text

    def test_the_same_content_again_keeps_its_accession(self, hub, node, source, tmp_path):
        commands.connect(node, name="pilot", dsn=f"parquet:{source}", about=ABOUT)
        hub.receipt_for = lambda letter: _known(letter)
        moved = shutil.copytree(source, tmp_path / "moved")
        told = commands.connect(node, name="pilot", dsn=f"parquet:{moved}", about=ABOUT)
        assert told["accession"] == "QD000001.1"

        first, second = hub.bodies(RegisterDataset)
        assert first == second
        office = open_office(node)
        with office.store.read() as tx:
            assert datasets.by_accession(tx, "QD000001.1").dsn == f"parquet:{moved}"

    def test_a_corrected_row_is_another_version_though_its_description_is_the_same(
        self, hub, node, source
    ):
        commands.connect(node, name="pilot", dsn=f"parquet:{source}", about=ABOUT)
        correct_one_value(source)
        commands.connect(node, name="pilot", dsn=f"parquet:{source}", about=ABOUT)
        first, second = hub.bodies(RegisterDataset)
        assert {k for k in first if first[k] != second[k]} == {"data_digest"}
        assert read_version(first).digest != read_version(second).digest

    def test_what_stands_for_the_data_is_each_nodes_own(self, hub, node, source, tmp_path):
        """Whoever has the hub's copy cannot try out what the data might be."""
        join(hub, tmp_path / "other", dsn=f"parquet:{source}")
        commands.connect(node, name="pilot", dsn=f"parquet:{source}", about=ABOUT)
        first, second = (body["data_digest"] for body in hub.bodies(RegisterDataset))
        assert first != second

    def test_a_registration_that_the_hub_refuses_is_shown(self, hub, node, source):

        no = problem(BAD_MESSAGE, "x", required="y").to_json()
        hub.receipt_for = lambda letter: Receipt(message=letter.id, problems=(no,))
        told = commands.connect(node, name="pilot", dsn=f"parquet:{source}", about=ABOUT)
        assert told["accession"] is None
        assert [p["code"] for p in told["problems"]] == ["protocol.bad_message"]


def _known(letter):

    return Receipt(message=letter.id, result={"accession": "QD000001.1", "again": True})


class TestComputing:
    @pytest.fixture
    def scene(self, hub, source, tmp_path):
        office = join(hub, tmp_path / "a", "a", dsn=f"parquet:{source}")
        held = accession(office)
        study = survival({held: ("placebo", "treated")})
        permit = permit_for(hub, {held: office}, study)
        hub.send(office.id, offer(hub, permit, study))
        self.visit(office)
        permits.approve(office, permit=permit.id, steward="王", document="12")
        return office, permit, study

    def visit(self, office):
        with Link(office.identity.hub_url) as link:
            agent.once(office, link)

    def asked(self, hub, scene):
        office, permit, study = scene
        task = task_for(permit, study, permit.datasets[0].accession, new_id("run"))
        hub.send(office.id, task)
        self.visit(office)
        (body,) = [b for b in hub.bodies(StudyAnswer) if b["task"] == task.task]
        with office.store.read() as tx:
            held = next(t for t in task_book.log(tx) if t["id"] == task.task)
        return body, held

    def test_a_source_that_is_gone_then_back(self, hub, scene, source, tmp_path):
        source.rename(tmp_path / "away")
        body, held = self.asked(hub, scene)
        assert [p["code"] for p in body["problems"]] == ["engines.source_missing"]
        assert (body["values"], held["state"]) == ([], "refused")
        (tmp_path / "away").rename(source)
        body, held = self.asked(hub, scene)
        assert (body["problems"], held["state"]) == ([], "answered")

    def test_what_the_hub_hears_of_it_tells_nothing_more(self, hub, scene, source):
        """The steward reads where; the hub gets the code alone."""
        shutil.rmtree(source)
        body, held = self.asked(hub, scene)
        (outside,) = body["problems"]
        (inside,) = held["problems"]
        assert outside == {"code": inside["code"], "received": "", "where": "", "facts": {}}
        assert str(source) in str(inside)

    def test_a_source_that_changed_is_another_version(self, hub, scene, source):
        rows = pq.read_table(source / "adtte.parquet")
        pq.write_table(rows.slice(1), source / "adtte.parquet")
        body, _ = self.asked(hub, scene)
        assert [p["code"] for p in body["problems"]] == ["node.source_changed"]

    def test_a_table_that_went_missing(self, hub, scene, source):
        (source / "adtte.parquet").unlink()
        body, _ = self.asked(hub, scene)
        assert [p["code"] for p in body["problems"]] == ["node.source_changed"]

    def test_no_failure_is_listed_as_left_or_uses_up_a_run(self, hub, scene, source, tmp_path):
        office = scene[0]
        source.rename(tmp_path / "away")
        for _ in range(4):
            self.asked(hub, scene)
        assert commands.status(office.folder.root)["left"] == 1  # its registration
        (tmp_path / "away").rename(source)
        assert self.asked(hub, scene)[0]["problems"] == []
