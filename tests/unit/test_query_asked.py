"""Which columns a question over bands asks: those that must hold something."""

from __future__ import annotations

from qundao.query import AgeBand, BandedPredicate, HasCondition, PersonSex, SexIs, StandardModel
from qundao.query.asked import AskedColumns, asked_columns
from qundao.query.predicate import AGE_BANDS


def test_a_question_over_bands_asks_the_columns_of_its_terms():
    band = next(iter(AGE_BANDS))
    terms = (SexIs(PersonSex.FEMALE), AgeBand(band), HasCondition(1))
    assert set(asked_columns(BandedPredicate(StandardModel.OMOP, terms))) == {
        AskedColumns("person", ("gender_concept_id",), zero=False),
        AskedColumns("person", ("year_of_birth",), zero=True),
    }
