"""The members' desk: alliances, members, users, tokens, signing in."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from qundao.hub.auditlog.models import LoggedEvent
from qundao.hub.common.actors import VISITOR
from qundao.hub.common.clock import now, reading
from qundao.hub.members import actions, queries
from qundao.hub.members.models import ApiToken, Organisation, SignInFailures, User
from qundao.hub.members.sign_in import PER_NAME, WINDOW, sign_in
from qundao.hub.members.tokens import user_of_token
from qundao.kernel.clock import FixedClock
from qundao.kernel.errors import QundaoError
from qundao.kernel.roles import Role
from qundao.kernel.words import Words
from support.hub_people import PASSWORD, make_alliance, make_member, make_operator, make_user

pytestmark = pytest.mark.usefixtures("hub_db")
GOOD_CODE = "91350100M000100Y43"


def last_event() -> LoggedEvent:
    return LoggedEvent.objects.order_by("-sequence")[0]


def test_each_write_leaves_exactly_one_event() -> None:
    operator = make_operator()
    before = LoggedEvent.objects.count()
    alliance = actions.open_alliance(actor=operator, name=Words("联盟", "Alliance"), region="珠海")
    assert LoggedEvent.objects.count() == before + 1
    event = last_event()
    assert (event.action, event.actor, event.subject) == (
        "alliance.opened",
        operator.id,
        alliance.id,
    )


def test_the_first_alliance_is_opened_on_a_page_and_members_are_admitted_next() -> None:
    operator = make_operator()
    page = Client()
    page.force_login(User.objects.get(username="operator"))
    assert 'href="/members/alliances/new/"' in page.get("/members/admit/").content.decode()
    path = "/members/alliances/new/"
    refused = page.post(path, {"name_zh": "试点联盟", "region": ""})
    assert refused.status_code == 422
    assert "members.blank" in refused.content.decode()
    opened = page.post(path, {"name_zh": "试点联盟", "region": "粤"})
    assert opened.headers["location"] == "/members/admit/"
    assert (last_event().action, last_event().actor) == ("alliance.opened", operator.id)
    assert "试点联盟" in page.get("/members/admit/").content.decode()


def test_a_member_is_admitted_with_a_checked_credit_code() -> None:
    alliance = make_alliance()
    member = actions.admit_member(
        actor=make_operator(),
        alliance=alliance,
        name=Words("甲医院", "Hospital A"),
        kind=Organisation.Kind.HOSPITAL,
        region="珠海",
        credit_code=GOOD_CODE.lower(),
    )
    assert member.credit_code == GOOD_CODE
    assert list(queries.members(alliance)) == [member]


def test_all_defects_of_a_member_are_named_at_once_and_nothing_is_written() -> None:
    alliance, operator = make_alliance(), make_operator()
    before = LoggedEvent.objects.count()
    with pytest.raises(QundaoError) as refused:
        actions.admit_member(
            actor=operator,
            alliance=alliance,
            name=Words("甲", "A"),
            kind="castle",
            region=" ",
            credit_code="91350100M000100Y44",
        )
    assert {(p.where, p.code) for p in refused.value.problems} == {
        ("kind", "members.bad_choice"),
        ("region", "members.blank"),
        ("credit_code", "members.bad_credit_code"),
    }
    assert Organisation.objects.count() == 0
    assert LoggedEvent.objects.count() == before


@pytest.mark.parametrize("role", [r for r in Role if r is not Role.OPERATOR])
def test_only_the_operator_admits_members(role: Role) -> None:
    member = make_member()
    actor = make_user("somebody", role, member=member).actor
    assert not actions.admit_member.can(actor)
    with pytest.raises(QundaoError) as refused:
        actions.open_alliance(actor=actor, name=Words("联盟", "Alliance"), region="珠海")
    assert refused.value.code == "hub.forbidden"


def test_a_visitor_is_asked_to_sign_in() -> None:
    with pytest.raises(QundaoError) as refused:
        actions.open_alliance(actor=VISITOR, name=Words("联盟", "Alliance"), region="珠海")
    assert refused.value.status == 401


def test_a_users_defects_are_named_at_once() -> None:
    operator = make_operator("taken")
    with pytest.raises(QundaoError) as refused:
        actions.create_user(
            actor=operator, username="Taken", display_name=" ", password="123", roles=[]
        )
    assert {p.where for p in refused.value.problems} == {
        "username",
        "display_name",
        "password",
        "roles",
    }
    assert "123" not in {p.received for p in refused.value.problems}


def test_a_members_user_cannot_be_the_operator() -> None:
    with pytest.raises(QundaoError) as refused:
        make_user("both", Role.OPERATOR, member=make_member())
    assert refused.value.code == "members.operator_of_a_member"


@pytest.mark.parametrize("control", [Role.REVIEWER, Role.AUDITOR])
def test_who_operates_and_grants_credits_neither_reviews_nor_audits(control: Role) -> None:
    with pytest.raises(QundaoError) as refused:
        make_user("both", Role.OPERATOR, control)
    assert refused.value.code == "members.roles_apart"
    held = make_user("one", Role.OPERATOR)
    with pytest.raises(QundaoError) as refused:
        actions.change_roles(actor=make_operator(), user=held, roles=[Role.OPERATOR, control])
    assert refused.value.code == "members.roles_apart"
    assert User.objects.get(pk=held.pk).roles == {Role.OPERATOR}


def test_roles_change_and_the_log_says_from_what_to_what() -> None:
    user = make_user("lin", Role.RESEARCHER, Role.STEWARD, member=make_member())
    actions.change_roles(actor=make_operator(), user=user, roles=[Role.STEWARD, Role.REVIEWER])
    assert User.objects.get(pk=user.pk).roles == {Role.STEWARD, Role.REVIEWER}
    assert last_event().details_json() == {
        "before": ["researcher", "steward"],
        "after": ["reviewer", "steward"],
    }


# --- signing in ------------------------------------------------------------------------------


def attempt(client: Client, rf, username: str, password: str, address: str = "192.0.2.1"):
    request = rf.post("/", REMOTE_ADDR=address)
    request.session = client.session
    return sign_in(request, username=username, password=password)


def test_a_user_signs_in_whatever_the_case_of_the_name(client, rf) -> None:
    make_user("wang", Role.RESEARCHER)
    assert attempt(client, rf, " Wang", PASSWORD) is None
    assert last_event().action == "login.succeeded"


def test_failures_pause_a_name_until_the_window_has_passed(client, rf) -> None:
    make_user("wang", Role.RESEARCHER)
    clock = FixedClock(now())
    with reading(clock):
        for _ in range(PER_NAME):
            failed = attempt(client, rf, "wang", "wrong")
            assert failed is not None
            assert failed.code == "members.sign_in_failed"
        paused = attempt(client, rf, "wang", PASSWORD)
        assert paused is not None
        assert paused.code == "members.sign_in_blocked"
        assert dict(paused.facts)["wait"] == "15"
        clock.advance(seconds=WINDOW.total_seconds() + 1)
        assert attempt(client, rf, "wang", PASSWORD) is None


def test_while_paused_nothing_more_is_logged(client, rf) -> None:
    make_user("wang", Role.RESEARCHER)
    for _ in range(PER_NAME):
        attempt(client, rf, "wang", "wrong")
    before = LoggedEvent.objects.count()
    attempt(client, rf, "wang", "wrong")
    assert LoggedEvent.objects.count() == before


def test_what_was_typed_for_a_name_is_not_kept(client, rf) -> None:
    attempt(client, rf, "my-secret-password", "x")
    event = last_event()
    assert event.action == "login.failed"
    assert "my-secret" not in event.details + event.subject + event.actor
    assert all(re.fullmatch(r"[0-9a-f]{64}", row.key) for row in SignInFailures.objects.all())


def test_a_disabled_user_is_out_at_once(client, rf) -> None:
    user = make_user("wang", Role.RESEARCHER)
    _, text = actions.issue_token(actor=user.actor, user=user, name="notebook")
    actions.disable_user(actor=make_operator(), user=user, reason="离职")
    assert attempt(client, rf, "wang", PASSWORD) is not None
    assert user_of_token(text) is None


# --- tokens ----------------------------------------------------------------------------------


def test_a_token_speaks_for_its_user_until_it_ends() -> None:
    user = make_user("wang", Role.RESEARCHER)
    token, text = actions.issue_token(
        actor=user.actor, user=user, name="notebook", lifetime=timedelta(days=1)
    )
    assert user_of_token(text) == user
    assert text not in str(ApiToken.objects.values_list()[0])
    with reading(FixedClock(now() + timedelta(days=2))):
        assert user_of_token(text) is None
    actions.revoke_token(actor=user.actor, token=token)
    assert user_of_token(text) is None


def test_nobody_takes_or_revokes_another_users_token() -> None:
    user, other = make_user("wang", Role.RESEARCHER), make_user("zhao", Role.RESEARCHER)
    with pytest.raises(QundaoError):
        actions.issue_token(actor=other.actor, user=user, name="notebook")
    token, text = actions.issue_token(actor=user.actor, user=user, name="notebook")
    with pytest.raises(QundaoError):
        actions.revoke_token(actor=other.actor, token=token)
    assert user_of_token(text) == user
