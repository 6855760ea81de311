"""Which columns name persons: candidates for the pseudonym, and those for the vault alone."""

from __future__ import annotations

from qundao.intake.profile_result import ColumnProfile, IntakeProfile, TableProfile
from qundao.intake.suggest.result import Candidate, IdentitySuggestion
from qundao.intake.suggest.roles import match_roles

_DIRECT_ENOUGH, _HOLDING_ENOUGH = 0.4, 0.05


def suggest_identity(profile: IntakeProfile) -> tuple[IdentitySuggestion, ...]:
    """Return, for each profiled table, what names its persons and what goes to the vault alone.

    The likeliest person column is the one that is known by name, joins the other tables' and is
    filled; the other identifying columns are for the vault.
    """
    return tuple(_identity(table, profile) for table in profile.tables)


def identifying(column: ColumnProfile) -> bool:
    """Tell whether a column's values may name somebody, by meaning or by what they hold."""
    if any(m.direct and m.score >= _DIRECT_ENOUGH for m in column.meanings):
        return True
    return bool(column.told) and column.holding_identifiers >= _HOLDING_ENOUGH * column.told


def _identity(table: TableProfile, profile: IntakeProfile) -> IdentitySuggestion:
    found = match_roles(table, profile).get("person", ())
    person = tuple(Candidate(m.column, (m.column,), m.score, m.reasons) for m in found)
    chosen = person[0].expression if person else ""
    vault = (c.name for c in table.columns if c.name != chosen and _for_vault(c))
    return IdentitySuggestion(table.name, person, tuple(vault))


def _for_vault(column: ColumnProfile) -> bool:
    """Tell whether a column is an identifier, and not free text that happens to hold one."""
    return any(m.direct and m.score >= _DIRECT_ENOUGH for m in column.meanings)
