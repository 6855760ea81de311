"""A cohort definition on its way: written, read in words, released, counted before approval."""

from __future__ import annotations

from typing import Any

from qundao.cli.demo.api import Api
from qundao.cli.demo.cast import MEMBERS, Member
from qundao.cli.demo.people import as_user
from qundao.cli.demo.protocols import CELECOXIB, GI_HAEMORRHAGE
from qundao.cli.demo.stage import Stage
from qundao.cli.demo.steps.exploring import RESEARCHER, answered
from qundao.cli.demo.steps.nodes import node_command
from qundao.cli.demo.story import Figures, Step
from qundao.kernel.words import Words
from qundao.query import Population, concept_set, to_json
from qundao.query import builder as q

PATH = "/api/v1/cohorts"
REVIEWER = "reviewer.1"
HOSPITALS = ("h1", "h2")


def bleeding_on_celecoxib() -> Population:
    """Return whom the definition means: celecoxib for the first time, a bleed within a year."""
    celecoxib = concept_set("celecoxib", CELECOXIB)
    bleeding = concept_set("gi_haemorrhage", GI_HAEMORRHAGE)
    return (
        q.people("celecoxib, then GI haemorrhage")
        .entering_with(q.drug(celecoxib).first())
        .required("haemorrhage within a year", q.at_least(1, q.condition(bleeding)).after(365))
        .build()
    )


def define(stage: Stage) -> Figures:
    """Keep the definition in the alliance's library; a reviewer of the operator releases it."""
    researcher, reviewer = as_user(stage, RESEARCHER), as_user(stage, REVIEWER)
    held = stage.once("cohort", lambda: _kept(researcher))
    if researcher.get(held["path"])["state"] == "kept":
        researcher.post(f"{held['path']}/propose")
    if reviewer.get(held["path"])["state"] == "proposed":
        reviewer.post(f"{held['path']}/decision", release=True, reason="条件粗化，用途明确")
    whole = researcher.get(held["path"])
    return {
        "name": whole["name"],
        "state": whole["state"],
        "too_fine_for_exploring": len(whole["too_fine"]),
        "in_words": {reader: text.splitlines() for reader, text in whole["words"].items()},
    }


def _kept(researcher: Api) -> dict[str, Any]:
    made = researcher.post(
        f"{PATH}/",
        name_zh="首次使用塞来昔布后一年内消化道出血",
        name_en="GI haemorrhage within a year after the first celecoxib",
        definition=to_json(bleeding_on_celecoxib()),
        note="演示",
    )
    return {"id": made["id"], "path": f"{PATH}/{made['cohort']}/{made['number']}"}


def count(stage: Stage) -> Figures:
    """Count it at the hospitals, whose stewards let released definitions be counted."""
    for member in MEMBERS:
        if member.key in HOSPITALS:
            stage.once(f"exploring:{member.key}", lambda m=member: _allow(stage, m))  # type: ignore[misc]
    return answered(stage, cohort=stage.once("cohort", dict)["id"])


def _allow(stage: Stage, member: Member) -> dict[str, Any]:
    words = ("--definitions", "on", "--steward", f"{member.key}.steward", "--reason", "联盟约定")
    return node_command(stage, member, "exploring", *words)


STEPS = (
    Step("definition", Words("人群定义：写、读、放行", "A cohort definition, released"), define),
    Step("definition_count", Words("按定义试算人数（带扰动）", "The definition counted"), count),
)
