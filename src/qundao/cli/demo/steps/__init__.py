"""The steps of the story, in order."""

from __future__ import annotations

from qundao.cli.demo.steps import (
    alliance,
    definitions,
    exploring,
    nodes,
    proof,
    release,
    request,
    studies,
)
from qundao.cli.demo.story import Step

STEPS: tuple[Step, ...] = (
    *alliance.STEPS,
    *nodes.STEPS,
    *exploring.STEPS,
    *definitions.STEPS,
    *request.STEPS,
    *studies.STEPS,
    *release.STEPS,
    *proof.STEPS,
)
