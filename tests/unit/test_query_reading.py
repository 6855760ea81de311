"""Files of definitions: which form they are in, and what is refused."""

from __future__ import annotations

import json

import pytest

from qundao.kernel.errors import QundaoError
from qundao.query import Domain, new_users, to_json
from qundao.query import reading as module
from qundao.query.circe import read_circe
from qundao.query.reading import read_file, read_population
from support.definitions import DEFINITIONS

OURS = json.dumps(to_json(new_users(7, name="seven"))).encode()
CIRCE = {
    "ConceptSets": [
        {"id": 0, "name": "stroke", "expression": {"items": [{"concept": {"CONCEPT_ID": 443454}}]}}
    ],
    "PrimaryCriteria": {
        "CriteriaList": [{"ConditionOccurrence": {"CodesetId": 0}}],
        "ObservationWindow": {"PriorDays": 0, "PostDays": 0},
        "PrimaryCriteriaLimit": {"Type": "All"},
    },
    "QualifiedLimit": {"Type": "First"},
    "ExpressionLimit": {"Type": "First"},
    "InclusionRules": [],
    "CensoringCriteria": [],
    "CollapseSettings": {"CollapseType": "ERA", "EraPad": 0},
    "CensorWindow": {},
}


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "with a mark"])
def test_each_form_is_told_by_its_content(mark):
    assert read_population(mark + OURS, "file") == new_users(7, name="seven")
    read = read_population(mark + json.dumps(CIRCE).encode(), "file")
    assert read.name == "file"
    assert [c.domain for c in read.criteria] == [Domain.CONDITION]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"{", "query.malformed"),
        (b"[]", "query.malformed"),
        (b"\xff\xfe", "query.malformed"),
        (b"\xff\xfe\x00\xd8", "query.malformed"),
        (b'{"a": "\xed\xa0\x80"}', "query.malformed"),
        (b'{"a": "\\ud800"}', "query.malformed"),
        (b"", "query.malformed"),
        (b'{"schema": "other/1"}', "query.malformed"),
        (b"[" * 200_000, "query.too_large"),
        (json.dumps(to_json(DEFINITIONS[2])).encode(), "query.malformed"),
    ],
    ids=[
        "cut off",
        "list",
        "no text",
        "half in UTF-16",
        "half",
        "half escaped",
        "empty",
        "other schema",
        "nested",
        "no population",
    ],
)
def test_what_is_no_population_is_refused(data, code):
    with pytest.raises(QundaoError) as caught:
        read_population(data, "file")
    assert caught.value.code == code


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_the_text_is_kept_as_written_in_whatever_unicode(coding):
    text = json.dumps({**CIRCE, "meta": {"schema": "中"}}, ensure_ascii=False)
    read = read_file(text.encode(coding), "file")
    assert read.circe == text  # a part called so makes no definition of ours
    assert read.population == read_circe(json.dumps(CIRCE), "file")
    ours = read_file(OURS.decode().encode(coding), "file")
    assert (ours.population, ours.circe) == (new_users(7, name="seven"), "")


def test_a_file_that_is_too_large_is_not_read(monkeypatch):
    monkeypatch.setattr(module, "MOST_BYTES", len(OURS) - 1)
    with pytest.raises(QundaoError, match="too_large"):
        read_population(OURS, "file")
