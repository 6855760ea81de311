"""The hub's edge: headers, errors for people and programs, the API's doors, read-only tables."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client

from qundao.hub.auditlog.models import LoggedEvent
from qundao.hub.common.pagination import LARGEST_PAGE, paginate
from qundao.hub.members.actions import issue_token
from qundao.hub.members.models import Alliance, Organisation, User
from qundao.kernel.roles import Role
from support.hub_people import PASSWORD, make_alliance, make_member, make_operator, make_user

pytestmark = pytest.mark.usefixtures("hub_db")


def codes(answer) -> list[str]:
    return [e["code"] for e in answer.json()["errors"]]


def as_program(text: str) -> dict[str, str]:
    return {"headers": {"authorization": f"Bearer {text}"}}


@pytest.fixture
def token():
    make_operator()
    user = User.objects.get(username="operator")
    return issue_token(actor=user.actor, user=user, name="test")[1]


# --- headers ---------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/api/v1/docs", "/api/v1/openapi.json", "/nowhere"])
def test_nothing_inline_nothing_foreign_nothing_framed(client, path) -> None:
    headers = client.get(path).headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["default-src"] == policy["frame-ancestors"] == "'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"


def test_the_api_docs_need_no_other_host(client) -> None:
    page = client.get("/api/v1/docs").content.decode()
    assert "/static/ninja/swagger-ui-bundle.js" in page
    assert "https://" not in page.replace("https://django-ninja.dev", "")


def test_cookies_are_kept_from_scripts_and_foreign_sites(client) -> None:
    make_user("lin", Role.RESEARCHER)
    client.post("/login/", {"username": "lin", "password": PASSWORD})
    session = client.cookies["sessionid"]
    assert (session["httponly"], session["samesite"]) == (True, "Lax")


# --- errors ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("asked", "title"), [("zh-hans", "没有找到"), ("en", "not found")])
def test_an_error_speaks_the_readers_language(client, asked, title) -> None:
    answer = client.get("/api/v1/nowhere", headers={"accept-language": asked})
    assert answer.status_code == 404
    (error,) = answer.json()["errors"]
    assert error["code"] == "hub.not_found"
    assert title in error["title"]
    assert answer.json()["problems"][0]["code"] == "hub.not_found"


def test_a_person_gets_a_page_and_a_program_gets_json(client) -> None:
    page = client.get("/nowhere", headers={"accept": "text/html"})
    assert page.headers["Content-Type"].startswith("text/html")
    assert "hub.not_found" in page.content.decode()
    assert client.get("/nowhere", headers={"accept": "application/json"}).json()


def test_what_nobody_foresaw_gives_a_reference_and_no_insides(token, monkeypatch, caplog) -> None:
    def broken() -> None:
        raise RuntimeError("secret insides")

    monkeypatch.setattr("qundao.hub.members.queries.alliances", broken)
    answer = Client().get("/api/v1/members/alliances", **as_program(token))
    assert (answer.status_code, codes(answer)) == (500, ["hub.unexpected"])
    assert "secret" not in answer.content.decode()
    reference = answer.json()["problems"][0]["facts"]["reference"]
    assert reference.startswith("req_")
    assert reference in caplog.text
    assert "secret insides" in caplog.text


def test_all_defects_of_a_body_are_named_with_their_places(token) -> None:
    answer = Client().post(
        "/api/v1/members/",
        {"alliance": "a", "kind": "castle"},
        content_type="application/json",
        **as_program(token),
    )
    assert answer.status_code == 422
    places = {e["where"].rsplit(".", 1)[-1] for e in answer.json()["errors"]}
    assert places == {"name", "kind", "region"}


def test_the_api_names_the_actions_defects(token) -> None:
    body = {"username": "x", "display_name": "", "password": "1", "roles": []}
    answer = Client().post(
        "/api/v1/members/users", body, content_type="application/json", **as_program(token)
    )
    assert {e["where"] for e in answer.json()["errors"]} == {
        "username",
        "display_name",
        "password",
        "roles",
    }


# --- doors -----------------------------------------------------------------------------------


def test_a_program_signs_in_and_acts(hub_folder) -> None:
    make_operator()
    client = Client()
    given = {"username": "operator", "password": PASSWORD, "name": "demo"}
    signed_in = client.post("/api/v1/members/tokens", given, content_type="application/json")
    assert signed_in.status_code == 201
    text = signed_in.json()["token"]
    body = {"name": {"zh": "联盟", "en": "Alliance"}, "region": "珠海"}
    opened = client.post(
        "/api/v1/members/alliances", body, content_type="application/json", **as_program(text)
    )
    assert opened.status_code == 201
    assert Alliance.objects.get().id == opened.json()["id"]
    me = client.get("/api/v1/members/me", **as_program(text)).json()
    assert me["roles"] == ["operator"]
    wrong = client.post(
        "/api/v1/members/tokens", given | {"password": "x"}, content_type="application/json"
    )
    assert (wrong.status_code, codes(wrong)) == (401, ["members.sign_in_failed"])


@pytest.mark.parametrize("text", ["", "qdt_wrong", "sessionid"])
def test_without_a_valid_token_nobody_gets_in(client, text) -> None:
    answer = client.get("/api/v1/members/me", **as_program(text))
    assert (answer.status_code, codes(answer)) == (401, ["hub.not_signed_in"])


def test_a_session_needs_the_csrf_token_to_write() -> None:
    make_operator()
    client = Client(enforce_csrf_checks=True)
    client.login(username="operator", password=PASSWORD)
    body = {"name": {"zh": "联盟", "en": "Alliance"}, "region": "珠海"}
    answer = client.post("/api/v1/members/alliances", body, content_type="application/json")
    assert (answer.status_code, codes(answer)) == (403, ["hub.stale_form"])
    assert Alliance.objects.count() == 0


def test_roles_hold_over_the_api(client) -> None:
    make_user("lin", Role.RESEARCHER)
    client.login(username="lin", password=PASSWORD)
    body = {"name": {"zh": "联盟", "en": "Alliance"}, "region": "珠海"}
    answer = client.post("/api/v1/members/alliances", body, content_type="application/json")
    assert (answer.status_code, codes(answer)) == (403, ["hub.forbidden"])


def test_credits_are_shown_to_their_owner(client, token) -> None:
    member = make_member()
    make_user("lin", Role.RESEARCHER, member=member)
    given = {"member": member.id, "amount": 7, "reference": "vouchers", "key": "k1"}
    for _ in range(2):
        granted = Client().post(
            "/api/v1/ledger/grants", given, content_type="application/json", **as_program(token)
        )
        assert granted.status_code == 201
    client.login(username="lin", password=PASSWORD)
    assert client.get("/api/v1/ledger/balance").json()["spendable"] == 7
    (line,) = client.get("/api/v1/ledger/statement").json()
    assert (line["kind"], line["balances"]["available"]) == ("grant", 7)
    foreign = client.get("/api/v1/ledger/balance", {"member": "org_other"})
    assert (foreign.status_code, codes(foreign)) == (403, ["hub.not_yours"])
    check = Client().get("/api/v1/ledger/check", **as_program(token)).json()
    assert (check["problems"], sum(check["totals"].values())) == ([], 0)


def test_the_operator_issues_a_nodes_code_by_api(token) -> None:
    member = make_member()
    answer = Client().post(
        "/api/v1/nodes/codes",
        {"member": member.id},
        content_type="application/json",
        **as_program(token),
    )
    assert answer.status_code == 201
    assert answer.json()["code"].startswith("QD-")
    assert answer.json()["code"] not in LoggedEvent.objects.latest("sequence").details


# --- tables ----------------------------------------------------------------------------------


def test_every_table_of_the_base_can_be_looked_at_and_none_changed(client) -> None:
    make_operator()
    client.login(username="operator", password=PASSWORD)
    shown = {model for model in admin.site._registry if model._meta.app_label != "auth"}
    for model in shown:
        label = f"{model._meta.app_label}/{model._meta.model_name}"
        assert client.get(f"/tables/{label}/").status_code == 200, label
        assert client.get(f"/tables/{label}/add/").status_code == 403, label


def test_a_table_does_not_show_secrets(client) -> None:
    make_operator()
    client.login(username="operator", password=PASSWORD)
    user = User.objects.get()
    page = client.get(f"/tables/members/user/{user.pk}/change/").content.decode()
    assert user.password not in page
    assert "argon2" not in page
    assert client.post(f"/tables/members/user/{user.pk}/change/", {}).status_code == 403


def test_the_tables_are_for_operator_and_auditor(client) -> None:
    make_user("lin", Role.RESEARCHER)
    away = client.get("/tables/members/user/")
    assert (away.status_code, away.headers["Location"]) == (
        302,
        "/tables/login/?next=/tables/members/user/",
    )
    asked = client.get(away.headers["Location"])
    assert asked.headers["Location"] == "/login/?next=/tables/members/user/"
    client.login(username="lin", password=PASSWORD)
    assert client.get("/tables/login/").status_code == 403


def test_signing_out_of_the_tables_is_logged(client) -> None:
    make_operator()
    client.login(username="operator", password=PASSWORD)
    assert client.post("/tables/logout/").status_code == 302
    assert LoggedEvent.objects.latest("sequence").action == "login.ended"
    assert client.get("/tables/").status_code == 302


def test_every_model_of_the_hub_has_a_table_or_a_reason() -> None:
    unseen = {"HeldRole", "SignInFailures", "LogState", "TreeNode", "Purse", "PollNonce"}
    ours = {"members", "auditlog", "nodes", "ledger"}
    models = {m for label in ours for m in apps.get_app_config(label).get_models()}
    hidden = {m.__name__ for m in models if not admin.site.is_registered(m)}
    assert hidden <= unseen | {"InboxMessage"}


# --- paging ----------------------------------------------------------------------------------


def test_pages_end_where_the_rows_end() -> None:
    alliance = make_alliance()
    for n in range(7):
        make_member(f"第{n}医院", alliance)
    rows = Organisation.objects.order_by("name_zh")
    first, last = paginate(rows, 1, 3), paginate(rows, "99", 3)
    assert ([o.name_zh for o in first.items], first.previous, first.next) == (
        ["第0医院", "第1医院", "第2医院"],
        None,
        2,
    )
    assert (last.number, last.pages, len(last.items), last.next) == (3, 3, 1, None)
    assert paginate(rows, "x", 3).number == paginate(rows, -5, 3).number == 1
    assert paginate(rows, 1, 10**6).size == LARGEST_PAGE
    assert paginate(Organisation.objects.none(), 1).pages == 1
