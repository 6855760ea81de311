"""Rounds: whatever nodes contribute which groups, answers become the pooled numbers."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qundao.analysis import gate_local, layout, tally
from qundao.disclosure.masks import MODULUS, MaskKey, mask
from qundao.disclosure.thresholds import Floors
from qundao.kernel.errors import QundaoError
from qundao.kernel.words import Words
from qundao.study import Contribution, PlannedAnalysis, plan_round
from qundao.study.rounds import assemble, combine_answers, masked_cells, read_answer
from support.analysis_cases import counts, km, time_rows

OPEN = Floors(1, 0)
GROUPS = ("one", "two")
KEYS = {f"node_{i}": MaskKey(bytes([i + 1]) * 32) for i in range(5)}
TITLE = Words("题", "title")


@st.composite
def studies(draw):
    """A planned analysis, and each node's rows: of the groups that it contributes only."""
    held = draw(
        st.lists(st.sets(st.sampled_from(GROUPS), min_size=1), min_size=1, max_size=5).filter(
            lambda sets: set().union(*sets) == set(GROUPS)
        )
    )
    contributions = tuple(
        Contribution(f"QD{i + 1:06d}.1", tuple(sorted(groups))) for i, groups in enumerate(held)
    )
    spec = draw(st.sampled_from([km((0, 5, 10), *GROUPS), counts(9, *GROUPS)]))
    rows = [
        draw(
            st.lists(
                st.tuples(st.sampled_from(sorted(groups)), st.integers(0, 12), st.booleans()),
                max_size=15,
            )
        )
        for groups in held
    ]
    return PlannedAnalysis("a", TITLE, contributions, spec), rows


def nodes_of(planned):
    return {c.accession: f"node_{i}" for i, c in enumerate(planned.contributions)}


def answer(planned, plan, node, rows, round_id="round_1"):
    spec = planned.spec
    partial = tally(time_rows(rows), spec)
    gated = gate_local(spec, partial, OPEN, plan.masked_groups)
    peers = {n: KEYS[n].public for n in plan.participants if n != node}

    def hide(values):
        return mask(values, KEYS[node], peers, node, round_id, layout(spec).digest)

    return assemble(layout(spec), plan, node, partial.values, gated.values, hide)


def answers(planned, plan, rows):
    return {f"node_{i}": answer(planned, plan, f"node_{i}", r) for i, r in enumerate(rows)}


@settings(max_examples=60, deadline=None)
@given(studies())
def test_the_answers_of_a_round_make_the_pooled_numbers(study):
    planned, rows = study
    plan = plan_round(planned, nodes_of(planned))
    totals = combine_answers(layout(planned.spec), plan, answers(planned, plan, rows))
    everybody = [r for held in rows for r in held]
    assert totals.values == tally(time_rows(everybody), planned.spec).values


@settings(max_examples=60, deadline=None)
@given(studies())
def test_a_group_of_three_or_more_nodes_is_masked_and_no_other(study):
    planned, rows = study
    plan = plan_round(planned, nodes_of(planned))
    sources = {g: sum(g in c.groups for c in planned.contributions) for g in GROUPS}
    assert plan.masked_groups == tuple(g for g in GROUPS if sources[g] >= 3)
    sent = answers(planned, plan, rows)
    hidden = masked_cells(layout(planned.spec), plan)
    for values in sent.values():
        assert len(values) == len(layout(planned.spec).cells) + bool(hidden)
        assert all(int(values[i]) < MODULUS for i in hidden)
    for i, contribution in enumerate(planned.contributions):
        for place, cell in enumerate(layout(planned.spec).cells):
            if place not in hidden and cell.group not in contribution.groups:
                assert sent[f"node_{i}"][place] is None


def three():
    planned = PlannedAnalysis(
        "a",
        TITLE,
        (
            Contribution("QD000001.1", ("one", "two")),
            Contribution("QD000002.1", ("one",)),
            Contribution("QD000003.1", ("one",)),
        ),
        km((0, 5, 10), *GROUPS),
    )
    plan = plan_round(planned, nodes_of(planned))
    rows = [[("one", 3, True), ("two", 7, False)], [("one", 8, True)], []]
    return planned, plan, answers(planned, plan, rows)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda s: s.pop("node_2"), "study.bad_answer"),
        (lambda s: s.update(node_9=s["node_1"]), "study.bad_answer"),
        (lambda s: s.update(node_1=s["node_1"][:-1]), "study.bad_answer"),
        (lambda s: s.update(node_1=(None, *s["node_1"][1:])), "study.bad_answer"),
        (lambda s: s.update(node_1=("-1", *s["node_1"][1:])), "study.bad_answer"),
        (lambda s: s.update(node_1=("007", *s["node_1"][1:])), "study.bad_answer"),
        (lambda s: s.update(node_1=(str(MODULUS), *s["node_1"][1:])), "study.bad_answer"),
        (lambda s: s.update(node_1=("x", *s["node_1"][1:])), "study.bad_answer"),
        (lambda s: s.update(node_1=s["node_2"]), "disclosure.mask_check_failed"),
        (lambda s: s.update(node_1=(*s["node_1"][:-1], "1")), "disclosure.mask_check_failed"),
    ],
)
def test_answers_that_do_not_fit_are_refused(change, code):
    planned, plan, sent = three()
    change(sent)
    with pytest.raises(QundaoError) as caught:
        combine_answers(layout(planned.spec), plan, sent)
    assert caught.value.code == code


def test_an_answer_of_another_round_is_refused():
    planned, plan, sent = three()
    sent["node_1"] = answer(planned, plan, "node_1", [("one", 8, True)], "round_0")
    with pytest.raises(QundaoError) as caught:
        combine_answers(layout(planned.spec), plan, sent)
    assert caught.value.code == "disclosure.mask_check_failed"


def test_a_number_of_a_group_that_a_node_does_not_contribute_is_not_counted():
    planned, plan, sent = three()
    place = layout(planned.spec).names.index("two/all/persons")
    forged = list(sent["node_1"])
    forged[place] = "1000"
    honest = combine_answers(layout(planned.spec), plan, sent)
    assert combine_answers(layout(planned.spec), plan, sent | {"node_1": forged}) == honest
    assert honest.values[place] == 1


def test_two_datasets_of_one_node_are_refused():
    planned, _, _ = three()
    with pytest.raises(QundaoError) as caught:
        plan_round(planned, {"QD000001.1": "n1", "QD000002.1": "n2", "QD000003.1": "n2"})
    assert caught.value.code == "study.bad_protocol"


def test_masks_need_three_members_not_three_nodes():
    planned, _, _ = three()
    nodes = {"QD000001.1": "n1", "QD000002.1": "n2", "QD000003.1": "n3"}
    assert plan_round(planned, nodes).masked
    members = {"QD000001.1": "victim", "QD000002.1": "x", "QD000003.1": "x"}
    plan = plan_round(planned, nodes, members)
    assert plan.participants == ("n1", "n2", "n3")
    assert not plan.masked


def test_an_open_count_below_zero_is_refused():
    planned, _, _ = three()
    nodes = {"QD000001.1": "n1", "QD000002.1": "n2", "QD000003.1": "n3"}
    plan = plan_round(planned, nodes, dict.fromkeys(nodes, "x"))
    cells = layout(planned.spec).cells
    values = ["0" for _ in cells]
    place = next(i for i, c in enumerate(cells) if c.kind == "persons")
    values[place] = "-1000"
    with pytest.raises(QundaoError) as caught:
        read_answer(layout(planned.spec), plan, "n1", values)
    assert caught.value.code == "study.bad_answer"
