"""Attacks on the steward's console: other names for this machine, other sites' forms, guessing."""

import re

import httpx
import pytest

from qundao.kernel.clock import FixedClock
from qundao.kernel.signing import SigningKey
from qundao.node.console.serve import build_app
from qundao.node.console.sessions import CODE_LIFETIME, MOST_TRIES, new_login
from qundao.node.folder import Folder, Identity
from qundao.node.keys import load_or_make
from qundao.node.office import Office
from qundao.node.store import Store
from support.permits import START
from support.serving import free_port, serving

PAGES = (
    "/",
    "/permits",
    "/permits/x",
    "/datasets",
    "/datasets/x",
    "/tasks",
    "/left",
    "/left.csv",
    "/left/1.json",
    "/budget",
)


@pytest.fixture
def clock():
    return FixedClock(START)


@pytest.fixture
def office(tmp_path, clock):
    folder = Folder(tmp_path)
    hub = SigningKey.generate().verify_key.text
    identity = Identity("http://127.0.0.1:1", hub, "node_a", "member_a", "甲", "联盟")
    keys = load_or_make(folder.keys, None)
    return Office(folder, identity, keys, Store(folder.store), clock)


@pytest.fixture
def here(office):
    with (
        free_port() as taken,
        serving(build_app(office, taken.getsockname()[1]), taken) as address,
    ):
        yield address


@pytest.fixture
def port(here):
    return here.rpartition(":")[2]


@pytest.fixture
def browser(here):
    with httpx.Client(base_url=here, trust_env=False) as client:
        yield client


@pytest.fixture
def signed_in(browser, office):
    answer = browser.post("/login", data={"code": new_login(office)})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    return browser


def csrf(page):
    return re.search(r'name="csrf" value="([^"]+)"', page.text)[1]


def stopped(office):
    from qundao.node import switch

    with office.store.read() as tx:
        return switch.state(tx).stopped


STOP = {"stopped": "1", "who": "王", "why": "演练"}


class TestRebinding:
    @pytest.mark.parametrize(
        "host",
        [
            "evil.example",
            "evil.example:{port}",
            "127.0.0.1",
            "127.0.0.1:1",
            "127.0.0.1.evil.example:{port}",
            "localhost.:{port}",
            "0.0.0.0:{port}",
            "127.0.0.1:{port}@evil.example",
        ],
    )
    def test_a_name_that_only_points_here_is_refused(self, signed_in, port, host):
        answer = signed_in.get("/", headers={"Host": host.format(port=port)})
        assert answer.status_code == 421
        assert "node.wrong_host" in answer.text
        assert "node_a" not in answer.text

    @pytest.mark.parametrize("host", ["localhost:{port}", "LOCALHOST:{port}", "[::1]:{port}"])
    def test_this_machines_own_names_are_fine(self, signed_in, port, host):
        cookies = "; ".join(f"{k}={v}" for k, v in signed_in.cookies.items())
        headers = {"Host": host.format(port=port), "Cookie": cookies}
        assert signed_in.get("/", headers=headers).status_code == 200

    def test_even_the_endpoints_with_a_token(self, browser, office):
        token = (office.folder.keys / "api.token").read_text()
        headers = {"Authorization": f"Bearer {token}", "Host": "evil.example"}
        assert browser.get("/api/status", headers=headers).status_code == 421


class TestForgedForms:
    def test_without_the_token(self, signed_in, office):
        answer = signed_in.post("/switch", data=STOP)
        assert answer.status_code == 403
        assert "node.forged_request" in answer.text
        assert not stopped(office)

    def test_with_another_sessions_token(self, signed_in, here, office):
        with httpx.Client(base_url=here, trust_env=False) as other:
            other.post("/login", data={"code": new_login(office)})
            foreign = csrf(other.get("/"))
        assert signed_in.post("/switch", data={**STOP, "csrf": foreign}).status_code == 403
        assert not stopped(office)

    @pytest.mark.parametrize(
        "headers",
        [
            {"Origin": "http://evil.example"},
            {"Origin": "null"},
            {"Origin": "http://localhost:1"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
        ],
    )
    def test_from_another_site_even_with_the_token(self, signed_in, office, headers):
        form = {**STOP, "csrf": csrf(signed_in.get("/"))}
        assert signed_in.post("/switch", data=form, headers=headers).status_code == 403
        assert not stopped(office)

    def test_as_json_or_text(self, signed_in, office):
        token = csrf(signed_in.get("/"))
        body = f"stopped=1&who=a&why=b&csrf={token}"
        answer = signed_in.post("/switch", content=body, headers={"Content-Type": "text/plain"})
        assert answer.status_code == 403
        assert not stopped(office)

    def test_a_flood_is_not_read(self, signed_in):
        answer = signed_in.post("/switch", data={"why": "x" * 300_000})
        assert answer.status_code == 403

    @pytest.mark.parametrize("path", ["/switch", "/login", "/api/switch"])
    def test_a_body_of_unknown_length_is_not_read(self, signed_in, path):
        answer = signed_in.post(path, content=iter([b"why=", b"x" * 100]))
        assert answer.status_code == 403

    @pytest.mark.parametrize(
        "path",
        ["/switch", "/permits/p/approve", "/permits/p/decline", "/budget", "/logout"],
    )
    def test_every_form_needs_it(self, signed_in, path):
        assert signed_in.post(path, data={}).status_code == 403

    def test_nothing_is_decided_by_a_link(self, signed_in, office):
        for path in ("/switch?stopped=1&who=a&why=b", "/permits/p/approve", "/logout"):
            assert signed_in.get(path).status_code == 405
        assert not stopped(office)

    def test_the_steward_can(self, signed_in, here, office):
        form = {**STOP, "csrf": csrf(signed_in.get("/"))}
        assert signed_in.post("/switch", data=form, headers={"Origin": here}).status_code == 303
        assert stopped(office)
        assert "演练" in signed_in.get("/").text


class TestGuessing:
    @pytest.mark.parametrize("path", PAGES)
    def test_no_page_without_signing_in(self, browser, path):
        answer = browser.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/login")

    def test_a_code_works_once(self, browser, office):
        code = new_login(office)
        assert browser.post("/login", data={"code": code}).status_code == 303
        assert browser.post("/login", data={"code": code}).status_code == 401

    def test_a_code_expires(self, browser, office, clock):
        code = new_login(office)
        clock.instant += CODE_LIFETIME
        clock.advance(microseconds=1)
        assert browser.post("/login", data={"code": code}).status_code == 401

    def test_guessing_is_slowed_down_even_for_the_right_code(self, browser, office, clock):
        code = new_login(office)
        tries = [browser.post("/login", data={"code": f"guess{i}"}) for i in range(MOST_TRIES)]
        assert {t.status_code for t in tries} == {401}
        assert browser.post("/login", data={"code": code}).status_code == 429
        clock.advance(seconds=61)
        assert browser.post("/login", data={"code": code}).status_code == 303

    @pytest.mark.parametrize("cookie", ["", "x", "é", "a" * 5000])
    def test_a_made_up_session(self, browser, port, cookie):
        headers = {"Cookie": f"qundao_console_{port}={cookie}".encode()}
        assert browser.get("/", headers=headers).status_code == 303

    def test_a_session_ends(self, signed_in, clock):
        clock.advance(hours=8)
        assert signed_in.get("/").status_code == 303

    def test_signing_out_ends_it(self, signed_in):
        token = csrf(signed_in.get("/"))
        kept = dict(signed_in.cookies)
        assert signed_in.post("/logout", data={"csrf": token}).status_code == 303
        signed_in.cookies.update(kept)
        assert signed_in.get("/").status_code == 303

    def test_the_code_is_not_kept_in_the_clear(self, office):
        code = new_login(office)
        assert code.encode() not in office.store.path.read_bytes()
        log = office.store.path.with_name("node.sqlite-wal")
        assert not log.exists() or code.encode() not in log.read_bytes()

    def test_a_wrong_code_is_answered_in_the_pages_language(self, browser):
        page = browser.post("/login", data={"code": "wrong-code"}).text
        assert "wron…" in page
        assert "wrong-code" not in page


class TestEndpoints:
    @pytest.mark.parametrize(
        "headers",
        [{}, {"Authorization": "Bearer"}, {"Authorization": "Bearer x"}, {"Authorization": "é"}],
    )
    def test_need_the_token(self, browser, headers):
        headers = {k: v.encode() for k, v in headers.items()}
        answer = browser.get("/api/status", headers=headers)
        assert answer.status_code == 401
        assert answer.json()["errors"][0]["code"] == "node.not_signed_in"

    def test_a_cookie_is_not_enough(self, signed_in, office):
        body = {"stopped": True, "who": "a", "why": "b"}
        assert signed_in.post("/api/switch", json=body).status_code == 401
        assert not stopped(office)

    def test_with_it(self, browser, office):
        headers = {"Authorization": f"Bearer {(office.folder.keys / 'api.token').read_text()}"}
        assert browser.get("/api/status", headers=headers).json()["node"] == "node_a"
        body = {"stopped": True, "who": "王", "why": "演练"}
        assert browser.post("/api/switch", json=body, headers=headers).json()["stopped"] is True
        assert stopped(office)

    @pytest.mark.parametrize(
        ("path", "body", "status"),
        [
            ("/api/switch", b"{", 422),
            ("/api/switch", b"[]", 422),
            ("/api/switch", b'{"stopped": "yes"}', 422),
            ("/api/switch", b'{"stopped": true, "who": 3, "why": "b"}', 422),
            ("/api/switch", b'{"stopped": true, "who": " ", "why": "b"}', 422),
            ("/api/approve", b'{"permit": "p"}', 422),
            ("/api/approve", b'{"permit": "p", "steward": "a", "document": "b"}', 404),
            ("/api/decline", b'{"permit": "p", "steward": "a", "reason": "b"}', 404),
        ],
    )
    def test_bad_bodies_are_explained(self, browser, office, path, body, status):
        headers = {
            "Authorization": f"Bearer {(office.folder.keys / 'api.token').read_text()}",
            "Accept-Language": "en",
        }
        answer = browser.post(path, content=body, headers=headers)
        assert answer.status_code == status
        assert answer.json()["errors"][0]["required"]
        assert not stopped(office)


class TestPages:
    @pytest.mark.parametrize(
        "path", ["/login", "/", "/permits", "/datasets", "/left", "/api/status"]
    )
    def test_every_answer_forbids_scripts_and_frames(self, signed_in, path):
        headers = signed_in.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "script-src" not in headers["content-security-policy"]
        assert headers["x-frame-options"] == "DENY"
        assert headers["cache-control"] == "no-store"

    @pytest.mark.parametrize("path", ["/login", "/", "/permits", "/datasets", "/tasks", "/left"])
    def test_no_page_holds_a_script_or_a_style(self, signed_in, path):
        text = signed_in.get(path).text.lower()
        assert "<script" not in text
        assert "style=" not in text
        assert "<style" not in text
        assert not re.search(r"\son\w+=", text)

    def test_the_cookie_is_closed_to_scripts_and_other_sites(self, browser, office, port):
        answer = browser.post("/login", data={"code": new_login(office)})
        cookie = answer.headers["set-cookie"].lower()
        assert f"qundao_console_{port}=" in cookie
        assert "httponly" in cookie
        assert "samesite=strict" in cookie

    def test_what_others_wrote_is_shown_as_text(self, signed_in, office):
        form = {**STOP, "why": "<script>alert(1)</script>", "csrf": csrf(signed_in.get("/"))}
        signed_in.post("/switch", data=form)
        text = signed_in.get("/").text
        assert "<script>" not in text
        assert "&lt;script&gt;" in text

    @pytest.mark.parametrize("path", ["/", "/permits", "/datasets", "/tasks", "/left", "/budget"])
    def test_both_languages(self, signed_in, path):
        chinese = signed_in.get(path).text
        assert 'lang="zh-Hans"' in chinese
        assert "概况" in chinese
        signed_in.get("/language/en")
        english = signed_in.get(path).text
        assert '<html lang="en">' in english
        left = re.sub(r"<[^>]+>|简体中文|联盟|甲", "", english)
        assert not re.findall(r"[\u4e00-\u9fff]+", left)

    def test_an_unknown_permit_says_so(self, signed_in):
        answer = signed_in.get("/permits/nope")
        assert answer.status_code == 404
        assert "node.unknown_permit" in answer.text
