"""Runs every check of a model over an engine and puts the outcome together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from qundao.kernel.clock import utc_now
from qundao.models.model import Model
from qundao.quality.catalogue import checks_for
from qundao.quality.check import Check
from qundao.quality.described import widened
from qundao.quality.execute import prepare, run_plan
from qundao.quality.finding import Finding
from qundao.quality.score import Scorecard, score
from qundao.quality.site.site import Site
from qundao.quality.source import Source
from qundao.quality.yardstick import Yardstick, yardstick
from qundao.query.engine import Engine, Progress

SCHEMA = "qundao.quality/1"


@dataclass(frozen=True, slots=True)
class Report:
    """All findings, in the catalogue's order, and the scorecard made of them.

    `began` and `ended` are instants in UTC; `yardstick` names the checks that made the score;
    `site` tells what the site set for itself: thresholds, checks, what became of waivers.
    """

    model: str
    findings: tuple[Finding, ...]
    scorecard: Scorecard
    yardstick: Yardstick
    began: datetime
    ended: datetime
    site: Mapping[str, Any] = field(default_factory=dict)

    def card(self) -> dict[str, Any]:
        """Return the scorecard for the hub, with the yardstick by which it is comparable."""
        return self.scorecard.to_json() | {"catalogue": self.yardstick.to_json()}

    def to_json(self) -> dict[str, Any]:
        """Return `report.json`: counts per check, no row and no key."""
        return {
            "schema": SCHEMA,
            "model": self.model,
            "score": self.card(),
            "checks": [f.to_json() for f in self.findings],
            "site": dict(self.site),
        }

    def examples(self) -> Mapping[str, tuple[str, ...]]:
        """Return keys of violated rows by check id: for the steward's console, never sent."""
        return {f.check.id: f.examples for f in self.findings if f.examples}


def run(
    engine: Engine,
    model: Model,
    *,
    progress: Progress | None = None,
    checks: Sequence[Check] | None = None,
    today: date | None = None,
    fused: bool = True,
    site: Site | None = None,
) -> Report:
    """Run `checks` (all of the model's by default) and return the report.

    What is wrong with the data becomes a finding; what is wrong with the source or the machine
    (a vanished file, a full disk) is raised as the engine's own error, and
    `quality.no_checks` where the model has none. `today` bounds dates; `fused=False` runs each
    check as a query of its own, for comparison. `site` sets thresholds, checks and waivers.
    """
    began = utc_now()
    own, day = site or Site(), today or began.date()
    chosen = own.applied(checks_for(model) if checks is None else checks)
    source = Source(engine, widened(model, engine.schema) if own.checks else model, day)
    found = {
        f.check.id: f for f in run_plan(prepare(chosen, source, fused=fused), engine, progress)
    }
    findings = own.waived((found[c.id] for c in chosen), day)
    told = own.told(findings, day) if site else {}
    name = f"{model.standard} {model.version}"
    return Report(name, findings, score(findings), yardstick(name, chosen), began, utc_now(), told)
