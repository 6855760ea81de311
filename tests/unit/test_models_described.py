"""Tables that somebody describes: a model like any other, as JSON and back."""

from __future__ import annotations

import pytest

from qundao.kernel.words import Words
from qundao.models import Field, Foreign, Kind, Table, described, model_from_json, model_to_json

PEOPLE = Table(
    "person",
    "own",
    (
        Field("person_id", Kind.INTEGER, required=True, key=True),
        Field("sex", Kind.TEXT, 1, words=Words("性别", "sex")),
    ),
    words=Words("患者", "patients"),
)


def visits(to):
    own = Field("person_id", Kind.INTEGER, required=True, foreign=Foreign(*to))
    return Table("visit", "own", (Field("id", Kind.INTEGER, required=True, key=True), own))


def test_a_model_comes_back_from_its_json_as_it_was():
    model = described("cohort@1", [PEOPLE, visits(("person", "person_id"))])
    assert model_from_json(model_to_json(model)) == model
    assert model["visit"]["person_id"].foreign == Foreign("person", "person_id")
    assert model["person"].words == Words("患者", "patients")


@pytest.mark.parametrize("to", [("people", "person_id"), ("person", "sex")])
def test_a_reference_is_to_a_tables_key(to):
    with pytest.raises(ValueError, match=r"visit.*person_id"):
        described("cohort@1", [PEOPLE, visits(to)])


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"schema": "qundao.model/1", "standard": "omop", "version": "5.4", "tables": []},
        {"schema": "qundao.model/1", "standard": "own", "version": "1", "tables": [{"name": "a"}]},
        {"schema": "qundao.model/1", "standard": "own", "version": "1", "tables": 3},
    ],
)
def test_anything_else_is_no_described_model(told):
    with pytest.raises(ValueError, match="required"):
        model_from_json(told)
