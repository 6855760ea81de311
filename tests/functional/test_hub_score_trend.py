"""The dataset page: scores over versions, what was waived, and which are comparable."""

from __future__ import annotations

import re

import pytest

from support.hub_story import registration, scorecard

pytestmark = pytest.mark.browser
CHINESE = re.compile(r"[\u4e00-\u9fff]+")
CATALOGUE = {"model": "omop 5.4", "version": "0.1.0", "checks": 2381, "digest": "a" * 64}
OTHER = {**CATALOGUE, "digest": "b" * 64}
REQUIRED = {"check": "isRequired", "rule": None, "table": "PERSON", "field": "RACE_CONCEPT_ID",
            "category": "conformance", "code": "above_threshold", "share": "1–5%",
            "threshold_pct": 0, "points": 3.25}  # fmt: skip
WAIVED = {**REQUIRED, "reason": "<b>source keeps no race</b>", "until": "2027-03-31"}


def card(total, *costs, catalogue=CATALOGUE, waived=()):
    spare = sum(w["points"] for w in waived)
    return scorecard(total) | {
        "costs": list(costs),
        "catalogue": catalogue,
        "waived": list(waived),
        "total_without_waivers": total - spare,
    }


@pytest.fixture
def versions(world):
    """Four more versions after the story's own, which names no catalogue."""
    node, made = world["h1"].node, [world.accessions["h1"]]
    cards = (
        card(92),
        card(88.75, REQUIRED),
        card(92, waived=[WAIVED]),
        card(97, catalogue=OTHER),
    )
    for number, told in enumerate(cards, 1):
        receipt = node.register(
            **registration(dataset="ehr", data_digest=f"{number}" * 64, scorecard=told)
        )
        made.append(receipt.result["accession"])
    return made


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_trend_in_both_languages_and_widths(versions, reader, language, width):
    visitor = reader("", language, width=width)
    page = visitor.open(f"/catalogue/{versions[-1]}/")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    figure = page.locator("figure.trend svg")
    assert figure.locator("circle.d0").count() == len(versions) == 5
    assert figure.locator("path.s0").count() == 2
    rows = page.locator("figure.trend + .scroll tbody tr")
    said = rows.all_inner_texts()
    assert [versions[-1 - i] in text for i, text in enumerate(said)] == [True] * 5
    assert ["−" in t or "-3.25" in t for t in said] == [False, False, True, False, False]
    apart = {"zh-hans": "不可直接比较", "en": "not comparable"}[language]
    assert [apart in text for text in said] == [True, False, False, True, False]
    if language == "en":
        assert CHINESE.findall(page.locator("figure.trend + .scroll").inner_text()) == []


def test_what_changed_is_told_place_by_place(versions, reader):
    page = reader("", "en").open(f"/catalogue/{versions[-1]}/")
    changed = page.locator("details", has_text=f"{versions[2]}: what changed")
    changed.locator("summary").click()
    text = changed.inner_text()
    assert "newly failed" in text
    assert "PERSON.RACE_CONCEPT_ID" in text
    waived = page.locator("details", has_text=f"{versions[3]}: what changed")
    waived.locator("summary").click()
    assert "waived" in waived.inner_text()


def test_what_was_waived_is_shown_with_reason_day_and_cost(versions, reader):
    page = reader("", "en").open(f"/catalogue/{versions[3]}/")
    row = page.locator("tr", has_text="2027-03-31")
    for part in ("a required field is empty", "<b>source keeps no race</b>", "3.25"):
        assert part in row.inner_text()
    assert "if nothing were waived: 88.75" in page.locator("main").inner_text()


def test_a_score_names_its_catalogue_or_says_that_it_does_not(versions, reader):
    visitor = reader("", "en")
    page = visitor.open(f"/catalogue/{versions[1]}/")
    assert "a" * 16 in page.locator("main").inner_text()
    page = visitor.open(f"/catalogue/{versions[0]}/")
    assert "does not name its catalogue" in page.locator("main").inner_text()
