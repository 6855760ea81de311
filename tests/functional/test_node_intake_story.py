"""From a folder of exports to a registered dataset in a browser, by two people, without a shell."""

from itertools import product

import pytest

from qundao.node import agent, commands
from qundao.node.console.serve import build_app
from qundao.node.link import Link
from qundao.node.office import open_office
from qundao.protocol.messages import RegisterDataset
from support.intake_desk import PASSWORD
from support.intake_hospital import MAPPING, write_hospital
from support.serving import free_port, serving
from support.tiny_hub import TinyHub, running

pytestmark = pytest.mark.browser
WAIT_MS = 90_000


@pytest.fixture
def scene(tmp_path):
    """An enrolled node whose console is served, and the codes of two people."""
    with running(TinyHub()) as hub:
        node = tmp_path / "node"
        commands.init(node, hub_url=hub.url, code=hub.code)
        people = {
            "王敏": commands.add_person(node, name="王敏", number="A-001")["code"],
            "李强": commands.add_person(node, name="李强", number="A-002")["code"],
        }
        office = open_office(node)
        with (
            free_port() as taken,
            serving(build_app(office, taken.getsockname()[1]), taken) as address,
        ):
            yield hub, office, address, people


@pytest.fixture
def sign_in(scene, chromium):
    """Sign somebody in by their first code; they choose a password and use it."""
    _, _, address, people = scene
    said = []

    def begin(name, number):
        context = chromium.new_context(base_url=address, viewport={"width": 1280, "height": 900})
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.set_default_timeout(WAIT_MS)
        page.goto("/login")
        page.fill("#code", people[name])
        page.click("form:has(#code) button")
        page.fill("#new", PASSWORD)
        page.fill("#again", PASSWORD)
        page.click("form:has(#new) button")
        page.click("text=退出")
        page.fill("#number", number)
        page.fill("#password", PASSWORD)
        page.click("form:has(#number) button")
        assert name in page.inner_text("header")
        return page

    yield begin
    assert [text for text in said if not text.startswith("Autofocus")] == []


def test_two_people_take_exports_to_a_registered_dataset(scene, sign_in, tmp_path):
    hub, office, _, _ = scene
    wang = sign_in("王敏", "A-001")
    wang.click("nav >> text=入库")
    for name, value in (
        ("name", "病案首页"),
        ("sources", write_hospital(tmp_path / "export")),
        ("folder", tmp_path / "intake"),
    ):
        wang.fill(f"#{name}", str(value))
    wang.click("text=建立")
    desk = wang.url

    wang.click("text=写第一版")
    wang.fill("#text", MAPPING.replace("person(病案号)", "persn(病案号)"))
    wang.click("text=保存为新版本")
    wang.click("text=去改")
    assert "第 20 行" in wang.inner_text("#defects")
    wang.fill("#text", MAPPING)
    wang.click("text=保存为新版本")
    wang.click("text=提出，请另一人放行")
    assert "须由另一人放行" in wang.inner_text("#release")
    assert wang.locator("form[action$=release]").count() == 0

    li = sign_in("李强", "A-002")
    li.goto(desk)
    li.click("text=去审阅")
    li.fill("form[action$=release] input[name=note]", "看过")
    li.click("form[action$=release] button")
    assert "已放行" in li.inner_text("main")
    assert "放行 · 李强" in li.inner_text(".journal")

    wang.goto(desk)
    wang.click("button:has-text('载入')")
    wang.wait_for_selector("text=已载入为版本")  # the page renews itself
    account = wang.locator("table", has_text="候选 = 载入").inner_text()
    assert "出院早于入院" in account
    numbers = wang.locator("tfoot td.num").all_inner_texts()
    candidates, *fates = (int(n) for n in numbers)
    assert candidates == sum(fates) == 30

    wang.click("main >> text=登记为数据集")
    assert wang.input_value("#title_zh") == "病案首页"
    wang.fill("#compliance_zh", "经本院伦理委员会同意")
    wang.fill("#compliance_en", "approved by the ethics committee")
    wang.click("text=检查并登记")
    wang.wait_for_selector("text=已登记：")
    wang.click(".note a")
    assert "质量评分" in wang.inner_text("main")

    with Link(office.identity.hub_url) as link:
        agent.once(office, link)
    (sent,) = [x for x in hub.delivered.values() if x.type == RegisterDataset.type]
    assert sent.body["dataset"] == "front-page"
    wang.reload()
    assert "QD" in wang.inner_text(".trail")
    wang.goto(desk)
    assert wang.locator(".steps > li.done").count() == 4
    wang.check("input[name=how][value=add]")
    wang.click("button:has-text('载入')")
    wang.wait_for_selector("text=没有新的文件")
    fits(wang, desk)


def fits(page, desk):
    """No page is wider than its window; each has one heading and a label for every entry."""
    loaded = ("", "/edit", "/versions/2", "/loaded/1", "/loaded/1/register", "/bench", "/codes")
    for language, width in product(("en", "zh-hans"), (1280, 390)):
        page.goto(f"/language/{language}")
        page.set_viewport_size({"width": width, "height": 900})
        for path in (*(desk + rest for rest in loaded), "/intake", "/people"):
            page.goto(path)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
            assert page.locator("h1").count() == 1, path
            entries = page.locator("input:not([type=hidden]), select, textarea")
            unnamed = entries.evaluate_all("all => all.filter(e => !e.labels.length).length")
            assert unnamed == 0, path
