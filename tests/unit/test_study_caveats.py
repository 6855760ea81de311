"""The caveat of a masked sum to which the grantee itself contributes."""

from qundao.kernel.words import Words
from qundao.study import Contribution, PlannedAnalysis, plan_round
from qundao.study.caveats import grantee_caveat
from support.analysis_cases import km

FOUR = tuple(f"QD00000{i}.1" for i in range(1, 5))
MEMBER = {a: f"member_{i}" for i, a in enumerate(FOUR)}
NODE = {a: f"node_{i}" for i, a in enumerate(FOUR)}


def caveat(grantee, pooled=FOUR):
    held = [Contribution(a, ("one", "two") if a == FOUR[0] else ("one",)) for a in pooled]
    spec = km((0, 28), "one", "two")
    planned = PlannedAnalysis("a", Words("题", "title"), tuple(held), spec)
    return grantee_caveat(planned, plan_round(planned, NODE, MEMBER), MEMBER, grantee)


def test_a_grantee_that_contributes_is_named_with_what_it_can_work_out():
    found = caveat("member_0")
    assert "including the grantee's own share" in found.en
    assert "sum of the other 3 members" in found.en
    assert "one itself" in found.en  # the masked group, not the open one
    assert "其余 3 个单位" in found.zh


def test_a_grantee_that_contributes_nothing_needs_no_caveat():
    assert caveat("member_9") is None


def test_where_nothing_is_masked_each_node_s_own_thresholds_hold():
    assert caveat("member_0", FOUR[:2]) is None
