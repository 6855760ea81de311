"""Suggests, for each source, what of it may fill which fields of the target model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from qundao.intake.profile_result import IntakeProfile, TableProfile
from qundao.intake.suggest.filling import Source, filled
from qundao.intake.suggest.kinds import kinds_of
from qundao.intake.suggest.result import Candidate, FieldSuggestion
from qundao.intake.suggest.roles import match_roles
from qundao.intake.suggest.rules import TablePlan, kinds
from qundao.intake.suggest.standards import same_named
from qundao.intake.suggest.unfolding import Group, groups_of, renamed
from qundao.models import Field, Model, Table

_MOST = 12


def suggest_fields(profiles: IntakeProfile, model: Model) -> tuple[FieldSuggestion, ...]:
    """Return what may fill each field of each target table, by source; scores 0 to 1, best first.

    Only fields for which there is something appear. Columns that identify a person appear inside
    `person(…)` alone: see `suggest_identity` for the vault.
    """
    found: list[FieldSuggestion] = []
    for source in sources_of(profiles):
        for table in model.tables:
            found += _of_table(source, table, model)
    return tuple(found)


def sources_of(profiles: IntakeProfile) -> tuple[Source, ...]:
    """Return the profiled tables whose kind is known, with their columns by role."""
    told = (_source(t, profiles) for t in profiles.tables)
    return tuple(s for s in told if s is not None)


def _source(table: TableProfile, profiles: IntakeProfile) -> Source | None:
    matches = match_roles(table, profiles)
    found = kinds_of(table, matches)
    return Source(table, found[0], matches) if found else None


def plan_of(source: Source, table: Table, model: Model) -> TablePlan | None:
    """Return how the source's kind fills a target table, where it does."""
    plan = kinds().get(source.kind.kind) if model.standard == "omop" else None
    return next((t for t in plan.tables if t.target == table.name), None) if plan else None


def of_standard(source: Source, table: Table, model: Model) -> bool:
    """Tell whether the source is that very table of the target's own standard."""
    return source.kind.kind == f"{model.standard}:{table.name}"


def _of_table(source: Source, table: Table, model: Model) -> Iterator[FieldSuggestion]:
    if of_standard(source, table, model):
        for field, candidate in same_named(source, table, model):
            yield _suggestion(source, table, field, (candidate,))
    plan = plan_of(source, table, model)
    if plan is None:
        return
    groups = groups_of(plan, source)
    if plan.each and not groups:
        return
    for name, templates in plan.fields.items():
        if name in table and (told := filled(templates, source)):
            unfolded = _unfolded(told, groups) if plan.each else told
            yield _suggestion(source, table, table[name], unfolded)


def _unfolded(told: tuple[Candidate, ...], groups: tuple[Group, ...]) -> tuple[Candidate, ...]:
    """Return the candidates with the columns of each group in place of the group's names."""
    found: dict[str, Candidate] = {}
    for candidate in told:
        for group in groups:
            expression = renamed(candidate.expression, group.parts)
            if expression == candidate.expression:
                found.setdefault(expression, candidate)
                continue
            grouped = replace(
                candidate,
                expression=expression,
                columns=(*candidate.columns, *_read(candidate.expression, group.parts, group)),
                score=min(candidate.score, group.score),
                reasons=(*group.reasons, *candidate.reasons),
            )
            found.setdefault(expression, grouped)
    return tuple(sorted(found.values(), key=lambda c: -c.score)[:_MOST])


def _read(expression: str, parts: Mapping[str, str], group: Group) -> tuple[str, ...]:
    """Return the group's columns that an expression reads."""
    named = [name for name in parts if renamed(expression, {name: "\0"}) != expression]
    read = {parts[name].strip('"') for name in named}
    return tuple(c for c in group.columns if c in read)


def _suggestion(
    source: Source, table: Table, field: Field, candidates: tuple[Candidate, ...]
) -> FieldSuggestion:
    return FieldSuggestion(source.table.name, table.name, field.name, field.required, candidates)
