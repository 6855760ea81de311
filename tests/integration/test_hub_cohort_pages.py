"""The pages of cohort definitions: what a new name changes, what is said where nodes refuse."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from qundao.hub.catalogue.models import Dataset
from qundao.hub.cohorts.models import BuilderDraft, CohortDefinition, DefinitionVersion
from qundao.hub.common.clock import now
from qundao.hub.vocabulary.queries import search_concepts, units_named
from qundao.kernel.errors import problem
from qundao.kernel.roles import Role
from qundao.protocol.messages import ExploreAnswer, ExploreTask
from qundao.protocol.node.codes import COHORTS_CLOSED
from support.cohorts import circe, concept, told_vocabulary
from support.hub_story import Story

pytestmark = pytest.mark.usefixtures("story")


def keep(story: Story, **more: Any) -> Any:
    given = {"name_zh": "消化道出血", "name_en": "GI bleeding", **more}
    return story["a"].researcher.post("/cohorts/", 201, definition=circe(), **given)


def read(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def save_as(client: Client, kept: Any, number: int = 1, **typed: str) -> None:
    """Open a version in the builder, change what is typed, and save it."""
    opened = client.post(f"/cohorts/{kept['cohort']}/{number}/open/")
    form = BuilderDraft.objects.get().form
    sets, entry = form["sets"][0], form["entry"][0]
    sent = {k: str(v) for k, v in form.items() if isinstance(v, str)}
    sent |= {f"entry.0.{k}": str(v) for k, v in entry.items()}
    sent |= {"sets.0.key": sets["key"], "sets.0.name": sets["name"]}
    sent |= {f"sets.0.items.0.{k}": str(v) for k, v in sets["items"][0].items()}
    answer = client.post(opened.headers["location"], {**sent, **typed, "do": "save"})
    assert answer.status_code == 302
    assert not BuilderDraft.objects.exists()


def test_a_definition_is_called_as_its_newest_version_says(story: Story, client: Client) -> None:
    client.force_login(story["a"].researcher.user)
    kept = keep(story)
    save_as(client, kept, name_zh="上消化道出血")
    held = CohortDefinition.objects.get()
    assert (held.name_zh, held.name_en, held.latest) == ("上消化道出血", "GI bleeding", 2)
    page = read(client, f"/cohorts/{kept['cohort']}/2/")
    assert "<h1>上消化道出血 第 2 版</h1>" in page
    assert "<ins>名称 上消化道出血</ins>" in page
    assert story["b"].researcher.get("/cohorts/?q=上消化道")["total"] == 1
    save_as(client, kept, 2, name_en="Upper GI bleeding")  # the content is the same
    assert CohortDefinition.objects.get().name_en == "Upper GI bleeding"
    assert DefinitionVersion.objects.count() == 2


def test_a_question_that_every_node_refused_does_not_count_as_answered(
    story: Story, client: Client
) -> None:
    kept = keep(story)
    story["a"].researcher.post(f"/cohorts/{kept['cohort']}/1/propose")
    story.reviewers[0].post(f"/cohorts/{kept['cohort']}/1/decision", release=True)
    client.force_login(story["b"].researcher.user)
    asked = client.post("/explore/", {"cohort": kept["id"]})
    told = problem(COHORTS_CLOSED, "cohort", "predicate")
    for member in ("h1", "h2"):
        (sent,) = story[member].node.received(ExploreTask)
        story[member].node.deliver(
            ExploreAnswer(task=sent["task"], count=None, epsilon=0, spent=0, withheld=None,
                          problems=(told.to_json(),))
        )  # fmt: skip
    listed = read(client, "/explore/")
    assert "节点均拒绝" in listed
    assert "已应答" not in listed
    assert "也试算经审查员放行的人群定义" in read(client, asked.headers["location"])


def test_an_older_released_version_is_named_in_the_list(story: Story, client: Client) -> None:
    kept = keep(story)
    client.force_login(story["a"].researcher.user)
    assert "未提请放行" in read(client, "/cohorts/")
    story["a"].researcher.post(f"/cohorts/{kept['cohort']}/1/propose")
    story.reviewers[0].post(f"/cohorts/{kept['cohort']}/1/decision", release=True)
    save_as(client, kept, prior="365")
    listed = read(client, "/cohorts/")
    assert "第 1 版可试算" in listed
    assert "未提请放行" not in listed


def test_the_vocabulary_says_what_it_does_not_list(story: Story, client: Client) -> None:
    client.force_login(story["a"].researcher.user)
    lettered = [concept(n, f"x{n}", name=f"bleeding {n}") for n in range(1, 61)]
    unit = concept(9999, "g/[iU]", name="gram per unit", domain="Unit", vocabulary="UCUM")
    told_vocabulary(story["h1"].node, concepts=[*lettered, unit])
    page = read(client, "/vocabulary/?q=bleeding")
    assert "只列出前 50 个" in page
    assert '<a href="/cohorts/" aria-current' in page
    assert "各节点没有汇报中文名称" in read(client, "/vocabulary/?q=氯吡格雷")
    assert "各节点没有汇报中文名称" in read(client, "/cohorts/concepts/?set=0&sets.0.q=血糖")
    for latin in ("/vocabulary/?q=clopidogrel", "/cohorts/concepts/?set=0&sets.0.q=glucose"):
        assert "各节点没有汇报中文名称" not in read(client, latin)  # it was asked in English
    assert units_named("g/[iU]") == units_named("Gram per unit") == (9999,)
    Dataset.objects.update(withdrawn_at=now())
    assert search_concepts("9999") == search_concepts("bleeding") == []


def test_officers_read_definitions_as_the_api_lets_them(story: Story, client: Client) -> None:
    kept = keep(story)
    officer = story["a"].researcher.user
    officer.held_roles.update(role=Role.OFFICER)
    client.force_login(officer)
    assert client.get("/cohorts/").status_code == 200
    assert client.get(f"/cohorts/{kept['cohort']}/").status_code == 200
    assert client.post("/cohorts/build/").status_code == 403
