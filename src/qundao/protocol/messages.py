"""The closed, versioned vocabulary of messages. No code travels.

Each message names its type; `read_body` validates a letter's body against it. Integers that may
exceed 2^53 (masked values) travel as text. Node ids look like `node_…`; the hub's id is `hub`.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from qundao.kernel.errors import QundaoError, problem
from qundao.protocol.codes import BAD_MESSAGE
from qundao.protocol.node import codes as _refusals  # noqa: F401 (the hub reads them)

HUB = "hub"
VERSION = 1

Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,79}$")]
"""An id becomes a key, a file name and a line in a log elsewhere: nothing surprising in it."""
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Accession = Annotated[str, Field(pattern=r"^QD[0-9]{6,9}\.[1-9][0-9]{0,5}$")]
Whole = Annotated[str, Field(pattern=r"^(0|-?[1-9][0-9]{0,38})$")]
"""An integer as text: 39 digits hold any value modulo 2^128."""


class Message(BaseModel):
    """A message's body. Unknown fields are refused, so that nothing unnoticed travels."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    type: ClassVar[str]

    def to_json(self) -> dict[str, Any]:
        """Return the body as plain JSON."""
        return self.model_dump(mode="json")


# --- enrolment -----------------------------------------------------------------------------


class Enrol(Message):
    """A node's first message, signed with the key it has just made (proof of possession).

    `code` is the operator's one-time code. `verify_key` is `ed25519:…`, `mask_key` base 64;
    `mask_signature` (base 64) is the first key's over the second (`access.vouching`).
    """

    type: ClassVar[str] = "qundao.enrol/1"
    code: str = Field(min_length=8, max_length=200)
    verify_key: str = Field(max_length=200)
    mask_key: str = Field(max_length=200)
    mask_signature: str = Field(max_length=200)
    software: str = Field(max_length=80)
    protocol: int = VERSION


class Enrolled(Message):
    """The hub's answer: the node's id and whom it belongs to."""

    type: ClassVar[str] = "qundao.enrolled/1"
    node: Id
    member: Id
    member_name: str
    alliance: str


# --- polling and receipts ------------------------------------------------------------------


class Poll(Message):
    """A node asks for work and says how it is. Waits at most `wait_seconds` for an answer.

    `acknowledged` are ids of hub messages that the node has stored durably.
    """

    type: ClassVar[str] = "qundao.poll/1"
    wait_seconds: int = Field(ge=0, le=60)
    acknowledged: tuple[Id, ...] = ()
    stopped: bool
    software: str = Field(max_length=80)
    outbox: int = Field(ge=0)


class Receipt(Message):
    """The hub has stored a message; `result` is what came of it (an accession, say)."""

    type: ClassVar[str] = "qundao.receipt/1"
    message: Id
    result: dict[str, Any] = {}
    problems: tuple[dict[str, Any], ...] = ()


# --- node to hub ---------------------------------------------------------------------------


class RegisterDataset(Message):
    """A node offers a dataset version: descriptions and aggregates only, never rows.

    `dataset` is the node's own stable name for it; the same name later makes a new version.
    `data_digest` is keyed: it changes with the data, and tells nothing of them.
    """

    type: ClassVar[str] = "qundao.dataset/1"
    dataset: Name
    title: dict[Literal["zh", "en"], str]
    description: dict[Literal["zh", "en"], str]
    data_class: str
    tier: Literal["open", "registered", "controlled", "federated"]
    model: str
    min_cell: int = Field(ge=1)
    event_floor: int = Field(ge=0)
    data_digest: Digest
    labels: dict[str, Any]
    profile: dict[str, Any]
    scorecard: dict[str, Any]


class ReportVocabulary(Message):
    """What a dataset's newest version can be asked about: `catalogue.vocabulary`, bands only."""

    type: ClassVar[str] = "qundao.vocabulary/1"
    dataset: Name
    vocabulary: dict[str, Any]


class PermitSigned(Message):
    """The member's countersignature of a permit (base 64 bytes and signature)."""

    type: ClassVar[str] = "qundao.permit-signed/1"
    permit: Id
    statement: str
    signature: str


class PermitDeclined(Message):
    """The member says no, or takes its yes back."""

    type: ClassVar[str] = "qundao.permit-declined/1"
    permit: Id
    steward: str = Field(min_length=1, max_length=200)
    reason: str = Field(min_length=1, max_length=2000)


class ExploreAnswer(Message):
    """A noisy count, or refusals. `spent` is the ε this answer cost (0 when it was cached)."""

    type: ClassVar[str] = "qundao.explore-answer/1"
    task: Id
    count: int | None = Field(ge=-(2**53), le=2**53)
    epsilon: float = Field(ge=0, allow_inf_nan=False)
    spent: float = Field(ge=0, allow_inf_nan=False)
    withheld: str | None
    problems: tuple[dict[str, Any], ...] = ()


class StudyAnswer(Message):
    """What a node lets out for one analysis.

    `values` follow the analysis's layout: integers as text, null where the gate withheld a
    cell. When masked, every value is masked modulo 2^128 and means nothing alone.
    `gate` lists the gate's decisions by rule; with problems there are no values.
    """

    type: ClassVar[str] = "qundao.study-answer/1"
    task: Id
    round: Id
    masked: bool
    layout: str = Field(max_length=64)
    values: tuple[Whole | None, ...] = ()
    gate: tuple[dict[str, Any], ...] = ()
    problems: tuple[dict[str, Any], ...] = ()


# --- hub to node ---------------------------------------------------------------------------


class PermitOffer(Message):
    """A permit that the hub has signed, with the locked protocol, for the steward to decide."""

    type: ClassVar[str] = "qundao.permit-offer/1"
    permit: Id
    payload: str
    signature: str
    protocol: dict[str, Any]


class PermitRevoked(Message):
    """The hub withdraws a permit; the node stops computing under it at once."""

    type: ClassVar[str] = "qundao.permit-revoked/1"
    permit: Id
    reason: str


class ExploreTask(Message):
    """A banded predicate to count over one dataset, before any approval."""

    type: ClassVar[str] = "qundao.explore-task/1"
    task: Id
    member: Id
    accession: Accession
    dataset: Name
    predicate: dict[str, Any]


class Round(Message):
    """Who computes together. Masks are made for exactly these nodes and this id.

    `masked` names the layout groups (arms) that several nodes contribute and are masked;
    the other groups come from one node alone and pass that node's own floor.
    """

    type: ClassVar[str] = "qundao.round/1"
    id: Id
    participants: tuple[Id, ...] = Field(min_length=1, max_length=1000)
    masked: bool
    masked_groups: tuple[str, ...] = ()


class StudyTask(Message):
    """One analysis of a locked protocol over one dataset version under one permit."""

    type: ClassVar[str] = "qundao.study-task/1"
    task: Id
    study: Id
    permit: Id
    protocol_digest: Digest
    analysis: str
    accession: Accession
    dataset: Name
    round: Round


M = TypeVar("M", bound=Message)

NODE_TO_HUB: tuple[type[Message], ...] = (
    RegisterDataset,
    ReportVocabulary,
    PermitSigned,
    PermitDeclined,
    ExploreAnswer,
    StudyAnswer,
)
HUB_TO_NODE: tuple[type[Message], ...] = (PermitOffer, PermitRevoked, ExploreTask, StudyTask)
_ALL: tuple[type[Message], ...] = (Enrol, Enrolled, Poll, Receipt, *NODE_TO_HUB, *HUB_TO_NODE)
BY_TYPE = {m.type: m for m in _ALL}


def read_body(kind: type[M], body: dict[str, Any]) -> M:
    """Validate a body against its type. Raises `protocol.bad_message` with every defect."""
    try:
        return kind.model_validate(body)
    except ValidationError as error:
        found = [
            problem(BAD_MESSAGE, str(e.get("input"))[:120], _path(e["loc"]), required=e["msg"])
            for e in error.errors()
        ]
        raise QundaoError(*found) from error


def _path(location: tuple[int | str, ...]) -> str:
    return "$" + "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in location)
