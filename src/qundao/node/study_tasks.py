"""The study lane: exact statistics of a locked protocol, under two keys, gated or masked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from qundao.access.codes import OUTSIDE_PERMIT
from qundao.access.permit import DatasetTerms, Permit
from qundao.access.permit_check import Request, check
from qundao.analysis import Layout, layout, tally
from qundao.disclosure.decisions import MASKED, decision
from qundao.disclosure.gate import Gated, gate
from qundao.disclosure.masks import mask
from qundao.disclosure.thresholds import Floors
from qundao.kernel.errors import Problem, fail, raise_if
from qundao.node import datasets, offers, permit_book, task_book
from qundao.node.answerable import cannot_answer
from qundao.node.codes import BAD_ROUND, ROUND_USED, UNKNOWN_DATASET, UNKNOWN_PERMIT
from qundao.node.datasets import Version
from qundao.node.lanes import Computed, outward
from qundao.node.office import Office
from qundao.node.permit_book import Held
from qundao.node.sources import open_version
from qundao.node.store import Tx
from qundao.node.task_book import Task
from qundao.protocol.messages import HUB, Message, StudyAnswer, StudyTask, read_body
from qundao.study.differences import check_differences, to_compare
from qundao.study.plan import PlannedAnalysis
from qundao.study.protocol import StudyProtocol
from qundao.study.rounds import RoundPlan, assemble, masked_cells, plan_round


@dataclass(frozen=True, slots=True)
class Case:
    """What was authorised: the permit, the planned analysis, the round and the source.

    `compared`: the analyses whose people and events are compared with each other first.
    """

    task: StudyTask
    permit: Permit
    planned: PlannedAnalysis
    compared: tuple[PlannedAnalysis, ...]
    plan: RoundPlan
    terms: DatasetTerms
    version: Version


class StudyLane:
    """Implements `lanes.Lane`."""

    def authorise(self, tx: Tx, office: Office, task: Task) -> Case:
        """Check permit, protocol, round and dataset against what the node itself keeps."""
        body = read_body(StudyTask, task.body)
        held = permit_book.find(tx, body.permit)
        if held is None:
            raise fail(UNKNOWN_PERMIT, body.permit, "permit")
        protocol = offers.locked_protocol(held)
        planned, plan = _planned(protocol, held, body)
        raise_if(check(*_question(tx, office, body, held, plan)))
        _check_round(tx, task, body, plan)
        terms = held.permit.terms_of(body.accession)
        if terms is None:
            raise fail(UNKNOWN_DATASET, body.accession, "accession", held="–")
        covered = [a for a in protocol.analyses if a.id in held.permit.analyses]
        compared = to_compare(covered, planned, body.accession)
        return Case(body, held.permit, planned, compared, plan, terms, _version(tx, body))

    def compute(self, office: Office, task: Task, case: Case) -> Computed:  # noqa: ARG002
        """Compute the node's part, gate what only this node contributes, mask the rest.

        Raises `node.cannot_answer` for what the source lacks, and `study.near_groups`,
        `study.other_contributors` and `study.overlap` where what would leave could be
        subtracted from something else of the same protocol.
        """
        table = layout(case.planned.spec)
        with open_version(case.version) as engine:
            sources = [a.spec.source for a in case.compared]
            lacking = [p for s in sources for p in cannot_answer(engine, case.version, s)]
            raise_if(dict.fromkeys(lacking))
            rows = {a.id: a.spec.rows(engine) for a in case.compared}
        values = tally(rows[case.planned.id], case.planned.spec).values
        raise_if(_by_subtraction(case, rows))
        gated = _gated(table, values, case, office.id)
        sent = assemble(
            table, case.plan, office.id, values, gated.values, _masker(office, case, table)
        )
        return _computed(case, table, gated, sent)

    def keep(self, tx: Tx, task: Task, computed: Computed, case: Case) -> None:  # noqa: ARG002
        """Use up the round."""
        task_book.use_round(tx, case.task.round.id, task.id)

    def refusal(self, task: Task, problems: tuple[Problem, ...]) -> Message:
        """Return an answer without values."""
        body = read_body(StudyTask, task.body)
        return StudyAnswer(
            task=body.task,
            round=body.round.id,
            masked=body.round.masked,
            layout="",
            problems=tuple(outward(p).to_json() for p in problems),
        )


def _by_subtraction(case: Case, rows: Mapping[str, pa.Table]) -> Iterator[Problem]:
    accession, least = case.task.accession, case.terms.min_cell
    return check_differences(
        case.compared, accession, rows, lambda a: plan_of(a, case.permit), least
    )


def _planned(
    protocol: StudyProtocol, held: Held, body: StudyTask
) -> tuple[PlannedAnalysis, RoundPlan]:
    planned = protocol.analysis(body.analysis)
    if body.accession not in planned.accessions:
        required = ", ".join(planned.accessions)
        raise fail(OUTSIDE_PERMIT, body.accession, "accession", required=required)
    return planned, plan_of(planned, held.permit)


def plan_of(planned: PlannedAnalysis, permit: Permit) -> RoundPlan:
    """Return who takes part and what is masked, from what this node countersigned alone."""
    terms = permit.datasets
    node_of = {d.accession: d.node for d in terms}
    return plan_round(planned, node_of, {d.accession: d.member for d in terms})


def _question(tx: Tx, office: Office, body: StudyTask, held: Held, plan: RoundPlan) -> Any:
    request = Request(
        node=office.id,
        accession=body.accession,
        analysis=body.analysis,
        protocol_digest=body.protocol_digest,
        contributors=plan.participants,
        must_mask=plan.masked,
        participants=body.round.participants,
        masked=body.round.masked,
    )
    used = permit_book.runs_used(tx, body.permit, body.analysis, body.accession)
    own = office.keys.identity.verify_key
    return request, held.record(used), office.identity.hub, own, office.now()


def _check_round(tx: Tx, task: Task, body: StudyTask, plan: RoundPlan) -> None:
    if set(body.round.masked_groups) != set(plan.masked_groups):
        required = ", ".join(plan.masked_groups) or "–"
        raise fail(BAD_ROUND, ", ".join(body.round.masked_groups), "round", required=required)
    holder = task_book.round_holder(tx, body.round.id)
    if holder not in (None, task.id):
        raise fail(ROUND_USED, body.round.id, "round")


def _version(tx: Tx, body: StudyTask) -> Version:
    version = datasets.by_accession(tx, body.accession)
    if version.name != body.dataset:
        raise fail(UNKNOWN_DATASET, body.dataset, "dataset", held=version.name)
    return version


def _gated(table: Layout, values: Sequence[int], case: Case, node: str) -> Gated:
    """Gate the cells of groups that this node contributes in the open; the others stay hidden.

    Nothing is rounded here: the protocol's rounding applies to the pooled numbers.
    """
    own = set(case.plan.groups[node]) - set(case.plan.masked_groups)
    kept = frozenset(table.of_groups(own))
    shown = [v if i in kept else None for i, v in enumerate(values)]
    floors = Floors(case.terms.min_cell, case.terms.event_floor)
    return gate(table.names, shown, table.margins.only(kept), floors)


def _masker(office: Office, case: Case, table: Layout) -> Any:
    keys = {r.node: r.mask_key for r in case.permit.roster}
    peers = {n: keys[n] for n in case.plan.participants if n != office.id}
    context = f"{table.digest}:{case.permit.id}"
    own, round_id = office.keys.mask, case.task.round.id
    return lambda values: mask(values, own, peers, office.id, round_id, context)


def _computed(case: Case, table: Layout, gated: Gated, sent: tuple[str | None, ...]) -> Computed:
    hidden = set(masked_cells(table, case.plan))
    decisions = [d.to_json() for d in gated.decisions]
    if hidden:
        note = decision(MASKED, [table.names[i] for i in sorted(hidden)], "masked")
        decisions.append(note.to_json())
    answer = StudyAnswer(
        task=case.task.task,
        round=case.task.round.id,
        masked=case.plan.masked,
        layout=table.digest,
        values=sent,
        gate=tuple(decisions),
    )
    return Computed(
        answer,
        case.permit.grantee,
        _content(case, table, sent, hidden),
        decisions,
    )


def _content(
    case: Case, table: Layout, sent: tuple[str | None, ...], hidden: set[int]
) -> dict[str, Any]:
    plain = [
        (n, v) for i, (n, v) in enumerate(zip(table.names, sent, strict=False)) if i not in hidden
    ]
    return {
        "permit": case.permit.id,
        "study": case.task.study,
        "analysis": case.task.analysis,
        "method": table.method,
        "round": case.task.round.id,
        "participants": list(case.plan.participants),
        "shown": [{"cell": name, "value": value} for name, value in plain if value is not None],
        "not_shown": sum(value is None for _, value in plain),
        "masked": len(hidden),
        "recipient": HUB,
    }
