"""The log in the database: proofs, signed heads, the bundle, and rows that cannot be changed."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from django.db import DatabaseError, connection, transaction

from qundao.audit.heads import check_extension, check_head
from qundao.audit.receipts import Receipt, check_receipt
from qundao.audit.verify import verify_file
from qundao.hub.auditlog import actions, queries
from qundao.hub.auditlog.heads import current_head, latest_head
from qundao.hub.auditlog.models import LoggedEvent, SignedTreeHead, TreeNode
from qundao.hub.common.actors import HUB_ACTOR
from qundao.hub.common.append_only import append_only_tables, remove_triggers
from qundao.hub.common.models import AppendOnlyError
from qundao.hub.keys import hub_key
from qundao.hub.ledger.actions import grant_credits
from qundao.kernel.errors import QundaoError
from qundao.kernel.roles import Role
from support.hub_people import PASSWORD, make_alliance, make_member, make_operator, make_user

pytestmark = pytest.mark.usefixtures("hub_db")


def some_events(count: int = 5) -> None:
    alliance = make_alliance()
    for n in range(count - 1):
        make_member(f"第{n}医院", alliance)


def export(path):
    actions.export_bundle(actor=HUB_ACTOR, path=path, purpose="test")
    return path


def trusted():
    return hub_key().verify_key


def test_a_receipt_proves_an_event_offline() -> None:
    some_events()
    for sequence in range(5):
        sent = json.loads(json.dumps(queries.receipt(sequence).to_json()))
        assert check_receipt(Receipt.from_json(sent), trusted()) == ()


def test_a_receipt_of_a_row_that_was_altered_does_not_hold() -> None:
    some_events()
    remove_triggers()
    LoggedEvent.objects.filter(pk=2).update(subject="org_other")
    assert [p.code for p in check_receipt(queries.receipt(2), trusted())] == ["audit.proof_invalid"]


def test_heads_are_signed_once_for_each_size_and_prove_growth() -> None:
    some_events(3)
    older = current_head()
    assert current_head() == older
    assert SignedTreeHead.objects.count() == 1
    make_member("新医院")
    newer = current_head()
    proof = queries.consistency(older.head.size, newer.head.size)
    assert check_head(newer, trusted()) == ()
    assert check_extension(older, newer, proof, trusted()) == ()
    assert latest_head() == newer


def test_an_empty_log_can_be_signed() -> None:
    assert latest_head() is None
    assert current_head().head.size == 0


def test_the_exported_bundle_verifies_and_the_export_is_in_it(tmp_path) -> None:
    some_events(40)
    outcome = verify_file(export(tmp_path / "log.jsonl"), trusted())
    assert (outcome.ok, outcome.events) == (True, 41)
    assert LoggedEvent.objects.latest("sequence").action == "audit.exported"
    assert [p.name for p in tmp_path.glob("*log*")] == ["log.jsonl"]


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ({"actor": "user_other"}, "audit.event_altered"),
        ({"details": '{"name":"x"}'}, "audit.event_altered"),
        ({"details": "no json"}, "audit.event_altered"),
        ({"action": "member.left"}, "audit.event_altered"),
        ({"leaf_hash": b"\0" * 32}, "audit.event_altered"),
    ],
)
def test_any_altered_column_is_named(tmp_path, change, finding) -> None:
    some_events()
    current_head()
    remove_triggers()
    LoggedEvent.objects.filter(pk=3).update(**change)
    outcome = verify_file(export(tmp_path / "log.jsonl"), trusted())
    assert not outcome.ok
    assert finding in {f.code for f in outcome.findings}
    assert any(f.code == finding and f.names(3) for f in outcome.findings)


def test_a_removed_event_is_named(tmp_path) -> None:
    some_events()
    current_head()
    remove_triggers()
    LoggedEvent.objects.filter(pk=3)._raw_delete("default")
    outcome = verify_file(export(tmp_path / "log.jsonl"), trusted())
    assert "audit.event_missing" in {f.code for f in outcome.findings}


def test_an_altered_tree_is_named(tmp_path) -> None:
    some_events()
    remove_triggers()
    TreeNode.objects.filter(level=1, index=0).update(hash=b"\0" * 32)
    outcome = verify_file(export(tmp_path / "log.jsonl"), trusted())
    assert not outcome.ok


# --- finding events --------------------------------------------------------------------------


def test_a_timeline_reads_forward_and_the_log_backward() -> None:
    operator = make_operator()
    user = make_user("lin", Role.RESEARCHER)
    from qundao.hub.members.actions import change_roles

    change_roles(actor=operator, user=user, roles=[Role.REVIEWER])
    assert [e.action for e in queries.history(user.id)] == ["user.created", "user.role_changed"]
    assert [e.action for e in queries.events(actor=operator.id)] == ["user.role_changed"]
    assert [e.subject for e in queries.high_risk_events()] == [user.id]
    with pytest.raises(QundaoError) as missing:
        queries.event(999)
    assert missing.value.status == 404


# --- append-only -----------------------------------------------------------------------------


def test_the_log_and_the_ledger_never_change() -> None:
    assert set(append_only_tables()) >= {
        "auditlog_loggedevent",
        "auditlog_signedtreehead",
        "auditlog_treenode",
        "ledger_creditlot",
        "ledger_creditposting",
        "ledger_credittransaction",
        "ledger_tariffdecision",
    }


def test_every_append_only_table_has_its_triggers() -> None:
    if connection.vendor == "postgresql":
        sql = "SELECT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal"
    else:
        sql = "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger'"
    with connection.cursor() as cursor:
        cursor.execute(sql)
        guarded = Counter(row[0] for row in cursor.fetchall())
    assert guarded == dict.fromkeys(append_only_tables(), 2)


@pytest.mark.parametrize(
    "table", ["auditlog_loggedevent", "auditlog_treenode", "ledger_creditposting"]
)
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "UPDATE {} SET {}"])
def test_the_database_itself_refuses_changes(table, statement) -> None:
    columns = {
        "auditlog_loggedevent": "actor = 'x'",
        "auditlog_treenode": "level = 9",
        "ledger_creditposting": "amount = 1",
    }
    grant_credits(actor=HUB_ACTOR, owner="org_a", amount=5, reference="r", key="k")
    sql = statement.format(table, columns[table])
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)


def test_replacing_a_row_is_a_change_too() -> None:
    some_events(1)
    if connection.vendor == "postgresql":
        sql = (
            "INSERT INTO auditlog_signedtreehead SELECT * FROM auditlog_signedtreehead "
            "ON CONFLICT (size) DO UPDATE SET root = 'x'"
        )
    else:
        sql = "INSERT OR REPLACE INTO auditlog_signedtreehead SELECT * FROM auditlog_signedtreehead"
    current_head()
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)


def test_code_cannot_change_rows_either() -> None:
    some_events(1)
    event = LoggedEvent.objects.get()
    with pytest.raises(AppendOnlyError):
        event.save()
    with pytest.raises(AppendOnlyError):
        event.delete()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("committed_hub_db")
@pytest.mark.skipif("connection.vendor != 'postgresql'")
def test_truncating_is_refused() -> None:
    with pytest.raises(DatabaseError, match="append-only"), connection.cursor() as cursor:
        cursor.execute("TRUNCATE auditlog_loggedevent")


# --- the API ---------------------------------------------------------------------------------


@pytest.fixture
def auditor(client):
    make_user("shen", Role.AUDITOR)
    assert client.login(username="shen", password=PASSWORD)
    return client


def test_an_auditor_reads_the_log_by_api(auditor) -> None:
    some_events()
    page = auditor.get("/api/v1/auditlog/events", {"action": "member.admitted"}).json()
    assert page["total"] == 4
    receipt = auditor.get("/api/v1/auditlog/events/1/receipt").json()
    assert check_receipt(Receipt.from_json(receipt), trusted()) == ()


def test_an_auditor_takes_the_bundle_and_the_log_says_why(auditor, tmp_path) -> None:
    some_events()
    answer = auditor.get("/api/v1/auditlog/bundle", {"purpose": "年度检查"})
    (tmp_path / "log.jsonl").write_bytes(b"".join(answer.streaming_content))
    assert verify_file(tmp_path / "log.jsonl", trusted()).ok
    exported = LoggedEvent.objects.latest("sequence")
    assert (exported.action, exported.details_json()["purpose"]) == ("audit.exported", "年度检查")


def test_the_log_is_not_for_everyone(client) -> None:
    make_user("lin", Role.RESEARCHER)
    assert client.get("/api/v1/auditlog/events").status_code == 401
    client.login(username="lin", password=PASSWORD)
    assert client.get("/api/v1/auditlog/events").status_code == 403
    assert client.get("/api/v1/auditlog/bundle", {"purpose": "x"}).status_code == 403


def test_anyone_may_keep_a_signed_head(client) -> None:
    some_events(3)
    answer = client.get("/api/v1/auditlog/head").json()
    assert (answer["head"]["size"], answer["key"]) == (3, trusted().text)
    proof = client.get("/api/v1/auditlog/consistency", {"first": 1, "second": 3}).json()
    assert len(proof["proof"]) == 2
