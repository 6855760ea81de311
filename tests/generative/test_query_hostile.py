"""Whatever a definition's file holds: it is read whole, or refused with what can be told."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from qundao.kernel.errors import QundaoError
from qundao.query import from_json, to_json, words
from qundao.query.circe import read_circe
from qundao.query.compiler import compile_query

WINDOW = {"Start": {"Days": 30, "Coeff": -1}, "End": {"Coeff": 1}, "UseIndexEnd": False}
NEAR = {
    "Criteria": {"DrugExposure": {"CodesetId": 0, "Age": {"Op": "bt", "Value": 1, "Extent": 2}}},
    "StartWindow": WINDOW,
    "EndWindow": WINDOW,
    "Occurrence": {"Type": 2, "Count": 1, "IsDistinct": True, "CountColumn": "START_DATE"},
}
ENTRY = {
    "CodesetId": 0,
    "First": True,
    "OccurrenceStartDate": {"Op": "gt", "Value": "2020-01-31"},
    "Gender": [{"CONCEPT_ID": 8507}],
    "StopReason": {"Op": "contains", "Text": "x"},
}
WHOLE = {
    "ConceptSets": [
        {"id": 0, "name": "a", "expression": {"items": [{"concept": {"CONCEPT_ID": 1}}]}}
    ],
    "PrimaryCriteria": {
        "CriteriaList": [{"ConditionOccurrence": ENTRY}],
        "ObservationWindow": {"PriorDays": 0, "PostDays": 0},
        "PrimaryCriteriaLimit": {"Type": "First"},
    },
    "InclusionRules": [{"name": "r", "expression": {"Type": "ALL", "CriteriaList": [NEAR]}}],
    "EndStrategy": {"DateOffset": {"DateField": "EndDate", "Offset": 3}},
    "CollapseSettings": {"CollapseType": "ERA", "EraPad": 0},
    "CensorWindow": {"StartDate": "2020-01-01"},
}


def paths(value, path=()):
    """Yield the path of every value within a value."""
    inner = enumerate(value) if isinstance(value, list) else ()
    for key, held in value.items() if isinstance(value, dict) else inner:
        yield (*path, key)
        yield from paths(held, (*path, key))


ODD = st.sampled_from(
    (
        *("null", "true", "false", "[]", "{}", "[[]]", "[null]", "[{}]"),
        *("0", "-1", "-0.0", "1.5", "1e400", "-1e400", "1e-400", "NaN", "Infinity"),
        *("2147483648", "4294967296", "9" * 300, "9" * 5_000),
        *('""', '" "', '"x"', '"1e3"', '"nan"', '"²"', '"1_0"', '"' + "9" * 5_000 + '"'),
        *('"2020-13-45"', '"0000-00-00"', '"99999-1-1"', '"0001-01-01"'),
        *(r'"\u0000"', r'"\ud800"', r'"\u202e"', '"' + "x" * 5_000 + '"'),
        *('{"":0}', r'{"\ud800":1}', '{"a":1,"a":2}', "[" * 2_000),
    )
)
ANY = st.recursive(
    ODD, lambda inner: st.lists(inner, max_size=3).map(lambda v: "[" + ",".join(v) + "]")
)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.sampled_from(list(paths(WHOLE))), ANY), min_size=1, max_size=3))
def test_a_changed_definition_is_read_whole_or_refused(changes):
    whole = json.loads(json.dumps(WHOLE))
    for number, (path, _) in enumerate(changes):
        put(whole, path, f"@@{number}")
    text = json.dumps(whole)
    for number, (_, odd) in enumerate(changes):
        text = text.replace(f'"@@{number}"', odd)
    try:
        population = read_circe(text, "x")
    except QundaoError as error:
        for language in ("zh", "en"):
            json.dumps(error.to_json(language), ensure_ascii=False).encode("utf-8")
        told = [(p.where, p.received) for p in error.problems]
        assert all(w.isprintable() and len(w) < 400 and len(r) < 400 for w, r in told)
        return
    assert from_json(json.dumps(to_json(population))) == population
    assert words(population).en.count("\n") == words(population).zh.count("\n")
    compile_query(population, {}).sql("duckdb").encode("utf-8")


def put(value, path, mark):
    """Put a mark at a path; where an earlier mark stands above it, nothing happens."""
    for key in path[:-1]:
        value = value[key] if isinstance(value, dict | list) else None
    if isinstance(value, dict | list):
        value[path[-1]] = mark


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda t: t.encode("utf-16")))
def test_what_is_no_definition_is_refused(data):
    try:
        read_circe(data, "x")
    except QundaoError as error:
        str(error).encode("utf-8")
    else:
        raise AssertionError(data)
