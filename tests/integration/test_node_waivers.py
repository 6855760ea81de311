"""Waivers at a node: by name, for a time, in the scorecard that the hub gets, never deleted."""

from __future__ import annotations

import re
from datetime import timedelta

import httpx
import pytest

from qundao.kernel.clock import FixedClock
from qundao.kernel.errors import QundaoError
from qundao.kernel.signing import SigningKey
from qundao.node import datasets, register, waivers
from qundao.node.console.serve import build_app
from qundao.node.console.sessions import new_login
from qundao.node.folder import Folder, Identity
from qundao.node.keys import load_or_make
from qundao.node.office import Office
from qundao.node.store import Store
from support.permits import START
from support.pilot_nodes import ABOUT, pilot_folder
from support.serving import free_port, serving

UNTIL = (START + timedelta(days=30)).date()


@pytest.fixture
def office(tmp_path):
    folder = Folder(tmp_path)
    hub = SigningKey.generate().verify_key.text
    identity = Identity("http://127.0.0.1:1", hub, "node_a", "member_a", "甲", "联盟")
    keys = load_or_make(folder.keys, None)
    return Office(folder, identity, keys, Store(folder.store), FixedClock(START))


@pytest.fixture(scope="module")
def card():
    """The pilot data's scorecard without any waiver."""
    return register.examine(f"parquet:{pilot_folder('a')}", 10, today=START.date()).scorecard


@pytest.fixture(scope="module")
def failed(card):
    """The id of the costliest check."""
    cost = card["costs"][0]
    place = ".".join(p.lower() for p in (cost["table"], cost["field"]) if p)
    return f"{cost['rule'] or cost['check']}:{place}"


def connect(office):
    return register.connect(office, name="pilot", dsn=f"parquet:{pilot_folder('a')}", about=ABOUT)


def waive(office, check, until=UNTIL, **changed):
    given = {"dataset": "pilot", "check": check, "who": "王数据", "why": "源系统缺陷", **changed}
    with office.store.write() as tx:
        waivers.waive(tx, until=until.isoformat(), at=office.stamp(), **given)


def standing(office):
    with office.store.read() as tx:
        return [w.check for w in waivers.standing(tx, "pilot")]


def test_the_next_version_tells_what_was_waived_and_the_total_without(office, card, failed):
    before = connect(office)
    assert before.body["scorecard"] == card
    waive(office, failed)
    told = connect(office).body["scorecard"]
    (waived,) = told["waived"]
    assert {k: waived[k] for k in ("reason", "until")} == {
        "reason": "源系统缺陷", "until": UNTIL.isoformat(),
    }  # fmt: skip
    assert told["total_without_waivers"] == card["total"] < told["total"]
    assert told["checks"] == card["checks"]
    assert told["catalogue"] == card["catalogue"]
    assert "王数据" not in str(told)
    with office.store.read() as tx:  # what was registered does not change
        assert datasets.by_message(tx, before.message).body == before.body


def test_an_ended_waiver_costs_again_and_the_journal_keeps_both(office, card, failed):
    waive(office, failed)
    with office.store.write() as tx:
        waivers.end(tx, dataset="pilot", check=failed, who="李", why="已修复", at=office.stamp())
    assert standing(office) == []
    assert connect(office).body["scorecard"] == card
    with office.store.read() as tx:
        told = [(e.who, e.reason, e.ended) for e in waivers.journal(tx, "pilot")]
    assert told == [("李", "已修复", True), ("王数据", "源系统缺陷", False)]


def test_a_waiver_ends_by_itself(office, card, failed):
    waive(office, failed)
    office.clock.advance(days=31)
    assert connect(office).body["scorecard"] == card


def test_setting_it_again_replaces_it(office, failed):
    waive(office, failed)
    waive(office, failed, why="另一理由")
    with office.store.read() as tx:
        assert [w.reason for w in waivers.standing(tx, "pilot")] == ["另一理由"]
        assert waivers.standing(tx, "other") == ()


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"why": " "}, "quality.bad_waiver"),
        ({"who": ""}, "quality.bad_waiver"),
        ({"why": "x" * 201}, "quality.bad_waiver"),
        ({"check": "*"}, "quality.bad_waiver"),
        ({"until": START.date() + timedelta(days=367)}, "quality.bad_waiver"),
        ({"until": START.date() - timedelta(days=1)}, "node.decision_incomplete"),
    ],
)
def test_what_is_no_waiver_changes_nothing(office, changed, code):
    given = {"check": "isRequired:dm.*", **changed}
    with pytest.raises(QundaoError) as caught:
        waive(office, **given)
    assert (caught.value.code, standing(office)) == (code, [])


def test_only_what_stands_can_be_ended(office):
    with office.store.write() as tx, pytest.raises(QundaoError) as caught:
        waivers.end(tx, dataset="pilot", check="x:y", who="a", why="b", at=office.stamp())
    assert caught.value.code == "node.no_such_waiver"


@pytest.mark.parametrize("statement", ["DELETE FROM waiver_log", "UPDATE waiver_log SET who = 'x'"])
def test_the_journal_is_append_only(office, statement):
    waive(office, "isRequired:dm.*")
    with pytest.raises(Exception, match="append-only"), office.store.write() as tx:
        tx.execute(statement)


def test_the_steward_waives_and_ends_on_the_page(office, failed):
    check, version = failed, connect(office)
    place = f"/datasets/{version.message}"
    with (
        free_port() as taken,
        serving(build_app(office, taken.getsockname()[1]), taken) as here,
        httpx.Client(base_url=here, headers={"origin": here}, follow_redirects=True) as browser,
    ):
        browser.post("/login", data={"code": new_login(office)})
        page = browser.get(place).text
        assert f"<option>{check}</option>" in page
        token = re.search(r'name="csrf" value="([^"]+)"', page).group(1)
        form = {"csrf": token, "check": check, "who": "王数据", "why": "源系统缺陷"}
        refused = browser.post(f"{place}/waive", data=form | {"until": "2999-01-01"})
        assert "quality.bad_waiver" in refused.text or refused.status_code == 422
        assert standing(office) == []
        done = browser.post(f"{place}/waive", data=form | {"until": UNTIL.isoformat()})
        assert (done.status_code, standing(office)) == (200, [check])
        assert UNTIL.isoformat() in done.text
        browser.post(f"{place}/unwaive", data=form)
        assert standing(office) == []
        forged = browser.post(f"{place}/waive", data=form | {"csrf": "x", "until": str(UNTIL)})
        assert (forged.status_code, standing(office)) == (403, [])
