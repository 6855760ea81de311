"""What the pages let people do, and what they keep from them (the forms, without a browser)."""

from __future__ import annotations

import html
import json
import re

import pytest
from django.test import Client

from qundao.cli.main import build_parser
from qundao.hub.applications.models import Application
from qundao.hub.auditlog.models import LoggedEvent
from qundao.hub.catalogue.models import Dataset
from qundao.hub.keys import hub_key
from qundao.hub.ledger.queries import balance
from qundao.hub.members.models import ApiToken, Organisation, User
from qundao.hub.nodes.enrolment_code import code_digest
from qundao.hub.nodes.models import EnrolmentCode, Node
from qundao.hub.studies.models import Output
from support.hub_applications import HOSPITALS, SPONSORS, active, drafted, in_review
from support.hub_people import PASSWORD
from support.hub_story import Story, registration
from support.hub_studies import answer_all

pytestmark = pytest.mark.usefixtures("story")


class Page:
    """Somebody signed in at the pages."""

    def __init__(self, username: str = "", language: str = "zh-hans") -> None:
        self.client = Client(raise_request_exception=False)
        self.client.cookies["django_language"] = language
        if username:
            self.client.force_login(User.objects.get(username=username))

    def get(self, path: str, status: int = 200) -> str:
        answer = self.client.get(path)
        assert answer.status_code == status, (path, answer.status_code)
        return answer.content.decode()

    def post(self, path: str, status: int = 302, **fields: object) -> str:
        answer = self.client.post(path, fields)
        assert answer.status_code == status, (path, answer.status_code, _codes(answer))
        return answer.content.decode() or answer.headers.get("location", "")


def _codes(answer) -> list[str]:
    return re.findall(r"<code>([a-z_]+\.[a-z_]+)</code>", answer.content.decode())


# --- who sees what -------------------------------------------------------------------------


def test_nobody_sees_an_application_of_somebody_else(story: Story) -> None:
    path = drafted(story)
    Page("a.researcher").get(f"{path}/")
    for username in ("b.researcher", "b.steward", "operator", "reviewer.1"):
        Page(username).get(f"{path}/", 404)


def test_a_sent_application_is_no_longer_edited(story: Story) -> None:
    path = in_review(story)
    Page("a.researcher").get(f"{path}/edit/plan/", 404)
    Page("a.researcher").post(f"{path}/check/", 404)


def test_credits_of_another_member_are_not_shown(story: Story) -> None:
    Page("a.researcher").get(f"/credits/{story['b'].id}/", 403)
    Page("operator").get(f"/credits/{story['b'].id}/")


def test_a_node_of_another_member_is_not_shown(story: Story) -> None:
    Page("h1.steward").get(f"/nodes/{story['h2'].node.id}/", 404)
    Page("h1.steward").get(f"/nodes/{story['h1'].node.id}/")


def test_numbers_come_out_with_the_release_only(story: Story) -> None:
    _, permit = active(story, *SPONSORS)
    study = story["a"].researcher.post("/studies/", permit=permit["id"])
    answer_all(story, SPONSORS)
    output = Output.objects.get()
    numbers = f"/studies/outputs/{output.id}/result.json"
    researcher, reviewer = Page("a.researcher"), Page("reviewer.1")
    researcher.get(numbers, 404)
    assert "svg" not in researcher.get(f"/studies/{study['id']}/").split("</header>")[1]
    reviewed = reviewer.get(f"/studies/outputs/{output.id}/")
    assert "svg" in reviewed
    notes = reviewed.split('<details class="how" open>')[1].split("</details>")[0]
    assert "使用单位自己也贡献了" in notes, "what the thresholds protect is read before deciding"
    assert "studies.reason_needed" in reviewer.post(
        f"/studies/outputs/{output.id}/", 422, release="no", reason=""
    )
    reviewer.post(f"/studies/outputs/{output.id}/", release="yes")
    assert '"kaplan_meier"' in researcher.get(numbers)
    assert "<svg" in researcher.get(f"/studies/{study['id']}/")
    Page("h1.researcher").get(numbers, 404)


def test_a_refused_output_tells_the_researcher_why(story: Story) -> None:
    _, permit = active(story, *HOSPITALS)
    study = story["a"].researcher.post("/studies/", permit=permit["id"])
    answer_all(story, HOSPITALS)
    output = Output.objects.order_by("created_at").first()
    Page("reviewer.1").post(f"/studies/outputs/{output.id}/", release="no", reason="格子太小")
    assert "格子太小" in Page("a.researcher").get(f"/studies/{study['id']}/")


@pytest.mark.parametrize(
    ("path", "roles"),
    [
        ("/members/", {"operator", "auditor"}),
        ("/audit/", {"operator", "auditor"}),
        ("/rules/", {"operator", "auditor", "reviewer.1"}),
        ("/reviews/", {"reviewer.1"}),
        ("/explore/", {"operator", "auditor", "a.researcher"}),
        ("/credits/grant/", {"operator"}),
    ],
)
def test_desks_are_open_to_their_roles_alone(path: str, roles: set[str]) -> None:
    for username in ("operator", "auditor", "reviewer.1", "a.researcher", "a.steward"):
        Page(username).get(path, 200 if username in roles else 403)
    assert Page().get(path, 302) == ""


def test_a_form_of_another_site_is_refused(story: Story) -> None:
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(User.objects.get(username="operator"))
    answer = client.post("/credits/grant/", {"member": story["b"].id, "amount": "5"})
    assert (answer.status_code, _codes(answer)) == (403, ["hub.stale_form"])


# --- signing in and one's account ----------------------------------------------------------


def test_signing_in_goes_on_to_our_own_pages_only() -> None:
    page = Page()
    assert "members.sign_in_failed" in page.post("/login/", 401, username="operator", password="x")
    for wanted, onward in (("/audit/", "/audit/"), ("https://evil.example/", "/desk/")):
        page = Page()
        given = {"username": "operator", "password": PASSWORD, "next": wanted}
        assert page.post("/login/", **given) == onward


def test_a_token_is_shown_once_and_can_be_revoked() -> None:
    page = Page("a.researcher")
    text = re.search(r"qdt_[\w-]+", page.post("/account/tokens/", 200, name="笔记本"))
    assert text
    assert text.group() not in page.get("/account/")
    token = ApiToken.objects.get(name="笔记本")
    Page("b.researcher").post(f"/account/tokens/{token.id}/revoke/", 403)
    page.post(f"/account/tokens/{token.id}/revoke/")
    token.refresh_from_db()
    assert token.revoked_at


# --- the operator's pages ------------------------------------------------------------------


def test_admitting_lists_every_defect_and_then_admits(story: Story) -> None:
    page, alliance = Page("operator"), Organisation.objects.first().alliance_id
    bad = {"alliance": alliance, "name_zh": "丁医院", "kind": "castle", "region": ""}
    answer = page.post("/members/admit/", 422, **bad, credit_code="123")
    assert answer.count("<strong>") == 3
    assert "丁医院" in answer
    good = {**bad, "kind": "hospital", "region": "合成地区"}
    path = page.post("/members/admit/", **good)
    assert "丁医院" in page.get(path)


def test_an_enrolment_code_is_shown_once(story: Story) -> None:
    page = Page("operator")
    shown = page.post(f"/members/{story['b'].id}/code/", 200, node_name="二号机")
    assert re.search(r"QD-[A-Z2-7]{5}-", shown)
    assert EnrolmentCode.objects.get(node_name="二号机").used_at is None
    assert not re.search(r"QD-[A-Z2-7]{5}-", page.get("/nodes/"))
    command = re.search(r"<pre[^>]*>qundao (.+?)</pre>", shown).group(1)
    told = build_parser().parse_args(html.unescape(command).split())
    assert EnrolmentCode.objects.get(
        digest=code_digest(told.code, hub_key().verify_key.fingerprint)
    )
    assert told.hub == "http://testserver"


def test_users_are_created_changed_and_disabled(story: Story) -> None:
    page = Page("operator")
    wrong = page.post("/users/new/", 422, username="x", display_name="", password="1")
    assert wrong.count("<strong>") >= 4
    given = {"username": "new.one", "display_name": "新人", "password": PASSWORD}
    page.post("/users/new/", **given, roles=["reviewer"], organisation="")
    page.post("/users/new.one/roles/", roles=["auditor"])
    assert User.objects.get(username="new.one").roles == {"auditor"}
    page.post("/users/new.one/disable/", 422, reason="")
    page.post("/users/new.one/disable/", reason="离职")
    assert not User.objects.get(username="new.one").is_active


def test_a_grant_counts_once_however_often_it_is_sent(story: Story) -> None:
    page, member = Page("operator"), story["b"].id
    before = balance(member).spendable
    key = re.search(r'name="key" value="(\w+)"', page.get("/credits/grant/")).group(1)
    form = {"member": member, "amount": "7", "reference": "文〔2026〕1号", "memo": "", "key": key}
    assert "hub.bad_input" in page.post("/credits/grant/", 422, **{**form, "amount": "7.5"})
    page.post("/credits/grant/", **form)
    page.post("/credits/grant/", **form)
    assert balance(member).spendable - before == 7_000_000


def test_a_node_is_revoked_with_a_reason(story: Story) -> None:
    page, path = Page("operator"), f"/nodes/{story['b'].node.id}/revoke/"
    assert "hub.not_confirmed" in page.post(path, 422, reason="密钥泄露")
    assert "members.blank" in page.post(path, 422, reason=" ", confirm="yes")
    assert Node.objects.get(pk=story["b"].node.id).state == "active"
    page.post(path, reason="密钥泄露", confirm="yes")
    assert Node.objects.get(pk=story["b"].node.id).state == "revoked"


def test_a_member_is_suspended_and_readmitted_with_reasons(story: Story) -> None:
    page, member = Page("operator"), story["b"].id
    suspend, readmit = f"/members/{member}/suspend/", f"/members/{member}/readmit/"
    assert suspend in page.get(f"/members/{member}/")
    assert "hub.not_confirmed" in page.post(suspend, 422, reason="数据安全调查")
    assert "members.blank" in page.post(suspend, 422, reason="", confirm="yes")
    page.post(suspend, reason="数据安全调查", confirm="yes")
    shown = page.get(f"/members/{member}/")
    assert readmit in shown
    assert suspend not in shown
    assert "members.suspended" in page.post(suspend, 423, reason="又", confirm="yes")
    page.post(readmit, reason="调查结束", confirm="yes")
    events = LoggedEvent.objects.filter(subject=member).order_by("-sequence")[:2]
    told = [(e.action, json.loads(e.details)["reason"]) for e in events]
    assert told == [("member.readmitted", "调查结束"), ("member.suspended", "数据安全调查")]


@pytest.mark.parametrize("who", ["auditor", "b.steward", "a.researcher"])
def test_nobody_but_the_operator_suspends(story: Story, who: str) -> None:
    page, path = Page(who), f"/members/{story['b'].id}/"
    page.post(f"{path}suspend/", 403, reason="x", confirm="yes")
    assert Organisation.objects.get(pk=story["b"].id).active
    if who == "auditor":
        assert "/suspend/" not in page.get(path)


def test_a_dataset_is_withdrawn_by_its_own_steward(story: Story) -> None:
    path = f"/catalogue/{story.accessions['h1']}/withdraw/"
    Page("h2.steward").post(path, 403, reason="试试")
    Page("h1.steward").post(path, reason="合同到期")
    assert Dataset.objects.get(number=1).withdrawn_at
    assert "合同到期" in Page().get(f"/catalogue/{story.accessions['h1']}/")
    assert story.accessions["h1"] not in Page().get("/catalogue/")


def test_a_calendar_is_pasted_from_a_spreadsheet(story: Story) -> None:
    page = Page("operator")
    wrong = page.post("/rules/calendar/", 422, calendar="2026-10-01\toff\t国庆\nsoon\toff\t?")
    assert "access.bad_calendar" in wrong
    page.post("/rules/calendar/", calendar="2026-10-01\toff\t国庆节\n2026-10-10\twork\t调休")
    assert "国庆节" in page.get("/rules/")


def test_a_rule_blocks_once_the_lawyer_has_signed(story: Story) -> None:
    page = Page("operator")
    page.post("/rules/sign-off/", 422, rule="ethics", lawyer="", document="", blocks="yes")
    page.post("/rules/sign-off/", rule="ethics", lawyer="李律师", document="1号", blocks="yes")
    assert page.get("/rules/").count('class="chip now"') == 1


# --- drafting ------------------------------------------------------------------------------


def test_a_draft_is_saved_whatever_it_holds(story: Story) -> None:
    page = Page("a.researcher")
    start = page.post("/applications/new/", dataset="QD000001.1")
    page.post(start, title="试", purpose="nonsense", save="1")
    draft = Application.objects.get().draft
    assert (draft["title"], draft["purpose"]) == ("试", "nonsense")
    data = start.replace("purpose", "data")
    page.post(data, datasets="QD000001.1, QD000002.1\nQD000001.1", runs="many", save="1")
    draft = Application.objects.get().draft
    assert draft["datasets"] == ["QD000001.1", "QD000002.1"]
    assert draft["runs"] == "many"
    protocol = start.replace("purpose", "protocol")
    assert "applications.bad_protocol" in page.post(protocol, 422, protocol="{not json", save="1")
    check = page.get(start.split("edit/")[0] + "check/")
    assert 'edit/data/#id_runs"' in check
    assert 'edit/purpose/#id_purpose"' in check


def test_a_steps_fragment_tells_what_is_left(story: Story) -> None:
    page = Page("a.researcher")
    start = page.post("/applications/new/")
    answer = page.client.post(start, {"title": "题目"}, headers={"hx-request": "true"})
    assert answer.status_code == 200
    assert "<html" not in answer.content.decode()
    assert "处待补" in answer.content.decode()


# --- the catalogue -------------------------------------------------------------------------


def test_a_new_version_tells_what_has_changed(story: Story) -> None:
    scorecard = {**registration()["scorecard"], "total": 81.5}
    receipt = story["h1"].node.register(
        title={"zh": "新题名", "en": "new title"}, scorecard=scorecard
    )
    page = Page().get(f"/catalogue/{receipt.result['accession']}/")
    assert "<del>92.5</del>" in page
    assert "<ins>81.5</ins>" in page
    assert "<ins>新题名</ins>" in page
    assert "<del>联邦" not in page
    older = Page().get(f"/catalogue/{story.accessions['h1']}/")
    assert "有更新的版本" in older
    assert "<del>" not in older
