"""A physician builds a definition on the hub: concepts found, words beside, saved, opened again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from qundao.hub.cohorts.models import BuilderDraft, DefinitionVersion
from support.cohorts import told_vocabulary

pytestmark = pytest.mark.browser
SAID = {
    "zh-hans": {
        "first": "“消化道出血”的诊断记录",
        "missing": "还差",
        "drug": "“双氯芬酸”的用药记录",
        "typed": "前 30 天",
        "whole": "入选规则",
        "name": "消化道出血",
    },
    "en": {
        "first": "condition of “Bleeding”",
        "missing": "incomplete",
        "drug": "drug exposure of “diclofenac”",
        "typed": "30 days before",
        "whole": "Inclusion rule",
        "name": "Bleeding",
    },
}


def picture(page, name: str) -> None:
    """Keep a picture where QUNDAO_PICTURES names a folder."""
    folder = os.environ.get("QUNDAO_PICTURES")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


@pytest.mark.parametrize(("language", "width"), [("zh-hans", 1280), ("en", 390)])
def test_a_physician_builds_a_definition(world, reader, language: str, width: int) -> None:
    told_vocabulary(world["h1"].node)
    said = SAID[language]
    person = reader("a.researcher", language, width=width)
    page = person.open("/cohorts/")
    person.press("/cohorts/build/")
    page.fill("#f-name_zh", said["name"])
    _concept_set(page, 0, said["name"], "gastrointestinal")
    page.select_option("#f-entry-0-set", label=said["name"])
    page.locator("#words", has_text=said["first"]).wait_for()
    page.locator("button[value='add:rules']").click()
    page.locator("#f-rules-0-name:focus").wait_for()  # the keyboard goes on in the new rule
    assert said["missing"] in page.locator("#words").inner_text()
    page.fill("#f-rules-0-name", "NSAID")
    drug = "双氯芬酸" if language == "zh-hans" else "diclofenac"
    _concept_set(page, 1, drug, drug)
    event = "#f-rules-0-group-events-0"
    page.select_option(f"{event}-domain", "drug_exposure")
    page.locator(f"{event}-measure option[value=days_supply]").wait_for(state="attached")
    page.select_option(f"{event}-set", label=drug)
    page.fill(f"{event}-from", "30")
    page.locator("#words", has_text=said["drug"]).wait_for()
    page.locator("#words", has_text=said["typed"]).wait_for()  # what was typed last is saved, too
    picture(page, f"builder-{language}-{width}")
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width
    person.open(page.url.removeprefix(person.address))  # left and come back: nothing is lost
    assert page.input_value(f"{event}-from") == "30"
    page.locator("button[value='save']").click()
    page.wait_for_url("**/cohorts/cohort_*/1/")
    assert said["whole"] in person.text
    picture(page, f"cohort-{language}-{width}")
    (kept,) = DefinitionVersion.objects.all()
    assert [s.name for s in kept.population.concept_sets] == [said["name"], drug]
    assert kept.population.rules[0].group.events[0].window.first_day == -30
    assert not BuilderDraft.objects.exists()
    person.press("/open/")
    page.fill("#f-prior", "365")
    page.locator("button[value='save']").click()
    page.wait_for_url("**/2/")
    assert page.locator("ins").count() == 1
    picture(page, f"version-{language}-{width}")


def _concept_set(page, number: int, name: str, query: str) -> None:
    page.locator("button[value='set']").click()
    page.fill(f"#f-sets-{number}-name", name)
    page.fill(f"#f-sets-{number}-q", query)
    page.locator(f"#found-{number} button[value^='concept:']").first.click()
    page.locator(f"#f-sets-{number}-items-0-descendants").wait_for()


def test_without_script_it_can_be_built_too(world, reader) -> None:
    person = reader("a.researcher", script=False)
    page = person.open("/cohorts/")
    person.press("/cohorts/build/")
    page.locator("button[value='set']").click()
    page.fill("#f-sets-0-name", "x")
    page.fill("#f-sets-0-q", "192671")
    page.locator("button[value='number:0']").click()
    page.select_option("#f-entry-0-set", label="x")
    page.locator("button[value='save']").click()
    assert page.locator("#defects a").get_attribute("href") == "#f-name_zh"
    page.fill("#f-name_zh", "出血")
    page.locator("button[value='save']").click()
    assert "“x”的诊断记录" in person.text
    assert DefinitionVersion.objects.get().population.concept_sets[0].items[0].descendants
