"""The scorecard's laws: explained to the last point, blind to copies, monotone."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from qundao.models import cdisc, omop
from qundao.quality import Finding, Reason, Status, checks_for, score
from qundao.quality.execute import judge
from qundao.quality.plan import Counts

CHECKS = [*checks_for(cdisc()), *checks_for(omop("5.4"))]


@st.composite
def judged(draw):
    chosen = draw(
        st.lists(st.sampled_from(CHECKS), min_size=1, max_size=40, unique_by=lambda c: c.id)
    )
    return [finding(check, *draw(counts())) for check in chosen]


def counts():
    pairs = st.tuples(st.integers(0, 10_000), st.integers(0, 10_000))
    return pairs.map(lambda p: (min(p), max(p)))


def finding(check, violated, counted):
    return judge(check, Counts(violated, counted, rows=counted, filled=True))


def times(finding_, factor):
    return finding(
        finding_.check, finding_.violated_rows * factor, finding_.denominator_rows * factor
    )


@given(judged())
def test_the_costs_explain_the_score_to_the_last_point(findings):
    card = score(findings)
    lost = sum((c.points for c in card.costs), Fraction(0))
    if card.categories:
        assert card.total == 100 - lost
        assert card.total == sum(card.categories.values()) / len(card.categories)
    else:
        assert card.total == 0
    assert 0 <= card.total <= 100
    assert all(0 <= s <= 100 for s in card.categories.values())


@given(judged(), st.integers(1, 1000))
def test_copying_every_row_changes_nothing(findings, factor):
    copied = [times(f, factor) for f in findings]
    assert score(copied).total == score(findings).total
    assert score(copied).categories == score(findings).categories


@given(judged(), st.data())
def test_one_more_bad_row_never_raises_the_score(findings, data):
    index = data.draw(st.integers(0, len(findings) - 1))
    old = findings[index]
    if old.violated_rows == old.denominator_rows:
        return
    worse = list(findings)
    worse[index] = finding(old.check, old.violated_rows + 1, old.denominator_rows)
    assert score(worse).total <= score(findings).total


@given(judged())
def test_the_order_of_findings_does_not_matter(findings):
    card, reverse = score(findings), score(findings[::-1])
    assert (card.total, card.costs) == (reverse.total, reverse.costs)


@given(judged())
def test_what_leaves_the_node_holds_no_count_of_rows(findings):
    sent = score([replace(f, examples=("secret-key",)) for f in findings]).to_json()
    assert "secret-key" not in str(sent)
    for cost in sent["costs"]:
        names = "check rule table field category code share threshold_pct points"
        assert set(cost) == set(names.split())


def test_a_check_that_could_not_run_earns_nothing():
    check = CHECKS[0]
    broken = Finding(check, Status.ERROR, Reason.COULD_NOT_RUN)
    assert score([broken]).total == 0


def test_nothing_applicable_scores_nothing():
    card = score([Finding(CHECKS[0], Status.NOT_APPLICABLE, Reason.EMPTY_TABLE)])
    assert card.total == 0
    assert card.categories == {}
