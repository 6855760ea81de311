"""The mapping bench over HTTP: look at sources, take what is suggested, map codes, compare rows."""

import csv
import io
import re
from dataclasses import replace

import httpx
import pytest

from qundao.intake.mapping import read_mapping
from qundao.intake.synthetic import write_exports
from qundao.kernel.clock import utc_now
from qundao.node import intake_book, intake_desks, intake_findings
from qundao.node.console.serve import build_app
from qundao.node.console.sessions import new_login
from support.intake_desk import make_bench
from support.intake_hospital import MAPPING, ROWS, write_hospital
from support.serving import free_port, serving


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """A desk over a synthetic hospital's export that was looked at, and a browser of Wang's."""
    root = tmp_path_factory.mktemp("bench")
    write_exports(root / "export", patients=40, formats=("utf8",))
    bench = make_bench(root, utc_now)
    small = bench.desk
    bench.desk = intake_desks.open_desk(
        bench.office,
        name="合成医院",
        sources=str(root / "export" / "utf8"),
        folder=str(root / "loaded"),
        person=bench.wang.id,
    )
    done = bench.ended(bench.start("profile", target="omop 5.4"))
    assert done.state == "done", done.problems
    with (
        free_port() as taken,
        serving(build_app(bench.office, taken.getsockname()[1]), taken) as address,
        httpx.Client(base_url=address, trust_env=False, timeout=30) as browser,
    ):
        browser.post("/login", data={"code": new_login(bench.office, "A-001")})
        yield bench, browser, small


def page(here, rest):
    bench, browser = here[:2]
    answer = browser.get(f"/intake/{bench.desk.id}{rest}")
    assert answer.status_code == 200, answer.text
    return answer.text


def send(here, rest, shown, **form):
    bench, browser = here[:2]
    form["csrf"] = re.search(r'name="csrf" value="([^"]+)"', page(here, shown))[1]
    return browser.post(f"/intake/{bench.desk.id}{rest}", data=form)


def newest(here):
    bench = here[0]
    with bench.office.store.read() as tx:
        return intake_book.versions(tx, bench.desk.id)[-1]


def codes(answer):
    return re.findall(r"<code>((?:node|intake)\.[a-z_]+)</code>", answer.text)


def test_the_draft_is_taken_once(here):
    shown = page(here, "/bench")
    assert "采用草稿" in shown
    assert send(here, "/bench/draft", "/bench").status_code == 303
    first = newest(here)
    assert (first.number, first.name) == (1, "王敏")
    assert read_mapping(first.text, "m").tables
    again = send(here, "/bench/draft", "/bench")
    assert codes(again) == ["node.mapping_stale"]


def test_source_beside_target(here):
    shown = page(here, "/bench?source=病案首页.csv")
    assert "映射中的来源" in shown
    for held in ("健康卡号", "person(健康卡号)", "visit_occurrence", "只进身份库"):
        assert held in shown
    assert not re.search(r"[1-8]\d{16}[\dXx]", shown), "an identity number"
    assert not re.search(r"1[3-8]\d{9}", shown), "a telephone number"


def test_a_missing_field_comes_first_and_is_taken_by_one_click(here):
    bench = here[0]
    text = newest(here).text
    without = "\n".join(x for x in text.splitlines() if "drug_type_concept_id" not in x)
    bench.save(without, bench.wang)
    shown = page(here, "/bench?source=处方.csv")
    fields = re.findall(r'<th scope="row"><code>(\w+)</code>', shown)
    assert fields[0] == "drug_type_concept_id"
    assert "缺 1 个必填字段" in shown
    (rule,) = set(re.findall(r'name="rule" value="(\d+)"', shown))
    told = re.search(r'name="expression" value="(\d+)"', shown)[1]
    form = {"rule": rule, "field": "drug_type_concept_id", "expression": told, "newest": "2"}
    assert send(here, "/bench/take", "/bench", **form).status_code == 303
    assert f"drug_type_concept_id: {told}" in newest(here).text
    assert read_mapping(newest(here).text, "m")
    assert codes(send(here, "/bench/take", "/bench", **form)) == ["node.mapping_stale"]


def test_all_that_is_sure_at_once(here):
    bench = here[0]
    gone = ("visit_start_datetime", "visit_end_datetime")
    text = newest(here).text
    bench.save("\n".join(x for x in text.splitlines() if not any(g in x for g in gone)), bench.wang)
    form = {"newest": str(newest(here).number), "source": "病案首页.csv"}
    assert "采纳全部有把握的" in page(here, "/bench?source=病案首页.csv")
    assert send(here, "/bench/take", "/bench", **form).status_code == 303
    assert "visit_start_datetime: 入院时间" in newest(here).text
    nothing = send(here, "/bench/take", "/bench", **form | {"newest": str(newest(here).number)})
    assert codes(nothing) == ["node.decision_incomplete"]


@pytest.fixture(scope="module")
def coded(here):
    """The small hospital's own desk, with a diagnosis that a spreadsheet would reckon."""
    bench, browser, small = here
    own = replace(bench, desk=small)
    row = "A7,赵六（合成）,w,男,19600101,2023/2/3,2023/2/9,+SUM(A1),ZZZ,"
    write_hospital(own.desk.sources, (*ROWS, row))
    own.save(MAPPING, own.wang)
    done = own.ended(own.start("rehearse", version=1))
    assert done.state == "done", done.problems
    return own, browser


def test_codes_by_frequency_and_into_the_draft(coded):
    bench = coded[0]
    shown = page(coded, "/codes?list=icd10")
    lists = intake_findings.latest(bench.desk, "codes")["lists"]
    (found,) = [x for x in lists if x["list"] == "icd10"]
    assert [(c["code"], c["rows"]) for c in found["codes"]] == [("ZZZ", 4), ("+SUM(A1)", 1)]
    assert shown.index("<code>ZZZ</code>") < shown.index("<code>+SUM(A1)</code>")
    before, after = (100 * n / found["rows"] for n in (found["mapped"], found["mapped"] + 4))
    assert f"覆盖 {before:.1f}% 的行" in shown
    form = {"list": "icd10", "newest": "1", "other:ZZZ": "4000"}
    assert send(coded, "/codes", "/codes", **form).status_code == 303
    assert read_mapping(newest(coded).text, "m").codes["icd10"].codes["ZZZ"] == 4000
    assert f"覆盖 {after:.1f}% 的行" in page(coded, "/codes?list=icd10")
    for wrong, code in (
        ({"newest": "2"}, "node.decision_incomplete"),
        ({"newest": "2", "other:ZZZ": "x" * 61}, "node.decision_incomplete"),
        ({"newest": "2", "list": "none", "other:A": "1"}, "node.intake_cannot_place"),
        ({"newest": "1", "other:A": "1"}, "node.mapping_stale"),
    ):
        refused = send(coded, "/codes", "/codes", **{"list": "icd10"} | wrong)
        assert codes(refused) == [code]
    assert newest(coded).number == 2


def test_the_codes_download_here_and_harm_no_spreadsheet(coded):
    bench, browser = coded
    place = f"/intake/{bench.desk.id}/codes.csv?list=icd10"
    heading, *lines = csv.reader(io.StringIO(browser.get(place).content.decode("utf-8-sig")))
    assert heading[:3] == ["code", "concept", "rows"]
    assert ["'+SUM(A1)", "", "1"] in [line[:3] for line in lines]
    away = browser.get(place, headers={"X-Forwarded-For": "10.1.1.1"})
    assert codes(away) == ["node.not_loopback"]


def test_the_rows_that_a_change_changes(coded):
    bench = coded[0]
    bench.save(MAPPING.replace("visit_concept_id: 9201", "visit_concept_id: 262"), bench.wang)
    version = newest(coded).number
    done = bench.ended(bench.start("compare", version=version, base=1))
    assert done.state == "done", done.problems
    assert (done.outcome["added"], done.outcome["removed"]) == (0, 0)
    assert done.outcome["changed"] > 0
    shown = page(coded, "/compare")
    assert "<code>9201</code>" in shown
    assert "<code>262</code>" in shown
    assert (bench.desk.results / "comparison.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "rest",
    ["/bench", "/bench?source=检验结果.csv", "/codes", "/codes?page=99999999999", "/compare"],
)
def test_pages_hold_no_script_and_are_english_in_english(here, coded, rest):
    held = here if rest.startswith("/bench") else coded
    assert "<script" not in page(held, rest)
    held[1].get("/language/en")
    english = page(held, rest)
    held[1].get("/language/zh-hans")
    theirs = r"(?s)<(code|pre|tbody).*?</\1>|Why it is taken for that.*?</details>"
    said = re.sub(r"<[^>]+>|合成医院|王敏|甲|联盟|简体中文", "", re.sub(theirs, "", english))
    said = re.sub("病案首页|检验结果|处方|门诊就诊", "", said)
    assert re.findall(r"[\u4e00-\u9fff]+", said) == []


def test_before_anything_was_looked_at(here):
    bench, browser = here[:2]
    place = intake_desks.open_desk(
        bench.office,
        name="新台",
        sources=str(bench.desk.sources),
        folder=str(bench.desk.folder) + "-2",
        person=bench.li.id,
    )
    for rest in ("bench", "codes", "compare"):
        assert browser.get(f"/intake/{place.id}/{rest}").status_code == 200
    assert browser.get("/intake/desk_none/bench").status_code == 404


def test_a_published_table_of_codes_is_not_to_be_added_to(coded):
    bench = coded[0]
    inline = "{I10.x00: 320128, E11.900: 201826, otherwise: 0}"
    published = "{table: codes/icd10.xlsx, gives: concept, otherwise: 0}"
    bench.save(MAPPING.replace(inline, published), bench.wang)
    shown = page(coded, "/codes?list=icd10")
    assert "按发布原样持有的 codes/icd10.xlsx" in shown
    assert "写进草稿" not in shown
