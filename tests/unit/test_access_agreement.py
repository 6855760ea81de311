"""The agreement: one text, one digest; signed by those who may, for that very text."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from qundao.access.agreement import (
    AgreedDataset,
    Agreement,
    PartyRole,
    Signature,
    party_of,
    require_signed,
    signature_problems,
    unsigned,
)
from qundao.access.clauses import clauses
from qundao.kernel.credit import MicroCredit, whole_credits
from qundao.kernel.errors import QundaoError
from qundao.kernel.roles import Role
from support.access_cases import NOW, OUTSIDER, agreement, person, terms

GRANTEE = person("user_a", "org_a", Role.RESEARCHER)
OPERATOR = person("user_op", "", Role.OPERATOR)


def signature(role: PartyRole, member: str, digest: str | None = None) -> Signature:
    return Signature(role, member, "user_x", digest or agreement().digest, NOW)


def test_bytes_round_trip_and_the_digest_is_of_every_word():
    first = agreement()
    assert Agreement.from_bytes(first.to_bytes()) == first
    changes = {
        "title": "另一题目",
        "runs": 21,
        "researchers": ("b.researcher",),
        "end": date(2027, 11, 29),
        "retention_until": date(2032, 12, 1),
        "conditions": (),
        "protocol_digest": "e" * 64,
        "analyses": ("table1", "km"),
        "datasets": (first.datasets[0], replace(first.datasets[1], price=MicroCredit(0))),
    }
    digests = {replace(first, **{k: v}).digest for k, v in changes.items()}
    assert len(digests | {first.digest}) == len(changes) + 1


def test_the_price_is_the_sum():
    assert agreement().price == whole_credits(42)


@pytest.mark.parametrize(
    "changed",
    [
        {"parties": agreement().parties[1:]},
        {"parties": agreement().parties[:3]},
        {"parties": (*agreement().parties, agreement().parties[3])},
        {"datasets": ()},
        {"datasets": (agreement().datasets[0],) * 2},
        {"datasets": (AgreedDataset(terms(9, "org_stranger"), MicroCredit(1)),)},
        {"end": date(2026, 12, 1)},
        {"retention_until": date(2027, 1, 1)},
        {"runs": 0},
        {"researchers": ()},
        {"purpose": "resale"},
    ],
)
def test_an_agreement_that_exists_is_whole(changed):
    with pytest.raises(QundaoError) as refused:
        agreement(**changed)
    assert refused.value.code == "access.bad_agreement"


@pytest.mark.parametrize("price", [-1, 1.5, True])
def test_prices_are_whole_micro_credits(price):
    with pytest.raises(QundaoError):
        AgreedDataset(terms(1, "org_h1"), price)


def test_altered_bytes_are_another_agreement_or_none():
    data = json.loads(agreement().to_bytes())
    data["runs"] = 10**6
    assert Agreement.from_bytes(json.dumps(data).encode()).digest != agreement().digest
    for wrong in (b"{}", b"[]", b"nonsense", json.dumps(data | {"schema": "x"}).encode()):
        with pytest.raises(QundaoError):
            Agreement.from_bytes(wrong)


def test_grantee_and_operator_sign_for_themselves_only():
    assert party_of(agreement(), GRANTEE).role is PartyRole.GRANTEE
    assert party_of(agreement(), OPERATOR).role is PartyRole.OPERATOR
    strangers = (
        OUTSIDER,
        person("user_h1", "org_h1", Role.STEWARD),  # contributors accept on their own node
        person("user_a2", "org_a", Role.REVIEWER),
        person("user_x", "", Role.RESEARCHER),
    )
    for stranger in strangers:
        with pytest.raises(QundaoError) as refused:
            party_of(agreement(), stranger)
        assert refused.value.code == "access.not_a_party"


def test_a_signature_of_another_text_or_a_second_one_is_refused():
    good = signature(PartyRole.GRANTEE, "org_a")
    assert list(signature_problems(agreement(), good, ())) == []
    other = signature(PartyRole.GRANTEE, "org_a", "0" * 64)
    assert [p.code for p in signature_problems(agreement(), other, ())] == [
        "access.agreement_altered"
    ]
    assert [p.code for p in signature_problems(agreement(), good, (good,))] == [
        "access.signed_already"
    ]


def test_signatures_of_an_altered_text_do_not_count():
    held = (signature(PartyRole.GRANTEE, "org_a"), signature(PartyRole.OPERATOR, ""))
    require_signed(agreement(), held)
    assert [p.member for p in unsigned(agreement(), held)] == ["org_h1", "org_h2"]
    with pytest.raises(QundaoError) as refused:
        require_signed(agreement(runs=21), held)
    assert refused.value.code == "access.signatures_missing"
    with pytest.raises(QundaoError):
        require_signed(agreement(), held[:1])


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_clauses_say_what_is_enforced(language):
    text = "\n".join(c.text.in_(language) for c in clauses(agreement()))
    for fact in ("d" * 64, "QD000001.1: 10 / 10", "42", "30", "2027-11-30", "2032-11-30", "20"):
        assert fact in text
    assert "示例 {title} 研究" in text  # what an applicant writes is never a template
    assert "发表前送贡献方阅知" in text
