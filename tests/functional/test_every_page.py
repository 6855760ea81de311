"""Every page, in both languages: whole, titled, without errors, narrow enough for a telephone."""

from __future__ import annotations

from urllib.parse import urldefrag

import pytest

from support.browser_story import Finished, finish

pytestmark = pytest.mark.browser
LANGUAGES = ("zh-hans", "en")


def paths(made: Finished) -> dict[str, list[str]]:
    """The pages of each reader."""
    application = f"/applications/{made.application}/"
    steps = ("purpose", "plan", "data", "ethics", "protocol")
    draft = f"/applications/{made.draft}"
    return {
        "": [
            "/",
            "/guide/",
            "/catalogue/",
            "/catalogue/?q=%E5%8C%BB%E9%99%A2&tier=federated&min_score=80",
            "/catalogue/?q=nothing-like-this",
            f"/catalogue/{made.dataset}/",
            f"/catalogue/{made.dataset}/variables/",
            "/credits/tariff/",
            "/login/",
        ],
        "a.researcher": [
            "/desk/",
            "/explore/",
            "/cohorts/",
            "/cohorts/?q=bleeding",
            "/vocabulary/?q=gastro",
            "/cohorts/upload/",
            f"/cohorts/{made.cohort}/",
            f"/cohorts/{made.cohort}/upload/",
            f"/cohorts/drafts/{made.building}/",
            "/applications/",
            application,
            f"{application}agreement/",
            *(f"{draft}/edit/{step}/" for step in steps),
            f"{draft}/check/",
            "/studies/",
            f"/studies/{made.survival}/",
            f"/studies/{made.waiting}/",
            "/credits/",
            "/account/",
            "/account/password/",
        ],
        "h1.steward": ["/desk/", "/nodes/", f"/nodes/{made.node}/", "/credits/"],
        "reviewer.1": [
            "/desk/",
            "/reviews/",
            "/cohorts/",
            f"/cohorts/{made.cohort}/",
            "/studies/outputs/",
            f"/studies/outputs/{made.output}/",
            application,
        ],
        "operator": [
            "/desk/",
            "/members/",
            "/members/admit/",
            "/members/alliances/new/",
            f"/members/{made.member}/",
            "/users/",
            "/users/new/",
            "/users/a.researcher/",
            "/nodes/",
            "/credits/",
            "/credits/grant/",
            "/audit/",
            "/rules/",
        ],
        "auditor": ["/desk/", "/audit/", "/audit/?risk=high", f"/audit/events/{made.event}/"],
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_whole(world, reader, language: str) -> None:
    made = finish(world)
    for username, own in paths(made).items():
        somebody = reader(username, language)
        links: set[str] = set()
        for path in own:
            page = somebody.open(path)
            _check(page, path, language)
            _narrow(page, path)
            links |= {a for a in page.eval_on_selector_all("a[href]", _HREFS) if a.startswith("/")}
        if language == "en":  # the addresses are the same in both
            _follow(somebody, links)


_HREFS = "all => all.map(a => a.getAttribute('href'))"


def _check(page, path: str, language: str) -> None:
    wanted = "en" if language == "en" else "zh-Hans"
    assert page.locator("html").get_attribute("lang") == wanted, path
    assert page.locator("h1").count() == 1, path
    assert page.title().strip(" ·"), path
    assert page.locator("table:not(:has(caption))").count() == 0, path
    assert page.locator("th:not([scope])").count() == 0, path
    assert page.locator("[style], style, script:not([src])").count() == 0, path
    ids = page.eval_on_selector_all("[id]", "all => all.map(e => e.id)")
    assert len(ids) == len(set(ids)), f"{path}: an id stands twice"
    if language == "en":
        own = " ".join(page.locator(".nav, thead, button, legend, .chip").all_inner_texts())
        assert not any("\u4e00" <= c <= "\u9fff" for c in own.replace("简体中文", "")), path


def _narrow(page, path: str) -> None:
    """At 390 px nothing but a table inside its own frame may run over the edge."""
    page.set_viewport_size({"width": 390, "height": 800})
    wide = page.evaluate("document.documentElement.scrollWidth")
    page.set_viewport_size({"width": 1280, "height": 900})
    assert wide <= 390, f"{path}: {wide} px"


def _follow(somebody, links: set[str]) -> None:
    """No link is dead: what is not built yet is not offered."""
    for link in sorted({urldefrag(link)[0] for link in links}):
        answer = somebody.page.request.get(somebody.address + link)
        assert answer.status < 400, f"{link}: {answer.status}"


def test_the_keyboard_reaches_the_text_first(site, reader) -> None:
    page = reader().open("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_the_language_switch_keeps_the_page(world, reader) -> None:
    somebody = reader("a.researcher")
    somebody.open("/catalogue/?q=gastro")
    somebody.press("/language/")
    assert somebody.page.url.endswith("/catalogue/?q=gastro")
    assert somebody.page.locator("html").get_attribute("lang") == "en"
    somebody.press("/language/")
    assert somebody.page.locator("html").get_attribute("lang") == "zh-Hans"


def test_without_script_everything_can_be_read(world, reader) -> None:
    made = finish(world)
    somebody = reader("a.researcher", script=False)
    page = somebody.open(f"/studies/{made.survival}/")
    assert page.locator("svg.plot path.line").count() == 2
    assert page.locator("table.released").count() >= 2
    assert page.locator("button[data-opens-chart]").is_hidden()
    page = somebody.open("/explore/?model=omop&sex=female&conditions=192671")
    assert "192671" in page.locator("#words").inner_text()


def test_the_figure_opens_for_single_points(world, reader) -> None:
    made = finish(world)
    page = reader("a.researcher").open(f"/studies/{made.survival}/")
    page.locator("button[data-opens-chart]").click()
    page.locator(".chart-live canvas").wait_for()


def test_a_page_that_is_not_there_says_what_next(world, reader) -> None:
    page = reader("a.researcher").open("/studies/study_nothing/", status=404)
    assert "hub.not_found" in page.locator("main").inner_text()
    page = reader("", "en").open("/nowhere/", status=404)
    assert "What to do" in page.locator("main").inner_text()


def test_a_desk_of_another_role_is_refused_with_the_reason(world, reader) -> None:
    page = reader("a.researcher").open("/members/", status=403)
    assert "运营方" in page.locator("main").inner_text()


def test_a_visitor_is_asked_to_sign_in_and_comes_back(site, reader) -> None:
    somebody = reader()
    somebody.open("/explore/")
    assert "/login/?next=/explore/" in somebody.page.url
