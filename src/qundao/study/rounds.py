"""One round of one analysis: who takes part, what is masked, and how answers become sums.

Both sides compute the plan from the locked protocol alone, so that neither the hub nor a node
can choose participants or turn masking off.

An answer's values follow the layout's cells. A cell of a masked group carries this node's share
of the masked vector (a node that does not contribute the group masks a zero); a cell of another
group carries the plain number, or null where the gate withheld it or where the node does not
contribute. A masked answer ends with the check cell of the masked vector.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from qundao.analysis import Layout, Totals, blank, combine
from qundao.disclosure.masks import LEAST_PARTICIPANTS, MODULUS, VALUE_BITS
from qundao.kernel.errors import fail
from qundao.study.codes import BAD_ANSWER, BAD_PROTOCOL, CANNOT_LEAVE_OUT
from qundao.study.plan import PlannedAnalysis

Values = Sequence[int | None]


@dataclass(frozen=True, slots=True)
class RoundPlan:
    """Who computes together. `groups` are what each node contributes."""

    participants: tuple[str, ...]
    groups: Mapping[str, tuple[str, ...]]
    masked_groups: tuple[str, ...]

    @property
    def open_groups(self) -> tuple[str, ...]:
        """Return the groups that each contributor gates by itself."""
        held = dict.fromkeys(g for groups in self.groups.values() for g in groups)
        return tuple(g for g in held if g not in self.masked_groups)

    @property
    def masked(self) -> bool:
        """Tell whether any group is masked."""
        return bool(self.masked_groups)


def plan_round(
    planned: PlannedAnalysis,
    node_of: Mapping[str, str],
    member_of: Mapping[str, str] | None = None,
) -> RoundPlan:
    """Return the plan of an analysis.

    `node_of` and `member_of` map each dataset version to its node and its member (without
    them, each node counts as a member). A group is masked when three different *members*
    contribute it: a sum over several nodes of one member hides nobody. Raises
    `study.bad_protocol` where one node would answer with two datasets.
    """
    groups: dict[str, tuple[str, ...]] = {}
    members: dict[str, set[str]] = {}
    for held in planned.contributions:
        node = node_of[held.accession]
        if node in groups:
            required = "at most one dataset of each node"
            raise fail(BAD_PROTOCOL, held.accession, f"analyses[{planned.id}]", required=required)
        groups[node] = held.groups
        for group in held.groups:
            members.setdefault(group, set()).add((member_of or node_of)[held.accession])
    sources = {group: len(found) for group, found in members.items()}
    masked = tuple(g for g in planned.spec.groups if sources.get(g, 0) >= LEAST_PARTICIPANTS)
    return RoundPlan(tuple(sorted(groups)), groups, masked)


def without(plan: RoundPlan, nodes: Collection[str]) -> RoundPlan:
    """Return an unmasked round's plan without nodes that could not answer.

    Of a masked sum nobody can be left out: who chooses participants sees one of them by the
    difference of two sums. Raises `study.cannot_leave_out`, also where a group would be nobody's.
    """
    left = {n: g for n, g in plan.groups.items() if n not in nodes}
    held = {g for groups in left.values() for g in groups}
    lost = sorted({g for groups in plan.groups.values() for g in groups} - held)
    if plan.masked or lost:
        raise fail(CANNOT_LEAVE_OUT, ", ".join(lost or plan.masked_groups), "participants")
    return RoundPlan(tuple(sorted(left)), left, ())


def masked_cells(layout: Layout, plan: RoundPlan) -> tuple[int, ...]:
    """Return the positions of the cells that are masked."""
    return layout.of_groups(plan.masked_groups)


def assemble(
    layout: Layout,
    plan: RoundPlan,
    node: str,
    values: Sequence[int],
    gated: Values,
    mask: Callable[[Sequence[int]], Sequence[int]],
) -> tuple[str | None, ...]:
    """Return a node's answer as it travels.

    values  what the node computed, one integer for each cell
    gated   the same after the node's own gate, None where a cell is withheld
    mask    masks a vector for this round and returns it with its check cell
    """
    own = frozenset(plan.groups[node])
    out: list[str | None] = [
        _plain(gated[i]) if cell.group in own else None for i, cell in enumerate(layout.cells)
    ]
    hidden = masked_cells(layout, plan)
    if not hidden:
        return tuple(out)
    shares = mask([values[i] if layout.cells[i].group in own else 0 for i in hidden])
    for position, share in zip(hidden, shares[:-1], strict=True):
        out[position] = str(share)
    return (*out, str(shares[-1]))


def combine_answers(
    layout: Layout, plan: RoundPlan, answers: Mapping[str, Sequence[str | None]]
) -> Totals:
    """Return the pooled cells; None where a contributor withheld its part.

    Raises `study.bad_answer` for an answer that does not fit, `disclosure.mask_check_failed`.
    """
    if sorted(answers) != list(plan.participants):
        required = ", ".join(plan.participants)
        raise fail(BAD_ANSWER, ", ".join(sorted(answers)), "participants", required=required)
    read = [_contributed(layout, plan, node, answers[node]) for node in plan.participants]
    return combine(layout, read, plan.masked_groups)


def _contributed(
    layout: Layout, plan: RoundPlan, node: str, answer: Sequence[str | None]
) -> tuple[int | None, ...]:
    """Read an answer; what a node does not contribute counts as zero, not as withheld."""
    foreign = set(plan.open_groups) - set(plan.groups[node])
    return blank(layout, read_answer(layout, plan, node, answer), foreign)


def read_answer(
    layout: Layout, plan: RoundPlan, node: str, values: Sequence[str | None]
) -> tuple[int | None, ...]:
    """Read one node's values. Raises `study.bad_answer` naming the cell that does not fit."""
    length = len(layout.cells) + plan.masked
    if len(values) != length:
        raise fail(BAD_ANSWER, len(values), node, required=f"{length} values")
    hidden = frozenset(masked_cells(layout, plan)) | {len(layout.cells)}
    read = tuple(_read(text, node, i, masked=i in hidden) for i, text in enumerate(values))
    for i, cell in enumerate(layout.cells):
        if i not in hidden and cell.kind in _COUNTS and (read[i] or 0) < 0:
            raise fail(BAD_ANSWER, "below 0", f"{node}.values[{i}]", required="a count")
    return read


_COUNTS = ("persons", "events", "censored", "days")


def _read(text: str | None, node: str, position: int, *, masked: bool) -> int | None:
    if text is None and not masked:
        return None
    limit = MODULUS if masked else 1 << VALUE_BITS
    try:
        number = int(text or "")
    except ValueError:
        number = limit
    if str(number) != text or (masked and number < 0) or abs(number) >= limit:
        required = "an integer modulo 2^128" if masked else f"an integer below 2^{VALUE_BITS}"
        raise fail(BAD_ANSWER, str(text)[:60], f"{node}.values[{position}]", required=required)
    return number


def _plain(value: int | None) -> str | None:
    return None if value is None else str(value)
