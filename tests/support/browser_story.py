"""The story up to its end, so that every page has something to show (synthetic)."""

from __future__ import annotations

from dataclasses import dataclass

from qundao.hub.auditlog.models import LoggedEvent
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
    )


def _run(story: Story, permit: dict, keys: tuple[str, ...]) -> str:
    study = story["a"].researcher.post("/studies/", permit=permit["id"])
    answer_all(story, keys)
    return study["id"]
