"""Profiles one table: what its columns are, what is missing, odd, repeated, or has moved.

A few scans however wide the table: one for all counts, one for all quantiles (exact, not
approximate), one for all bins and outliers, one per shown column for its values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from qundao.kernel.errors import fail
from qundao.quality.codes import NO_SUCH_TABLE, OTHER_PROFILE
from qundao.quality.finding import Finding
from qundao.quality.profile.drift import drift
from qundao.quality.profile.findings import findings
from qundao.quality.profile.forms import FORMS, IDENTIFIES, like
from qundao.quality.profile.infer import Inferred, infer
from qundao.quality.profile.numbers import Numbers, summarise
from qundao.quality.profile.scan import Counted, count_columns, in_table, text_of
from qundao.quality.profile.values import bounds, shapes, top_values
from qundao.quality.score import Scorecard, score
from qundao.query.engine import Engine, Progress

SCHEMA = "qundao.table-profile/1"
FLOOR = 10
_SORTS = ("date YYYY", "datetime YYYY")


@dataclass(frozen=True, slots=True)
class TableProfile:
    """The steward's profile as JSON, the findings made of it, and their scorecard."""

    facts: Mapping[str, Any]
    findings: tuple[Finding, ...]
    scorecard: Scorecard

    def to_json(self) -> dict[str, Any]:
        """Return the whole profile: for the node, not for the hub (see `for_hub`)."""
        return dict(self.facts) | {
            "score": self.scorecard.to_json(),
            "checks": [f.to_json() for f in self.findings],
        }


def profile_table(
    engine: Engine,
    table: str | None = None,
    *,
    against: Mapping[str, Any] | None = None,
    floor: int = FLOOR,
    progress: Progress | None = None,
) -> TableProfile:
    """Profile `table`, or the only one there is.

    `against` is an earlier profile as JSON; `floor` the rows that a shown value has at least.
    Raises `quality.no_such_table`, `quality.other_profile` and `engines.*`.
    """
    name, before = _table(engine, table), _columns_before(against)
    columns = [c.name for c in engine.schema[name]]
    counted = count_columns(engine, name, columns)
    types = {c.name: infer(c) for c in counted}
    numeric = {c: bool(types[c].sentinel_missing) for c in columns if types[c].numeric}
    numbers = summarise(engine, name, numeric, _edges(before))
    told = []
    for done, held in enumerate(counted):
        if progress:
            progress(done, len(counted), held.name)
        column = _column(engine, name, held, types[held.name], numbers.get(held.name), floor)
        told.append(column | _moved(before.get(held.name), column))
    if progress:
        progress(len(counted), len(counted), "")
    facts = _facts(engine, name, told, counted, against)
    found = findings(facts)
    return TableProfile(facts, found, score(found))


def _table(engine: Engine, table: str | None) -> str:
    held = ", ".join(sorted(engine.schema)) or "–"
    if table is None and len(engine.schema) == 1:
        return next(iter(engine.schema))
    if table is None or table.lower() not in engine.schema:
        raise fail(NO_SUCH_TABLE, table or "", "--table", held=held)
    return table.lower()


def _columns_before(against: Mapping[str, Any] | None) -> dict[str, Mapping[str, Any]]:
    if against is None:
        return {}
    if against.get("schema") != SCHEMA or not isinstance(against.get("columns"), list):
        raise fail(OTHER_PROFILE, str(against.get("schema"))[:80], "--against", schema=SCHEMA)
    return {c["name"]: c for c in against["columns"]}


def _edges(before: Mapping[str, Mapping[str, Any]]) -> dict[str, list[float]]:
    """Return the earlier profile's bins, so that both count in the same."""
    held = {name: (c.get("numbers") or {}).get("bins") for name, c in before.items()}
    return {name: bins["edges"] for name, bins in held.items() if bins and bins["edges"]}


def _column(
    engine: Engine, table: str, held: Counted, found: Inferred, numbers: Numbers | None, floor: int
) -> dict[str, Any]:
    missing = held.null + held.blank + held.disguised + found.sentinel_missing
    column = {
        "name": held.name,
        "type": found.type,
        "told": held.told,
        "null": held.null,
        "blank": held.blank,
        "disguised": held.disguised,
        "sentinels": found.sentinel_missing,
        "missing": missing,
        "missing_pct": round(100 * missing / held.rows, 4) if held.rows else 0.0,
        "distinct": held.distinct,
        "distinct_told": min(held.distinct, held.told),
        "violations": found.violations,
        "key": found.unique and bool(IDENTIFIES.search(held.name)),
        "personal": list(found.personal),
        "personal_rows": _personal_rows(held, found),
    }
    if found.identifying(held.name):
        return column  # nothing of its values is told, not even their shapes
    if numbers is not None:
        return column | {"numbers": numbers.to_json()}
    if found.type.startswith(_SORTS):
        low, high = bounds(engine, table, held.name, like(text_of(held.name), FORMS[found.type]))
        return column | {"first": low, "last": high}
    shown = {"shapes": shapes(engine, table, held.name, floor)}
    if found.type in ("code", "boolean"):
        shown["values"] = top_values(engine, table, held.name, floor)
    return column | shown


def _personal_rows(held: Counted, found: Inferred) -> int:
    counts = {
        "identity number": held.identity_numbers,
        "mobile number": held.mobile_numbers,
        "name of a person": held.told,
    }
    return max((counts[sort] for sort in found.personal), default=0)


def _moved(before: Mapping[str, Any] | None, now: Mapping[str, Any]) -> dict[str, Any]:
    moved = drift(before, now) if before is not None else None
    return {} if moved is None else {"drift": moved.to_json()}


def _facts(
    engine: Engine,
    table: str,
    columns: list[dict[str, Any]],
    counted: tuple[Counted, ...],
    against: Mapping[str, Any] | None,
) -> dict[str, Any]:
    rows = counted[0].rows if counted else 0
    names = [c["name"] for c in columns]
    facts: dict[str, Any] = {
        "schema": SCHEMA,
        "source": dict(engine.describe()),
        "table": table,
        "rows": rows,
        "duplicate_rows": rows - _distinct_rows(engine, table, names),
        "header_rows": _header_rows(engine, table, names),
        "columns": columns,
    }
    if against is None:
        return facts
    earlier = [c["name"] for c in against["columns"]]
    return facts | {
        "drift": {
            "rows_before": against["rows"],
            "new_columns": [n for n in names if n not in earlier],
            "lost_columns": [n for n in earlier if n not in names],
        }
    }


def _distinct_rows(engine: Engine, table: str, names: list[str]) -> int:
    columns = [
        exp.cast(exp.column(n, quoted=True), "TEXT").as_(f"c{i}") for i, n in enumerate(names)
    ]
    rows = exp.select(*columns).distinct().from_(in_table(table)).subquery("each")
    return _one_number(engine, exp.select(exp.Count(this=exp.Star()).as_("n")).from_(rows))


def _header_rows(engine: Engine, table: str, names: list[str]) -> int:
    """Count rows that repeat the names of all columns: files put together with their headers."""
    same = [exp.Lower(this=text_of(n)).eq(exp.Literal.string(n)) for n in names]
    counted = exp.select(exp.Count(this=exp.Star()).as_("n")).from_(in_table(table))
    return _one_number(engine, counted.where(*same))


def _one_number(engine: Engine, query: exp.Expression) -> int:
    return int(engine.query(query).column(0)[0].as_py())
