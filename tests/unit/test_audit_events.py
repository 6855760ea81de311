"""Events: what they hold, what they refuse, and the bytes that are hashed."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta, timezone

import pytest

from qundao.audit.actions import action_named, declare_action, declared_actions
from qundao.audit.events import Event
from qundao.audit.privacy import holds_identity_number
from qundao.kernel.errors import QundaoError
from qundao.kernel.words import Words
from support.audit_logs import START, make_event

NEEDED = {
    "alliance.opened",
    "member.admitted",
    "user.created",
    "node.code_issued",
    "node.enrolled",
    "dataset.registered",
    "dataset.version_published",
    "credits.minted",
    "credits.granted",
    "credits.held",
    "credits.captured",
    "credits.released",
    "explore.asked",
    "explore.answered",
    "application.drafted",
    "application.submitted",
    "application.screened",
    "application.reviewed",
    "application.decided",
    "agreement.drafted",
    "agreement.signed",
    "permit.issued",
    "permit.countersigned",
    "permit.refused",
    "permit.revoked",
    "study.locked",
    "study.started",
    "task.issued",
    "task.answered",
    "task.failed",
    "task.retried",
    "output.reviewed",
    "output.released",
    "login.succeeded",
    "login.failed",
    "audit.exported",
}


def code_of(**changed: object) -> list[str]:
    with pytest.raises(QundaoError) as error:
        make_event(3, **changed)
    return [problem.code for problem in error.value.problems]


def test_the_leaf_is_canonical_json_that_anyone_can_hash() -> None:
    event = make_event(7, details={"b": 1, "a": "数据"})
    text = (
        '{"action":"dataset.registered","actor":"user_2","at":"2026-11-22T01:02:10.000004Z",'
        '"details":{"a":"数据","b":1},"organisation":"org_1","request_id":"req_7",'
        '"schema":"qundao.event/1","sequence":7,"subject":"QD000008"}'
    )
    assert event.leaf_bytes == text.encode()
    assert event.leaf_hash == hashlib.sha256(b"\x00" + text.encode()).digest()


def test_an_event_reads_back_from_its_json() -> None:
    event = make_event(5)
    again = Event.from_content(json.loads(json.dumps(event.content())))
    assert again == event
    assert again.leaf_hash == event.leaf_hash


def test_the_same_instant_in_another_zone_is_the_same_leaf() -> None:
    beijing = START.astimezone(timezone(timedelta(hours=8)))
    assert make_event(0, at=beijing).leaf_hash == make_event(0, at=START).leaf_hash


def test_an_event_cannot_be_changed_once_made() -> None:
    given = {"n": 1}
    event = make_event(0, details=given)
    given["n"] = 2
    assert event.details == {"n": 1}
    with pytest.raises(TypeError):
        event.details["n"] = 3  # type: ignore[index]
    assert hash(event) == hash(make_event(0, details={"n": 1}))


def test_all_defects_are_told_at_once() -> None:
    naive = datetime(2026, 1, 1)  # noqa: DTZ001
    found = code_of(sequence=-1, at=naive, actor="", subject=3)
    assert found == ["audit.bad_event"] * 4


@pytest.mark.parametrize(
    "details",
    [{"n": float("nan")}, {"n": 2**53}, {1: "x"}, {"n": object()}, {"t": "x" * 16_384}],
)
def test_details_are_plain_exact_and_small(details: object) -> None:
    assert code_of(details=details) == ["audit.bad_event"]


def test_an_undeclared_action_is_refused() -> None:
    assert code_of(action="dataset.eaten") == ["audit.bad_action"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ({}, "audit.bad_event"),
        ({"extra": 1}, "audit.bad_event"),
        ({"schema": "qundao.event/9"}, "audit.bad_event"),
        ({"at": "yesterday"}, "audit.bad_event"),
        ({"at": "2026-11-22T01:02:04.4Z"}, "audit.bad_event"),
        ({"at": None, "details": []}, "audit.bad_event"),
    ],
)
def test_another_form_is_not_an_event(content: dict[str, object], code: str) -> None:
    given = {**make_event(1).content(), **content} if content else {}
    with pytest.raises(QundaoError) as error:
        Event.from_content(given)
    assert error.value.code == code


@pytest.mark.parametrize(
    "details",
    [
        {"person_id": 12},
        {"sample": [{"USUBJID": "01-701-1015"}]},
        {"note": "身份证 11010519491231002X 已核对"},
        {"姓名": "某某"},
    ],
)
def test_data_of_a_person_never_enters_the_log(details: object) -> None:
    with pytest.raises(QundaoError) as error:
        make_event(0, details=details)
    assert error.value.code == "audit.patient_level"
    assert "1015" not in str(error.value)
    assert "11010519491231002X" not in str(error.value)


def test_numbers_that_only_look_like_an_identity_number_pass() -> None:
    assert holds_identity_number("11010519491231002X")
    assert not holds_identity_number("110105194912310021")
    assert not holds_identity_number("4211010519491231002X")
    assert make_event(0, details={"records": 1465, "sha": "1" * 64}).details["records"] == 1465


def test_the_table_of_actions_is_whole_and_bilingual() -> None:
    actions = declared_actions()
    assert [name for name in NEEDED if name not in actions] == []
    names = [a.words for a in actions.values()]
    assert len({w.zh for w in names}) == len({w.en for w in names}) == len(actions)
    assert all(any("一" <= letter <= "鿿" for letter in words.zh) for words in names)
    assert action_named("permit.issued").risk == "high"
    assert make_event(0).kind.words == Words("数据集登记", "dataset registered")


def test_an_action_keeps_its_meaning() -> None:
    words = Words("数据集登记", "dataset registered")
    assert declare_action("dataset.registered", words) == "dataset.registered"
    with pytest.raises(ValueError, match="another meaning"):
        declare_action("dataset.registered", words, "high")
    with pytest.raises(ValueError, match="is written thing"):
        declare_action("Registered", words)
