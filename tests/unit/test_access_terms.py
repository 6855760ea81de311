"""DUO terms: the ontology's ids, and what a use may be matched with."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from qundao.access.terms import PURPOSES, TERMS, IntendedUse, match, read_data_use
from qundao.kernel.errors import QundaoError

USE = IntendedUse(
    purpose="disease_research",
    commercial=False,
    for_profit_body=True,
    disease="MONDO:0004975",
    ethics_approval=True,
    region="广东",
    start=date(2026, 1, 31),
    end=date(2026, 12, 31),
)


def conflicts(labels, **changed):
    found = match(read_data_use(labels), replace(USE, **changed))
    return [p.text("en")["required"] for p in found.conflicts]


def test_ids_and_codes_are_the_ontologys():
    named = {t.code: t.id for t in TERMS}
    assert len(TERMS) == len(named) == len({t.id for t in TERMS}) == 23
    known = {"GRU": 42, "HMB": 6, "DS": 7, "POA": 11, "NRES": 4, "IRB": 21, "NCU": 46, "NPU": 45,
             "NPUNCU": 18, "TS": 25, "GS": 22, "CC": 43, "NPOA": 44, "NMDS": 15}  # fmt: skip
    assert {c: f"DUO:{n:07d}" for c, n in known.items()}.items() <= named.items()


@pytest.mark.parametrize(
    ("labels", "changed", "clash"),
    [
        (["NRES"], {"purpose": "clinical_care"}, False),
        (["GRU"], {}, False),
        (["DUO:0000006"], {}, False),
        (["HMB"], {"purpose": "ancestry_research"}, True),
        ([{"code": "DS", "value": "MONDO:0004975"}], {}, False),
        ([{"code": "DS", "value": "MONDO:0000001"}], {}, True),
        (["POA"], {}, True),
        (["GRU", "NCU"], {}, False),
        (["GRU", "NCU"], {"commercial": True}, True),
        (["GRU", "NPU"], {}, True),
        (["GRU", "NPU"], {"for_profit_body": False}, False),
        (["GRU", "NPUNCU"], {"for_profit_body": False, "commercial": True}, True),
        (["GRU", "IRB"], {"ethics_approval": False}, True),
        (["GRU", "NMDS"], {"purpose": "methods_development"}, True),
        (["GRU", "GSO"], {}, True),
        (["GRU", "NPOA"], {"purpose": "ancestry_research"}, True),
        (["GRU", {"code": "GS", "value": "广东"}], {}, False),
        (["GRU", {"code": "GS", "value": "香港"}], {}, True),
        (["GRU", {"code": "TS", "value": "11"}], {}, False),
        (["GRU", {"code": "TS", "value": "10"}], {}, True),
        (["GRU", {"code": "TS", "value": "soon"}], {}, True),
        (["GRU"], {"purpose": "clinical_care"}, True),
        (["GRU", "CC"], {"purpose": "clinical_care"}, False),
    ],
)
def test_a_use_fits_or_clashes(labels, changed, clash):
    assert bool(conflicts(labels, **changed)) is clash


def test_a_month_that_is_shorter_ends_on_its_last_day():
    one = read_data_use(["GRU", {"code": "TS", "value": "1"}])
    assert not match(one, replace(USE, end=date(2026, 2, 28))).conflicts
    assert match(one, replace(USE, end=date(2026, 3, 1))).conflicts


def test_what_a_machine_cannot_judge_is_a_question():
    terms = read_data_use(["GRU", {"code": "PS", "value": "P1"}, "COL", "IRB"])
    found = match(terms, USE)
    assert [r.term.code for r in found.questions] == ["PS", "COL"]
    assert found.conflicts == ()


@pytest.mark.parametrize(
    "labels",
    [
        "GRU",
        5,
        None,
        [],
        ["GRU", "HMB"],
        ["IRB"],
        ["GRU", "XYZ"],
        ["DS"],
        ["GRU", "IRB", "IRB"],
        [7],
    ],
)
def test_nonsense_is_refused(labels):
    with pytest.raises(QundaoError) as refused:
        read_data_use(labels)
    assert refused.value.code == "access.bad_terms"


def test_terms_round_trip_as_json():
    labels = ["HMB", {"code": "TS", "value": "12"}]
    assert read_data_use(read_data_use(labels).to_json()) == read_data_use(labels)
    assert all(w.zh and w.en for w in PURPOSES.values())
