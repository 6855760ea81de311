"""The steward sees how quality moved over the versions of a dataset, and the rows, here only."""

from __future__ import annotations

import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from qundao.node import agent, commands
from qundao.node.console.serve import build_app
from qundao.node.console.sessions import new_login
from qundao.node.link import Link
from support.pilot_nodes import ABOUT, correct_one_value, join, pilot_folder
from support.serving import free_port, serving
from support.tiny_hub import TinyHub, running

pytestmark = pytest.mark.browser
PLACE = "ADSL.SEX"


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    """Three versions: as it is, with a field emptied in some rows, and mended again."""
    folder = tmp_path_factory.mktemp("data") / "a"
    shutil.copytree(pilot_folder("a"), folder)
    adsl = folder / "adsl.parquet"
    whole = pq.read_table(adsl)
    with running(TinyHub()) as hub:
        office = join(hub, tmp_path_factory.mktemp("node") / "a", dsn=f"parquet:{folder}")
        keys = whole["USUBJID"].to_pylist()[:3]
        pq.write_table(_emptied(whole, "SEX", 3), adsl)
        _connect(office, folder)
        pq.write_table(whole, adsl)
        correct_one_value(folder)
        _connect(office, folder)
        with Link(office.identity.hub_url) as link:
            agent.once(office, link)
        with office.store.read() as tx:
            rows = tx.execute("SELECT message FROM dataset_version ORDER BY created_at").fetchall()
        yield office, [row["message"] for row in rows], keys


def _emptied(table, field, rows):
    place = table.schema.get_field_index(field)
    values = [None] * rows + table[field].to_pylist()[rows:]
    column = table.schema.field(place)
    return table.set_column(place, column, pa.array(values, column.type))


def _connect(office, folder):
    commands.connect(office.folder.root, name="pilot", dsn=f"parquet:{folder}", about=ABOUT)


@pytest.fixture
def page(scene, chromium):
    """A page that has signed in; the console must not say a word."""
    office = scene[0]
    with (
        free_port() as taken,
        serving(build_app(office, taken.getsockname()[1]), taken) as address,
    ):
        context = chromium.new_context(base_url=address, viewport={"width": 1280, "height": 900})
        page = context.new_page()
        said = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto("/")
        page.fill("#code", new_login(office))
        page.click("button[type=submit]")
        yield page
        context.close()
    assert said == []


def read(page, message, language="en"):
    page.goto(f"/language/{language}")
    page.goto(f"/datasets/{message}")
    return page.inner_text("main")


def test_the_first_version_has_nothing_to_compare_with(page, scene):
    text = read(page, scene[1][0])
    assert "There is one version" in text
    assert page.locator("svg.plot").count() == 1


def test_a_version_says_what_newly_failed_and_shows_its_rows(page, scene):
    _, messages, keys = scene
    text = read(page, messages[1])
    assert "newly failed" in text
    changed = page.locator("details", has_text="what changed").first
    row = changed.locator("tr", has_text=PLACE).first
    assert "newly failed" in row.inner_text()
    failed = page.locator("tr", has_text=PLACE)
    assert any(keys[0] in t for t in failed.all_inner_texts())
    assert page.locator("svg.plot circle.d0").count() == 2


def test_what_was_mended_is_told_as_mended(page, scene):
    text = read(page, scene[1][2], "zh-hans")
    changed = page.locator("details", has_text="哪里变了").first
    assert "已改好" in changed.locator("tr", has_text=PLACE).first.inner_text()
    assert "各版本的评分" in text
    assert page.locator("svg.plot circle.d0").count() == 3


@pytest.mark.parametrize("width", [1280, 390])
def test_it_is_no_wider_than_the_screen(page, scene, width):
    page.set_viewport_size({"width": width, "height": 900})
    for message in scene[1]:
        read(page, message, "zh-hans")
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_what_goes_to_the_hub_names_the_catalogue_and_no_row(scene):
    office, _, keys = scene
    with office.store.read() as tx:
        bodies = [row["body"] for row in tx.execute("SELECT body FROM dataset_version")]
    assert all('"digest"' in body and '"catalogue"' in body for body in bodies)
    assert not any(key in body for body in bodies for key in keys)
