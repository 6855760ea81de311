"""The agreement: what the parties sign. Its digest covers every word that binds them.

Its clauses are drawn from its fields by one template, so a reader sees exactly what a machine
enforces: thresholds, people, period, runs and price have one source.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from qundao.access.codes import (
    AGREEMENT_ALTERED,
    BAD_AGREEMENT,
    NOT_A_PARTY,
    SIGNATURES_MISSING,
    SIGNED_ALREADY,
)
from qundao.access.permit import DatasetTerms
from qundao.access.policies import Person
from qundao.access.terms import PURPOSES
from qundao.kernel.canonical import canonical_json, sha256_hex
from qundao.kernel.credit import MicroCredit
from qundao.kernel.errors import Problem, fail, problem, raise_if
from qundao.kernel.roles import Role
from qundao.kernel.strict_json import read_json
from qundao.kernel.words import Words

SCHEMA = "qundao.agreement/1"


class PartyRole(StrEnum):
    """In which capacity a party signs."""

    GRANTEE = "grantee"
    OPERATOR = "operator"
    CONTRIBUTOR = "contributor"

    @property
    def words(self) -> Words:
        """Return the capacity in both languages."""
        return _PARTY_WORDS[self]


_PARTY_WORDS = {
    PartyRole.GRANTEE: Words("使用方", "grantee"),
    PartyRole.OPERATOR: Words("运营方", "operator"),
    PartyRole.CONTRIBUTOR: Words("数据贡献方", "contributor"),
}


@dataclass(frozen=True, slots=True)
class AgreementParty:
    """One party: capacity, member id (empty for the operator), name in both languages."""

    role: PartyRole
    member: str
    name: Words


@dataclass(frozen=True, slots=True)
class AgreedDataset:
    """A dataset version with the contributor's own terms and its price in micro-credits."""

    terms: DatasetTerms
    price: MicroCredit

    def __post_init__(self) -> None:
        if type(self.price) is not int or self.price < 0:
            raise fail(BAD_AGREEMENT, self.price, "datasets.price", required="≥ 0 micro-credits")


@dataclass(frozen=True, slots=True)
class Agreement:
    """A data-use agreement. Days are China's; the use ends with the day `end`.

    `purpose` is a key of terms.PURPOSES, `protocol_digest` the locked protocol's, `conditions`
    those of the decision.
    """

    id: str
    application: str
    title: str
    purpose: str
    parties: tuple[AgreementParty, ...]
    researchers: tuple[str, ...]
    datasets: tuple[AgreedDataset, ...]
    protocol_digest: str
    analyses: tuple[str, ...]
    start: date
    end: date
    retention_until: date
    runs: int
    conditions: tuple[str, ...]
    drawn_up: datetime

    def __post_init__(self) -> None:
        raise_if(_defects(self))

    @property
    def price(self) -> MicroCredit:
        """Return the price of the whole use, in micro-credits."""
        return MicroCredit(sum(d.price for d in self.datasets))

    def to_bytes(self) -> bytes:
        """Return the canonical bytes whose digest the parties sign."""
        return canonical_json(_plain(asdict(self)) | {"schema": SCHEMA})

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the canonical bytes."""
        return sha256_hex(self.to_bytes())

    @classmethod
    def from_bytes(cls, payload: bytes) -> Agreement:
        """Read an agreement. Raises `access.bad_agreement`."""
        try:
            data = read_json(payload)
            if data.pop("schema") != SCHEMA:
                raise ValueError(f"schema {SCHEMA} is required")
            return cls(**_read(data))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise fail(BAD_AGREEMENT, str(error)[:200], "agreement", required=SCHEMA) from error


def _defects(a: Agreement) -> Iterator[Problem]:
    roles = [p.role for p in a.parties]
    members = [(p.role, p.member) for p in a.parties]
    contributors = {p.member for p in a.parties if p.role is PartyRole.CONTRIBUTOR}
    if roles.count(PartyRole.GRANTEE) != 1 or roles.count(PartyRole.OPERATOR) != 1:
        yield _defect(", ".join(roles), "parties", "one grantee, one operator")
    if len(set(members)) != len(members):
        yield _defect(str(members)[:200], "parties", "each party once")
    if contributors != {d.terms.member for d in a.datasets}:
        yield _defect(", ".join(sorted(contributors)), "parties", "a contributor for each dataset")
    if len({d.terms.accession for d in a.datasets}) != len(a.datasets) or not a.datasets:
        yield _defect(str(len(a.datasets)), "datasets", "at least one, each once")
    if not a.start < a.end <= a.retention_until:
        received = f"{a.start} – {a.end} – {a.retention_until}"
        yield _defect(received, "period", "start < end ≤ retention_until")
    if a.purpose not in PURPOSES or a.runs < 1 or not a.researchers or not a.analyses:
        received = f"{a.purpose}, {a.runs} runs, {len(a.researchers)} researchers"
        yield _defect(received, "use", "a known purpose, ≥ 1 run, researcher and analysis")


def _defect(received: str, where: str, required: str) -> Problem:
    return problem(BAD_AGREEMENT, received, where, required=required)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return value.isoformat() if isinstance(value, date | datetime) else value


def _read(data: dict[str, Any]) -> dict[str, Any]:
    days = {k: date.fromisoformat(data[k]) for k in ("start", "end", "retention_until")}
    lists = {k: tuple(data[k]) for k in ("researchers", "analyses", "conditions")}
    return {
        **data,
        **days,
        **lists,
        "drawn_up": datetime.fromisoformat(data["drawn_up"]),
        "parties": tuple(_party(p) for p in data["parties"]),
        "datasets": tuple(
            AgreedDataset(DatasetTerms(**d["terms"]), d["price"]) for d in data["datasets"]
        ),
    }


def _party(data: dict[str, Any]) -> AgreementParty:
    return AgreementParty(PartyRole(data["role"]), data["member"], Words(**data["name"]))


# --- signing -------------------------------------------------------------------------------

FIRST_SIGNERS = (PartyRole.GRANTEE, PartyRole.OPERATOR)
"""They sign at the hub; contributors accept by countersigning the permit on their own node."""

_MAY_SIGN = {
    PartyRole.GRANTEE: (Role.RESEARCHER, Role.STEWARD),
    PartyRole.OPERATOR: (Role.OPERATOR,),
}


@dataclass(frozen=True, slots=True)
class Signature:
    """One party's yes to one digest: who signed for it, and when."""

    role: PartyRole
    member: str
    signer: str
    digest: str
    at: datetime


def party_of(agreement: Agreement, person: Person) -> AgreementParty:
    """Return the party for which a person may sign at the hub. Raises `access.not_a_party`."""
    for party in agreement.parties:
        roles = _MAY_SIGN.get(party.role)
        if roles and party.member == person.member and person.has(*roles):
            return party
    names = [p.name for p in agreement.parties if p.role in FIRST_SIGNERS]
    zh, en = "、".join(n.zh for n in names), ", ".join(n.en for n in names)
    raise fail(NOT_A_PARTY, person.member or person.id, "signer", required=zh, required_en=en)


def signature_problems(
    agreement: Agreement, new: Signature, before: Iterable[Signature]
) -> Iterator[Problem]:
    """Yield why a signature cannot be taken: it is of another text, or the second of its party."""
    if new.digest != agreement.digest:
        yield problem(AGREEMENT_ALTERED, new.digest, "digest", digest=agreement.digest)
    if any((s.role, s.member) == (new.role, new.member) for s in before):
        yield problem(SIGNED_ALREADY, new.member or new.role, "signature")


def unsigned(agreement: Agreement, signatures: Iterable[Signature]) -> tuple[AgreementParty, ...]:
    """Return the parties of whom no signature of this very text is held."""
    signed = {(s.role, s.member) for s in signatures if s.digest == agreement.digest}
    return tuple(p for p in agreement.parties if (p.role, p.member) not in signed)


def require_signed(agreement: Agreement, signatures: Iterable[Signature]) -> None:
    """Raise `access.signatures_missing` unless grantee and operator have signed this text."""
    left = [p for p in unsigned(agreement, signatures) if p.role in FIRST_SIGNERS]
    if left:
        parties = ", ".join(f"{p.name.zh} / {p.name.en}" for p in left)
        raise fail(SIGNATURES_MISSING, f"{len(left)}", "signatures", parties=parties)
