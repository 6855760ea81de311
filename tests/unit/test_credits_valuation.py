"""What data earns and what its use costs, under the published tariff."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qundao.credits.quotes import QuoteItem, quote
from qundao.credits.tariff import TARIFF_2026_11, TARIFFS, ClassPrices, tariff_on
from qundao.credits.valuation import (
    Coverage,
    DomainVolume,
    Valuation,
    ValueLine,
    value_version,
)
from qundao.kernel.credit import MICRO
from qundao.kernel.errors import QundaoError
from qundao.kernel.words import Words

TARIFF = TARIFF_2026_11
DOMAINS = [price.domain for price in TARIFF.prices("hospital_records").domains]

volumes = st.builds(
    lambda domain, facts, share: DomainVolume(domain, facts, facts * share // 100),
    st.sampled_from(DOMAINS),
    st.integers(0, 10**7),
    st.integers(0, 100),
)
coverages = st.builds(
    lambda subjects, domains, topic: Coverage(
        "hospital_records", subjects, tuple(domains), 0, topic
    ),
    st.integers(1, 10**6),
    st.lists(volumes, unique_by=lambda v: v.domain, max_size=8),
    st.sampled_from(["", *TARIFF.scarcity]),
)
scores = st.integers(0, 100)


def hospital(subjects: int, known_subjects: int = 0, **facts: int) -> Coverage:
    domains = tuple(DomainVolume(domain, count) for domain, count in facts.items())
    return Coverage("hospital_records", subjects, domains, known_subjects)


@given(coverages, scores, st.integers(0, 10**13))
def test_the_lines_explain_the_total_exactly(volume: Coverage, score: int, before: int) -> None:
    value = value_version(TARIFF, volume, score, before)
    assert sum(line.amount for line in value.lines) == value.total >= 0
    assert value.tariff == TARIFF.version


def test_the_arithmetic_by_hand() -> None:
    value = value_version(TARIFF, hospital(100, visit=300, drug=1000), 87)
    plain = 100 * 20_000 + 300 * 200 + 1000 * 300
    assert value.total == plain * 87 // 100
    assert [line.amount for line in value.lines] == [
        2_000_000,
        60_000,
        300_000,
        plain * 87 // 100 - plain,
    ]


@given(coverages, scores)
def test_more_facts_and_better_quality_never_earn_less(volume: Coverage, score: int) -> None:
    worth = value_version(TARIFF, volume, score).total
    fuller = replace(
        volume,
        subjects=volume.subjects + 1,
        domains=tuple(replace(d, facts=d.facts + 1) for d in volume.domains),
    )
    assert value_version(TARIFF, fuller, score).total >= worth
    assert value_version(TARIFF, volume, min(score + 1, 100)).total >= worth


def test_low_quality_earns_nothing_and_says_so() -> None:
    value = value_version(TARIFF, hospital(100, visit=300), TARIFF.least_quality - 1)
    assert value.total == 0
    assert "低于 60" in value.lines[-1].words.zh
    assert value_version(TARIFF, hospital(100, visit=300), TARIFF.least_quality).total > 0


def test_scarce_data_earns_by_the_published_table() -> None:
    plain = hospital(1000, condition=5000)
    rare = replace(plain, topic="rare_disease")
    assert value_version(TARIFF, rare, 80).total == value_version(TARIFF, plain, 80).total * 3 // 2


def test_a_domain_without_a_price_is_listed_and_earns_nothing() -> None:
    value = value_version(TARIFF, hospital(1, astrology=10), 100)
    assert [(line.words.en, line.amount) for line in value.lines[1:2]] == [
        ("astrology (not in the tariff)", 0)
    ]
    assert value.total == 20_000


def test_genomic_data_recovers_costs_and_is_never_priced() -> None:
    few = Coverage("genomic", 200, (DomainVolume("variant", 10**9),))
    value = value_version(TARIFF, few, 100)
    assert value.total == 200 * 500_000
    assert [line.words.en for line in value.lines] == ["cost recovery, subjects"]
    scarce = replace(few, topic="rare_disease")
    assert {value_version(TARIFF, scarce, score).total for score in (0, 60, 100)} == {value.total}
    prices = [
        quote(TARIFF, [QuoteItem("QD000001.1", "B", "genomic", worth)], kind.kind, "A").total
        for worth in (0, 10**12)
        for kind in TARIFF.studies
    ]
    assert set(prices) == {20 * MICRO}
    with pytest.raises(ValueError, match="cost-recovery"):
        ClassPrices("genomic", Words("一", "a"), 1, 1, TARIFF.classes[0].domains, market=False)


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: Coverage("hospital_records", -1), "credits.bad_volume"),
        (lambda: Coverage("hospital_records", 1, (), 2), "credits.bad_volume"),
        (lambda: hospital(0, visit=1), "credits.bad_volume"),
        (lambda: hospital(1, visit=-1), "credits.bad_volume"),
        (lambda: hospital(1, visit=1.5), "credits.bad_volume"),  # type: ignore[arg-type]
        (lambda: Coverage("x", 1, (DomainVolume("v", 1),) * 2), "credits.bad_volume"),
        (lambda: Coverage("x", 1, (DomainVolume("v", 1, 2),)), "credits.bad_volume"),
        (lambda: value_version(TARIFF, hospital(1), 101), "credits.bad_volume"),
        (lambda: value_version(TARIFF, Coverage("horoscope", 1), 90), "credits.not_in_tariff"),
        (
            lambda: value_version(TARIFF, Coverage("cohort", 1, (), 0, "fashionable"), 90),
            "credits.not_in_tariff",
        ),
        (lambda: quote(TARIFF, [], "gossip", "A"), "credits.not_in_tariff"),
    ],
)
def test_impossible_volumes_and_unknown_names_are_refused(call: object, code: str) -> None:
    with pytest.raises(QundaoError) as error:
        call()  # type: ignore[operator]
    assert {p.code for p in error.value.problems} == {code}


def test_a_valuation_cannot_hide_a_line() -> None:
    line = ValueLine(Words("一", "a"), 1, 1, 1)
    with pytest.raises(ValueError, match="sum to 2"):
        Valuation("v", "cohort", 2, (line,))


def test_a_quote_names_price_reason_and_receiver() -> None:
    items = [
        QuoteItem("QD000001.1", "H1", "hospital_records", 1000 * MICRO),
        QuoteItem("QD000002.1", "H2", "hospital_records", 40 * MICRO),
        QuoteItem("QD000003.1", "A", "trial_arm", 700 * MICRO),
    ]
    told = quote(TARIFF, items, "comparative", "A")
    assert [line.amount for line in told.lines] == [50 * MICRO, 5 * MICRO, 0]
    assert [line.words.en for line in told.lines] == [
        "comparative study, 50‰ of the data's value",
        "comparative study, the least price of a use",
        "own data, costs nothing",
    ]
    assert told.total == 55 * MICRO
    assert [(s.owner, s.weight) for s in told.shares] == [("H1", 50 * MICRO), ("H2", 5 * MICRO)]


@given(st.lists(st.integers(0, 10**12), max_size=6), st.sampled_from(TARIFF.studies))
def test_a_quote_is_the_sum_of_its_lines(values: list[int], study: object) -> None:
    items = [
        QuoteItem(f"QD{n:06d}.1", f"H{n}", "hospital_records", value)
        for n, value in enumerate(values, 1)
    ]
    told = quote(TARIFF, items, study.kind, "A")  # type: ignore[attr-defined]
    assert told.total == sum(line.amount for line in told.lines)
    assert sum(share.weight for share in told.shares) == told.total


def test_the_tariff_of_the_day_is_the_latest_in_force() -> None:
    assert tariff_on(date(2026, 11, 22)) is TARIFF_2026_11
    assert tariff_on(date(2020, 1, 1)) is TARIFFS[0]


def test_the_tariff_is_whole() -> None:
    for tariff in TARIFFS:
        names = [prices.data_class for prices in tariff.classes]
        assert len(set(names)) == len(names)
        assert [c.data_class for c in tariff.classes if not c.market] == ["genomic"]
        for prices in tariff.classes:
            assert re.search("[一-鿿]", prices.words.zh)
            assert len({d.domain for d in prices.domains}) == len(prices.domains)
    with pytest.raises(ValueError, match="prices from 0"):
        ClassPrices("cohort", Words("一", "a"), -1, 0)
