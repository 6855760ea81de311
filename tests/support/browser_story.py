"""The story up to its end, so that every page has something to show (synthetic)."""

from __future__ import annotations

from dataclasses import dataclass

from qundao.hub.auditlog.models import LoggedEvent
from qundao.hub.cohorts.actions import start_draft
from qundao.hub.cohorts.builder.tree import change, empty_form
from support.cohorts import circe, told_vocabulary
from support.hub_applications import HOSPITALS, SPONSORS, active, drafted
from support.hub_story import Story
from support.hub_studies import answer_all, shown


@dataclass(frozen=True, slots=True)
class Finished:
    """Ids of what the story made."""

    application: str
    draft: str
    survival: str
    waiting: str
    output: str
    dataset: str
    member: str
    node: str
    event: int
    cohort: str
    building: str


def finish(story: Story) -> Finished:
    """Run both studies; the one over sponsors is released, the other waits for its check."""
    path, permit = active(story, *SPONSORS)
    survival = _run(story, permit, SPONSORS)
    for output in shown(story.reviewers[0].get(f"/studies/{survival}")):
        story.reviewers[0].post(f"/studies/outputs/{output['id']}/decision", release=True)
    _, second = active(story, *HOSPITALS)
    waiting = _run(story, second, HOSPITALS)
    output = shown(story.reviewers[0].get(f"/studies/{waiting}"))[0]
    return Finished(
        application=path.rpartition("/")[2],
        draft=drafted(story).rpartition("/")[2],
        survival=survival,
        waiting=waiting,
        output=output["id"],
        dataset=story.accessions["h1"],
        member=story["h1"].id,
        node=story["h1"].node.id,
        event=LoggedEvent.objects.latest("sequence").sequence,
        cohort=_defined(story),
        building=_begun(story),
    )


def _defined(story: Story) -> str:
    """Keep a definition in two versions, the second proposed for exploring."""
    told_vocabulary(story["h1"].node)
    me, name = story["a"].researcher, {"name_zh": "消化道出血", "name_en": "GI bleeding"}
    kept = me.post("/cohorts/", definition=circe(), **name)
    path = f"/cohorts/{kept['cohort']}"
    me.post(f"{path}/versions", definition=circe(prior=365))
    me.post(f"{path}/2/propose")
    return str(kept["cohort"])


def _begun(story: Story) -> str:
    """Begin to build a definition with every kind of part."""
    form = empty_form()
    for part in ("set", "concept:0:192671", "add:additional.events", "add:rules", "add:censoring"):
        change(form, part)
    change(form, "add:rules.0.group.groups")
    return start_draft(actor=story["a"].researcher.user.actor, form=form).id


def _run(story: Story, permit: dict, keys: tuple[str, ...]) -> str:
    study = story["a"].researcher.post("/studies/", permit=permit["id"])
    answer_all(story, keys)
    return study["id"]
