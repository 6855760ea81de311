"""Drafts a first mapping from profiles: what is sure filled in, what a person must see marked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from qundao.intake import codes
from qundao.intake.profile_result import IntakeProfile
from qundao.intake.suggest.draft_parts import Draft, DraftRule, DraftSource
from qundao.intake.suggest.draft_text import written
from qundao.intake.suggest.fields import of_standard, plan_of, sources_of
from qundao.intake.suggest.filling import Source, filled, filled_text, lists_in
from qundao.intake.suggest.reasons import because
from qundao.intake.suggest.result import Candidate
from qundao.intake.suggest.rules import TablePlan, kinds
from qundao.intake.suggest.standards import same_named
from qundao.intake.suggest.unfolding import Group, groups_of, renamed
from qundao.kernel.errors import fail
from qundao.models import Model, ModelVersion, Table, model_of

TARGETS = ("omop 5.3", "omop 5.4", "cdisc")


def draft_mapping(profiles: IntakeProfile, target: str, name: str) -> str:
    """Return a first mapping as YAML that `read_mapping` reads.

    target: `omop 5.3`, `omop 5.4` or `cdisc`. Each source tells what it was taken for and why;
    what a person has to look at is marked 【改】 and [ADAPT]. Raises `intake.no_target` for another
    target, and `intake.nothing_to_draft` where no profiled table fills a table of it.
    """
    model = target_model(target)
    order = [*kinds(), *(f"{model.standard}:{t.name}" for t in model.tables)]
    found = [s for s in sources_of(profiles) if s.kind.kind in order]
    sources = tuple(_named(sorted(found, key=lambda s: order.index(s.kind.kind))))
    rules = tuple(r for t in model.tables for s in sources for r in _rules(s, t, model))
    if not any(not rule.lacking for rule in rules):
        known = ", ".join(kind.words.in_("zh-hans") for kind in kinds().values())
        lacking = [f"{r.target} ← {r.source}: –{', –'.join(r.lacking)}" for r in rules]
        received = "; ".join(lacking or [t.name for t in profiles.tables])
        raise fail(codes.NOTHING_TO_DRAFT, received, target, known=known)
    used = dict.fromkeys(
        n for r in rules if not r.lacking for c in r.fields.values() for n in lists_in(c.expression)
    )
    kept = tuple(s for s in sources if any(r.source == s.name and not r.lacking for r in rules))
    known_tables = {f for s in kept for f in s.files}
    unknown = tuple(t for t in profiles.tables if t.name not in known_tables)
    return written(Draft(name, target, kept, rules, tuple(used), unknown))


def target_model(target: str) -> Model:
    """Return the model of a target, one of `TARGETS`. Raises `intake.no_target`."""
    if target not in TARGETS:
        raise fail(codes.NO_TARGET, target, "target", known=" | ".join(TARGETS))
    standard, _, version = target.partition(" ")
    return model_of(ModelVersion(standard, version, "told"))


def _named(found: Sequence[Source]) -> Iterator[DraftSource]:
    """Yield sources under names of their own; tables with the same columns are one source."""
    together: dict[tuple[str, ...], DraftSource] = {}
    taken: dict[str, int] = {}
    for source in found:
        columns = (source.kind.kind, *(c.name for c in source.table.columns))
        if columns not in together:
            plan = kinds().get(source.kind.kind)
            name = plan.source if plan else source.kind.kind.partition(":")[2]
            taken[name] = taken.get(name, 0) + 1
            own = name if taken[name] == 1 else f"{name}_{taken[name]}"
            together[columns] = DraftSource(own, source)
        together[columns].tables.append(source.table)
    yield from together.values()


def _rules(draft: DraftSource, table: Table, model: Model) -> Iterator[DraftRule]:
    source = draft.source
    if of_standard(source, table, model):
        fields = {f.name: c for f, c in same_named(source, table, model)}
        yield _checked(DraftRule(table.name, draft.name, fields), table)
    plan = plan_of(source, table, model)
    if plan is not None and (rule := _planned(draft, plan, table)) is not None:
        yield rule


def _planned(draft: DraftSource, plan: TablePlan, table: Table) -> DraftRule | None:
    source = draft.source
    groups = groups_of(plan, source)
    where = filled_text(plan.where, source)
    if (plan.each and not groups) or where is None:
        return None  # which rows are meant hangs on a column that is not there
    own = _own_names(plan, source)
    fields = {
        name: _renamed(found[0], own)
        for name, templates in plan.fields.items()
        if name in table and (found := filled(templates, source))
    }
    rejects = ((filled_text(when, source), because) for when, because in plan.reject)
    rule = DraftRule(
        table.name,
        draft.name,
        fields,
        tuple(_group_renamed(g, own) for g in groups),
        renamed(where, own),
        tuple((when, why) for when, why in rejects if when),
        plan.one_per,
    )
    return _checked(rule, table)


def _checked(rule: DraftRule, table: Table) -> DraftRule:
    """Return the rule with concept 0 for required concepts, and with what it lacks."""
    lacking = [f.name for f in table.fields if f.required and f.name not in rule.fields]
    zero = [name for name in lacking if name.endswith("_concept_id")]
    reason = (because("instead_of", missing_zh="概念", missing_en="a concept"),)
    given = {name: Candidate("0", (), 0.0, reason, adapt=True) for name in zero}
    return DraftRule(
        rule.target,
        rule.source,
        {**rule.fields, **given},
        rule.groups,
        rule.where,
        rule.reject,
        rule.one_per,
        tuple(name for name in lacking if name not in zero),
    )


def _own_names(plan: TablePlan, source: Source) -> Mapping[str, str]:
    """Return names for a group's parts that no column of the source has."""
    columns = {c.name for c in source.table.columns}
    names = dict.fromkeys(name for parts in plan.each for name in parts)
    taken = {name: f"{name}_" for name in names if name in columns}
    while any(own in columns for own in taken.values()):
        taken = {name: f"{own}_" for name, own in taken.items()}
    return taken


def _renamed(candidate: Candidate, own: Mapping[str, str]) -> Candidate:
    if not own:
        return candidate
    return Candidate(
        renamed(candidate.expression, own),
        candidate.columns,
        candidate.score,
        candidate.reasons,
        candidate.adapt,
    )


def _group_renamed(group: Group, own: Mapping[str, str]) -> Group:
    parts = {own.get(name, name): text for name, text in group.parts.items()}
    return Group(group.entry, group.number, parts, group.columns, group.score, group.reasons)
