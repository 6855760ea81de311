"""Runs definitions together. What fails ends that definition, not the run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from qundao.kernel.errors import QundaoError
from qundao.kernel.garbage import rarely_collected
from qundao.query.attrition import rule_counts
from qundao.query.batch.alone import SOURCE_AWAY, run_alone
from qundao.query.batch.results import Named, Result
from qundao.query.engine import Engine, Progress
from qundao.query.population import Population
from qundao.query.sweep import Sweep, Swept, Told, UnfitError


def run_definitions(
    engine: Engine, definitions: Sequence[Named], progress: Progress | None = None
) -> Iterator[Result]:
    """Yield the result of each definition, in the order given.

    Populations are swept together: the source is read once for all of them. What the sweep
    leaves (definitions over CDISC, or that the source lacks something for) has a query of its
    own, and so has a population that comes alone to a server. A problem of one definition is in
    its result; raises `engines.*` only when the source itself is away (status
    503), since nothing that follows could be answered. `seconds` are those of a definition
    alone, without its share of the reading.
    """
    tell, total = progress or _untold, len(definitions)
    with rarely_collected():
        sweep, fit = _sweep(engine, definitions)
        swept = _swept(sweep, lambda what: tell(0, total, what))
        for done, named in enumerate(definitions):
            found = next(swept) if done in fit else None
            tell(done, total, named.id)
            yield run_alone(engine, named) if found is None else _result(named, found)
    tell(total, total, "")


def _sweep(engine: Engine, definitions: Sequence[Named]) -> tuple[Sweep, set[int]]:
    """Return the sweep, and the places of the definitions that it takes."""
    found = {i: n.definition for i, n in enumerate(definitions)}
    populations = {i: d for i, d in found.items() if isinstance(d, Population)}
    if len(populations) == 1 and not engine.in_process:
        populations = {}  # a server would have to send what it can tell by itself
    sweep = Sweep(engine, list(populations.values()))
    return sweep, {place for i, place in enumerate(populations) if i in sweep.fit}


def _untold(done: int, total: int, what: str) -> None:
    """Report nothing."""


def _swept(sweep: Sweep, tell: Told) -> Iterator[Swept | None]:
    """Yield the members of each fit definition, then None for ever.

    Where the source cannot be read together, each definition's own query says what is wrong.
    """
    try:
        yield from sweep.results(tell)
    except UnfitError:
        pass
    except QundaoError as error:
        if error.status == SOURCE_AWAY:
            raise
    while True:
        yield None


def _result(named: Named, swept: Swept) -> Result:
    assert isinstance(named.definition, Population)  # no other is swept
    names = tuple(r.name for r in named.definition.rules)
    return Result(named.id, swept.rows, rule_counts(names, swept.masks), swept.seconds)
