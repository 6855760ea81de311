"""Steps of a query that are named more than once: for Spark each is run once and its rows kept.

Spark writes a step (CTE) out again wherever it is named, and what that step names again. Where
groups ask for groups this multiplies: one published cohort definition of 125 steps would be a
plan of more than a million million.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from sqlglot import exp


def with_steps_kept(query: exp.Query, keep: Callable[[exp.Query], str]) -> exp.Query:
    """Return the query with every step that is named more than once taken out.

    `keep` is handed each of these, in order and without other steps than its own, and returns
    the name under which its rows are found from then on. The query itself is left as it is.
    """
    rest = query.copy()
    steps = _steps(rest)
    named = Counter(t.name for t in rest.find_all(exp.Table))
    kept: dict[str, str] = {}
    before: list[exp.CTE] = []
    for step in steps:
        _renamed(step.this, kept)
        if named[step.alias] > 1:
            kept[step.alias] = keep(_over(step.this, before))
        else:
            before.append(step)
    if not kept:
        return rest
    rest.set("with_", None)
    _renamed(rest, kept)
    return _over(rest, before)


def _steps(query: exp.Query) -> list[exp.CTE]:
    """Return the steps of a query; none where some query within it has steps of its own."""
    found = list(query.find_all(exp.With))
    plain = len(found) == 1 and found[0].parent is query and not found[0].recursive
    return list(found[0].expressions) if plain else []


def _renamed(query: exp.Expr, kept: Mapping[str, str]) -> None:
    """Point every table that is a kept step at its rows, in place."""
    for table in query.find_all(exp.Table):
        if not table.db and table.name in kept:
            alias = table.alias or table.name
            table.set("this", exp.to_identifier(kept[table.name]))
            table.set("alias", exp.TableAlias(this=exp.to_identifier(alias)))


def _over(query: exp.Query, steps: Sequence[exp.CTE]) -> exp.Query:
    """Return a query with those of the steps, each named once, that it comes to name."""
    own = set(_reached(query, {s.alias: s for s in steps}))
    whole = query.copy()
    for step in steps:
        if step.alias in own:
            whole = whole.with_(step.alias, as_=step.this, copy=False)
    return whole


def _reached(query: exp.Expr, steps: Mapping[str, exp.CTE]) -> Iterator[str]:
    for table in query.find_all(exp.Table):
        if table.name in steps:
            yield table.name
            yield from _reached(steps[table.name].this, steps)
