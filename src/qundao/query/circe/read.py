"""A whole Circe definition."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from qundao.kernel.errors import QundaoError
from qundao.query.circe.node import MOST_NOTES, Node, Notes, names
from qundao.query.circe.read_criteria import criterion, group
from qundao.query.circe.read_fields import period
from qundao.query.circe.sets import SetNames, distinct_names, read_sets, tidy, title
from qundao.query.circe.words import LIMITS, OFFSET_FROM
from qundao.query.codec import check_size, parse
from qundao.query.codes import TOO_LARGE, invalid
from qundao.query.criteria import Criterion, Group
from qundao.query.domains import Domain
from qundao.query.population import (
    ContinuousExposure,
    EndOfObservation,
    Entry,
    Exit,
    FixedOffset,
    Limit,
    Observation,
    Population,
    Rule,
)
from qundao.query.values import LONGEST_DAYS

LONGEST = 32 * 2**20
"""The most bytes that a definition may have."""
DEEPEST, LARGEST = 60, 300_000
_PRIMARY = names("CriteriaList", "ObservationWindow", "PrimaryCriteriaLimit")
_DAYS = {"lowest": -LONGEST_DAYS, "most": LONGEST_DAYS}


def read_circe(data: bytes | str, name: str) -> Population:
    """Read a Circe cohort expression as the population `name`.

    Raises `query.malformed`, `query.invalid` (every defect with its JSON path, what is required
    and what was received) and `query.too_large`, in bounded time.
    """
    if len(data) > LONGEST:
        raise invalid("$", len(data), f"至多 {LONGEST} 字节", f"at most {LONGEST} bytes", TOO_LARGE)
    value = parse(data)
    check_size(value, DEEPEST, LARGEST)
    notes: Notes = []
    found = _population(Node(value, "$", notes), name)
    if notes:
        raise QundaoError(*notes[:MOST_NOTES])
    assert found is not None  # whatever prevents it leaves a note
    return found


def _population(node: Node, name: str) -> Population | None:
    if not node.object():
        return None
    sets = read_sets(node["ConceptSets"])
    primary = node["PrimaryCriteria"]
    additional = node["AdditionalCriteria"]
    asked = group(additional, sets) if additional else None
    make = partial(
        Population,
        tidy(title(Node(name, "name", node.notes))) or "cohort",
        sets.all,
        _entry(primary, sets),
        asked if asked is None or asked.parts else None,
        # The reference looks at this limit only where additional criteria are written.
        _limit(node["QualifiedLimit"]) if additional else Limit.ALL,
        _rules(node["InclusionRules"], sets),
        _limit(node["ExpressionLimit"]),
        _exit(node["EndStrategy"], sets),
        tuple(criterion(n, sets) for n in node["CensoringCriteria"].items()),
        _pad(node["CollapseSettings"]),
        period(node["CensorWindow"]),
    )
    return node.made(make, None)


def _limit(node: Node) -> Limit:
    """Return a limit: the first where there is none, all where its type is empty."""
    if not node:
        return Limit.FIRST
    node.object(names("Type"))
    return node["Type"].choice(LIMITS, Limit.ALL)


def _entry(node: Node, sets: SetNames) -> Entry:
    nothing = Entry((Criterion(Domain.CONDITION),))
    if not node.object(_PRIMARY):
        return nothing
    criteria = tuple(criterion(n, sets) for n in node["CriteriaList"].items(required=True))
    window = node["ObservationWindow"]
    window.object(names("PriorDays", "PostDays"))
    observation = Observation(
        window["PriorDays"].whole(0, 0, LONGEST_DAYS), window["PostDays"].whole(0, 0, LONGEST_DAYS)
    )
    limit = _limit(node["PrimaryCriteriaLimit"])
    return node["CriteriaList"].made(lambda: Entry(criteria, observation, limit), nothing)


def _rules(node: Node, sets: SetNames) -> tuple[Rule, ...]:
    nodes = list(node.items())
    named = distinct_names([title(n["name"]) for n in nodes], "rule")
    return tuple(Rule(name, _rule(n, sets)) for n, name in zip(nodes, named, strict=True))


def _rule(node: Node, sets: SetNames) -> Group:
    node.object()
    return group(node["expression"], sets)


def _exit(node: Node, sets: SetNames) -> Exit:
    if not node:
        return EndOfObservation()
    strategy = node.only()
    match strategy.name:
        case "DateOffset":
            strategy.object(names("DateField", "Offset"))
            anchor = strategy["DateField"].choice(OFFSET_FROM)
            return FixedOffset(anchor, strategy["Offset"].whole(0, **_DAYS))
        case "CustomEra":
            return _exposure(strategy, sets)
    if strategy:
        node.bad("DateOffset 或 CustomEra", "DateOffset or CustomEra")
    return EndOfObservation()


def _exposure(node: Node, sets: SetNames) -> Exit:
    node.object(names("DrugCodesetId", "GapDays", "Offset", "DaysSupplyOverride"))
    concepts = sets.name(node["DrugCodesetId"])
    if not node["DrugCodesetId"]:
        node["DrugCodesetId"].bad("概念集编号", "the number of a concept set")
    supply = node["DaysSupplyOverride"]
    make: Callable[[], Exit] = partial(
        ContinuousExposure,
        concepts or "",
        node["GapDays"].whole(0, 0, LONGEST_DAYS),
        node["Offset"].whole(0, **_DAYS),
        supply.whole(0, 0, LONGEST_DAYS) if supply else None,
    )
    nothing: Exit = EndOfObservation()
    return node.made(make, nothing)


def _pad(node: Node) -> int:
    if not node:
        return 0
    node.object(names("CollapseType", "EraPad"))
    node["CollapseType"].choice({"era": 0}, 0)
    return node["EraPad"].whole(0, 0, LONGEST_DAYS)
