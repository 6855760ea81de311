"""Suggests how sources become a model: columns for fields, concepts for codes, a first draft.

Everything here is computed from profiles, code lists and vocabularies, and comes back as values
with scores from 0 to 1 and reasons that a steward can check; nothing is decided. `compare` says
which rows a changed mapping would make differently.
"""

from __future__ import annotations

from qundao.intake.suggest.code_columns import domain_of, names_of_codes
from qundao.intake.suggest.code_result import (
    CodeSuggestions,
    ConceptCandidate,
    coverage_after,
    without_vocabulary,
)
from qundao.intake.suggest.compare import compare
from qundao.intake.suggest.compare_result import Comparison, Place, RowExample, TableComparison
from qundao.intake.suggest.concepts import suggest_concepts
from qundao.intake.suggest.draft import TARGETS, draft_mapping, target_model
from qundao.intake.suggest.fields import suggest_fields
from qundao.intake.suggest.identity import suggest_identity
from qundao.intake.suggest.kinds import suggest_kinds
from qundao.intake.suggest.reasons import REASONS, Because
from qundao.intake.suggest.result import (
    Candidate,
    FieldSuggestion,
    IdentitySuggestion,
    KindSuggestion,
    SourceSuggestion,
)

__all__ = [
    "REASONS",
    "TARGETS",
    "Because",
    "Candidate",
    "CodeSuggestions",
    "Comparison",
    "ConceptCandidate",
    "FieldSuggestion",
    "IdentitySuggestion",
    "KindSuggestion",
    "Place",
    "RowExample",
    "SourceSuggestion",
    "TableComparison",
    "compare",
    "coverage_after",
    "domain_of",
    "draft_mapping",
    "names_of_codes",
    "suggest_concepts",
    "suggest_fields",
    "suggest_identity",
    "suggest_kinds",
    "target_model",
    "without_vocabulary",
]
