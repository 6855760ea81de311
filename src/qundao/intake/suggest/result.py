"""What is suggested for the columns of sources, as values. Scores are 0 to 1, the best first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from qundao.intake.suggest.reasons import Because
from qundao.kernel.words import Words


def _check_score(score: float) -> None:
    if not 0 <= score <= 1:
        raise ValueError(f"a score from 0 to 1 is required, received {score}")


@dataclass(frozen=True, slots=True)
class Candidate:
    """An expression of the mapping language that may give a field its value, and why.

    `columns` are the source's columns that it reads. With `adapt`, a person has to look at it
    before it is used: a list of codes is still to be filled, or a column stands in for another.
    """

    expression: str
    columns: tuple[str, ...]
    score: float
    reasons: tuple[Because, ...]
    adapt: bool = False

    def __post_init__(self) -> None:
        _check_score(self.score)

    def to_json(self) -> dict[str, Any]:
        """Return the candidate as plain JSON."""
        return {
            "expression": self.expression,
            "columns": list(self.columns),
            "score": round(self.score, 4),
            "adapt": self.adapt,
            "reasons": [r.to_json() for r in self.reasons],
        }


@dataclass(frozen=True, slots=True)
class FieldSuggestion:
    """What may fill one field of a target table from one source (a profiled table's `name`)."""

    source: str
    table: str
    field: str
    required: bool
    candidates: tuple[Candidate, ...]

    @property
    def best(self) -> Candidate:
        """Return the likeliest candidate; there is always one."""
        return self.candidates[0]

    def to_json(self) -> dict[str, Any]:
        """Return the suggestion as plain JSON."""
        return {
            "source": self.source,
            "table": self.table,
            "field": self.field,
            "required": self.required,
            "candidates": [c.to_json() for c in self.candidates],
        }


@dataclass(frozen=True, slots=True)
class KindSuggestion:
    """What a source may be: `kind` (front_page, outpatient, prescriptions, labs, or a standard's
    table such as `omop:person`), and why.
    """

    kind: str
    words: Words
    score: float
    reasons: tuple[Because, ...]

    def __post_init__(self) -> None:
        _check_score(self.score)

    def to_json(self) -> dict[str, Any]:
        """Return the kind as plain JSON."""
        return {
            "kind": self.kind,
            "words": {"zh": self.words.zh, "en": self.words.en},
            "score": round(self.score, 4),
            "reasons": [r.to_json() for r in self.reasons],
        }


@dataclass(frozen=True, slots=True)
class SourceSuggestion:
    """What one source may be, the likeliest kind first; none where nothing is likely."""

    source: str
    kinds: tuple[KindSuggestion, ...]

    @property
    def kind(self) -> KindSuggestion | None:
        """Return the likeliest kind."""
        return self.kinds[0] if self.kinds else None

    def to_json(self) -> dict[str, Any]:
        """Return the suggestion as plain JSON."""
        return {"source": self.source, "kinds": [k.to_json() for k in self.kinds]}


@dataclass(frozen=True, slots=True)
class IdentitySuggestion:
    """Which columns of a source name its persons, the likeliest first, and which go to the vault.

    None of them is ever suggested for a field of the model, but inside `person(…)`. `person`
    candidates are names of columns, not expressions.
    """

    source: str
    person: tuple[Candidate, ...]
    vault: tuple[str, ...]

    @property
    def columns(self) -> frozenset[str]:
        """Return every column that identifies somebody."""
        return frozenset(self.vault) | {c.expression for c in self.person}

    def to_json(self) -> dict[str, Any]:
        """Return the suggestion as plain JSON."""
        return {
            "source": self.source,
            "person": [c.to_json() for c in self.person],
            "vault": list(self.vault),
        }
