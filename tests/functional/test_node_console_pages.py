"""The steward's console in a real browser: signs in, decides, stops, reads; both languages."""

import csv
import io
import json
import re
from dataclasses import replace

import pytest

from qundao.kernel.errors import QundaoError
from qundao.kernel.ids import new_id
from qundao.kernel.signing import SigningKey
from qundao.node import agent, permits
from qundao.node.console import left_pages, pages
from qundao.node.console.serve import build_app
from qundao.node.console.sessions import new_login
from qundao.node.link import Link
from qundao.protocol.messages import ExploreTask
from qundao.query import BandedPredicate, PersonSex, SexIs, StandardModel, to_json
from support.pilot_nodes import accession, join, offer, permit_for, survival, task_for
from support.serving import free_port, serving
from support.tiny_hub import TinyHub, running

pytestmark = pytest.mark.browser
CHINESE = re.compile(r"[\u4e00-\u9fff]+")
THEIRS = ("甲", "联盟", "王数据", "院数字", "号", "简体中文", "演练")


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    """A node with something on every page: an answer, a refusal, a count, two offers, a forgery."""
    with running(TinyHub()) as hub:
        office = join(hub, tmp_path_factory.mktemp("node") / "a", "a")
        held = accession(office)
        study = survival({held: ("placebo", "treated")})
        first, second = (permit_for(hub, {held: office}, study) for _ in "12")
        (terms,) = second.datasets
        spoilt = replace(second, id=new_id("permit"), datasets=(replace(terms, min_cell=2),))
        for permit in (first, second, spoilt):
            hub.send(office.id, offer(hub, permit, study))
        visit(office)
        permits.approve(office, permit=first.id, steward="王数据", document="院数字〔2026〕12号")
        task = task_for(first, study, held, new_id("run"))
        hub.send(office.id, task)
        other = {"task": new_id("task"), "analysis": "other"}
        hub.send(office.id, task.model_copy(update=other))
        hub.send(office.id, question(held))
        visit(office)
        hub.send(office.id, offer(hub, second, study), key=SigningKey.generate())
        with pytest.raises(QundaoError):
            visit(office)
        yield office, first.id, second.id, spoilt.id


def question(held):
    predicate = to_json(BandedPredicate(StandardModel.CDISC, (SexIs(PersonSex.FEMALE),)))
    return ExploreTask(
        task=new_id("task"),
        member="member_2",
        accession=held,
        dataset="pilot",
        predicate=predicate,
    )


def visit(office):
    with Link(office.identity.hub_url) as link:
        agent.once(office, link)


@pytest.fixture
def page(scene, chromium):
    """A browser page that has signed in; its console and failed requests are errors."""
    office = scene[0]
    with (
        free_port() as taken,
        serving(build_app(office, taken.getsockname()[1]), taken) as address,
    ):
        context = chromium.new_context(base_url=address, viewport={"width": 1280, "height": 900})
        page = context.new_page()
        said = []
        page.on("console", lambda message: said.append(message.text))
        page.goto("/")
        page.fill("#code", new_login(office))
        page.click("button[type=submit]")
        yield page
        context.close()
    assert [text for text in said if "status of 422" not in text] == []


def every_page(scene):
    office, *held = scene
    with office.store.read() as tx:
        (message,) = tx.execute("SELECT message FROM dataset_version").fetchone()
    return (
        "/",
        "/permits",
        *(f"/permits/{p}" for p in held),
        "/datasets",
        f"/datasets/{message}",
        "/tasks",
        "/left",
        "/left?from=2026-01-01&to=2999-12-31",
        "/budget",
    )


def test_every_page_in_both_languages_and_widths(page, scene):
    for language, word in (("zh-hans", "概况"), ("en", "Overview")):
        page.goto(f"/language/{language}")
        for path in every_page(scene):
            for width in (1280, 390):
                page.set_viewport_size({"width": width, "height": 900})
                answer = page.goto(path)
                assert answer.status == 200, path
                assert word in page.inner_text("nav"), path
                wide = page.evaluate("document.documentElement.scrollWidth")
                assert wide <= width, f"{path} is {wide} wide at {width}"
                assert page.locator("h1").count() == 1, path


def test_english_is_complete(page, scene):
    page.goto("/language/en")
    for path in every_page(scene):
        page.goto(path)
        text = page.inner_text("body")
        for theirs in THEIRS:
            text = text.replace(theirs, "")
        assert CHINESE.findall(text) == [], path


def test_a_steward_countersigns_and_takes_it_back(page, scene):
    _, _, second, _ = scene
    page.goto("/permits")
    page.click(f"text={second}")
    page.fill("#steward", "王数据")
    page.fill("#document", "院数字〔2026〕13号")
    page.click("text=同意并会签 >> nth=-1")
    assert "已会签" in page.inner_text("main")
    page.fill("#steward3", "王数据")
    page.fill("#reason3", "演练")
    page.click("button.danger")
    assert "已撤销" in page.inner_text("main")


def test_a_spoilt_permit_says_why_and_cannot_be_signed(page, scene):
    *_, spoilt = scene
    page.goto(f"/permits/{spoilt}")
    assert "disclosure.bad_floors" in page.inner_text(".note.stop")
    assert page.locator("form[action$=approve] button").is_disabled()


def test_the_stop_button(page, scene):
    page.goto("/")
    for word, button in (("已停用", "button.danger"), ("运行中", "form[action='/switch'] button")):
        page.fill("#who", "王数据")
        page.fill("#why", "演练")
        page.click(button)
        assert word in page.inner_text(".tiles")


def test_a_form_that_lacks_something_keeps_the_steward_informed(page, scene):
    page.goto("/budget")
    page.fill("#price", "none")
    page.fill("#who", "李数据")
    page.fill("#why", "扰动加大")
    page.click("form[action='/budget'] button")
    assert "node.bad_policy" in page.inner_text("[role=alert]")
    page.goto("/budget")
    assert page.input_value("#price") == "0.1"


def test_a_change_of_the_rule_is_listed_with_who_and_why(page, scene):
    page.goto("/budget")
    for name, value in (("price", "0.05"), ("who", "李数据"), ("why", "扰动加大")):
        page.fill(f"#{name}", value)
    page.click("form[action='/budget'] button")
    listed = page.locator("tr", has_text="李数据").inner_text()
    assert "扰动加大" in listed
    assert "每个问题的 ε：0.1 → 0.05" in listed


def test_the_list_prints_on_paper(page, scene):
    page.goto("/left")
    assert page.locator(".entry").count() == 3
    page.emulate_media(media="print")
    assert not page.locator("nav").is_visible()
    assert page.locator(".entry").first.is_visible()
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_long_lists_come_in_pages_and_whole_where_they_are_printed(page, scene, monkeypatch):
    monkeypatch.setattr(left_pages, "SHOWN", 2)
    monkeypatch.setattr(pages, "TASKS_SHOWN", 1)
    page.goto("/left?from=2026-01-01&to=2999-12-31")
    first = page.locator(".entry code").all_inner_texts()
    page.click("a[rel=next]")
    assert "from=2026-01-01" in page.url
    assert page.locator(".entry").count() == 1
    assert "数据集登记" in page.inner_text(".entry")
    assert page.locator("a[rel=next]").count() == 0
    page.click("a[rel=prev]")
    assert page.locator(".entry code").all_inner_texts() == first
    page.click("text=列在一页")
    assert page.locator(".entry").count() == 3
    page.goto("/left?page=999")
    assert page.locator(".entry").count() == 1
    page.goto("/tasks")
    told = page.locator("tbody tr").all_inner_texts()
    page.click("a[rel=next]")
    assert page.locator("tbody tr").count() == len(told) == 1
    assert page.locator("tbody tr").all_inner_texts() != told


def test_the_plain_numbers_of_a_registration_are_shown(page, scene):
    page.goto("/left")
    entry = page.locator(".entry", has_text="数据集登记")
    entry.locator("summary").click()
    told = entry.locator("tbody tr").all_inner_texts()
    office = scene[0]
    with office.store.read() as tx:
        (body,) = tx.execute("SELECT body FROM dataset_version").fetchone()
    profile = json.loads(body)["profile"]
    facts = {f"domain.{d['domain']}.facts": d["facts"] for d in profile["domains"]}
    numbers = facts | {"persons": profile["persons"]}
    assert [line.split() for line in told] == [[k, f"{numbers[k]:,}"] for k in sorted(numbers)]


def test_each_message_can_be_read_as_it_was_sent(page, scene):
    page.goto("/left")
    for entry in page.locator(".entry").all():
        with page.expect_download() as started:
            entry.locator("a[href$='.json']").click()
        sent = json.loads(started.value.path().read_text("utf-8"))
        held = re.search(r"msg_\w+", entry.inner_text())
        assert held
        assert sent["id"] == held[0]
    assert sent["body"]["dataset"] == "pilot"
    assert page.request.get("/left/999.json").status == 404


def test_the_list_opens_in_a_spreadsheet(page, scene):
    page.goto("/left")
    with page.expect_download() as started:
        page.click("text=CSV")
    data = started.value.path().read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    heading, *lines = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    assert heading[0] == "序号"
    assert len(lines) == 3
    assert {len(line) for line in lines} == {len(heading)}
    assert "院数字〔2026〕12号" in lines[1]
