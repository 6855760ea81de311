"""Which columns of a table may play which role, with the reasons: names, values, types, keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qundao.intake.profile_result import ColumnProfile, IntakeProfile, Join, TableProfile
from qundao.intake.suggest.column_names import Named, alike, below_heading, known
from qundao.intake.suggest.lexicon import Role, plain_name, roles
from qundao.intake.suggest.reasons import Because, because, percent

_LEAST = 0.3
_KNOWN, _SIMILAR, _ELSEWHERE = 0.85, 0.65, 0.2
"""Weights of a known name; of a similar one; of a similar one that is known to be another's."""

_GENERIC = frozenset(("date", "datetime", "number", "code", "free_text", "record_id"))
_TELLING_VALUES, _COMMON_VALUES = 0.45, 0.15
_SHOWN_BY_VALUES, _NOT_SHOWN = frozenset(("icd10", "operation_code", "unit", "sex")), 0.4
"""Meanings that values show by themselves: a name that is only like one is not enough for them."""

_WRONG_TYPE, _RARELY_FILLED, _RARE = 0.4, 0.9, 0.1
_JOINED, _KEY, _MOST_JOINS = 0.4, 0.2, 3
_NAMED_BY_KEY = frozenset(("person", "visit", "prescription", "lab_order"))


@dataclass(frozen=True, slots=True)
class Match:
    """A column in a role. `number` is the column's own where it is one of several."""

    role: Role
    column: str
    number: int | None
    score: float
    reasons: tuple[Because, ...]


Matches = Mapping[str, Sequence[Match]]
"""By role, its columns, the likeliest first."""


def match_roles(table: TableProfile, profile: IntakeProfile) -> Matches:
    """Return which columns of a table may play which role."""
    joins = [j for j in profile.joins if j.table == table.name]
    found: dict[str, list[Match]] = {}
    for role in roles().values():
        own = [m for c in table.columns if (m := _match(role, c, table, joins)) is not None]
        if own:
            found[role.id] = sorted(own, key=lambda m: -m.score)
    return found


def _match(
    role: Role, column: ColumnProfile, table: TableProfile, joins: Sequence[Join]
) -> Match | None:
    number, named, why_named = _by_name(role, column)
    meant, why_meant = _by_values(role, column)
    if not meant and role.meanings & _SHOWN_BY_VALUES and column.told and not _is_known(why_named):
        named *= _NOT_SHOWN
    reasons = [*why_named, *why_meant]
    if not reasons:
        return None
    score = 1 - (1 - named) * (1 - meant)
    if role.id in _NAMED_BY_KEY:
        raised, why = _by_use(column, table, joins)
        score, reasons = 1 - (1 - score) * (1 - raised), [*reasons, *why]
    fitting, why = _by_type(role, column)
    score *= fitting
    if score < _LEAST:
        return None
    return Match(role, column.name, number, min(score, 1.0), (*reasons, *why))


def _is_known(reasons: Sequence[Because]) -> bool:
    return any(r.code in ("known_name", "known_synonym") for r in reasons)


def _by_name(role: Role, column: ColumnProfile) -> tuple[int | None, float, list[Because]]:
    """Return the number, how far the name or label says the role, and why."""
    best: tuple[int | None, float, list[Because]] = (None, 0.0, [])
    for name in filter(None, (column.name, column.label, *below_heading(column.name))):
        if (found := next((n for n in known(name) if n.role == role.id), None)) is not None:
            same = plain_name(name) == found.listed.plain
            code = "known_name" if same else "known_synonym"
            return found.number, _KNOWN, [_named(code, name, found)]
        if (like := alike(name).get(role.id)) is not None:
            weight = like.likeness * (_ELSEWHERE if known(name) else _SIMILAR)
            if weight > best[1]:
                best = (like.number, weight, [_named("similar_name", name, like)])
    return best


def _named(code: str, column: str, found: Named) -> Because:
    listed, origin = found.listed.name, found.listed.origin
    return because(code, column=column, listed=listed, origin_zh=origin.zh, origin_en=origin.en)


def _by_values(role: Role, column: ColumnProfile) -> tuple[float, list[Because]]:
    """Return how far the column's values say the role; dates and numbers say little by that."""
    meaning = next((m for m in column.meanings if m.sort in role.meanings and m.share), None)
    if meaning is None or meaning is not column.meanings[0]:
        return 0.0, []
    weight = _COMMON_VALUES if meaning.sort in _GENERIC else _TELLING_VALUES
    words = meaning.words
    share = percent(meaning.share)
    why = because("meaning_in_values", share=share, meaning_zh=words.zh, meaning_en=words.en)
    return weight * meaning.score, [why]


def _by_use(
    column: ColumnProfile, table: TableProfile, joins: Sequence[Join]
) -> tuple[float, list[Because]]:
    """Return what being a key and joining other tables adds."""
    rest, reasons = 1.0, []
    for key in table.keys:
        if column.name in key.columns:
            code = "key" if len(key.columns) == 1 else "part_of_key"
            rest *= 1 - (_KEY if code == "key" else _KEY / 2)
            reasons.append(because(code, column=column.name))
            break
    for join in [j for j in joins if j.column == column.name][:_MOST_JOINS]:
        rest *= 1 - _JOINED * join.values
        share = percent(join.values)
        reasons.append(
            because("joins", share=share, table=join.other_table, column=join.other_column)
        )
    return 1 - rest, reasons


def _by_type(role: Role, column: ColumnProfile) -> tuple[float, list[Because]]:
    """Return the factor for the type and fill, and what to say of them."""
    factor, reasons = 1.0, []
    if column.type in role.types and column.told:
        reasons.append(because("type_fits", type=column.type))
    elif column.told and role.types:
        factor *= _WRONG_TYPE
        wanted = ", ".join(sorted(role.types - {"empty"}))
        reasons.append(because("type_differs", type=column.type, wanted=wanted))
    if column.fill < _RARE:
        factor *= _RARELY_FILLED
        reasons.append(because("mostly_empty", fill=percent(column.fill)))
    return factor, reasons
