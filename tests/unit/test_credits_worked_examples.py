"""The worked examples of docs/explanation/credits.md: computed here, and the page must agree."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from qundao.credits.accounts import AccountKind
from qundao.credits.quotes import QuoteItem, quote
from qundao.credits.tariff import TARIFF_2026_11 as TARIFF
from qundao.credits.valuation import Coverage, DomainVolume, Valuation, value_version
from qundao.kernel.credit import show_credits
from support.ledger_text import POLICY, play

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "credits.md"

PHASE_ONE = Coverage(
    "trial_arm",
    50,
    (
        DomainVolume("demographics", 50),
        DomainVolume("exposure", 50 * 10),
        DomainVolume("adverse_event", 150),
        DomainVolume("laboratory", 50 * 12 * 30),
        DomainVolume("vital_sign", 50 * 20 * 6),
        DomainVolume("pharmacokinetics", 50 * 24),
        DomainVolume("disposition", 50),
    ),
)
MILLION_VISITS = Coverage(
    "hospital_records",
    400_000,
    (
        DomainVolume("visit", 1_000_000),
        DomainVolume("condition", 1_500_000),
        DomainVolume("drug", 2_500_000),
        DomainVolume("measurement", 3_000_000),
    ),
)


def rows(value: Valuation) -> list[str]:
    """Return the explanation as rows of the page's table."""
    return [
        f"| {line.words.zh} / {line.words.en} | {line.count:,} | {show_credits(line.unit)} "
        f"| {show_credits(line.amount)} |"
        if line.count != 1
        else f"| {line.words.zh} / {line.words.en} | | | {show_credits(line.amount)} |"
        for line in value.lines
    ]


@pytest.fixture(scope="module")
def page() -> str:
    return PAGE.read_text(encoding="utf-8")


def test_a_phase_one_trial_of_fifty(page: str) -> None:
    value = value_version(TARIFF, PHASE_ONE, 95)
    assert show_credits(value.total) == "764.75"
    for row in rows(value):
        assert row in page
    assert "**764.75**" in page


def test_a_million_outpatient_visits(page: str) -> None:
    value = value_version(TARIFF, MILLION_VISITS, 85)
    assert show_credits(value.total) == "8,500"
    for row in rows(value):
        assert row in page
    assert "**8,500**" in page


def test_what_a_use_of_both_costs(page: str) -> None:
    items = [
        QuoteItem(
            "QD000001.1", "H1", "hospital_records", value_version(TARIFF, MILLION_VISITS, 85).total
        ),
        QuoteItem("QD000002.1", "B", "trial_arm", value_version(TARIFF, PHASE_ONE, 95).total),
    ]
    told = quote(TARIFF, items, "comparative", "A")
    assert [show_credits(line.amount) for line in told.lines] == ["425", "38.2375"]
    assert show_credits(told.total) == "463.2375"
    assert "425 + 38.2375 = 463.2375" in page


def test_the_ledger_of_that_use(page: str) -> None:
    begun, _, rest = page.partition("```ledger\n")
    told = play(rest.partition("```")[0])
    assert begun
    shown = {
        owner: [
            show_credits(told.book.total(kind, owner))
            for kind in (AccountKind.AVAILABLE, AccountKind.PENDING, AccountKind.ESCROW)
        ]
        for owner in ("A", "H1", "B")
    }
    for owner, amounts in shown.items():
        assert f"| {owner} | {' | '.join(amounts)} |" in page


def test_the_default_policy_is_the_one_described(page: str) -> None:
    said = f"{POLICY.first_share // 10}%", f"{100 - POLICY.first_share // 10}%"
    assert all(part in page for part in said)
    assert f"{POLICY.vest_months} 个月" in page
    assert f"{POLICY.earned_months} 个月" in page
    assert f"{POLICY.granted_months} 个月" in page
    assert show_credits(POLICY.starter_grant) in page
    assert replace(POLICY, fee=0, rest_needs_use=True) == POLICY
