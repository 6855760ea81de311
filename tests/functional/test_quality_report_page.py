"""The report's page in a real browser: both languages, searching, sorting, printing, no script."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from qundao.engines import open_engine
from qundao.models import omop
from qundao.quality import run
from qundao.quality.html import report_html
from support.model_folder import write_model

pytestmark = pytest.mark.browser
CHINESE = re.compile(r"[\u4e00-\u9fff]+")
CASES = Path(__file__).parents[3] / "shared" / "cases" / "omop-qsyn10k"
MOST_BYTES = 3_000_000
MARK = "<img src=x onerror=alert(1)>"


def report_of(dsn):
    with open_engine(dsn) as engine:
        return run(engine, omop("5.4"))


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """Twenty persons (synthetic), two of them without sex; one table is missing."""
    persons = [
        {"person_id": i, "gender_concept_id": None if i < 2 else 8507, "year_of_birth": 1950,
         "race_concept_id": 0, "ethnicity_concept_id": 0}
        for i in range(20)
    ]  # fmt: skip
    folder = tmp_path_factory.mktemp("twenty")
    return report_of(write_model(folder, omop("5.4"), {"person": persons}, leave_out=("note",)))


@pytest.fixture
def opened(report, chromium, tmp_path):
    """`opened("en", width=390, script=False)`: the page; nothing may go wrong on it."""
    wrong, contexts = [], []

    def open_page(language="zh-hans", width=1280, *, script=True, text=None):
        place = tmp_path / "report.html"
        source = f"synthetic {MARK}"
        place.write_text(text or report_html(report, source=source, language=language), "utf-8")
        view = {"width": width, "height": 900}
        contexts.append(chromium.new_context(viewport=view, java_script_enabled=script))
        page = contexts[-1].new_page()
        page.on("console", lambda m: wrong.append(m.text))
        page.on("pageerror", lambda e: wrong.append(str(e)))
        page.on("request", lambda r: wrong.append(r.url) if r.url != place.as_uri() else None)
        page.goto(place.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert wrong == []


def shown(page):
    return page.locator("article:visible")


@pytest.mark.parametrize("script", [True, False])
def test_the_language_is_switched_with_and_without_scripts(opened, script):
    page = opened("zh-hans", script=script)
    assert shown(page).count() == 1
    assert "先改哪里" in shown(page).inner_text()
    page.locator("label[for=en]").click()
    assert shown(page).count() == 1
    text = shown(page).inner_text()
    assert "What to mend first" in text
    assert set(CHINESE.findall(text)) <= {"群岛"}


def test_the_root_says_which_language_is_shown(opened):
    page = opened("en")
    root = page.locator("html")
    assert root.get_attribute("lang") == "en"
    page.locator("label[for=zh-hans]").click()
    assert root.get_attribute("lang") == "zh-Hans"


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_it_is_no_wider_than_the_screen(opened, width, language):
    page = opened(language, width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("article:visible h1").count() == 1


def test_what_a_source_is_called_cannot_become_markup(opened):
    page = opened()
    assert MARK in shown(page).inner_text()
    assert page.locator("img").count() == 0


def test_tables_have_captions_and_headers_and_figures_a_name(opened):
    page = opened()
    assert page.locator("table:not(:has(caption))").count() == 0
    assert page.locator("th:not([scope])").count() == 0
    assert page.locator("svg:not([aria-label])").count() == 0


def test_searching_shows_what_is_sought_and_failed_only(opened):
    page = opened("en")
    page.locator("article:visible input[type=search]").fill("person.gender_concept")
    rows = page.locator("article:visible .rows tbody tr:visible")
    places = {rows.nth(i).locator("th").inner_text() for i in range(rows.count())}
    assert places == {"PERSON.GENDER_CONCEPT_ID"}
    before = page.locator("article:visible .question:visible").count()
    page.locator("article:visible .tools input[type=checkbox]").check()
    assert 0 < page.locator("article:visible .question:visible").count() < before
    page.locator("article:visible input[type=search]").fill("no such field")
    assert page.locator("article:visible .question:visible").count() == 0
    assert "0 found" in page.locator("article:visible .tools [role=status]").inner_text()


def test_sorting_by_a_column_and_back(opened):
    page = opened("en")
    table = page.locator("article:visible table.rows:visible:has(tbody tr:nth-child(3))").first
    header = table.locator("thead th").nth(3)
    header.locator("button").click()
    assert header.get_attribute("aria-sort") == "ascending"
    cells = table.locator("tbody tr > td:nth-child(4)").all_inner_texts()
    numbers = [int(c.replace(",", "")) for c in cells]
    assert numbers == sorted(numbers)
    header.locator("button").click()
    assert header.get_attribute("aria-sort") == "descending"


def test_without_scripts_every_check_can_be_reached(opened, report):
    page = opened("en", script=False)
    assert page.locator("article:visible .tools").count() == 0
    listed = page.locator("article.en .checks .rows tbody tr:not(.examples)").count()
    idle = page.locator("article.en .checks .places > code").count()
    assert listed + idle == len(report.findings)


def test_print_leaves_the_controls_out(opened):
    page = opened()
    page.emulate_media(media="print")
    for control in (".switch", ".tools", ".contents"):
        assert page.locator(f"{control}:visible").count() == 0
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_keys_stand_in_it_only_when_asked_and_under_a_warning(opened, report):
    text = report_html(report, source="synthetic", language="en", examples=True)
    page = opened("en", text=text)
    warning = page.locator("article:visible header .note.stop")
    assert "keys of rows" in warning.inner_text()
    assert page.locator("article:visible tr.examples").count() > 0
    page = opened("en")
    assert page.locator("tr.examples").count() == 0
    assert page.locator("header .note.stop").count() == 0


@pytest.mark.skipif(not CASES.exists(), reason="the reference cases are not beside the repository")
def test_a_report_of_all_checks_stays_small_and_whole(opened):
    found = report_of(f"parquet:{CASES}")
    text = report_html(found, source="synthetic", language="zh-hans")
    assert len(text.encode("utf-8")) < MOST_BYTES
    page = opened(text=text)
    listed = page.locator("article.zh-hans .checks .rows tbody tr").count()
    idle = page.locator("article.zh-hans .checks .places > code").count()
    assert listed + idle == len(found.findings) > 2_300
