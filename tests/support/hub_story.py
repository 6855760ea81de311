"""A small alliance for tests of the desks: members, people, nodes with real keys, datasets.

Messages of nodes are sealed and opened as on the wire; requests go through the JSON API.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from qundao.access.permit import COUNTERSIGNATURE_TYPE, Countersignature
from qundao.access.vouching import vouch
from qundao.disclosure.masks import MaskKey
from qundao.hub.common.actors import HUB_ACTOR
from qundao.hub.common.clock import now
from qundao.hub.ledger.actions import grant_credits
from qundao.hub.members.actions import issue_token
from qundao.hub.members.models import Organisation, User
from qundao.hub.nodes.actions import take_message
from qundao.hub.nodes.models import Node, OutgoingMessage
from qundao.kernel.credit import whole_credits
from qundao.kernel.roles import Role
from qundao.kernel.signing import SigningKey, b64
from qundao.protocol.envelope import open_envelope, parse_envelope
from qundao.protocol.messages import HUB, Message, PermitSigned, Receipt, RegisterDataset
from support.hub_nodes import FakeNode
from support.hub_people import make_alliance, make_member, make_user


class Api:
    """One user at the JSON API, with a token of their own."""

    def __init__(self, user: User) -> None:
        self.user = user
        _, text = issue_token(actor=HUB_ACTOR, user=user, name="test")
        self._headers = {"authorization": f"Bearer {text}", "accept-language": "en"}
        self._client = Client(raise_request_exception=False)

    def get(self, path: str, status: int = 200, **query: Any) -> Any:
        answer = self._client.get(f"/api/v1{path}", query, headers=self._headers)
        return _checked(answer, status)

    def post(self, path: str, status: int = 200, **body: Any) -> Any:
        return self._send("post", path, status, body)

    def patch(self, path: str, status: int = 200, **body: Any) -> Any:
        return self._send("patch", path, status, body)

    def send(self, method: str, path: str, **body: Any) -> tuple[int, Any]:
        """Send and return the status and what was answered, whatever it is."""
        answer = self._answer(method, path, body)
        read = answer.headers["content-type"].partition(";")[0] == "application/json"
        return answer.status_code, answer.json() if read else answer.getvalue()

    def refused(self, method: str, path: str, status: int, **body: Any) -> list[str]:
        """Send, expect a refusal, and return its codes."""
        how = {"get": self.get, "post": self.post, "patch": self.patch}[method]
        return [e["code"] for e in how(path, status, **body)["errors"]]

    def _send(self, method: str, path: str, status: int, body: dict[str, Any]) -> Any:
        return _checked(self._answer(method, path, body), status)

    def _answer(self, method: str, path: str, body: dict[str, Any]) -> Any:
        send = getattr(self._client, method)
        how = {} if method == "get" else {"content_type": "application/json"}
        return send(f"/api/v1{path}", body, headers=self._headers, **how)


def _checked(answer: Any, status: int) -> Any:
    assert answer.status_code in (status, 201 if status == 200 else status), answer.content.decode()
    return answer.json()


class StoryNode(FakeNode):
    """A member's node: its keys, its row at the hub, what it sends and receives."""

    def __init__(self, member: Organisation) -> None:
        super().__init__(member)
        self.masks = MaskKey.generate()
        self.mask_key = self.masks.public
        self.row = Node.objects.create(
            organisation=member,
            name="前置机",
            verify_key=self.key.verify_key.text,
            mask_key=self.mask_key,
            mask_signature=vouch(self.key, self.mask_key),
            fingerprint=self.key.verify_key.fingerprint,
            software="test",
            protocol=1,
            last_seen_at=now(),
        )
        self.id = self.row.id

    def deliver(self, message: Message, **options: Any) -> Receipt:
        """Seal a message, let the hub open and take it, and return the receipt."""
        envelope = self.seal(message, **options)
        key = self.row.key
        letter = open_envelope(envelope, key=key, issuer=self.id, audience=HUB, now=now())
        return take_message(self.row, letter)

    def received(self, kind: type[Message]) -> list[dict[str, Any]]:
        """Return the bodies of the messages of one type that wait for this node, opened."""
        rows = OutgoingMessage.objects.filter(node=self.row, type=kind.type).order_by("created_at")
        return [self.open(parse_envelope(row.envelope).model_dump()).body for row in rows]

    def register(self, **changed: Any) -> Receipt:
        return self.deliver(RegisterDataset.model_validate(registration(**changed)))

    def countersign(
        self, permit: dict[str, Any], *, key: SigningKey | None = None, **changed: Any
    ) -> Receipt:
        """Say yes to a permit (as the API tells of it); `key` forges, `changed` spoils."""
        told = {"permit_digest": permit["digest"], "node": self.id, "steward": "王数据"}
        given = {**told, "document": "院数字〔2026〕12号", "at": now(), **changed}
        payload = Countersignature(**given).to_bytes()
        signature = (key or self.key).sign(COUNTERSIGNATURE_TYPE, payload)
        return self.deliver(
            PermitSigned(permit=permit["id"], statement=b64(payload), signature=b64(signature))
        )


def words(zh: str, en: str | None = None) -> dict[str, str]:
    return {"zh": zh, "en": en or f"{zh} (en)"}


def scorecard(total: float = 92.5) -> dict[str, Any]:
    return {
        "schema": "qundao.scorecard/1",
        "total": total,
        "categories": {"conformance": 100.0, "completeness": 90.0, "plausibility": 87.5},
        "checks": {"passed": 11, "failed": 1},
        "costs": [
            {"check": "plausibleTemporalAfter", "table": "DRUG_EXPOSURE", "field": "X",
             "points": 7.5, "share": "<1%"},
        ],
    }  # fmt: skip


def profile(model: str = "omop 5.4", persons: int | None = 1465, **changed: Any) -> dict[str, Any]:
    told = {
        "schema": "qundao.profile/1",
        "model": model,
        "persons": persons,
        "persons_band": "1,000–4,999" if persons else "<10",
        "period": {"from": 1950, "to": 2019},
        "domains": [{"domain": "condition", "facts": 12345}] if persons else [],
        "tables": [
            {
                "table": "person",
                "rows": "1,000–4,999",
                "variables": [
                    {
                        "name": "gender_concept_id",
                        "kind": "code",
                        "filled_pct": 100,
                        "distinct": "<10",
                        "values": [{"value": "8507", "label": "MALE", "persons": "500–999"}],
                    },
                    {"name": "year_of_birth", "kind": "number", "filled_pct": 100,
                     "distinct": "50–99"},
                ],
            }
        ],
    }  # fmt: skip
    return {**told, **changed}


def registration(**changed: Any) -> dict[str, Any]:
    """The body of a registration: synthetic hospital records."""
    given = {
        "dataset": "ehr",
        "title": words("消化系统诊疗记录", "Gastro-intestinal care records"),
        "description": words("合成数据：诊断、用药与随访", "Synthetic: diagnoses, drugs"),
        "data_class": "hospital_records",
        "tier": "federated",
        "model": "omop 5.4",
        "min_cell": 10,
        "event_floor": 10,
        "data_digest": "0" * 64,
        "labels": {
            "source": words("合成", "Synthea"),
            "collection": words("OMOP 映射", "mapped to OMOP"),
            "compliance": words("不出域", "rows stay"),
            "sharing": words("申请使用", "by application"),
            "legal_basis": {"kind": "synthetic", "document": "Synthea"},
        },
        "profile": profile(),
        "scorecard": scorecard(),
    }
    return {**given, **changed}


@dataclass
class Party:
    """A member with its people at the API and its node."""

    member: Organisation
    steward: Api
    researcher: Api
    node: StoryNode

    @property
    def id(self) -> str:
        return self.member.id


@dataclass
class Story:
    """The alliance: the operator's office and five members."""

    operator: Api
    reviewers: list[Api]
    auditor: Api
    parties: dict[str, Party]
    accessions: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, key: str) -> Party:
        return self.parties[key]


def make_party(key: str, name: str) -> Party:
    member = make_member(name)
    return Party(
        member,
        Api(make_user(f"{key}.steward", Role.STEWARD, member=member)),
        Api(make_user(f"{key}.researcher", Role.RESEARCHER, member=member)),
        StoryNode(member),
    )


NAMES = {"h1": "第一医院", "h2": "第二医院", "a": "甲药业", "b": "乙药业", "c": "丙药业"}


def make_story(*, granted: int = 10_000) -> Story:
    """Open the alliance; hospitals offer records, sponsors trial arms; A gets credits."""
    make_alliance()
    story = Story(
        operator=Api(make_user("operator", Role.OPERATOR)),
        reviewers=[Api(make_user(f"reviewer.{n}", Role.REVIEWER)) for n in (1, 2, 3)],
        auditor=Api(make_user("auditor", Role.AUDITOR)),
        parties={key: make_party(key, name) for key, name in NAMES.items()},
    )
    for key in NAMES:
        receipt = story[key].node.register(**_offer(key))
        assert not receipt.problems, receipt.problems
        story.accessions[key] = receipt.result["accession"]
    if granted:
        amount = whole_credits(granted)
        grant_credits(
            actor=HUB_ACTOR, owner=story["a"].id, amount=amount, reference="test", key="test"
        )
    return story


def _offer(key: str) -> dict[str, Any]:
    if key in ("h1", "h2"):
        return {"title": words(f"{NAMES[key]}消化系统诊疗记录", f"{key} gastro records")}
    persons = {"a": 59, "b": 32, "c": 34}[key]
    domains = [{"domain": "time_to_event", "facts": persons}]
    told = profile("cdisc adam-1.1", persons, domains=domains, persons_band="10–49", period=None)
    told["persons_band"] = "50–99" if persons >= 50 else "10–49"
    return {
        "dataset": "pilot",
        "title": words(f"{NAMES[key]}阿尔茨海默病试验组", f"{key} Alzheimer trial arm"),
        "data_class": "trial_arm",
        "model": "cdisc adam-1.1",
        "min_cell": 10,
        "event_floor": 5,
        "profile": told,
    }
