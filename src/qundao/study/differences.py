"""What could be worked out by subtracting one released group from another, seen on one node.

Computed on the rows of the node that is about to answer, before anything of them leaves. An
analysis is compared with itself and with those that stand before it in the protocol, so that
the order in which tasks arrive does not matter. The refusal names groups, never numbers.

What is held to the floor is this node's own part, also of groups that are masked: no node sees
another's rows. If every contributor's difference is nobody or at least k people, so is their sum.
Events are compared in groups that are not masked only: a member's share of a rare event is
small by nature, and two sums of them say nothing of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from qundao.analysis import Counts, KaplanMeier, normal_form
from qundao.analysis.rows import ARM, EVENT, SUBJECT, TIME, of_arm, truths, whole_numbers
from qundao.disclosure.differences import Classes, Numbers, classes, near_pairs, pinned, small
from qundao.kernel.errors import Problem, problem
from qundao.study.codes import NEAR_GROUPS, OTHER_CONTRIBUTORS, OVERLAP
from qundao.study.plan import PlannedAnalysis
from qundao.study.rounds import RoundPlan


@dataclass(frozen=True, slots=True)
class Held:
    """One group of one analysis as this node holds it: its rows, its people by their numbers.

    `contributors` are the nodes that contribute it.
    """

    planned: PlannedAnalysis
    group: str
    masked: bool
    contributors: frozenset[str]
    rows: pa.Table
    people: Numbers

    @property
    def name(self) -> str:
        """Return the group's name in messages."""
        return f"{self.planned.id}/{self.group}"


def check_differences(
    analyses: Sequence[PlannedAnalysis],
    accession: str,
    rows: Mapping[str, pa.Table],
    plan_of: Callable[[PlannedAnalysis], RoundPlan],
    least: int,
) -> Iterator[Problem]:
    """Yield what some analyses of one dataset version, taken together, would give away.

    rows    by analysis id: what `Spec.rows` returned on this node
    least   the agreement's smallest number of people in a cell
    """
    held = [
        h for h in _held(analyses, accession, rows, plan_of) if h.masked or not _hidden(h, least)
    ]
    count = 1 + max((int(h.people.max()) for h in held if len(h.people)), default=-1)
    found = classes([h.people for h in held], count)
    near = [_near(held[a], held[b], least) for a, b in near_pairs(found, least)]
    yield from near
    if not near and pinned(found, least):
        names = ", ".join(h.name for h in held)
        yield problem(NEAR_GROUPS, names, "analyses", least=least)
    for one, other in combinations(range(len(held)), 2):
        if found.meet(one, other):
            yield from _of_other_nodes(held[one], held[other])
        if found.same(one, other):
            yield from _same_people(held[one], held[other], least)


def _hidden(held: Held, least: int) -> bool:
    """Tell whether the gate withholds the whole group, so that nobody can subtract it."""
    return len(held.people) < least


def _held(
    analyses: Sequence[PlannedAnalysis],
    accession: str,
    rows: Mapping[str, pa.Table],
    plan_of: Callable[[PlannedAnalysis], RoundPlan],
) -> Iterator[Held]:
    parts = [(p, g, of_arm(rows[p.id], g)) for p in analyses for g in p.groups_of(accession)]
    numbered = _numbered([part[SUBJECT] for _, _, part in parts])
    for (planned, group, part), people in zip(parts, numbered, strict=True):
        plan = plan_of(planned)
        nodes = frozenset(n for n, groups in plan.groups.items() if group in groups)
        yield Held(planned, group, group in plan.masked_groups, nodes, part, people)


def _numbered(subjects: Sequence[pa.ChunkedArray]) -> Iterator[Numbers]:
    """Yield each column of subjects as numbers that mean the same person in all of them."""
    same = len({s.type for s in subjects}) == 1
    columns = [s if same else pc.cast(s, pa.string()) for s in subjects]
    chunks = [c for column in columns for c in column.chunks]
    if not chunks:
        return
    codes = pa.chunked_array(chunks).combine_chunks().dictionary_encode().indices.to_numpy()
    edges = np.cumsum([0, *(len(c) for c in columns)])
    yield from (codes[a:b].astype(np.int64) for a, b in pairwise(edges))


def _near(one: Held, other: Held, least: int) -> Problem:
    return problem(NEAR_GROUPS, f"{one.name}, {other.name}", other.planned.id, least=least)


def _of_other_nodes(one: Held, other: Held) -> Iterator[Problem]:
    """Yield a problem where two sums over the same people would show an absent node's part."""
    if (one.masked or other.masked) and one.contributors != other.contributors:
        required = ", ".join(sorted(one.contributors | other.contributors))
        received = f"{one.name}, {other.name}"
        yield problem(OTHER_CONTRIBUTORS, received, other.planned.id, required=required)


def _same_people(one: Held, other: Held, least: int) -> Iterator[Problem]:
    """Yield a problem where the same people are divided twice, in nearly the same way."""
    if one.planned.id == other.planned.id:
        if not _sorted(one).equals(_sorted(other)):  # the same people, some from another day
            yield _near(one, other, least)
    elif one.planned.spec.cuts.keys() & other.planned.spec.cuts.keys():
        where = other.planned.id
        yield problem(OVERLAP, f"{one.name}, {other.name}", where, other=one.planned.id)
    elif not one.masked and _near_events(one, other, least):
        yield _near(one, other, least)


def _sorted(held: Held) -> pa.Table:
    return held.rows.drop_columns([ARM]).sort_by(SUBJECT).combine_chunks()


def _near_events(one: Held, other: Held, least: int) -> bool:
    """Tell whether one event is the other but for a few people, within the days of both."""
    days = [_reach(h.planned) for h in (one, other)]
    if None in days:
        return False
    reach = min(d for d in days if d is not None)
    ill = [_with_event(h, reach) for h in (one, other)]
    found = classes(ill, 1 + int(one.people.max()))
    return found.meet(0, 1) and _nested(found, least)


def _nested(found: Classes, least: int) -> bool:
    """Tell whether one event contains the other, with nobody or a few people more.

    The very same few people with both events are left to the gate: it hides them twice.
    """
    fewer, more = sorted((found.only(0, 1), found.only(1, 0)))
    if more == 0:
        return found.size(0) >= least
    return fewer == 0 and small(more, least)


def _with_event(held: Held, reach: int) -> Numbers:
    days, events = whole_numbers(held.rows, TIME), truths(held.rows, EVENT)
    return held.people[events & (days <= reach)]


def _reach(planned: PlannedAnalysis) -> int | None:
    spec = planned.spec
    if isinstance(spec, Counts):
        return spec.horizon
    return spec.grid[-1] if isinstance(spec, KaplanMeier) else None


def to_compare(
    analyses: Sequence[PlannedAnalysis], planned: PlannedAnalysis, accession: str
) -> tuple[PlannedAnalysis, ...]:
    """Return `planned` after those earlier analyses of a dataset version that matter to it.

    An earlier one over people of the same normal form, which this analysis reads anyway and
    divides by something of another kind, needs no second look at the rows.
    """
    place = [a.id for a in analyses].index(planned.id)
    earlier = (a for a in analyses[:place] if accession in a.accessions)
    return (*(a for a in earlier if _matters(a, planned, accession)), planned)


def _matters(earlier: PlannedAnalysis, planned: PlannedAnalysis, accession: str) -> bool:
    if _reach(earlier) is not None and _reach(planned) is not None:
        return True
    ours = _by_people(planned, accession)
    return any(
        ours.get(people) != contributors
        for people, contributors in _by_people(earlier, accession).items()
    )


def _by_people(planned: PlannedAnalysis, accession: str) -> dict[str, frozenset[str]]:
    """Return the dataset versions that contribute each of the people of one version."""
    return {
        normal_form.people(planned.spec.source, g): frozenset(
            c.accession for c in planned.contributions if g in c.groups
        )
        for g in planned.groups_of(accession)
    }
