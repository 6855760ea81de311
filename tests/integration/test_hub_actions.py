"""Actions: permitted, all or nothing, exactly one event, one transaction when they nest."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from qundao.audit.actions import declare_action
from qundao.hub.auditlog.log import Entry, append_entries
from qundao.hub.auditlog.models import LoggedEvent, LogState, TreeNode
from qundao.hub.common.actions import (
    Action,
    action,
    declared_hub_actions,
    done,
    nothing_new,
)
from qundao.hub.common.actors import HUB_ACTOR, VISITOR, Actor
from qundao.hub.members.models import Alliance
from qundao.kernel.errors import QundaoError, declare, fail
from qundao.kernel.faults import declared_fault_points
from qundao.kernel.roles import Role
from qundao.kernel.words import Words
from support.hub_people import make_alliance, make_operator, make_user

pytestmark = pytest.mark.usefixtures("hub_db")
HAPPENED = declare_action("test.happened", Words("测试发生", "test happened"))
BROKEN = declare(
    "test.broken",
    title=Words("坏", "bad"),
    required=Words("好", "good"),
    remedy=Words("改", "mend"),
)


@action(Role.OPERATOR)
def rename_alliance(*, actor: Actor, alliance: Alliance, name: str, fails: bool = False):
    alliance.name_zh = name
    alliance.save()
    if fails:
        raise fail(BROKEN, name)
    return done(alliance, HAPPENED, alliance.id, name=name)


@action(Role.OPERATOR)
def rename_twice(*, actor: Actor, alliance: Alliance, names: tuple[str, str], survive: bool):
    rename_alliance(actor=actor, alliance=alliance, name=names[0])
    try:
        rename_alliance(actor=actor, alliance=alliance, name=names[1], fails=True)
    except QundaoError:
        if not survive:
            raise
    return done(None, HAPPENED, alliance.id, names=list(names))


def names() -> list[str]:
    return list(Alliance.objects.values_list("name_zh", flat=True))


def noted() -> list[dict]:
    rows = LoggedEvent.objects.filter(action=HAPPENED).order_by("sequence")
    return [row.details_json() for row in rows]


def test_an_action_that_fails_leaves_neither_change_nor_event() -> None:
    alliance = make_alliance()
    size = LogState.objects.get().size
    nodes = TreeNode.objects.count()
    with pytest.raises(QundaoError):
        rename_alliance(actor=HUB_ACTOR, alliance=alliance, name="新名", fails=True)
    assert names() == ["示例联盟"]
    assert (LogState.objects.get().size, TreeNode.objects.count()) == (size, nodes)


def test_an_event_that_cannot_be_written_undoes_the_action() -> None:
    alliance = make_alliance()
    with pytest.raises(QundaoError) as refused:
        rename_alliance(actor=HUB_ACTOR, alliance=alliance, name="110101199003070134")
    assert refused.value.code == "audit.patient_level"
    assert names() == ["示例联盟"]


def test_nested_actions_share_one_transaction_and_log_in_order() -> None:
    alliance = make_alliance()
    rename_twice(actor=HUB_ACTOR, alliance=alliance, names=("甲", "乙"), survive=True)
    assert names() == ["甲"]
    assert noted() == [{"name": "甲"}, {"names": ["甲", "乙"]}]


def test_an_outer_failure_takes_the_inner_action_with_it() -> None:
    alliance = make_alliance()
    with pytest.raises(QundaoError):
        rename_twice(actor=HUB_ACTOR, alliance=alliance, names=("甲", "乙"), survive=False)
    assert (names(), noted()) == (["示例联盟"], [])


def test_after_a_failure_the_next_action_starts_clean() -> None:
    alliance = make_alliance()
    with pytest.raises(QundaoError):
        rename_alliance(actor=HUB_ACTOR, alliance=alliance, name="甲", fails=True)
    rename_alliance(actor=HUB_ACTOR, alliance=alliance, name="乙")
    assert noted() == [{"name": "乙"}]


def test_who_may_is_asked_without_doing() -> None:
    assert rename_alliance.can(make_operator())
    assert rename_alliance.can(HUB_ACTOR)
    researcher = make_user("lin", Role.RESEARCHER).actor
    refusal = rename_alliance.refusal(researcher)
    assert refusal is not None
    assert (refusal.code, refusal.received) == ("hub.forbidden", "researcher")
    assert refusal.text("zh-hans")["required"] == "角色：运营方"
    assert refusal.text("en")["required"] == "the role operator"
    asked = rename_alliance.refusal(VISITOR)
    assert asked is not None
    assert asked.code == "hub.not_signed_in"


def test_an_action_takes_keywords_and_an_actor() -> None:
    with pytest.raises(TypeError, match="keyword-only"):
        Action(lambda actor: nothing_new(None), frozenset(), frozenset())
    with pytest.raises(TypeError, match="actor"):
        Action(lambda *, name: nothing_new(None), frozenset(), frozenset())
    with pytest.raises(TypeError, match="Actor is required"):
        rename_alliance(actor="operator", alliance=None, name="甲")
    with pytest.raises(ValueError, match="exists already"):
        action()(rename_alliance._body)


def test_every_action_has_its_fault_points() -> None:
    points = set(declared_fault_points())
    for name in declared_hub_actions():
        assert {f"hub.{name}.before_commit", f"hub.{name}.after_commit"} <= points


def test_what_joins_a_transaction_passes_its_points_in_order(monkeypatch) -> None:
    passed: list[str] = []
    monkeypatch.setattr("qundao.hub.common.actions.fault_point", passed.append)
    alliance = make_alliance()
    passed.clear()
    rename_twice(actor=HUB_ACTOR, alliance=alliance, names=("甲", "乙"), survive=True)
    assert passed == [
        "hub.rename_alliance.before_commit",
        "hub.rename_twice.before_commit",
        "hub.rename_twice.after_commit",
    ]


def test_an_undeclared_event_name_is_refused() -> None:
    with pytest.raises(QundaoError) as refused:
        done(None, "test.never_declared")
    assert refused.value.code == "audit.bad_action"


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("committed_hub_db")
def test_an_action_is_not_wrapped_in_a_foreign_transaction() -> None:
    alliance = make_alliance()
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        rename_alliance(actor=HUB_ACTOR, alliance=alliance, name="甲")


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("committed_hub_db")
def test_the_log_is_locked_last_so_that_writers_wait_briefly() -> None:
    alliance = make_alliance()
    with CaptureQueriesContext(
        connection,
    ) as seen:
        rename_twice(actor=HUB_ACTOR, alliance=alliance, names=("甲", "乙"), survive=True)
    touched = [q["sql"] for q in seen if "auditlog_logstate" in q["sql"].lower()]
    first = next(n for n, q in enumerate(seen) if "auditlog_logstate" in q["sql"].lower())
    after = [q["sql"] for q in list(seen)[first:] if "members_alliance" in q["sql"]]
    assert touched
    assert after == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("committed_hub_db")
def test_the_log_is_not_written_outside_of_a_transaction() -> None:
    with pytest.raises(RuntimeError, match="inside the transaction"):
        append_entries([Entry("hub", "", HAPPENED)])
