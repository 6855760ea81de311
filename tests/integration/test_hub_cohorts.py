"""Cohort definitions at the API: kept, versioned, read by all, written by their own, released."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from qundao.hub.auditlog.models import LoggedEvent
from qundao.hub.cohorts import queries
from qundao.hub.cohorts.models import DefinitionVersion
from qundao.hub.common.models import AppendOnlyError
from qundao.kernel.errors import QundaoError, problem
from qundao.protocol.messages import ExploreAnswer, ExploreTask
from qundao.protocol.node.codes import CANNOT_ANSWER
from qundao.query import from_json
from qundao.query.exploring import counted
from support.cohorts import BLEEDING, circe
from support.hub_story import Story

pytestmark = pytest.mark.usefixtures("story")


def keep(story: Story, who: str = "a", definition: Any = None, **more: Any) -> Any:
    given = {"name_zh": "消化道出血", "name_en": "GI bleeding", **more}
    return story[who].researcher.post("/cohorts/", 201, definition=definition or circe(), **given)


def at(kept: Any) -> str:
    return f"/cohorts/{kept['cohort']}/{kept['number']}"


def test_what_is_kept_is_the_definition_with_its_words_and_its_circe_text(story: Story) -> None:
    kept = keep(story, note="first")
    assert (kept["number"], kept["state"], kept["member"]) == (1, "kept", story["a"].id)
    assert from_json(kept["definition"]) == BLEEDING
    assert "“出血”的诊断记录" in kept["words"]["zh"]
    assert "condition of “出血”" in kept["words"]["en"]
    assert story["h1"].steward.get(f"{at(kept)}/circe") == circe()
    assert story["b"].researcher.get("/cohorts/?q=bleeding")["total"] == 1
    assert story["b"].researcher.get("/cohorts/?q=stroke")["total"] == 0


def test_every_defect_of_an_upload_is_told_at_once_with_its_path(story: Story) -> None:
    wrong = circe()
    wrong["PrimaryCriteria"]["CriteriaList"][0]["ConditionOccurrence"]["CodesetId"] = 7
    wrong["PrimaryCriteria"]["ObservationWindow"]["PriorDays"] = "soon"
    refused = story["a"].researcher.post("/cohorts/", 400, definition=wrong, name_zh="x")
    places = {e["where"] for e in refused["errors"]}
    assert "$.PrimaryCriteria.CriteriaList[0].ConditionOccurrence.CodesetId" in places
    assert "$.PrimaryCriteria.ObservationWindow.PriorDays" in places
    assert not DefinitionVersion.objects.exists()


HALF = "\ud800"
NAMED = {**circe(), "ConceptSets": [{**circe()["ConceptSets"][0], "name": HALF}]}


@pytest.mark.parametrize(
    "wrong",
    [{"note": f"a{HALF}"}, {"note": "a\0"}, {"definition": NAMED}, {"definition": {"x": HALF}}],
    ids=["note", "control in note", "name of a set", "elsewhere"],
)
def test_what_is_no_text_is_refused_wherever_it_is(story: Story, wrong: dict[str, Any]) -> None:
    given = {"name_zh": "x", "definition": circe(), **wrong}
    codes = story["a"].researcher.refused("post", "/cohorts/", 400, **given)
    assert codes == ["query.malformed"]
    assert not DefinitionVersion.objects.exists()


def test_a_file_in_utf_16_is_kept_as_text(story: Story, client: Client) -> None:
    client.force_login(story["a"].researcher.user)
    file = SimpleUploadedFile("b.json", json.dumps(circe(), ensure_ascii=False).encode("utf-16"))
    assert client.post("/cohorts/upload/", {"file": file}).status_code == 302
    (kept,) = DefinitionVersion.objects.all()
    assert json.loads(kept.circe) == circe()


def test_a_version_is_added_never_changed_and_equal_content_is_the_same_one(story: Story) -> None:
    kept = keep(story)
    changed = circe(prior=365)
    again = story["a"].researcher.post(
        f"/cohorts/{kept['cohort']}/versions", 201, definition=circe(prior=0)
    )
    assert again["number"] == 1
    second = story["a"].steward.post(f"/cohorts/{kept['cohort']}/versions", 201, definition=changed)
    assert (second["number"], second["versions"]) == (2, [2, 1])
    assert second["digest"] != kept["digest"]
    first = queries.version(kept["cohort"], 1)
    assert first.digest == kept["digest"]
    with pytest.raises(AppendOnlyError):
        first.save()
    lines = queries.difference(first, queries.version(kept["cohort"], 2), "en")
    assert [(x.change, x.text) for x in lines if x.change] == [
        ("del", "Under observation"),
        ("ins", "Under observation, at least 365 days before"),
    ]


def test_only_its_own_member_writes_a_definition(story: Story) -> None:
    kept = keep(story)
    versions = f"/cohorts/{kept['cohort']}/versions"
    other = story["b"].researcher
    assert other.refused("post", versions, 403, definition=circe(prior=30)) == [
        "cohorts.not_your_definition"
    ]
    retire = f"/cohorts/{kept['cohort']}/retire"
    assert other.refused("post", retire, 403, reason="x") == ["cohorts.not_your_definition"]
    for nobody in (story.reviewers[0], story.auditor):
        assert nobody.refused("post", versions, 403, definition=circe(prior=30)) == [
            "hub.forbidden"
        ]
    assert story["a"].researcher.refused("post", retire, 422, reason=" ") == [
        "cohorts.reason_needed"
    ]
    assert story.operator.post(retire, reason="double")["retired"]
    assert story["a"].researcher.refused("post", versions, 409, definition=circe(prior=30)) == [
        "cohorts.retired"
    ]
    assert story["a"].researcher.get("/cohorts/")["total"] == 0
    assert story["a"].researcher.get(at(kept))["digest"] == kept["digest"]


def test_exploring_needs_a_release_by_somebody_elses_reviewer(story: Story) -> None:
    kept = keep(story)
    reviewer = story.reviewers[0]
    decide = f"{at(kept)}/decision"
    assert reviewer.refused("post", decide, 409, release=True) == ["cohorts.wrong_state"]
    assert story["a"].researcher.post(f"{at(kept)}/propose")["state"] == "proposed"
    assert story["a"].researcher.refused("post", decide, 403, release=True) == ["hub.forbidden"]
    assert reviewer.refused("post", decide, 422, release=False) == ["cohorts.reason_needed"]
    assert reviewer.post(decide, release=False, reason="too narrow")["state"] == "returned"
    assert story["a"].researcher.post(f"{at(kept)}/propose")["state"] == "proposed"
    assert reviewer.post(decide, release=True)["state"] == "released"
    assert [v.id for v in queries.released_versions()] == [kept["id"]]


def test_what_is_too_fine_cannot_even_be_proposed(story: Story) -> None:
    fine = keep(story, definition=circe(prior=37))
    assert [p["where"] for p in fine["too_fine"]] == ["$.entry.observation.prior_days"]
    refused = story["a"].researcher.refused("post", f"{at(fine)}/propose", 422)
    assert refused == ["query.too_fine"]


def test_what_nodes_tell_is_searched_in_both_languages_and_by_id(story: Story) -> None:
    from support.cohorts import concept, told_vocabulary

    assert told_vocabulary(story["h1"].node).problems == ()
    more = [concept(192671, "74474003", persons="10–49"), concept(4027663, "13200003")]
    told_vocabulary(story["h2"].node, concepts=more)
    search = story["a"].researcher
    found = search.get("/vocabulary/concepts", q="消化道")
    assert [(c["id"], c["nodes"], c["bands"]) for c in found] == [(192671, 2, ["100–499", "10–49"])]
    assert search.get("/vocabulary/concepts", q="hemorrhage GASTRO") == found
    assert search.get("/vocabulary/concepts", q="192671")[0]["id"] == 192671
    peptic = search.get("/vocabulary/concepts", q="peptic")
    assert [(c["id"], c["nodes"], c["bands"]) for c in peptic] == [(4027663, 2, [])]
    told_vocabulary(story["h1"].node, concepts=[])  # a new report takes the place of the old
    assert search.get("/vocabulary/concepts", q="消化道")[0]["bands"] == ["10–49"]


def test_a_count_finer_than_the_threshold_or_of_a_foreign_dataset_is_refused(story: Story) -> None:
    from support.cohorts import concept, told_vocabulary

    for fine in ("<10", "7–12", "50–99,999"):
        told = told_vocabulary(story["h1"].node, concepts=[concept(1, "x", persons=fine)])
        assert [p["code"] for p in told.problems] == ["catalogue.profile_too_fine"]
    told = told_vocabulary(story["h1"].node, concepts=[concept(1, "x", count=12)])
    assert [p["code"] for p in told.problems] == ["catalogue.bad_vocabulary"]
    told = told_vocabulary(story["h1"].node, dataset="theirs")
    assert [p["code"] for p in told.problems] == ["hub.not_found"]


def test_an_overlong_or_foreign_upload_is_refused(story: Story) -> None:
    researcher = story["a"].researcher
    trial = {"schema": "qundao.query/1", "kind": "adam_population", "name": "x"}
    assert researcher.refused("post", "/cohorts/", 422, definition=trial, name_zh="x") == [
        "cohorts.not_omop"
    ]
    large = circe() | {"padding": "x" * 5_000_000}
    assert len(json.dumps(large)) > 4 * 2**20
    assert researcher.refused("post", "/cohorts/", 422, definition=large, name_zh="x") == [
        "cohorts.no_file"
    ]
    assert researcher.refused("post", "/cohorts/", 422, definition=circe(), name_zh="x" * 101) == [
        "cohorts.bad_name"
    ]


def test_only_a_released_version_is_explored_and_the_nodes_are_sent_what_counts(
    story: Story,
) -> None:
    kept = keep(story)
    ask = story["b"].researcher
    assert ask.refused("post", "/explore/questions", 422, cohort=kept["id"]) == [
        "cohorts.not_countable"
    ]
    story["a"].researcher.post(f"{at(kept)}/propose")
    story.reviewers[0].post(f"{at(kept)}/decision", release=True)
    asked = ask.post("/explore/questions", cohort=kept["id"])
    assert asked["cohort"] == kept["id"]
    assert {a["accession"] for a in asked["answers"]} == {
        story.accessions["h1"], story.accessions["h2"],
    }  # fmt: skip
    (sent,) = story["h1"].node.received(ExploreTask)
    assert from_json(sent["predicate"]) == counted(BLEEDING)
    told = problem(CANNOT_ANSWER, "visit_detail", "source", zh="表 visit_detail", en="a table x")
    story["h1"].node.deliver(
        ExploreAnswer(task=sent["task"], count=None, epsilon=0, spent=0, withheld=None,
                      problems=(told.to_json(),))
    )  # fmt: skip
    after = ask.get(f"/explore/questions/{asked['id']}")
    assert (after["total"]["refused"], after["total"]["shown"]) == (1, 0)
    story["a"].researcher.post(f"/cohorts/{kept['cohort']}/retire", reason="x")
    assert ask.refused("post", "/explore/questions", 422, cohort=kept["id"]) == [
        "cohorts.not_countable"
    ]


def test_a_release_can_be_withdrawn_and_then_enters_nothing_new(
    story: Story, client: Client
) -> None:
    kept = keep(story)
    reviewer, ask = story.reviewers[0], story["b"].researcher
    story["a"].researcher.post(f"{at(kept)}/propose")
    reviewer.post(f"{at(kept)}/decision", release=True)
    withdraw = ("post", f"{at(kept)}/withdraw")
    assert ask.refused(*withdraw, 403, reason="x")
    assert reviewer.refused(*withdraw, 422, reason=" ") == ["cohorts.reason_needed"]
    assert [v.id for v in queries.released_versions()] == [kept["id"]]
    client.force_login(reviewer.user)
    page = f"/cohorts/{kept['cohort']}/1/"
    assert f"{page}withdraw/" in client.get(page).content.decode()
    assert client.post(f"{page}withdraw/", {"reason": "太细"}).status_code == 302
    assert reviewer.get(at(kept))["state"] == "withdrawn"
    assert LoggedEvent.objects.filter(action="cohort.release_withdrawn").count() == 1
    assert reviewer.refused(*withdraw, 409, reason="x") == ["cohorts.wrong_state"]
    assert queries.released_versions() == queries.usable_versions() == []
    assert ask.refused("post", "/explore/questions", 422, cohort=kept["id"]) == [
        "cohorts.not_countable"
    ]
    with pytest.raises(QundaoError, match="not_in_use"):
        queries.usable_version(kept["id"], "cohort_a")
    story["a"].researcher.post(f"{at(kept)}/propose")  # it may be asked for again
    reviewer.post(f"{at(kept)}/decision", release=True)
    assert queries.usable_version(kept["id"], "cohort_a").id == kept["id"]


def test_the_pages_take_an_upload_and_say_what_a_node_lacks(story: Story, client: Client) -> None:
    client.force_login(story["a"].researcher.user)
    named = circe()
    named["ConceptSets"][0]["expression"]["items"][0]["concept"]["CONCEPT_NAME"] = "GI <bleed>"
    file = SimpleUploadedFile("bleeding.json", json.dumps(named).encode())
    answer = client.post("/cohorts/upload/", {"file": file})
    assert answer.status_code == 302
    (kept,) = DefinitionVersion.objects.all()
    assert kept.definition.name_zh == "bleeding"  # without a name, the file's
    assert answer.headers["location"] == f"/cohorts/{kept.definition_id}/1/"
    download = client.get(f"/cohorts/{kept.definition_id}/1/circe/")
    assert json.loads(download.content) == named
    shown = client.get(f"/cohorts/{kept.definition_id}/").content.decode()
    assert "GI &lt;bleed&gt;" in shown
    opened = client.post(f"/cohorts/{kept.definition_id}/1/open/", follow=True)
    assert "GI &lt;bleed&gt;" in opened.content.decode()
    story["a"].researcher.post(f"/cohorts/{kept.definition_id}/1/propose")
    story.reviewers[0].post(f"/cohorts/{kept.definition_id}/1/decision", release=True)
    asked = client.post("/explore/", {"cohort": kept.id})
    assert asked.status_code == 302
    (sent,) = story["h1"].node.received(ExploreTask)
    told = problem(CANNOT_ANSWER, "visit_detail", "source", zh="表 visit_detail", en="a table x")
    story["h1"].node.deliver(
        ExploreAnswer(task=sent["task"], count=None, epsilon=0, spent=0, withheld=None,
                      problems=(told.to_json(),))
    )  # fmt: skip
    page = client.get(asked.headers["location"]).content.decode()
    assert "：缺表 visit_detail" in page
    assert "“出血”的诊断记录" in page
    foreign = client.get(f"/cohorts/drafts/{'x' * 10}/")
    assert foreign.status_code == 404
