"""What a node tells of its vocabulary, and what it says that it cannot answer (synthetic)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from qundao.catalogue.vocabulary import read_vocabulary
from qundao.engines import model_version, open_engine
from qundao.kernel.canonical import digest
from qundao.kernel.errors import QundaoError
from qundao.kernel.ids import new_id
from qundao.models.omop import omop
from qundao.node import agent, commands, datasets, explore_book, gate_log
from qundao.node.answerable import cannot_answer
from qundao.node.datasets import Version
from qundao.node.link import Link
from qundao.node.office import open_office
from qundao.node.profile import Profiler
from qundao.node.vocabulary import is_whole, told_of
from qundao.protocol.messages import ExploreAnswer, ExploreTask, RegisterDataset, ReportVocabulary
from qundao.query import (
    AnyPrior,
    Arm,
    BandedPredicate,
    Baseline,
    Criterion,
    Domain,
    Entry,
    HasCondition,
    Observation,
    Population,
    StandardModel,
    to_json,
)
from support.model_folder import write_model
from support.small_omop import ABOUT, ABOVE, COMMON, MISSING, RARE, people, rows
from support.tiny_hub import TinyHub, running


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> str:
    return write_model(tmp_path_factory.mktemp("whole"), omop("5.4"), rows(60))


@pytest.fixture(scope="module")
def poor(tmp_path_factory) -> str:
    """A source with a trimmed vocabulary and without some tables."""
    lacking = ("visit_detail", "concept_relationship")
    return write_model(tmp_path_factory.mktemp("poor"), omop("5.4"), rows(0), leave_out=lacking)


def tell(dsn: str) -> dict[str, Any]:
    with open_engine(dsn) as engine:
        told = told_of(engine, model_version(engine), 10)
    assert told is not None
    return told


def test_concepts_are_told_in_bands_with_those_above_and_no_rare_one(whole, poor) -> None:
    told = tell(whole)
    held = {c["id"]: c for c in told["concepts"]}
    assert held.keys() == {COMMON, ABOVE}
    assert held[COMMON]["persons"] == "10–49"
    assert (held[COMMON]["name"], held[COMMON]["zh"]) == (f"name {COMMON}", "常见病")
    assert "persons" not in held[ABOVE]
    assert "name" not in held[ABOVE]  # SNOMED: licensed, only id and code
    assert str(RARE) not in json.dumps([c["code"] for c in told["concepts"]])
    assert told["whole"] is True
    assert tell(poor)["whole"] is False
    assert {"RxNorm"} == {r["vocabulary"] for r in told["releases"]}
    tables = {t["table"] for t in tell(poor)["tables"]}
    assert "person" in tables
    assert "visit_detail" not in tables
    assert read_vocabulary(told, 10).concepts[0].id == COMMON


def test_the_site_decides_on_names_and_on_telling_at_all(whole, monkeypatch) -> None:
    monkeypatch.setenv("QUNDAO_NODE_VOCABULARY_NAMES", "SNOMED, MedDRA")
    assert all("name" in c for c in tell(whole)["concepts"])
    monkeypatch.setenv("QUNDAO_NODE_VOCABULARY", "off")
    with open_engine(whole) as engine:
        assert told_of(engine, model_version(engine), 10) is None


# --- what is listed as left ------------------------------------------------------------------


def test_what_describes_a_dataset_is_listed_as_left(scene) -> None:
    """Each message that tells of data has its entry, and every plain number in it is named."""
    hub, office = scene
    with office.store.read() as tx:
        assert gate_log.broken_at(tx) is None
        second, first = gate_log.entries(tx)
        sent = dict(tx.execute("SELECT type, message FROM outbox").fetchall())
    assert [first["lane"], second["lane"]] == ["registration", "vocabulary"]
    assert [first["message"], second["message"]] == [
        sent[RegisterDataset.type],
        sent[ReportVocabulary.type],
    ]
    assert all(e["delivered_at"] and e["accession"] == "ehr" for e in (first, second))
    (body,), (report,) = hub.bodies(RegisterDataset), hub.bodies(ReportVocabulary)
    plain = {c["cell"]: c["value"] for c in first["content"]["shown"]}
    assert plain.pop("persons") == body["profile"]["persons"] == 40
    assert plain == {f"domain.{d['domain']}.facts": d["facts"] for d in body["profile"]["domains"]}
    assert _numbers(body["profile"]) == {"persons", "facts"}
    assert first["content"]["digest"] == digest(body)
    assert second["content"]["concepts"] == len(report["vocabulary"]["concepts"]) == 2
    assert (second["content"]["banded"], second["content"]["named"]) == (1, 1)
    assert _numbers(report["vocabulary"]) == set()


def _numbers(told: Any, name: str = "") -> set[str]:
    """Return what is counted plainly in what was told; ids, shares and years count nothing."""
    if isinstance(told, dict):
        return {n for k, v in told.items() for n in _numbers(v, k)}
    if isinstance(told, list):
        return {n for v in told for n in _numbers(v, name)}
    counts = isinstance(told, int | float) and not isinstance(told, bool)
    return {name} if counts and name not in {"id", "filled_pct", "from", "to"} else set()


def test_a_registration_that_is_not_kept_is_not_listed(scene, whole) -> None:
    _, office = scene
    with pytest.raises(QundaoError):
        commands.connect(office.folder.root, name="ehr", dsn=whole, about={**ABOUT, "min_cell": 1})
    with office.store.read() as tx:
        assert gate_log.count(tx) == 2


# --- what cannot be answered -----------------------------------------------------------------


@pytest.fixture
def scene(tmp_path, whole):
    """A node at a tiny hub, with one OMOP dataset registered."""
    with running(TinyHub()) as hub:
        commands.init(tmp_path / "node", hub_url=hub.url, code=hub.code)
        commands.connect(tmp_path / "node", name="ehr", dsn=whole, about=ABOUT)
        yield hub, open_office(tmp_path / "node")


def registered(dsn: str) -> Version:
    """A version as registering would keep it, without the checks of quality."""
    with open_engine(dsn) as engine:
        model = model_version(engine)
        body = {"profile": Profiler(engine, model, 10).run()}
        held = Version("m", "ehr", dsn, str(model), "", body, {}, "", "QD000001.1", [])
        return replace(held, whole=is_whole(engine))


def lacking(dsn: str, version, definition) -> list[str]:
    with open_engine(dsn) as engine:
        found = cannot_answer(engine, version, definition)
    assert {p.code for p in found} <= {"node.cannot_answer"}
    return [p.received for p in found]


def test_what_is_missing_is_named_and_nothing_about_people(whole) -> None:
    version = registered(whole)
    assert version.whole
    assert lacking(whole, version, people(Domain.CONDITION, COMMON)) == []
    assert lacking(whole, version, people(Domain.CONDITION, MISSING)) == ["wanted"]
    assert lacking(whole, version, people(Domain.CONDITION, RARE)) == []  # few, but known
    assert lacking(whole, version, people(Domain.VISIT_DETAIL, COMMON)) == ["visit_detail"]
    asked = BandedPredicate(StandardModel.OMOP, (HasCondition(MISSING),))
    assert lacking(whole, version, asked) == [str(MISSING)]
    arms = (Arm("a", people(Domain.DEVICE, COMMON)),)
    prior = AnyPrior("before", Criterion(Domain.SPECIMEN))
    found = lacking(whole, version, Baseline(arms, (prior,)))
    assert found == ["device_exposure", "specimen"]


def test_a_source_without_a_table_says_so_and_a_trimmed_vocabulary_says_nothing(poor) -> None:
    version = registered(poor)
    assert not version.whole
    assert lacking(poor, version, people(Domain.CONDITION, MISSING)) == []
    found = lacking(poor, version, people(Domain.VISIT_DETAIL, COMMON))
    assert "visit_detail" in found
    mapped = people(Domain.CONDITION, COMMON)
    item = replace(mapped.concept_sets[0].items[0], mapped=True)
    mapped = replace(mapped, concept_sets=(replace(mapped.concept_sets[0], items=(item,)),))
    assert lacking(poor, version, mapped) == ["concept_relationship"]


# --- exploring a population ------------------------------------------------------------------


def kept_as_whole(office) -> bool:
    with office.store.read() as tx:
        (version,) = datasets.all_versions(tx)
    return version.whole


def ask(hub: TinyHub, office, version: str, definition: Population) -> dict[str, Any]:
    task = ExploreTask(
        task=new_id("probe"), member="member_1", accession=version, dataset="ehr",
        predicate=to_json(definition),
    )  # fmt: skip
    hub.send(office.id, task)
    with Link(office.identity.hub_url) as link:
        agent.once(office, link)
    (body,) = [b for b in hub.bodies(ExploreAnswer) if b["task"] == task.task]
    return body


def codes(answer: dict[str, Any]) -> list[str]:
    assert (answer["count"], answer["spent"]) == (None, 0)
    return [p["code"] for p in answer["problems"]]


def test_a_population_is_counted_only_where_the_steward_says_so_and_coarsely(scene) -> None:
    hub, office = scene
    sent = [m.type for m in hub.delivered.values()]
    assert sent == [RegisterDataset.type, ReportVocabulary.type]
    assert kept_as_whole(office)
    asked = people(Domain.CONDITION, COMMON)
    accession = commands.status(office.folder.root)["datasets"][0]["accession"]
    assert codes(ask(hub, office, accession, asked)) == ["node.cohorts_closed"]
    with office.store.write() as tx:
        change = {"cohorts": True}
        explore_book.set_policy(tx, change, who="李", why="测试", at=office.stamp())
    first = ask(hub, office, accession, asked)
    assert first["problems"] == []
    assert first["spent"] == 0.1
    renamed = replace(
        asked,
        name="other",
        concept_sets=(replace(asked.concept_sets[0], name="x"),),
        entry=Entry((Criterion(Domain.CONDITION, "x"),), Observation()),
    )
    again = ask(hub, office, accession, renamed)
    assert (again["count"], again["spent"]) == (first["count"], 0)
    fine = replace(asked, entry=replace(asked.entry, observation=Observation(prior_days=37)))
    assert codes(ask(hub, office, accession, fine)) == ["query.too_fine"]
    unknown = ask(hub, office, accession, people(Domain.CONDITION, MISSING))
    assert codes(unknown) == ["node.cannot_answer"]
    assert "wanted" in json.dumps(unknown["problems"][0])  # named, for whoever asks
