"""Which columns of a source a mapping speaks of."""

from __future__ import annotations

from collections.abc import Iterator

from qundao.intake.mapping.document import Mapping, TableRule
from qundao.intake.mapping.expression import names


def columns_named(mapping: Mapping, source: str) -> tuple[str, ...]:
    """Return the columns that rules and identity name of a source, in their order.

    A rule with `same` names none of those it takes by their own names.
    """
    found = dict.fromkeys(
        name
        for rule in mapping.tables
        if rule.source == source
        for name in _of_rule(rule)
        if name not in mapping.codes
    )
    for rule in mapping.identity:
        if rule.source == source:
            found |= dict.fromkeys([rule.person, *rule.vault])
    return tuple(found)


def _of_rule(rule: TableRule) -> Iterator[str]:
    """Yield the names of a rule that are not those of its own groups of columns."""
    own = {name for each in rule.each for name in each.columns}
    every = [f.value for f in rule.fields] + [r.when for r in rule.rejects]
    every += [rule.where] if rule.where else []
    for node in every:
        yield from (name for name in names(node) if name not in own)
    for each in rule.each:
        for node in each.columns.values():
            yield from names(node)
