"""The explore lane's language: closed, banded, canonical, refused by the question alone."""

from __future__ import annotations

import itertools

import pytest

from qundao.kernel.errors import QundaoError
from qundao.query import (
    AGE_BANDS,
    MOST_TERMS,
    YEAR_BANDS,
    AgeBand,
    AgeGroup,
    BandedPredicate,
    HasCondition,
    HasDrug,
    InArm,
    ObservedYears,
    PersonSex,
    SeenInYears,
    SexIs,
    StandardModel,
    digest,
    from_json,
    to_json,
)

OMOP, CDISC = StandardModel.OMOP, StandardModel.CDISC
TERMS = (SexIs(PersonSex.MALE), AgeBand("40-49"), HasCondition(1), HasDrug(1))


def test_order_and_repetition_do_not_make_another_question():
    digests = {
        BandedPredicate(OMOP, (*order, order[0])).digest for order in itertools.permutations(TERMS)
    }
    assert len(digests) == 1
    assert digests == {digest(BandedPredicate(OMOP, TERMS))}


def test_a_shorter_time_under_observation_is_implied_by_a_longer_one():
    both = BandedPredicate(OMOP, (ObservedYears(1), ObservedYears(5)))
    assert both == BandedPredicate(OMOP, (ObservedYears(5),))


def test_the_digest_is_stable_across_releases():
    assert BandedPredicate(OMOP, TERMS).digest == (
        "07e2ee3e77bdc40bcb448a48bf4a09dfccbd70c8f2bd327a2eaa7f50fbb3b0dd"
    )


def test_other_questions_have_other_digests():
    asked = [
        BandedPredicate(OMOP),
        BandedPredicate(CDISC),
        *(BandedPredicate(OMOP, (t,)) for t in TERMS),
        BandedPredicate(OMOP, (AgeBand("40-49", 2015),)),
    ]
    assert len({p.digest for p in asked}) == len(asked)


def refusals(model, *terms):
    with pytest.raises(QundaoError) as error:
        BandedPredicate(model, terms)
    assert {p.code for p in error.value.problems} == {"query.predicate_refused"}
    return [p.where for p in error.value.problems]


def test_at_most_six_terms():
    six = tuple(HasCondition(i) for i in range(MOST_TERMS))
    assert len(BandedPredicate(OMOP, six).terms) == 6
    assert refusals(OMOP, *six, HasDrug(1)) == ["terms"]


@pytest.mark.parametrize(
    "terms",
    [
        (AgeBand("40-49"), AgeBand("40-49", 2015)),
        (SexIs(PersonSex.MALE), SexIs(PersonSex.FEMALE)),
    ],
)
def test_two_terms_that_would_narrow_a_band_are_refused(terms):
    assert refusals(OMOP, *terms) == ["terms"]


def test_a_model_has_its_own_vocabulary_and_all_reasons_are_said():
    assert refusals(CDISC, HasCondition(1), AgeGroup("<65"), AgeGroup(">80")) == [
        "terms[2]",
        "terms",
    ]
    assert refusals(OMOP, InArm("Placebo")) == ["terms[0]"]


@pytest.mark.parametrize(
    "make",
    [
        lambda: AgeBand("41-49"),
        lambda: AgeBand("40-49", 2016),
        lambda: SeenInYears("2011-2015"),
        lambda: ObservedYears(4),
        lambda: AgeGroup("66"),
    ],
)
def test_only_declared_bands_can_be_asked(make):
    with pytest.raises(QundaoError) as error:
        make()
    assert error.value.code == "query.predicate_refused"


def test_bands_neither_overlap_nor_leave_gaps():
    for bands in (list(AGE_BANDS.values()), list(YEAR_BANDS.values())):
        for (_, last), (first, _) in itertools.pairwise(bands):
            assert first == last + 1


def test_json_from_the_wire_is_brought_to_canonical_form():
    data = to_json(BandedPredicate(OMOP, TERMS))
    data["terms"] = [*reversed(data["terms"]), data["terms"][0]]
    assert from_json(data) == BandedPredicate(OMOP, TERMS)


def test_a_refusal_comes_before_any_engine_is_asked():
    """Nothing about the data can show in it: there is no engine in the constructor's reach."""
    data = to_json(BandedPredicate(OMOP, TERMS))
    data["terms"] += [{"kind": "age_band", "band": "50-59"}, {"kind": "site", "value": "701"}]
    with pytest.raises(QundaoError) as error:
        from_json(data)
    assert [p.where for p in error.value.problems] == ["$.terms[5].kind"]
