"""Ways through the applications desk for tests, over the JSON API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from qundao.access.working_days import china_day
from qundao.cli.demo.protocols import bleeding_study, dermatologic_study
from qundao.hub.common.clock import now
from support.access_cases import good_draft
from support.hub_story import Story

HOSPITALS, SPONSORS = ("h1", "h2"), ("a", "b", "c")


def draft_over(story: Story, *keys: str, **changed: Any) -> dict[str, Any]:
    """A complete form over the members' datasets, with a period that begins today."""
    today = china_day(now())
    dates = {
        "start": today.isoformat(),
        "end": (today + timedelta(days=300)).isoformat(),
        "ethics_until": (today + timedelta(days=200)).isoformat(),
        "retention_until": (today + timedelta(days=2000)).isoformat(),
    }
    datasets = [story.accessions[k] for k in keys]
    return good_draft(datasets=datasets, **{**dates, **changed})


def protocol_over(story: Story, *keys: str) -> dict[str, Any]:
    study = bleeding_study if keys == HOSPITALS else dermatologic_study
    return study(story.accessions).to_json()


def drafted(story: Story, *keys: str, **changed: Any) -> str:
    """Draft an application of A's researcher and return its path."""
    keys = keys or HOSPITALS
    made = story["a"].researcher.post(
        "/applications/", draft=draft_over(story, *keys, **changed),
        protocol=protocol_over(story, *keys), study_kind="comparative",
    )  # fmt: skip
    return f"/applications/{made['id']}"


def submitted(story: Story, *keys: str, **changed: Any) -> str:
    path = drafted(story, *keys, **changed)
    story["a"].researcher.post(f"{path}/submit")
    return path


def in_review(story: Story, *keys: str, reviewers: int = 2, **changed: Any) -> str:
    path = submitted(story, *keys, **changed)
    story.operator.post(f"{path}/screen")
    names = [r.user.username for r in story.reviewers[:reviewers]]
    story.operator.post(f"{path}/reviewers", reviewers=names)
    return path


def vote(story: Story, path: str, number: int, vote: str = "approve", *conditions: str) -> Any:
    return story.reviewers[number].post(
        f"{path}/votes", vote=vote, reasons=f"理由 {number}", conditions=list(conditions)
    )


def approved(story: Story, *keys: str, **changed: Any) -> str:
    path = in_review(story, *keys, **changed)
    vote(story, path, 0)
    vote(story, path, 1)
    story.operator.post(f"{path}/decision")
    return path


def agreed(story: Story, *keys: str, **changed: Any) -> str:
    """Draw the agreement up and let grantee and operator sign it."""
    path = approved(story, *keys, **changed)
    digest = story.operator.post(f"{path}/agreement")["digest"]
    for signer in (story["a"].researcher, story.operator):
        signer.post(f"{path}/agreement/sign", digest=digest)
    return path


def permitted(story: Story, *keys: str, **changed: Any) -> tuple[str, dict[str, Any]]:
    """Issue the permit; return the application's path and the permit."""
    path = agreed(story, *keys, **changed)
    return path, story.operator.post(f"{path}/permit")


def active(story: Story, *keys: str, **changed: Any) -> tuple[str, dict[str, Any]]:
    """Let every node countersign; return the application's path and the permit."""
    keys = keys or HOSPITALS
    path, permit = permitted(story, *keys, **changed)
    for key in keys:
        receipt = story[key].node.countersign(permit)
        assert not receipt.problems, receipt.problems
    return path, story.operator.get(f"/applications/permits/{permit['id']}")
