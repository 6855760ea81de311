"""What surrounds an application: calendar, rules of evidence, data-use terms, expiry, parties."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from qundao.access.permit import Permit as PermitTerms
from qundao.hub.applications.actions import expire_permit, expire_permits
from qundao.hub.applications.calendars import calendar
from qundao.hub.applications.models import Application, CalendarTable, Permit
from qundao.hub.applications.queries import due_of, stages_of
from qundao.hub.auditlog.models import LoggedEvent
from qundao.hub.common.clock import now, reading
from qundao.hub.ledger.queries import balance
from qundao.kernel.clock import FixedClock
from qundao.kernel.errors import QundaoError
from qundao.kernel.signing import unb64
from qundao.protocol.messages import PermitOffer
from support.hub_applications import HOSPITALS, active, agreed, drafted, permitted, submitted
from support.hub_story import Story

pytestmark = pytest.mark.usefixtures("story")
OFFICE = "/applications/office"


def row(path: str) -> Application:
    return Application.objects.get(pk=path.split("/")[-1])


# --- the working calendar ----------------------------------------------------------------------


def holidays(year: int, days: int = 366) -> str:
    """An example table in the form of the State Council's notice: a rest of `days` days."""
    first = now().date().replace(year=year, month=1, day=1)
    lines = [first + timedelta(days=n) for n in range(days)]
    return "日期,类别,名称\n" + "\n".join(f"{d},休,示例" for d in lines if d.year == year)


def test_terms_are_counted_by_the_calendar_that_the_operator_loads(story: Story) -> None:
    path = submitted(story)
    plain = due_of(row(path))
    assert plain is not None
    assert plain.caveat is not None
    year = now().year
    loaded = story.operator.post(f"{OFFICE}/calendar", text=holidays(year))
    assert loaded["years"] == [year]
    rested = due_of(row(path))
    assert rested is not None
    assert rested.day.year == year + 1  # nobody works for the rest of this (example) year
    with reading(FixedClock(now() + timedelta(days=5))):
        assert [s.days for s in stages_of(row(path))][-1] == 0


def test_a_later_table_replaces_its_own_years_only(story: Story) -> None:
    story.operator.post(f"{OFFICE}/calendar", text="2030-01-01,off,元旦\n2031-01-01,off,元旦")
    story.operator.post(f"{OFFICE}/calendar", text="2031-01-02,off,更正")
    shown = story["a"].researcher.get(f"{OFFICE}/calendar")
    assert shown["years"] == [2030, 2031]
    assert [d["date"] for d in shown["days"]] == ["2030-01-01", "2031-01-02"]


def test_a_table_that_was_rolled_back_leaves_nothing_behind(story: Story) -> None:
    """The next table may be given the same key, on a restored database as well."""
    with transaction.atomic():
        first = CalendarTable.objects.create(text="2030-01-01,off,x", years=[2030], loaded_by="x")
        assert calendar().years == {2030}
        transaction.set_rollback(True)
    CalendarTable.objects.create(pk=first.pk, text="2031-01-01,off,x", years=[2031], loaded_by="x")
    assert calendar().years == {2031}


def test_a_wrong_table_changes_nothing_and_names_its_lines(story: Story) -> None:
    text = "2030-01-01,off,元旦\nnonsense\n2030-13-01,off,x"
    wrong = story.operator.post(f"{OFFICE}/calendar", 422, text=text)["errors"]
    assert [e["where"] for e in wrong] == ["line 2", "line 3"]
    assert story.operator.get(f"{OFFICE}/calendar")["years"] == []
    refused = story["a"].steward.refused("post", f"{OFFICE}/calendar", 403, text=text)
    assert refused == ["hub.forbidden"]


# --- rules of evidence -------------------------------------------------------------------------

WORD = {"lawyer": "张律师", "document": "法意〔2026〕5号"}


def test_a_lack_warns_until_the_lawyer_has_signed_and_then_stops_the_review(story: Story) -> None:
    path = submitted(story, ethics_number=None)
    story.operator.post(f"{path}/screen")
    names = [r.user.username for r in story.reviewers[:2]]
    rules = story.operator.post(f"{OFFICE}/rules/ethics", blocks=True, **WORD)
    assert [r["id"] for r in rules if r["blocks"]] == ["ethics"]
    refused = story.operator.post(f"{path}/reviewers", 422, reviewers=names)["errors"]
    assert [(e["code"], e["where"]) for e in refused] == [("access.evidence_missing", "ethics")]
    assert row(path).state == "screening"
    story.operator.post(f"{OFFICE}/rules/ethics", blocks=False, **WORD)
    assert story.operator.post(f"{path}/reviewers", reviewers=names)["state"] == "in_review"


def test_evidence_is_looked_at_again_on_the_day_of_the_permit(story: Story) -> None:
    path = agreed(story)
    story.operator.post(f"{OFFICE}/rules/ethics", blocks=True, **WORD)
    with reading(FixedClock(now() + timedelta(days=250))):  # the decision has expired by then
        refused = story.operator.post(f"{path}/permit", 401)  # so has the token
        assert refused["errors"][0]["code"] == "hub.not_signed_in"
        from qundao.hub.applications.actions import issue_permit

        with pytest.raises(QundaoError) as stopped:
            issue_permit(actor=story.operator.user.actor, application=row(path))
    assert [p.where for p in stopped.value.problems] == ["ethics"]
    assert story.operator.post(f"{path}/permit")["state"] == "countersigning"


@pytest.mark.parametrize(
    ("rule", "body", "status", "code"),
    [
        ("gossip", {"blocks": True, **WORD}, 404, "access.unknown_rule"),
        ("ethics", {"blocks": True, "lawyer": " ", "document": ""}, 422,
         "applications.reason_needed"),
    ],
)  # fmt: skip
def test_a_sign_off_needs_a_rule_a_lawyer_and_a_document(story, rule, body, status, code) -> None:
    assert story.operator.refused("post", f"{OFFICE}/rules/{rule}", status, **body) == [code]
    assert not LoggedEvent.objects.filter(action="settings.changed").exists()
    assert story.auditor.refused("post", f"{OFFICE}/rules/ethics", 403, blocks=True, **WORD) == [
        "hub.forbidden"
    ]


# --- data-use terms ----------------------------------------------------------------------------


def with_terms(story: Story, *terms: object) -> None:
    from support.hub_story import registration

    labels = {**registration()["labels"], "data_use": list(terms)}
    receipt = story["h1"].node.register(labels=labels)
    assert not receipt.problems, receipt.problems
    story.accessions["h1"] = receipt.result["accession"]


def test_a_use_that_a_datasets_terms_forbid_cannot_be_submitted(story: Story) -> None:
    with_terms(story, "GRU", "NCU", "IRB")
    path = drafted(story, commercial=True)
    refused = story["a"].researcher.post(f"{path}/submit", 422)["errors"]
    assert [(e["code"], e["where"]) for e in refused] == [
        ("access.terms_conflict", story.accessions["h1"])
    ]
    assert "DUO:0000046" in refused[0]["required"]
    story["a"].researcher.patch(path, draft={"commercial": False})
    assert story["a"].researcher.post(f"{path}/submit")["state"] == "submitted"


def test_what_only_people_can_judge_is_put_to_them(story: Story) -> None:
    with_terms(story, "HMB", {"code": "PS", "value": "课题 7"}, "COL")
    path = submitted(story)
    (told,) = story.operator.get(path)["terms"]
    assert (told["accession"], told["conflicts"]) == (story.accessions["h1"], [])
    assert [(q["code"], q["value"]) for q in told["questions"]] == [("PS", "课题 7"), ("COL", "")]


def test_terms_that_are_no_terms_are_not_registered(story: Story) -> None:
    from support.hub_story import registration

    labels = {**registration()["labels"], "data_use": ["GRU", "whatever"]}
    receipt = story["h1"].node.register(labels=labels)
    assert [p["code"] for p in receipt.problems] == ["access.bad_terms"]


# --- parties and acceptance --------------------------------------------------------------------


def test_contributors_accept_the_very_text_by_countersigning(story: Story) -> None:
    path, permit = permitted(story)
    agreement = story.operator.get(f"{path}/agreement")
    (offer,) = story["h1"].node.received(PermitOffer)
    named = PermitTerms.from_bytes(unb64(offer["payload"])).agreement
    assert named == f"{agreement['id']}:{agreement['digest']}"
    story["h1"].node.countersign(permit)
    parties = {p["member"]: p for p in story["h1"].steward.get(f"{path}/agreement")["parties"]}
    assert parties[story["h1"].id]["signer"] == "王数据"
    assert parties[story["h1"].id]["document"] == "院数字〔2026〕12号"
    assert parties[story["h2"].id]["at"] is None
    assert parties[story["a"].id]["role"] == "grantee"
    assert all(parties[m]["at"] for m in ("", story["a"].id))


def test_the_agreement_names_people_and_not_numbers(story: Story) -> None:
    path = agreed(story)
    text = str(story.operator.get(f"{path}/agreement")["clauses"])
    assert "a.researcher" in text
    assert story["a"].researcher.user.id not in text


# --- expiry ------------------------------------------------------------------------------------


def test_a_permit_expires_by_itself_and_is_closed_by_somebody(story: Story) -> None:
    path, permit = active(story)
    held = Permit.objects.get(pk=permit["id"])
    assert expire_permits() == 0
    with reading(FixedClock(held.expires_at)):
        assert expire_permits() == 1
        assert expire_permits() == 0
    assert row(path).state == "expired"
    assert Permit.objects.get(pk=held.pk).state == "expired"
    assert LoggedEvent.objects.filter(action="permit.expired").count() == 1
    assert balance(story["a"].id).held > 0  # an output may still be under review
    story["a"].researcher.post(f"{path}/close")
    assert balance(story["a"].id).held == 0
    assert Permit.objects.get(pk=held.pk).state == "expired"


def test_nobody_expires_a_permit_by_hand(story: Story) -> None:
    _, permit = active(story, *HOSPITALS)
    held = Permit.objects.get(pk=permit["id"])
    with pytest.raises(QundaoError) as refused:
        expire_permit(actor=story.operator.user.actor, permit=held)
    assert refused.value.code == "hub.forbidden"
