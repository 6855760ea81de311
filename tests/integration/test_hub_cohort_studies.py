"""A kept definition in a study: its content is locked; who cannot answer is left out and named."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.utils.translation import override

from qundao.hub.applications.designs import cohorts as compare
from qundao.hub.catalogue.queries import version
from qundao.hub.cohorts import queries
from qundao.hub.ledger.queries import balance, broken_laws
from qundao.hub.studies.models import Task
from qundao.hub.vocabulary.models import Concept
from qundao.hub.vocabulary.queries import abilities, search_concepts, unanswerable
from qundao.kernel.errors import QundaoError, problem
from qundao.models.omop import omop
from qundao.protocol.messages import Receipt, StudyTask
from qundao.protocol.node.codes import CANNOT_ANSWER, STOPPED
from qundao.query import Coded, Criterion, Domain, Entry
from qundao.study import locked_protocol, protocol_digest, protocol_from_json
from support.cohorts import BLEEDING, circe, concept, told_vocabulary
from support.hub_applications import HOSPITALS, SPONSORS, active
from support.hub_story import Party, Story, profile
from support.hub_studies import PERSONS, answer, shown, tasks

pytestmark = pytest.mark.usefixtures("story")
LACKS = problem(CANNOT_ANSWER, "visit_detail", "source", zh="表 visit_detail", en="visit_detail")


def kept(story: Story) -> dict[str, Any]:
    name = {"name_zh": "消化道出血", "name_en": "GI bleeding"}
    return story["a"].researcher.post("/cohorts/", 201, definition=circe(), **name)


def compared(story: Story, first: str, second: str) -> Any:
    form = {"cohort_a": first, "cohort_b": second, "event": "192671", "event_name": "x"}
    datasets = [story.accessions[k] for k in HOSPITALS]
    return compare({**form, "days": "365"}, datasets, "题目", "问题")


def test_a_protocol_holds_the_version_itself_and_a_new_one_changes_nothing(story: Story) -> None:
    first = kept(story)
    path = f"/cohorts/{first['cohort']}/versions"
    second = story["a"].researcher.post(path, 201, definition=circe(prior=365))
    made = compared(story, first["id"], second["id"])
    locked, stored = protocol_digest(made), made.to_json()
    assert [a.population.name for a in made.analyses[0].spec.source.arms] == ["消化道出血"] * 2
    assert [v.id for v in queries.versions_used(made)] == [first["id"], second["id"]]
    assert made.analyses[0].spec.arms[1].label.en == "GI bleeding, version 2"
    story["a"].researcher.post(path, 201, definition=circe(prior=30))
    story["a"].researcher.post(f"/cohorts/{first['cohort']}/retire", reason="x")
    again = locked_protocol(stored, locked)
    assert [v.digest for v in queries.versions_used(again)] == [first["digest"], second["digest"]]
    assert protocol_from_json(stored) == made
    with pytest.raises(QundaoError) as refused:  # a new protocol takes no retired version
        compared(story, first["id"], second["id"])
    assert [p.code for p in refused.value.problems] == ["cohorts.not_in_use"]


def test_a_design_without_a_definition_lists_what_is_missing(story: Story) -> None:
    with pytest.raises(QundaoError) as refused:
        compare({"days": "x"}, [story.accessions["h1"]], "t", "q")
    places = [p.where for p in refused.value.problems]
    assert places == ["cohort_a", "cohort_b", "event", "event_name", "days"]


def test_what_nodes_told_of_their_tables_is_compared_before_anything_is_asked(
    story: Story,
) -> None:
    first = kept(story)
    path = f"/cohorts/{first['cohort']}/versions"
    second = story["a"].researcher.post(path, 201, definition=circe(prior=365))
    made = compared(story, first["id"], second["id"])
    assert unanswerable(made) == []  # nobody has told anything: nothing is said
    told_vocabulary(story["h1"].node)
    ((accession, names),) = unanswerable(made)
    assert accession == story.accessions["h1"] == version(accession).accession
    assert "condition_occurrence" in names
    assert "concept_ancestor" in names
    assert "concept" not in names


def test_a_column_that_the_profile_shows_empty_is_told_beside_the_definition(story: Story) -> None:
    empty = {"name": "unit_concept_id", "kind": "code", "filled_pct": 0, "distinct": "<10"}
    table = {"table": "measurement", "rows": "1,000–4,999", "variables": [{**empty, "values": []}]}
    story["h1"].node.register(profile=profile(tables=[table]))
    tables = [
        {"table": t.name.lower(), "columns": [f.name.lower() for f in t.fields]}
        for t in omop("5.4").tables
    ]
    told_vocabulary(story["h1"].node, tables=tables)
    where = (Coded("unit", (8713,)),)
    asked = replace(BLEEDING, entry=Entry((Criterion(Domain.MEASUREMENT, "出血", where=where),)))
    with override("en"):
        (able,) = abilities(asked)
    assert able.lacks == ("measurement.unit_concept_id (empty)",)
    assert [a.lacks for a in abilities(BLEEDING)] == [()]


def test_a_node_corrects_its_own_names_and_nobody_elses(story: Story) -> None:
    def tell(key: str, **told: Any) -> Concept:
        told_vocabulary(story[key].node, concepts=[concept(7, "C7", **told)])
        return Concept.objects.get(pk=7)

    tell("h1", name="wrogn", domain="Wrong")
    other = tell("h2", name="theirs", zh="痛风", domain="Other")
    assert (other.name, other.name_zh, other.domain) == ("wrogn", "痛风", "Wrong")
    mended = tell("h1", name="gout", zh="别的", domain="Condition")
    assert (mended.name, mended.name_zh, mended.domain) == ("gout", "痛风", "Condition")
    assert [f.concept.pk for f in search_concepts("gout")] == [7]
    assert search_concepts("wrogn") == []
    assert tell("h1").name == ""  # the site tells no names any more
    assert tell("h2", name="theirs").name == "theirs"


# --- rounds ----------------------------------------------------------------------------------


def refuse(party: Party, task: StudyTask, *problems: Any) -> Receipt:
    told = tuple(p.to_json() for p in problems)
    return answer(party, task, values=(), problems=told, layout="")


def begun(story: Story, *keys: str) -> dict[str, Any]:
    _, permit = active(story, *keys)
    return story["a"].researcher.post("/studies/", permit=permit["id"])


def test_a_node_that_cannot_answer_is_left_out_and_named_and_is_no_zero(story: Story) -> None:
    study = begun(story, *HOSPITALS)
    here, there = (tasks(story[k])[0] for k in HOSPITALS)
    refuse(story["h1"], here, LACKS)
    assert Task.objects.get(pk=here.task).state == Task.State.REFUSED
    answer(story["h2"], there)
    told = story.reviewers[0].get(f"/studies/{study['id']}")
    (output,) = shown(told)
    notes = " ".join(n["en"] for n in output["result"]["notes"])
    assert f"{story.accessions['h1']} is not counted" in notes
    assert "lacks visit_detail" in notes
    assert "1 nodes took part" in notes
    totals = [row for table in output["result"]["tables"] for row in table["rows"]]
    assert any(PERSONS in row for row in totals)


def test_who_answered_nothing_is_not_paid(story: Story) -> None:
    study = begun(story, *HOSPITALS)
    price = balance(story["a"].id).held
    for here, there in zip(*(tasks(story[k]) for k in HOSPITALS), strict=True):
        refuse(story["h1"], here, LACKS)
        answer(story["h2"], there)
    before = {k: balance(story[k].id).spendable for k in HOSPITALS}
    told = story.reviewers[0].get(f"/studies/{study['id']}")
    story.reviewers[0].post(f"/studies/outputs/{shown(told)[0]['id']}/decision", release=True)
    earned = {k: balance(story[k].id).spendable - before[k] for k in HOSPITALS}
    assert earned["h1"] == 0
    assert earned["h2"] > 0
    assert 0 < balance(story["a"].id).held < price
    assert broken_laws() == ()


def test_another_refusal_still_ends_the_round(story: Story) -> None:
    study = begun(story, *HOSPITALS)
    here = tasks(story["h1"])[0]
    stopped = problem(STOPPED, "", "node", who="x", why="y")
    refuse(story["h1"], here, LACKS, stopped)
    answer(story["h2"], tasks(story["h2"])[0])
    runs = {r["analysis"]: r["state"] for r in story["a"].researcher.get(
        f"/studies/{study['id']}")["runs"]}  # fmt: skip
    assert runs["outcome"] == "failed"


def test_when_nobody_can_answer_there_is_no_result(story: Story) -> None:
    study = begun(story, *HOSPITALS)
    for key in HOSPITALS:
        refuse(story[key], tasks(story[key])[0], LACKS)
    told = story["a"].researcher.get(f"/studies/{study['id']}")
    (run,) = [r for r in told["runs"] if r["analysis"] == "outcome"]
    assert run["state"] == "failed"
    assert [p["code"] for p in run["problems"]] == ["study.cannot_leave_out"]


def test_nobody_is_left_out_of_a_masked_sum(story: Story) -> None:
    study = begun(story, *SPONSORS)
    (task,) = tasks(story["b"])
    refuse(story["b"], task, LACKS)
    (run,) = story["a"].researcher.get(f"/studies/{study['id']}")["runs"]
    assert run["state"] == "failed"
    codes = [p["code"] for p in run["problems"]]
    assert codes == ["node.cannot_answer", "study.cannot_leave_out"]
