"""The catalogue's values: bands, profiles, descriptions, versions, search texts."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qundao.catalogue import Band, Columns, Profile, ScoreSummary, Tier, band
from qundao.catalogue.search import normalised, search_text, terms
from qundao.catalogue.version import read_version
from qundao.kernel.errors import QundaoError
from qundao.kernel.words import Words

W = {"zh": "说明", "en": "text"}
HOST = Words("第一医院", "First Hospital")
VARIABLE = {"name": "gender_concept_id", "kind": "code", "filled_pct": 100, "distinct": "<10",
            "values": [{"value": "8507", "label": "MALE", "persons": "500–999"}]}  # fmt: skip
PROFILE = {
    "schema": "qundao.profile/1",
    "model": "omop 5.4",
    "persons": 1465,
    "persons_band": "1,000–4,999",
    "period": {"from": 1950, "to": 2019},
    "domains": [{"domain": "condition", "facts": 12345}],
    "tables": [{"table": "person", "rows": "1,000–4,999", "variables": [VARIABLE]}],
}
SCORECARD = {
    "schema": "qundao.scorecard/1",
    "total": 92.5,
    "categories": {"plausibility": 85, "conformance": 100.0},
    "costs": [
        {"check": "b", "table": "T", "field": None, "points": 1},
        {"check": "a", "table": "T", "field": "F", "points": 6.5},
    ],
}
BODY = {
    "dataset": "ehr",
    "title": {"zh": "消化系统诊疗记录", "en": "Gastro-intestinal records"},
    "description": W,
    "data_class": "hospital_records",
    "tier": "federated",
    "model": "omop 5.4",
    "min_cell": 10,
    "event_floor": 10,
    "data_digest": "0" * 64,
    "labels": dict.fromkeys(("source", "collection", "compliance", "sharing"), W),
    "profile": PROFILE,
    "scorecard": SCORECARD,
}


def changed(path: str, value: object) -> dict:
    """Return BODY with one place changed; the path is dotted, numbers index lists."""
    body = copy.deepcopy(BODY)
    *way, last = path.split(".")
    place: object = body
    for step in way:
        place = place[int(step) if step.isdigit() else step]  # type: ignore[index]
    place[int(last) if last.isdigit() else last] = value  # type: ignore[index]
    return body


def codes(body: dict) -> list[tuple[str, str]]:
    with pytest.raises(QundaoError) as refused:
        read_version(body)
    return [(p.code, p.where) for p in refused.value.problems]


# --- bands ---------------------------------------------------------------------------------


@given(st.integers(0, 10**9), st.integers(1, 60))
def test_a_count_lies_in_its_band_and_small_groups_look_the_same(count, least):
    found = band(count, least)
    assert found.low <= count
    assert found.high is None or count <= found.high
    assert found.small is (count < least)
    assert Band.parse(found.text) == found
    assert found.is_of(least)
    if count < least:
        assert found == band(0, least)


@given(st.integers(0, 10**7), st.integers(0, 10**7), st.integers(1, 60))
def test_bands_do_not_overlap(a, b, least):
    first, second = band(a, least), band(b, least)
    assert first == second or (first.low < second.low) is (a < b)


@pytest.mark.parametrize(
    "text", ["", "10", "<", "5–1", "10-19", "0–9 ", "<1e3", "≥", "١٠–١٩", "<0"]
)
def test_what_is_no_band_is_refused(text):
    with pytest.raises(ValueError):
        Band.parse(text)


def test_a_finer_band_than_the_threshold_allows_is_told_apart():
    assert not Band(12, 12).is_of(10)
    assert not band(3, 3).is_of(10)
    assert (band(25, 10).text, band(25, 20).text, band(5, 10).shown) == ("10–49", "20–49", "＜10")
    with pytest.raises(ValueError):
        band(-1, 10)


# --- profiles ------------------------------------------------------------------------------


def test_a_profile_reads():
    read = Profile.from_json(PROFILE)
    assert (read.persons, read.period) == (1465, (1950, 2019))
    (variable,) = read.variables
    assert (variable.table, variable.kind, variable.fill) == ("person", "code", 100)
    assert variable.values[0].count == Band(500, 999)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("profile.schema", "qundao.profile/2"),
        ("profile.persons", -1),
        ("profile.persons", "1465"),
        ("profile.persons", True),
        ("profile.persons_band", "1465"),
        ("profile.period", {"from": 2019, "to": 1950}),
        ("profile.period", {"from": 1950}),
        ("profile.domains", [{"domain": "condition", "facts": 1.5}]),
        ("profile.domains", [{"domain": "condition", "facts": 1}] * 2),
        ("profile.domains.0", {"domain": "condition", "facts": 1, "rows": [[1, 2, 3]]}),
        ("profile.rows", [["张三", "1950-01-01"]]),  # a row under a new key
        ("profile.tables.0.variables.0.sample", ["张三"]),
        ("profile.tables.0.variables.0.values.0.value", "x" * 81),
        ("profile.tables.0.variables.0.values.0.persons", "513"),
        ("profile.tables.0.variables.0.filled_pct", 101),
        ("profile.tables.0.variables.0.kind", "json"),
        ("profile.tables.0.variables.0.kind", "text"),  # free text lists no values
        ("profile.tables.0.variables.0.name", "a b"),
        ("profile.tables.0.table", "person; drop"),
        ("profile.tables", {}),
        ("profile.tables.0.variables", [VARIABLE, VARIABLE]),
        ("profile", []),
    ],
)
def test_a_profile_is_no_way_out_for_rows(path, value):
    assert {code for code, _ in codes(changed(path, value))} == {"catalogue.bad_profile"}


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        ("profile.persons", 9, "profile.persons"),
        ("profile.persons_band", "1,465–1,465", "profile.persons_band"),
        ("profile.tables.0.rows", "1,465–1,465", "profile.person.rows"),
        ("profile.tables.0.variables.0.distinct", "2–2", "profile.person.gender_concept_id"),
        (
            "profile.tables.0.variables.0.values.0.persons",
            "<10",
            "profile.person.gender_concept_id",
        ),
        ("min_cell", 20, "profile.person.gender_concept_id"),  # bands of another threshold
    ],
)
def test_counts_finer_than_the_contributors_threshold_are_refused(path, value, where):
    assert codes(changed(path, value)) == [("catalogue.profile_too_fine", where)]


# --- descriptions and versions ---------------------------------------------------------------


def test_a_version_reads_and_its_digest_is_of_everything():
    version = read_version(BODY)
    assert (version.tier, version.score.whole) == (Tier.FEDERATED, 92)
    assert read_version(copy.deepcopy(BODY)).digest == version.digest
    for path, value in (
        ("title.en", "Other"),
        ("event_floor", 11),
        ("data_digest", "1" * 64),
        ("labels.disease", "K92.2"),
        ("scorecard.total", 92.49),
        ("profile.tables.0.variables.0.filled_pct", 99),
    ):
        assert read_version(changed(path, value)).digest != version.digest


def test_every_missing_column_is_named_at_once():
    body = changed("labels", {"source": W, "collection": {"zh": "说明"}, "sharing": "text"})
    body["title"] = {"zh": "", "en": "x"}
    assert codes(body) == [
        ("catalogue.bad_description", "title"),
        ("catalogue.bad_description", "labels.collection"),
        ("catalogue.bad_description", "labels.compliance"),
        ("catalogue.bad_description", "labels.sharing"),
    ]


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        ("min_cell", 0, "min_cell"),
        ("event_floor", -1, "min_cell"),
        ("data_class", "", "data_class"),
        ("model", "omop 5.3", "profile.model"),
        ("labels.size", 2**60, "labels"),
        ("labels.source", {"zh": "x" * 2001, "en": "x"}, "labels.source"),
    ],
)
def test_defects_are_named_where_they_are(path, value, where):
    assert ("catalogue.bad_description", where) in codes(changed(path, value))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("scorecard.total", 101),
        ("scorecard.total", True),
        ("scorecard.total", None),
        ("scorecard.schema", "x"),
        ("scorecard.costs", [{"check": "a"}]),
        ("scorecard.categories", None),
    ],
)
def test_a_scorecard_that_is_none_is_refused(path, value):
    assert codes(changed(path, value)) == [("catalogue.bad_profile", "scorecard")]


def test_the_scorecard_says_what_to_mend_first():
    summary = ScoreSummary.from_json(SCORECARD)
    assert [(c.check, c.place) for c in summary.mend_first] == [("a", "T.F"), ("b", "T")]
    assert summary.categories == (("conformance", 100.0), ("plausibility", 85.0))


def test_six_columns_in_order():
    columns = Columns.from_labels(Words("名", "name"), HOST, BODY["labels"])
    assert [key for key, _, _ in columns.rows()] == [
        "name", "host", "source", "collection", "compliance", "sharing",
    ]  # fmt: skip
    assert {k: t for k, _, t in columns.rows()}["host"] == HOST


@pytest.mark.parametrize(
    "query",
    [
        "消化系统",
        "系统 诊疗",
        "gastro",
        "ＧＡＳＴＲＯ",
        "第一医院",
        "QD000001",
        "gender",
        "hospital_records",
    ],
)
def test_search_finds_by_any_part_in_any_width_and_case(query):
    text = search_text(read_version(BODY), HOST, "QD000001.1")
    assert all(term in text for term in terms(query))


def test_search_terms_are_few_and_each_once():
    assert terms("a A b  a") == ("a", "b")
    assert len(terms(" ".join(str(n) for n in range(50)))) == 10
    assert normalised("  ＡbＣ ") == "abc"


def test_what_is_waived_does_not_earn():
    card = {**SCORECARD, "total_without_waivers": 80.5}
    summary = ScoreSummary.from_json(card)
    assert (summary.total, summary.whole) == (SCORECARD["total"], 80)


def test_a_total_without_waivers_is_never_the_higher_one():
    assert codes(changed("scorecard.total_without_waivers", 99)) == [
        ("catalogue.bad_profile", "scorecard")
    ]
