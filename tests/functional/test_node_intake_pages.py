"""The intake desk over HTTP: what is refused, what is replayed, what stays on this machine."""

import os
import re
from contextlib import contextmanager
from dataclasses import replace

import httpx
import pytest

from qundao.kernel.clock import FixedClock, utc_now
from qundao.node import intake_book, intake_desks, intake_jobs, people
from qundao.node.console.serve import build_app
from qundao.node.console.sessions import new_login
from support.intake_desk import PASSWORD, make_bench
from support.intake_hospital import MAPPING, write_hospital
from support.serving import free_port, serving


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """A desk with a released and loaded version 1, a proposed 2 and a broken draft 3."""
    bench = make_bench(tmp_path_factory.mktemp("pages"), FixedClock(utc_now()))
    bench.released()
    done = bench.ended(bench.start("load", version=1))
    assert done.state == "done", done.problems
    bench.save(MAPPING.replace("9201", "9202"), bench.wang)
    bench.decide(intake_book.propose, 2, bench.wang)
    bench.save(MAPPING.replace("person(病案号)", "persn(病案号)"), bench.wang)
    with (
        free_port() as taken,
        serving(build_app(bench.office, taken.getsockname()[1]), taken) as address,
    ):
        yield bench, address


@contextmanager
def signed_in(here, number=None):
    bench, address = here
    bench.office.clock.advance(seconds=61)  # signing in is slowed down
    with httpx.Client(base_url=address, trust_env=False, timeout=30) as browser:
        browser.post("/login", data={"code": new_login(bench.office, number)})
        yield browser


@pytest.fixture(scope="module")
def wang(here):
    with signed_in(here, "A-001") as browser:
        yield browser


@pytest.fixture(scope="module")
def li(here):
    with signed_in(here, "A-002") as browser:
        yield browser


def send(browser, path, page=None, **form):
    """Send a form as its page has it: with the hidden fields of the page."""
    text = browser.get(page or path).text
    form["csrf"] = re.search(r'name="csrf" value="([^"]+)"', text)[1]
    return browser.post(path, data=form)


def codes(answer):
    return re.findall(r"<code>((?:node|intake|kernel|catalogue)\.[a-z_]+)</code>", answer.text)


def at(here, rest=""):
    return f"/intake/{here[0].desk.id}{rest}"


def held(here):
    bench = here[0]
    with bench.office.store.read() as tx:
        told = intake_book.versions(tx, bench.desk.id)
        return [(v.number, v.state) for v in told], len(
            intake_jobs.of_desk(tx, bench.office, bench.desk.id)
        )


PAGES = (
    "/",
    "/people",
    "/intake",
    "{desk}",
    "{desk}/edit",
    "{desk}/edit?from=1",
    "{desk}/edit?from=99999999999999999999",
    "{desk}/edit?template=hospital-omop",
    "{desk}/versions/1",
    "{desk}/versions/2",
    "{desk}/versions/3",
    "{desk}/loaded/1",
    "{desk}/loaded/1/register",
)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_in_both_languages(here, li, path):
    path = path.format(desk=at(here))
    chinese = li.get(path)
    assert (chinese.status_code, 'lang="zh-Hans"' in chinese.text) == (200, True)
    li.get("/language/en")
    english = li.get(path)
    li.get("/language/zh-hans")
    theirs = r"病案首页|王敏|李强|甲|联盟|简体中文|出院早于入院"
    if "/edit" in path or "/versions/" in path:
        english = re.sub(r"(?s)<(textarea|pre|code).*?</\1>|<option>.*?</option>", "", english.text)
    else:
        english = english.text
    if path == "/":
        assert f"{at(here)}/versions/2" in english, "what waits for release"
    if "register" in path:
        english = re.sub(r'value="[^"]*"', "", english)
    left = re.sub(rf"<[^>]+>|{theirs}", "", english)
    assert re.findall(r"[\u4e00-\u9fff]+", left) == []
    assert "<script" not in english
    assert "style=" not in english


@pytest.mark.parametrize("path", PAGES)
def test_no_page_without_signing_in(here, path):
    answer = httpx.get(here[1] + path.format(desk=at(here)), trust_env=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/intake/desk_x", 404),
        ("{desk}/versions/9", 404),
        ("{desk}/versions/x", 404),
        ("{desk}/versions/99999999999999999999999", 404),
        ("{desk}/jobs/job_x", 404),
        ("{desk}/loaded/7", 404),
        ("{desk}/loaded/../../x", 404),
        ("{desk}/loaded/7/rejects.csv", 404),
    ],
)
def test_what_is_not_there_says_so(here, li, path, status):
    assert li.get(path.format(desk=at(here))).status_code == status


class TestForms:
    def test_the_machine_s_own_code_changes_nothing(self, here):
        before = held(here)
        with signed_in(here) as anybody:
            for path, form in (
                ("/intake", {"name": "x", "sources": "/tmp", "folder": "/tmp/x"}),
                (at(here, "/edit"), {"text": "x", "base": "3", "newest": "3"}),
                (at(here, "/versions/2/release"), {"digest": "x"}),
                (at(here, "/jobs"), {"kind": "load", "version": "1", "request": "a"}),
            ):
                page = re.sub(r"/(release|jobs)$", "", path)
                answer = send(anybody, path, page, **form)
                assert (answer.status_code, codes(answer)) == (403, ["node.person_required"]), path
        assert held(here) == before

    def test_the_proposer_is_not_shown_the_button_and_refused_the_form(self, here, wang):
        page = at(here, "/versions/2")
        assert "/release" not in wang.get(page).text
        digest = intake_book.text_digest(MAPPING.replace("9201", "9202"))
        answer = send(wang, f"{page}/release", page, digest=digest)
        assert (answer.status_code, codes(answer)) == (403, ["node.four_eyes"])

    def test_a_page_of_another_text_does_not_release(self, here, li):
        page = at(here, "/versions/2")
        answer = send(li, f"{page}/release", page, digest=intake_book.text_digest(MAPPING))
        assert (answer.status_code, codes(answer)) == (409, ["node.mapping_altered"])
        assert held(here)[0][1] == (2, "proposed")

    @pytest.mark.parametrize(
        "headers", [{"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}]
    )
    def test_another_site_does_not_release(self, here, li, headers):
        page = at(here, "/versions/2")
        text = li.get(page).text
        form = {n: re.search(rf'name="{n}" value="([^"]+)"', text)[1] for n in ("csrf", "digest")}
        assert li.post(f"{page}/release", data=form, headers=headers).status_code == 403
        form["csrf"] = "x"
        assert li.post(f"{page}/release", data=form).status_code == 403
        assert held(here)[0][1] == (2, "proposed")

    def test_a_draft_with_defects_is_not_proposed(self, here, wang):
        page = at(here, "/versions/3")
        digest = intake_book.text_digest(MAPPING.replace("person(病案号)", "persn(病案号)"))
        answer = send(wang, f"{page}/propose", page, digest=digest)
        assert set(codes(answer)) == {"intake.bad_mapping"}
        assert "第 20 行" in wang.get(at(here, "/edit")).text

    def test_a_stale_editor_keeps_what_was_written(self, here, li):
        form = {"text": "mapping: 我写的", "base": "1", "newest": "1", "note": "改了"}
        answer = send(li, at(here, "/edit"), **form)
        assert codes(answer)[0] == "node.mapping_stale"
        assert "mapping: 我写的" in answer.text
        assert 'value="改了"' in answer.text

    @pytest.mark.parametrize(
        "form",
        [
            {"kind": "register", "version": "1"},
            {"kind": "load"},
            {"kind": "load", "version": "-1"},
            {"kind": "load", "version": "9" * 30},
            {"kind": "x"},
        ],
    )
    def test_jobs_that_nobody_can_ask_for(self, here, li, form):
        before = held(here)
        answer = send(li, at(here, "/jobs"), at(here), **form, request="b")
        assert (answer.status_code, codes(answer)) == (422, ["node.decision_incomplete"])
        assert held(here) == before

    def test_a_load_of_a_draft_is_refused(self, here, li):
        answer = send(li, at(here, "/jobs"), at(here), kind="load", version="2", request="c")
        assert (answer.status_code, codes(answer)) == (409, ["node.mapping_not_released"])

    def test_a_registration_tells_every_defect_and_keeps_the_form(self, here, li):
        page = at(here, "/loaded/1/register")
        form = {
            "name": "Über",
            "title_zh": "标题",
            "min_cell": "2",
            "data_class": "hospital_records",
        }
        answer = send(li, page, **form)
        told = codes(answer)
        assert "node.bad_description" in told
        assert "catalogue.bad_description" in told
        assert 'value="Über"' in answer.text


class TestRejects:
    def test_they_download_here(self, here, li):
        answer = li.get(at(here, "/loaded/1/rejects.csv"))
        assert answer.status_code == 200
        assert answer.headers["content-disposition"].startswith("attachment")
        assert "not_a_date" in answer.text

    @pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"])
    def test_not_through_a_proxy(self, here, li, name):
        answer = li.get(at(here, "/loaded/1/rejects.csv"), headers={name: "10.0.0.1"})
        assert (answer.status_code, codes(answer)) == (403, ["node.not_loopback"])
        assert "not_a_date" not in answer.text


class TestSigningIn:
    def test_a_password_is_chosen_and_signs_in(self, here):
        bench, address = here
        bench.office.clock.advance(seconds=61)
        with bench.office.store.write() as tx:
            people.add(tx, name="赵新", number="A-100", at=bench.office.stamp())
        with httpx.Client(base_url=address, trust_env=False) as browser:
            answer = browser.post("/login", data={"code": new_login(bench.office, "A-100")})
            assert answer.headers["location"] == "/people"
            answer = send(browser, "/people", new="short", again="short")
            assert codes(answer) == ["node.bad_password"]
            assert send(browser, "/people", new=PASSWORD, again=PASSWORD).status_code == 303
        with httpx.Client(base_url=address, trust_env=False) as browser:
            wrong = browser.post("/login", data={"number": "A-100", "password": "wrong"})
            assert (wrong.status_code, codes(wrong)) == (401, ["node.wrong_password"])
            answer = browser.post("/login", data={"number": "a100", "password": PASSWORD})
            assert answer.headers["location"] == "/"
            assert "赵新" in browser.get("/").text
            answer = send(browser, "/people", new=PASSWORD + "2", again=PASSWORD + "2", old="x")
            assert codes(answer) == ["node.bad_password"]

    def test_somebody_s_code_does_not_work_after_their_sign_in_ended(self, here):
        bench, address = here
        bench.office.clock.advance(seconds=61)
        with bench.office.store.write() as tx:
            people.add(tx, name="钱旧", number="A-101", at=bench.office.stamp())
        code = new_login(bench.office, "A-101")
        with bench.office.store.write() as tx:
            people.end(tx, number="A-101", at=bench.office.stamp())
        answer = httpx.post(f"{address}/login", data={"code": code}, trust_env=False)
        assert answer.status_code == 401


def test_a_job_is_followed_and_ended_on_its_page(here, wang):
    bench = here[0]
    os.mkfifo(bench.desk.sources / "front2.csv")
    started = send(wang, at(here, "/jobs"), at(here), kind="load", version="1", request="live")
    page = started.headers["location"]
    again = send(wang, at(here, "/jobs"), at(here), kind="load", version="1", request="live")
    assert again.headers["location"] == page, "the same form starts nothing more"
    assert 'http-equiv="refresh"' in wang.get(page).text
    assert "进行中" in wang.get(at(here)).text
    assert 'http-equiv="refresh"' not in wang.get(f"{page}?still=1").text
    busy = send(wang, at(here, "/jobs"), at(here), kind="rehearse", version="1", request="other")
    assert codes(busy) == ["node.intake_job_busy"]
    assert send(wang, f"{page}/cancel", page).status_code == 303
    assert 'http-equiv="refresh"' not in wang.get(page).text
    assert "已取消" in wang.get(page).text
    (bench.desk.sources / "front2.csv").unlink()


@pytest.mark.parametrize(
    ("path", "then"),
    [
        ("{desk}/versions/1", "{desk}/versions/1"),
        ("{desk}/edit?from=1", "{desk}/edit?from=1"),
        ("{desk}/jobs", "/"),
        ("//other.example/intake", "/"),
    ],
)
def test_another_language_shows_the_same_page(here, li, path, then):
    came = f"{here[1]}{path.format(desk=at(here))}"
    answer = li.get("/language/zh-hans", headers={"Referer": came})
    assert answer.headers["location"] == then.format(desk=at(here))
    answer = li.get("/language/zh-hans", headers={"Referer": "http://other.example/intake"})
    assert answer.headers["location"] == "/"


def test_who_releases_the_first_mapping_is_shown_the_whole_of_it(here, tmp_path):
    bench = here[0]
    first = make_bench_beside(bench, tmp_path)
    first.save(MAPPING, bench.wang)
    first.save(MAPPING.replace("9201", "9202"), bench.wang)
    first.decide(intake_book.propose, 2, bench.wang)
    with signed_in(here, "A-002") as browser:
        shown = browser.get(f"/intake/{first.desk.id}/versions/2").text
    assert "<details open><summary>全文" in shown
    assert "还没有放行过映射" in shown
    with signed_in(here, "A-002") as browser:
        assert "还没有放行过映射" not in browser.get(at(here, "/versions/2")).text


def make_bench_beside(bench, root):
    """Another desk at the same node, of the same people."""
    desk = intake_desks.open_desk(
        bench.office,
        name="另一台",
        sources=str(bench.desk.sources),
        folder=str(root / "beside"),
        person=bench.wang.id,
    )
    return replace(bench, desk=desk)


def test_a_delivery_is_added_by_the_load_form(here, wang):
    bench = here[0]
    desk = wang.get(at(here)).text
    assert [f'value="{how}"' in desk for how in ("all", "add")] == [True, True]
    form = {"kind": "load", "version": "1"}
    refused = send(wang, at(here, "/jobs"), at(here), **form, how="some")
    assert codes(refused) == ["node.decision_incomplete"]
    nothing = _followed(here, send(wang, at(here, "/jobs"), at(here), **form, how="add"))
    assert "没有新的文件：当前版本 v0001 不变" in wang.get(nothing).text
    row = "A5,钱六（合成）,w,男,1950-05-05,2023-03-01,2023-03-04,E11.900,,"
    again = "A3,王五（合成）,y,女,19910101,2023/2/3,2023/2/9,I10.x00,,"
    write_hospital(bench.desk.sources, (row, again), "front3.csv")
    added = wang.get(_followed(here, send(wang, at(here, "/jobs"), at(here), **form, how="add")))
    assert "载入（追加）" in added.text
    (told,) = re.findall(r'id="added">(.*?)</div>', added.text, re.DOTALL)
    assert "追加在 v0001 之上" in told
    assert "<code>person</code> <strong>1</strong>" in told
    assert "追加在 v0001 之上" in wang.get(at(here)).text


def _followed(here, started):
    """Wait for the job that a form started; return its page."""
    page = started.headers["location"]
    done = here[0].ended(intake_jobs.find(here[0].office, page.rpartition("/")[2]))
    assert done.state == "done", done.problems
    return page
