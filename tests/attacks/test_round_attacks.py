"""Attacks on masked rounds: forged participant lists, replays, poisoned answers."""

import pytest

from qundao.analysis import combine, gate_local, layout, result, seal, tally
from qundao.disclosure.masks import MaskKey, mask, unmask_sum
from qundao.disclosure.thresholds import Floors
from qundao.kernel.errors import QundaoError
from qundao.kernel.words import Words
from qundao.study import Contribution, PlannedAnalysis, plan_round
from support.analysis_cases import km, sponsors

SPEC = km(range(0, 197, 28), "placebo")
FLOORS = Floors(10, 5)
KEYS = {node: MaskKey.generate() for node in ("node_a", "node_b", "node_c", "node_x")}


def sent(node, participants, round_id="round_1", values=None):
    """What a node sends when it believes that these take part."""
    partial = tally(sponsors()[node], SPEC)
    gated = gate_local(SPEC, partial, FLOORS, ["placebo"])
    peers = {n: KEYS[n].public for n in participants if n != node}
    return seal(
        layout(SPEC),
        gated,
        ["placebo"],
        lambda plain: mask(values or plain, KEYS[node], peers, node, round_id, "context"),
    )


def code_of(answers):
    with pytest.raises(QundaoError) as caught:
        result(SPEC, combine(layout(SPEC), answers, ["placebo"]), FLOORS)
    return caught.value.code


HONEST = tuple(sponsors())


def test_the_honest_round_works():
    document = result(
        SPEC, combine(layout(SPEC), [sent(n, HONEST) for n in HONEST], ["placebo"]), FLOORS
    )
    assert document["figure"]["series"][0]["points"][0]["at_risk"] == 86


def test_telling_nodes_different_lists_of_participants_yields_garbage():
    answers = [sent("node_a", HONEST), sent("node_b", HONEST), sent("node_c", (*HONEST, "node_x"))]
    assert code_of(answers) == "disclosure.mask_check_failed"


def test_an_invented_third_participant_opens_nothing_without_its_key():
    """The hub adds a node of its own; the honest nodes' shared mask still hides them."""
    trio = ("node_a", "node_b", "node_x")
    own = [sent(n, trio) for n in trio[:2]]
    peers = {n: KEYS[n].public for n in trio[:2]}
    zeros = mask(
        [0] * len(layout(SPEC).cells), KEYS["node_x"], peers, "node_x", "round_1", "context"
    )
    pooled = unmask_sum([*own, zeros])
    plain = [tally(sponsors()[n], SPEC).values for n in trio[:2]]
    assert pooled == tuple(map(sum, zip(*plain, strict=True)))  # the sum of two, nothing finer
    # That is why the roster is part of the permit that each member countersigns, and why the
    # participants of a round follow from the protocol:
    planned = PlannedAnalysis(
        "a",
        Words("题", "title"),
        tuple(Contribution(f"QD00000{i}.1", ("placebo",)) for i in (1, 2, 3)),
        SPEC,
    )
    nodes = {"QD000001.1": "node_a", "QD000002.1": "node_b", "QD000003.1": "node_c"}
    assert plan_round(planned, nodes).participants == HONEST


def test_an_answer_replayed_from_an_earlier_round_is_noticed():
    answers = [sent("node_a", HONEST), sent("node_b", HONEST), sent("node_c", HONEST, "round_0")]
    assert code_of(answers) == "disclosure.mask_check_failed"


@pytest.mark.parametrize(
    "forge",
    [
        lambda v: [v[0] + 50, *v[1:]],  # more people than events, censored and left
        lambda v: [v[0], -v[1], *v[2:]],
        lambda v: [0, *v[1:]],
        lambda v: [v[0], v[1] - 90, *v[2:8], v[8] + 90, *v[9:]],  # balanced, but below zero
    ],
)
def test_a_poisoned_answer_that_contradicts_itself_is_not_released(forge):
    poison = forge(list(tally(sponsors()["node_c"], SPEC).values))
    answers = [
        sent("node_a", HONEST),
        sent("node_b", HONEST),
        sent("node_c", HONEST, values=poison),
    ]
    assert code_of(answers) == "disclosure.bad_table"


def test_a_grantee_that_contributes_learns_the_sum_of_the_others():
    """What the release page warns of, with the figures that the documentation gives."""
    totals = combine(layout(SPEC), [sent(n, HONEST) for n in HONEST], ["placebo"])
    own = tally(sponsors()["node_a"], SPEC).values
    others = [total - share for total, share in zip(totals.values, own, strict=True)]
    held = [tally(sponsors()[n], SPEC).values for n in HONEST[1:]]
    assert others == [sum(pair) for pair in zip(*held, strict=True)]
    names = layout(SPEC).names
    at_risk, shown = others[0], []
    for days in ("0-28", "28-56", "56-84"):
        ill, lost = (
            others[names.index(f"placebo/{days}/{kind}")] for kind in ("events", "censored")
        )
        shown.append((at_risk, ill))
        at_risk -= ill + lost
    assert shown == [(66, 10), (54, 5), (47, 6)]
    assert all(n >= FLOORS.min_cell and d >= FLOORS.event_floor for n, d in shown)
