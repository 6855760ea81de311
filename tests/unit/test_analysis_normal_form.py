"""Normal forms: what concept sets are called is no difference, what they hold is."""

from __future__ import annotations

import pytest

from qundao.analysis.normal_form import population_form
from qundao.query import (
    CodedBySet,
    ConceptItem,
    ConceptSet,
    ContinuousExposure,
    Criterion,
    Domain,
    Entry,
    Group,
    Mode,
    PersonBySet,
    PersonField,
    Population,
    Rule,
)


def entry_of(name):
    return Population("x", (held(name),), Entry((Criterion(Domain.DRUG, name),)))


def attribute_of(name):
    where = (CodedBySet("unit", name),)
    return Population("x", (held(name),), Entry((Criterion(Domain.MEASUREMENT, where=where),)))


def person_of(name):
    rule = Rule("r", Group(Mode.ALL, person=(PersonBySet(PersonField.RACE, name),)))
    return Population("x", (held(name),), Entry((Criterion(Domain.DEATH),)), rules=(rule,))


def exit_of(name):
    leaving = ContinuousExposure(name, 30)
    return Population("x", (held(name),), Entry((Criterion(Domain.DEATH),)), exit=leaving)


def held(name):
    return ConceptSet(name, (ConceptItem(1 if name != "other codes" else 2),))


@pytest.mark.parametrize("asking", [entry_of, attribute_of, person_of, exit_of])
def test_a_set_is_what_it_holds_wherever_it_is_named(asking):
    assert population_form(asking("one name")) == population_form(asking("another"))
    assert population_form(asking("one name")) != population_form(asking("other codes"))
