"""A real browser against a real hub: Debian's chromium, uvicorn, the test's own database.

`scripts/browser.sh` installs the browser and a CJK font; without them these tests skip.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
import uvicorn

from support.hub_people import PASSWORD

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
START_SECONDS = 30


@pytest.fixture(scope="session")
def chromium():
    """One headless chromium for the session."""
    playwright = pytest.importorskip("playwright.sync_api")
    path = os.environ.get("QUNDAO_CHROMIUM") or shutil.which("chromium")
    if not path:
        pytest.skip("no chromium: run scripts/browser.sh")
    # Playwright's loop runs in this thread; Django would take it for an async context.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def site(committed_hub_db, cheap_passwords) -> Iterator[str]:
    """The hub under uvicorn in a thread, on the test's database; its address."""
    config = uvicorn.Config("qundao.hub.asgi:application", port=0, log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    deadline = time.monotonic() + START_SECONDS
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(START_SECONDS)


@pytest.fixture
def world(site):
    """The alliance of five members with nodes and datasets (synthetic), committed."""
    from support.hub_story import make_story

    return make_story()


@dataclass
class Reader:
    """Somebody at a browser: opens pages, and collects what went wrong on them."""

    page: object
    address: str
    wrong: list[str] = field(default_factory=list)

    def open(self, path: str, status: int = 200):
        """Open a page and return it; the status must be as expected."""
        answer = self.page.goto(self.address + path)
        assert answer.status == status, f"{path}: {answer.status}"
        return self.page

    def press(self, form: str, **values: str):
        """Fill and send the form whose action ends in `form`; return the page that follows."""
        place = self.page.locator(f'form[action$="{form}"]')
        details = place.locator("xpath=ancestor::details")
        if details.count() and details.first.get_attribute("open") is None:
            details.first.locator("summary").first.click()
        for name, value in values.items():
            self._fill(place, name, value)
        place.locator("button[type=submit]").first.click()
        self.page.wait_for_load_state()
        return self.page

    def _fill(self, place, name: str, value: str) -> None:
        entry = place.locator(f'[name="{name}"]')
        if entry.first.get_attribute("type") in {"radio", "checkbox"}:
            place.locator(f'[name="{name}"][value="{value}"]').check()
        elif entry.first.evaluate("e => e.tagName") == "SELECT":
            entry.select_option(value)
        else:
            entry.fill(value)

    @property
    def text(self) -> str:
        """The text of the page's main part."""
        return self.page.locator("main").inner_text()


@pytest.fixture
def reader(chromium, site):
    """`reader("a.researcher", "en", width=390, script=False)`: a signed-in browser.

    At the end no page may have logged an error: a script that failed, a style or script that
    the content security policy refused, a file that was not there.
    """
    opened: list[Reader] = []

    def sign_in(username: str = "", language: str = "zh-hans", **options) -> Reader:
        width = options.get("width", 1280)
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            locale="en-GB" if language == "en" else "zh-CN",
            java_script_enabled=options.get("script", True),
        )
        context.add_cookies([{"name": "django_language", "value": language, "url": site}])
        person = Reader(context.new_page(), site)
        person.page.on("console", lambda m: _note(person, m))
        person.page.on("pageerror", lambda e: person.wrong.append(str(e)))
        opened.append(person)
        if username:
            person.open("/login/")
            person.press("/login/", username=username, password=PASSWORD)
            assert "/login/" not in person.page.url, person.text
        return person

    yield sign_in
    for person in opened:
        person.page.context.close()
    assert [w for person in opened for w in person.wrong] == []


_NO_FAULT = (
    "the server responded with a status of 4",
    "Response Status Error Code 4",
    "htmx:afterRequest",
    "htmx:sendAbort",
    "htmx:sendError",
)
"""A refused form (4xx) is an answer; who types on or leaves cuts off what a page was asking for.

An answer that is the server's fault says so in other words (a status of 5xx).
"""


def _note(person: Reader, message) -> None:
    """Keep errors of the page."""
    if message.type == "error" and not any(said in message.text for said in _NO_FAULT):
        person.wrong.append(f"{person.page.url}: {message.text}")
