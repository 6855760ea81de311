"""Definitions as JSON: what goes out comes back, and what is wrong is said with its path."""

from __future__ import annotations

import json

import pytest

from qundao.kernel.errors import QundaoError
from qundao.query import (
    digest,
    from_json,
    new_users,
    to_json,
)
from support.definitions import DEFINITIONS


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda d: type(d).__name__)
def test_what_is_written_is_read_again(definition):
    text = json.dumps(to_json(definition), ensure_ascii=False)
    assert from_json(text) == definition
    assert digest(from_json(text)) == digest(definition)


def test_defaults_are_left_out_so_that_later_options_keep_old_digests():
    written = to_json(new_users(1118084))
    assert written["schema"] == "qundao.query/1"
    assert written["kind"] == "population"
    assert set(written["entry"]["criteria"][0]) == {"kind", "domain", "concepts", "first"}
    assert digest(new_users(1118084)) == (
        "8a70f84067099cca02a7185883cc73a5289a66ac6ac6b34131137c4273ef1c57"
    )


DIGESTS = (
    "674b1878d596dd1c",
    "578c0d1bf7774f85",
    "ff3a57711782e84f",
    "d9fa5a38e663fa81",
    "d04ac9168f89d517",
    "0f02d45c6a968b20",
    "7e8ee4c0e378b93e",
    "6acb6c3e317afdf4",
)
"""Of `DEFINITIONS`, as protocols that were locked before the language grew hold them."""


@pytest.mark.parametrize(("definition", "before"), [*zip(DEFINITIONS, DIGESTS, strict=True)])
def test_a_larger_language_changes_no_digest(definition, before):
    assert digest(definition)[:16] == before


def problems_of(data):
    with pytest.raises(QundaoError) as error:
        from_json(data)
    return {p.where: p for p in error.value.problems}


def changed(**changes):
    """Return the JSON of a new-user population with values changed by dotted path."""
    data = json.loads(json.dumps(to_json(new_users(1118084))))
    for path, value in changes.items():
        *parents, last = path.split("__")
        place = data
        for name in parents:
            place = place[int(name) if name.isdigit() else name]
        place[last] = value
    return data


def test_every_defect_is_named_at_once_with_its_path_and_what_was_received():
    found = problems_of(
        changed(
            name=7,
            collapse_days="30",
            entry__criteria__0__domain="surgery",
            entry__criteria__0__first="yes",
            exit__days=-400_000,
            concept_sets__0__items__0__concept_id=-5,
            colour="red",
        )
    )
    assert set(found) == {
        "$.name",
        "$.collapse_days",
        "$.entry.criteria[0].domain",
        "$.entry.criteria[0].first",
        "$.exit.days",
        "$.concept_sets[0].items[0].concept_id",
        "$.colour",
    }
    assert found["$.name"].received == "7"
    assert "drug_era" in found["$.entry.criteria[0].domain"].line("en")
    assert found["$.exit.days"].code == "query.invalid"


def test_a_missing_field_and_a_wrong_kind_are_named():
    data = changed()
    del data["entry"]
    assert problems_of(data)["$.entry"].code == "query.malformed"
    assert set(problems_of(changed(exit__kind="never"))) == {"$.exit.kind"}
    assert set(problems_of(changed(kind="cohort"))) == {"$.kind"}
    assert set(problems_of(changed(schema="qundao.query/9"))) == {"$.schema"}


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"schema": NaN}', "7"])
def test_what_is_not_a_json_object_is_refused(text):
    with pytest.raises(QundaoError) as error:
        from_json(text)
    assert error.value.code == "query.malformed"


def test_a_hostile_definition_is_refused_before_it_is_read():
    group = {"mode": "all", "groups": []}
    for _ in range(10_000):
        group = {"mode": "all", "groups": [group]}
    data = changed(additional=group)
    with pytest.raises(QundaoError) as error:
        from_json(data)
    assert error.value.code == "query.too_large"
    with pytest.raises(QundaoError) as error:
        from_json('{"a":' * 100_000)
    assert error.value.code == "query.too_large"
    wide = changed(concept_sets__0__items=[{"concept_id": 1}] * 60_000)
    with pytest.raises(QundaoError) as error:
        from_json(wide)
    assert error.value.code == "query.too_large"


def test_a_window_of_a_million_years_is_refused():
    near = {"criterion": {"domain": "death"}, "window": {"first_day": -(10**12)}}
    found = problems_of(changed(additional={"mode": "all", "events": [near]}))
    (where,) = found
    assert where == "$.additional.events[0].window.first_day"
    assert "365250" in found[where].line("zh")


def test_a_boolean_is_no_number_and_a_fraction_no_integer():
    assert set(problems_of(changed(collapse_days=True))) == {"$.collapse_days"}
    assert set(problems_of(changed(collapse_days=1.5))) == {"$.collapse_days"}
