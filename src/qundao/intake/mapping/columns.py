"""Which columns of a source a mapping speaks of."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from qundao.intake.mapping.document import Mapping, TableRule
from qundao.intake.mapping.expression import Call, Name, Node


def columns_named(mapping: Mapping, source: str) -> tuple[str, ...]:
    """Return the columns that rules and identity name of a source, in their order.

    A rule with `same` names none of those it takes by their own names.
    """
    found = dict.fromkeys(
        name for rule in mapping.tables if rule.source == source for name in _of_rule(rule)
    )
    for join in (j for rule in mapping.tables for j in rule.joins if j.source == source):
        found |= dict.fromkeys([*(column for column, _ in join.on), *join.take.values()])
    for rule in mapping.identity:
        if rule.source == source:
            found |= dict.fromkeys([rule.person, *rule.vault])
    if newer := mapping.sources[source].newer:
        found[newer] = None
    return tuple(found)


def columns_needed(mapping: Mapping, source: str, given: Collection[str] = ()) -> tuple[str, ...]:
    """Return the columns without which a source cannot be loaded, beside those `given`.

    They are those named, and required fields that rules with `same` take by their own names.
    """
    held = {name.lower() for name in given}
    same = (
        field.name
        for rule in mapping.tables
        if rule.same and rule.source == source
        for field in mapping.model[rule.target].fields
        if field.required and field.name not in held | {f.name for f in rule.fields}
    )
    every = dict.fromkeys([*columns_named(mapping, source), *same])
    return tuple(name for name in every if name not in given)


def _of_rule(rule: TableRule) -> Iterator[str]:
    """Yield the columns of a rule's source, groups of columns and what is joined aside."""
    own = {name for each in rule.each for name in each.columns}
    own |= {name for join in rule.joins for name in join.take}
    for node in rule.expressions:
        yield from (name for name in _columns(node) if name not in own)
    for each in rule.each:
        for node in each.columns.values():
            yield from _columns(node)


def _columns(node: Node) -> Iterator[str]:
    """Yield the columns of an expression: every name but that of a list of codes."""
    if isinstance(node, Name):
        yield node.name
    elif isinstance(node, Call):
        for arg in node.args[1:] if node.name == "code" else node.args:
            yield from _columns(arg)
