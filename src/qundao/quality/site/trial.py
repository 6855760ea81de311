"""Tries a site's checks over no rows: the engine tells what it cannot compare before the run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from sqlglot import exp

from qundao.kernel.errors import Problem, QundaoError, problem
from qundao.quality.check import Check
from qundao.quality.codes import CANNOT_COMPARE
from qundao.quality.plan import Scan
from qundao.quality.rules import RULES
from qundao.quality.source import MissingError, Source

_FAULT_OF_THE_QUERY = 500


def failures(
    checks: Iterable[Check], places: Mapping[str, str], source: Source
) -> Iterator[Problem]:
    """Yield a problem per check whose query the engine refuses; `places` are by rule id."""
    for check in checks:
        if not all(source.has(check.table, f) for f in check.fields):
            continue  # told as not applicable by the run
        place = places.get(check.question, "")
        try:
            measure = RULES[check.check](check, source)
            query = Scan(measure.base, ((check, measure),)).query()
            source.engine.query(query.where(exp.false()))
        except MissingError:
            continue
        except QundaoError as error:
            if error.status >= _FAULT_OF_THE_QUERY:
                raise
            yield problem(CANNOT_COMPARE, f"{check.argument} ({error.code})", place)
