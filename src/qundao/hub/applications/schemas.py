"""What this desk's API takes and answers."""

from __future__ import annotations

from typing import Any

from ninja import Schema

from qundao.access.agreement import PartyRole
from qundao.access.evidence import Standing
from qundao.access.permissions import Act
from qundao.access.reviews import Vote
from qundao.access.states import State
from qundao.hub.applications.models import Countersigning, Permit
from qundao.hub.common.schemas import ProblemOut, WordsOut


class DraftIn(Schema):
    """What is to be saved; what is left out stays as it was."""

    draft: dict[str, Any] | None = None
    protocol: dict[str, Any] | None = None
    study_kind: str | None = None


class ReviewersIn(Schema):
    """User names of reviewers."""

    reviewers: list[str]


class VoteIn(Schema):
    """A vote with its reasons."""

    vote: Vote
    reasons: str
    conditions: tuple[str, ...] = ()


class ReasonIn(Schema):
    """Why."""

    reason: str = ""


class SignIn(Schema):
    """The digest of the text that is signed."""

    digest: str


class StepOut(Schema):
    """A state that the application entered: when, by whom, why."""

    state: State
    at: str
    by: str
    reason: str


class ReviewOut(Schema):
    """A vote, once this reader may see it."""

    reviewer: str
    vote: Vote
    reasons: str


class EvidenceOut(Schema):
    """One line of the evidence checklist."""

    rule: str
    standing: Standing
    found: WordsOut


class OpenTermOut(Schema):
    """A data-use term that a person has to judge."""

    id: str
    code: str
    value: str


class TermsOut(Schema):
    """How the use fits the data-use terms of one dataset version."""

    accession: str
    conflicts: list[ProblemOut]
    questions: list[OpenTermOut]


class ApplicationOut(Schema):
    """An application as this reader may see it; `acts` are what they may do with it now."""

    id: str
    title: str
    state: State
    applicant: str
    organisation: str
    draft: dict[str, Any]
    protocol: dict[str, Any] | None
    protocol_digest: str
    study_kind: str
    conditions: list[str]
    history: list[StepOut]
    votes_in: int
    reviews: list[ReviewOut]
    evidence: list[EvidenceOut]
    terms: list[TermsOut]
    acts: list[Act]
    permit: str | None


class ClauseOut(Schema):
    """One clause of the agreement."""

    title: WordsOut
    text: WordsOut


class SignatureOut(Schema):
    """A signature given at the hub."""

    role: PartyRole
    member: str
    signer: str
    at: str


class PartyOut(Schema):
    """A party, and who has signed or accepted for it; `at` is null until then."""

    role: PartyRole
    member: str
    name: WordsOut
    signer: str
    document: str
    at: str | None


class AgreementOut(Schema):
    """An agreement; `price` in micro-credits, `digest` is what is signed."""

    id: str
    digest: str
    price: int
    quote: dict[str, Any]
    clauses: list[ClauseOut]
    signatures: list[SignatureOut]
    parties: list[PartyOut]


class CountersignatureOut(Schema):
    """What one node's member has said to a permit."""

    node: str
    member: str
    state: Countersigning.State
    steward: str
    document: str
    at: str | None
    reason: str


class PermitOut(Schema):
    """A permit and who has countersigned it."""

    id: str
    application: str
    state: Permit.State
    in_force: bool
    digest: str
    not_before: str
    expires_at: str
    countersignatures: list[CountersignatureOut]
