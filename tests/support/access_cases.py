"""Applications, agreements and people for tests of the access room (all invented)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from qundao.access.agreement import AgreedDataset, Agreement, AgreementParty, PartyRole
from qundao.access.permit import DatasetTerms
from qundao.access.policies import Case, Person
from qundao.access.states import State
from qundao.kernel.credit import whole_credits
from qundao.kernel.roles import Role
from qundao.kernel.words import Words

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)


def good_draft(**changed: Any) -> dict[str, Any]:
    """A complete application, as JSON."""
    draft = {
        "title": "塞来昔布与双氯芬酸的消化道出血风险",
        "purpose": "disease_research",
        "commercial": False,
        "disease": "ICD-10 K92.2",
        "question": "新使用者一年内消化道出血的风险是否不同？",
        "background": "两种非甾体抗炎药在临床上可互相替代，安全性证据有限。",
        "population": "新使用者",
        "methods": "新使用者队列，表 1 与一年内事件计数。",
        "outputs": "汇总表",
        "benefit": "合理用药",
        "datasets": ["QD000001.1", "QD000002.1"],
        "researchers": ["a.researcher"],
        "start": "2026-12-01",
        "end": "2027-11-30",
        "runs": 20,
        "retention_until": "2032-11-30",
        "ethics_kind": "approval",
        "ethics_committee": "示例伦理委员会",
        "ethics_number": "2026-001",
        "ethics_until": "2027-10-31",
        "impact_assessment": "PIA-2026-7",
        "foreign_controlled": False,
    }
    return {k: v for k, v in {**draft, **changed}.items() if v is not None}


def person(id: str = "user_1", member: str = "", *roles: Role) -> Person:  # noqa: A002
    return Person(id, member, frozenset(roles))


APPLICANT = person("user_applicant", "org_a", Role.RESEARCHER)
OUTSIDER = person("user_outsider", "org_z", Role.RESEARCHER)
REVIEWER = person("user_reviewer", "org_r", Role.REVIEWER)
OPERATOR = person("user_operator", "", Role.OPERATOR)


def case(state: State = State.IN_REVIEW, **changed: Any) -> Case:
    given: dict[str, Any] = {
        "applicant": APPLICANT.id,
        "member": APPLICANT.member,
        "contributors": frozenset({"org_h1", "org_h2"}),
        "reviewers": frozenset({REVIEWER.id, "user_reviewer_2"}),
    }
    return Case(state=state, **{**given, **changed})


def terms(number: int, member: str) -> DatasetTerms:
    return DatasetTerms(f"QD{number:06d}.1", f"node_{number}", member, "hospital_records", 10, 10)


def agreement(**changed: Any) -> Agreement:
    given: dict[str, Any] = {
        "id": "agreement_1",
        "application": "app_1",
        "title": "示例 {title} 研究",
        "purpose": "disease_research",
        "parties": (
            AgreementParty(PartyRole.GRANTEE, "org_a", Words("甲药业", "Sponsor A")),
            AgreementParty(PartyRole.OPERATOR, "", Words("运营方", "Operator")),
            AgreementParty(PartyRole.CONTRIBUTOR, "org_h1", Words("第一医院", "First Hospital")),
            AgreementParty(PartyRole.CONTRIBUTOR, "org_h2", Words("第二医院", "Second Hospital")),
        ),
        "researchers": ("a.researcher",),
        "datasets": (
            AgreedDataset(terms(1, "org_h1"), whole_credits(30)),
            AgreedDataset(terms(2, "org_h2"), whole_credits(12)),
        ),
        "protocol_digest": "d" * 64,
        "analyses": ("table1",),
        "start": date(2026, 12, 1),
        "end": date(2027, 11, 30),
        "retention_until": date(2032, 11, 30),
        "runs": 20,
        "conditions": ("发表前送贡献方阅知",),
        "drawn_up": NOW,
    }
    return Agreement(**{**given, **changed})
