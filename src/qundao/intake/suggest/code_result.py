"""What is suggested for codes that a list does not hold yet, as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from qundao.intake.suggest.reasons import Because


@dataclass(frozen=True, slots=True)
class ConceptCandidate:
    """A standard concept that a code may mean. `code` is the concept's own code in `vocabulary`."""

    concept_id: int
    name: str
    domain: str
    vocabulary: str
    code: str
    score: float
    reasons: tuple[Because, ...]

    def __post_init__(self) -> None:
        if not 0 <= self.score <= 1:
            raise ValueError(f"a score from 0 to 1 is required, received {self.score}")

    def to_json(self) -> dict[str, Any]:
        """Return the candidate as plain JSON."""
        return {
            "concept_id": self.concept_id,
            "name": self.name,
            "domain": self.domain,
            "vocabulary": self.vocabulary,
            "code": self.code,
            "score": round(self.score, 4),
            "reasons": [r.to_json() for r in self.reasons],
        }


@dataclass(frozen=True, slots=True)
class CodeSuggestions:
    """A code, the rows it stands in, what the source calls it, and the concepts it may mean.

    `candidates` are the likeliest first; none where the vocabulary has nothing like it.
    """

    code: str
    rows: int
    name: str
    candidates: tuple[ConceptCandidate, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the suggestions as plain JSON."""
        return {
            "code": self.code,
            "rows": self.rows,
            "name": self.name,
            "candidates": [c.to_json() for c in self.candidates],
        }


def without_vocabulary(
    codes: Sequence[tuple[str, int]], names: Mapping[str, str]
) -> tuple[CodeSuggestions, ...]:
    """Return codes with their names and no candidates, where a site has no vocabulary."""
    return tuple(CodeSuggestions(code, rows, names.get(code, ""), ()) for code, rows in codes)


def coverage_after(
    suggestions: Sequence[CodeSuggestions], *, rows: int, mapped: int, by_hand: bool = False
) -> tuple[float, ...]:
    """Return the percent of rows covered once the first n codes are accepted, for n = 1, 2, ….

    `rows` and `mapped` are the list's `Coverage`. A code without a candidate adds nothing, but
    where somebody maps it `by_hand`.
    """
    told = (s.rows if s.candidates or by_hand else 0 for s in suggestions)
    gained = accumulate(told, initial=mapped)
    return tuple(100 * n / rows if rows else 100.0 for n in list(gained)[1:])
