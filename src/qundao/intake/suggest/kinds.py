"""Which source is which kind: by the roles its columns play, or the standard whose names it has."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from qundao.intake.profile_result import IntakeProfile, TableProfile
from qundao.intake.suggest.lexicon import roles
from qundao.intake.suggest.reasons import because, percent
from qundao.intake.suggest.result import KindSuggestion, SourceSuggestion
from qundao.intake.suggest.roles import Matches, match_roles
from qundao.intake.suggest.rules import KindPlan, kinds
from qundao.kernel.words import Words
from qundao.models import Model, Table, cdisc, omop

_LEAST, _LEAST_OF_STANDARD, _FEWEST_COLUMNS = 0.35, 0.6, 3
_MOST = 3
_OMOP_OF_KINDS = "5.4"


def suggest_kinds(profile: IntakeProfile) -> tuple[SourceSuggestion, ...]:
    """Return what each profiled table may be, the likeliest kind first."""
    return tuple(
        SourceSuggestion(t.name, kinds_of(t, match_roles(t, profile))) for t in profile.tables
    )


def kinds_of(table: TableProfile, matches: Matches) -> tuple[KindSuggestion, ...]:
    """Return the kinds that a table may be, the likeliest first."""
    found = [k for plan in kinds().values() if (k := _by_roles(plan, matches)) is not None]
    found += _by_standard(table)
    return tuple(sorted(found, key=lambda k: -k.score)[:_MOST])


def _by_roles(plan: KindPlan, matches: Matches) -> KindSuggestion | None:
    """Judge by the roles that tell the kind, each weighed by how sure its column is."""
    told = {role: matches[role][0] for role in plan.tells if role in matches}
    gained = sum(plan.tells[role] * match.score for role, match in told.items())
    score = gained / sum(plan.tells.values())
    if score < _LEAST:
        return None
    has = [
        because("has_column", role_zh=m.role.words.zh, role_en=m.role.words.en, column=m.column)
        for m in told.values()
    ]
    lacks = [
        because("lacks_column", role_zh=r.words.zh, role_en=r.words.en)
        for role in plan.tells
        if role not in told
        for r in [roles()[role]]
    ]
    return KindSuggestion(plan.id, plan.words, min(score, 1.0), (*has, *lacks))


def _by_standard(table: TableProfile) -> Iterator[KindSuggestion]:
    """Yield the standards' tables whose names the columns have."""
    columns = {c.name.lower() for c in table.columns}
    for model, declared in _declared():
        same = len(columns & set(declared.names))
        share = same / len(columns) if columns else 0.0
        required = [f.name for f in declared.fields if f.required]
        held = sum(name in columns for name in required) / max(len(required), 1)
        score = share * (0.5 + 0.5 * held)
        if same < _FEWEST_COLUMNS or score < _LEAST_OF_STANDARD:
            continue
        name = model.spelled(declared.name)
        what = f"{model.standard.upper()} {name}"
        reason = because(
            "columns_of_standard",
            same=same,
            columns=len(columns),
            standard=f"{model.standard.upper()} {model.version}",
            table=name,
        )
        kind = f"{model.standard}:{declared.name}"
        words = Words(
            f"{what} 表（{percent(share)} 的列同名）", f"{what} ({percent(share)} of names)"
        )
        yield KindSuggestion(kind, words, min(score, 1.0), (reason,))


@cache
def _declared() -> tuple[tuple[Model, Table], ...]:
    models = (omop(_OMOP_OF_KINDS), cdisc())
    return tuple((m, t) for m in models for t in m.tables)
