"""A dataset version's quality as the console shows it: what to mend, the rows, the trend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from qundao.kernel.words import Language, Words
from qundao.node.console.waiver_view import check_id
from qundao.node.datasets import Version
from qundao.quality.figures import category_bars, trend_lines
from qundao.quality.finding import Reason, Status
from qundao.quality.kinds import Category
from qundao.quality.trend import Version as Scored
from qundao.quality.trend import costs_by_place, place_in, question_words, steps

_BAD = (Status.FAILED.value, Status.ERROR.value)


@dataclass(frozen=True, slots=True)
class Shortcoming:
    """A check that failed: what a violated row is, where, how many, and keys of such rows."""

    check: Mapping[str, Any]
    words: Words
    reason: Words
    place: str
    examples: tuple[str, ...]


def quality_view(
    version: Version, registered: Sequence[Version], language: Language
) -> dict[str, Any]:
    """Return what the page shows; `registered` are all versions of the dataset, oldest first."""
    card = version.body["scorecard"]
    until = [v for v in registered if v.created_at <= version.created_at]
    scored = [_scored(v) for v in until]
    figure = trend_lines(scored, language) if len(scored) > 1 else ""
    return {
        "card": card,
        "categories": [(c.words, card["categories"].get(c.value)) for c in Category],
        "bars": Markup(category_bars(card, language)),  # noqa: S704 - escaped where it is drawn
        "figure": Markup(figure),  # noqa: S704 - escaped where it is drawn
        "steps": list(zip(until, steps(scored), strict=True))[::-1],
        "failed": _shortcomings(version.findings, card),
        "waived": card.get("waived") or [],
        "question_words": question_words,
    }


def _scored(version: Version) -> Scored:
    label = version.accession or version.created_at[:10]
    return Scored(label, version.body["scorecard"], version.findings["checks"])


def _shortcomings(findings: Mapping[str, Any], card: Mapping[str, Any]) -> list[Shortcoming]:
    """Return what failed: what costs most first, then the largest share of rows."""
    examples, costs = findings["examples"], costs_by_place(card)
    found = [c for c in findings["checks"] if c["status"] in _BAD]
    found.sort(key=lambda c: (-costs[place_in(c)], -_share(c)))
    return [_shortcoming(c, examples.get(check_id(c), ())) for c in found]


def _shortcoming(check: Mapping[str, Any], keys: Sequence[str]) -> Shortcoming:
    place = ".".join(check[n] for n in ("table", "field") if check[n])
    concepts = ", ".join(check[n] for n in ("concept_id", "unit_concept_id") if check[n])
    return Shortcoming(
        check,
        question_words(check["check"], _question(check)),
        Reason(check["code"]).words,
        f"{place} = {concepts}" if concepts else place,
        tuple(keys),
    )


def _question(check: Mapping[str, Any]) -> str:
    return str(check.get("rule") or check["check"])


def _share(check: Mapping[str, Any]) -> float:
    return float(check["violated_rows"] / max(1, check["denominator_rows"]))
