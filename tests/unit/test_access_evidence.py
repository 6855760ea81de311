"""The evidence checklist: has, lacks, who gives; it warns until the lawyer has signed off."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from qundao.access.application import read_plan
from qundao.access.evidence import (
    RULES,
    DatasetFacts,
    Facts,
    Standing,
    blocking,
    checklist,
    missing,
)
from support.access_cases import TODAY, good_draft

GOOD = DatasetFacts("QD000001.1", "federated", "ethics_waiver", "院伦〔2026〕3号")


def facts(*datasets: DatasetFacts, signed: bool = False, **draft: object) -> Facts:
    plan = read_plan(good_draft(**draft), TODAY)
    return Facts(TODAY, plan, "甲药业", datasets or (GOOD,), signed)


def standing(given: Facts) -> dict[str, str]:
    return {i.rule.id: i.standing.value for i in checklist(given)}


def test_a_full_file_lacks_only_the_signature():
    assert {k for k, v in standing(facts()).items() if v == "lacks"} == {"agreement"}
    assert "lacks" not in standing(facts(signed=True)).values()


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        (facts(replace(GOOD, basis="")), "legal_basis"),
        (facts(replace(GOOD, document="")), "legal_basis"),
        (facts(replace(GOOD, basis="hearsay")), "legal_basis"),
        (facts(replace(GOOD, basis="consent", scope=("public_health",))), "legal_basis"),
        (facts(GOOD, replace(GOOD, accession="QD000002.1", basis="")), "legal_basis"),
        (facts(ethics_number=None), "ethics"),
        (facts(ethics_until="2026-11-22"), "ethics"),
        (facts(foreign_controlled=True), "recipient"),
        (replace(facts(), recipient=""), "recipient"),
        (facts(impact_assessment=None), "impact_assessment"),
        (facts(replace(GOOD, tier="controlled")), "de_identification"),
    ],
)
def test_each_piece_is_missed(given, rule):
    lacking = {k for k, v in standing(given).items() if v == "lacks"}
    assert lacking == {rule, "agreement"}


@pytest.mark.parametrize(
    "given",
    [
        facts(replace(GOOD, basis="consent", scope=("disease_research",))),
        facts(replace(GOOD, basis="consent", scope=())),
        facts(replace(GOOD, tier="controlled", recipe="k-匿名 k=5")),
        facts(ethics_until="2026-11-23"),
        facts(foreign_controlled=True, foreign_route="国科遗办备字〔2026〕1号"),
    ],
)
def test_what_is_there_counts(given):
    assert {k for k, v in standing(given).items() if v == "lacks"} == {"agreement"}


def test_synthetic_data_need_no_impact_assessment():
    synthetic = replace(GOOD, basis="synthetic", document="Synthea")
    found = standing(facts(synthetic, impact_assessment=None))
    assert found["impact_assessment"] == Standing.NOT_NEEDED


def test_a_row_warns_until_it_is_signed_off_and_then_blocks():
    given = facts(ethics_number=None)
    assert blocking(checklist(given)) == ()
    assert [p.where for p in missing(checklist(given))] == ["ethics", "agreement"]
    (found,) = blocking(checklist(given, {"ethics"}))
    assert found.code == "access.evidence_missing"
    assert "the applicant" in found.text("en")["remedy"]
    assert blocking(checklist(facts(), {"ethics"})) == ()


def test_what_is_not_due_yet_does_not_block():
    items = checklist(facts(), {"agreement"})
    assert len(blocking(items)) == 1
    assert blocking(items, before="agreement") == ()


def test_rules_are_dated_rows_and_apply_from_their_day():
    assert len({r.id for r in RULES}) == len(RULES) == 7
    ethics = next(r for r in RULES if r.id == "ethics")
    assert not ethics.in_force(date(2023, 2, 17))
    assert ethics.in_force(date(2023, 2, 18))
    ended = replace(ethics, effective_to=date(2030, 1, 1))
    assert not ended.in_force(date(2030, 1, 1))
    early = replace(facts(), today=date(2020, 1, 1))
    assert checklist(early) == ()


def test_labels_that_say_nothing_or_nonsense_count_as_lacking():
    assert DatasetFacts.from_labels("QD000001.1", "federated", {}).basis == ""
    assert DatasetFacts.from_labels("QD000001.1", "federated", {"legal_basis": "yes"}).basis == ""
    labels = {"legal_basis": {"kind": "consent", "document": "D1", "scope": ["public_health"]}}
    read = DatasetFacts.from_labels("QD000001.1", "controlled", labels)
    assert (read.basis, read.document, read.scope) == ("consent", "D1", ("public_health",))
