"""The profile of a dataset version: aggregates only, made on the node, read strictly here.

    {"schema": "qundao.profile/1", "model": "omop 5.3", "persons": 1465 | null,
     "persons_band": "1,000–4,999", "period": {"from": 1950, "to": 2019} | null,
     "domains": [{"domain": "condition", "facts": 12345}],
     "tables": [{"table": "person", "rows": "1,000–4,999", "variables": [
        {"name": "gender_concept_id", "kind": "code", "filled_pct": 100, "distinct": "<10",
         "values": [{"value": "8507", "label": "MALE", "persons": "500–999"}]}]}]}

Exact are only the number of persons and the facts per domain, which credits are reckoned from.
Anything else that a node sends (another key, a finer count, a long text) is refused: a profile
is no way out for rows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from qundao.catalogue.bands import Band
from qundao.catalogue.codes import BAD_PROFILE, TOO_FINE
from qundao.kernel.errors import Problem, QundaoError, fail, problem, raise_if

SCHEMA = "qundao.profile/1"
KINDS = ("code", "date", "key", "number", "text")
MOST_TABLES, MOST_VARIABLES, MOST_VALUES, LONGEST_VALUE = 500, 2000, 50, 80
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ValueCount:
    """A value of a coded variable, with how many persons hold it; `label` is its name."""

    value: str
    count: Band
    label: str = ""


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable: kind, percent filled (0–100), distinct values, the commonest if coded."""

    table: str
    name: str
    kind: str
    fill: int
    distinct: Band
    values: tuple[ValueCount, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """One table with its rows in a band and its variables."""

    name: str
    rows: Band
    variables: tuple[Variable, ...]


@dataclass(frozen=True, slots=True)
class DomainCount:
    """Distinct facts of a domain, as the tariff counts them."""

    domain: str
    facts: int


@dataclass(frozen=True, slots=True)
class Profile:
    """What a node tells of a dataset version.

    `persons` is None when there are fewer than the contributor's threshold; `period` is the
    first and last year. Raises `catalogue.bad_profile` with every defect at once.
    """

    model: str
    persons: int | None
    persons_band: Band
    period: tuple[int, int] | None
    domains: tuple[DomainCount, ...]
    tables: tuple[Table, ...]

    def __post_init__(self) -> None:
        raise_if(_defects(self))

    @property
    def variables(self) -> tuple[Variable, ...]:
        """Return the variables of all tables."""
        return tuple(v for t in self.tables for v in t.variables)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Profile:
        """Read a profile. Raises `catalogue.bad_profile`."""
        if not isinstance(data, Mapping) or data.get("schema") != SCHEMA:
            raise fail(BAD_PROFILE, str(data)[:80], "profile.schema", required=SCHEMA)
        return _reading("profile", lambda: _profile(data))


def threshold_problems(profile: Profile, least: int) -> Iterator[Problem]:
    """Yield what is finer than the contributor's threshold allows: `catalogue.profile_too_fine`."""
    if profile.persons is not None and profile.persons < least:
        yield problem(TOO_FINE, profile.persons, "profile.persons", floor=least)
    bands = [("profile.persons_band", profile.persons_band)]
    bands += [(f"profile.{t.name}.rows", t.rows) for t in profile.tables]
    bands += [(f"profile.{v.table}.{v.name}", v.distinct) for v in profile.variables]
    values = [(f"profile.{v.table}.{v.name}", x.count) for v in profile.variables for x in v.values]
    for where, held in (*bands, *values):
        if not held.is_of(least):
            yield problem(TOO_FINE, held.text, where, floor=least)
    for where, held in values:
        if held.small:
            yield problem(TOO_FINE, held.text, where, floor=least)


def _defects(p: Profile) -> Iterator[Problem]:
    if len({d.domain for d in p.domains}) != len(p.domains):
        yield _bad("profile.domains", len(p.domains), "each domain once")
    if p.domains and not p.persons:
        yield _bad("profile.domains", len(p.domains), "persons where there are facts")
    if p.period and p.period[0] > p.period[1]:
        yield _bad("profile.period", p.period, "from ≤ to")
    names = [t.name for t in p.tables]
    if len(set(names)) != len(names) or len(names) > MOST_TABLES:
        yield _bad("profile.tables", len(names), f"≤ {MOST_TABLES}, each once")
    for table in p.tables:
        own = [v.name for v in table.variables]
        if len(set(own)) != len(own) or len(own) > MOST_VARIABLES:
            yield _bad(f"profile.{table.name}", len(own), f"≤ {MOST_VARIABLES}, each once")
    for v in p.variables:
        if len(v.values) > MOST_VALUES or len({x.value for x in v.values}) != len(v.values):
            yield _bad(f"profile.{v.table}.{v.name}", len(v.values), f"≤ {MOST_VALUES} values")
        if v.kind not in KINDS or (v.values and v.kind != "code"):
            yield _bad(f"profile.{v.table}.{v.name}", v.kind, f"{', '.join(KINDS)}; values: code")


def _bad(where: str, received: object, required: str) -> Problem:
    return problem(BAD_PROFILE, received, where, required=required)


# --- reading -------------------------------------------------------------------------------

_PROFILE = frozenset(("schema", "model", "persons", "persons_band", "period", "domains", "tables"))


def _reading(where: str, read: Callable[[], T]) -> T:
    try:
        return read()
    except QundaoError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        received = f"{type(error).__name__}: {error}"[:200]
        raise fail(BAD_PROFILE, received, where, required=SCHEMA) from error


def _profile(data: Mapping[str, Any]) -> Profile:
    _exactly(data, _PROFILE)
    persons = data["persons"]
    return Profile(
        model=_text(data["model"]),
        persons=None if persons is None else _count(persons),
        persons_band=Band.parse(_text(data["persons_band"])),
        period=_period(data["period"]),
        domains=tuple(_domain(d) for d in _list(data["domains"])),
        tables=tuple(
            _reading(f"profile.tables[{i}]", lambda t=t: _table(t))  # type: ignore[misc]
            for i, t in enumerate(_list(data["tables"]))
        ),
    )


def _period(data: Any) -> tuple[int, int] | None:
    if data is None:
        return None
    _exactly(data, frozenset(("from", "to")))
    return _count(data["from"]), _count(data["to"])


def _domain(data: Any) -> DomainCount:
    _exactly(data, frozenset(("domain", "facts")))
    return DomainCount(_name(data["domain"]), _count(data["facts"]))


def _table(data: Any) -> Table:
    _exactly(data, frozenset(("table", "rows", "variables")))
    name = _name(data["table"])
    variables = tuple(_variable(name, v) for v in _list(data["variables"]))
    return Table(name, Band.parse(_text(data["rows"])), variables)


def _variable(table: str, data: Any) -> Variable:
    required = frozenset(("name", "kind", "filled_pct", "distinct"))
    _exactly(data, required, frozenset(("values",)))
    filled = _count(data["filled_pct"])
    if filled > 100:
        raise ValueError(f"0 to 100 % are required, received {filled}")
    return Variable(
        table,
        _name(data["name"]),
        _text(data["kind"]),
        filled,
        Band.parse(_text(data["distinct"])),
        tuple(_value(v) for v in _list(data.get("values", []))),
    )


def _value(data: Any) -> ValueCount:
    _exactly(data, frozenset(("value", "persons")), frozenset(("label",)))
    value, label = data["value"], data.get("label", "")
    if not all(isinstance(t, str) and len(t) <= LONGEST_VALUE for t in (value, label)):
        raise ValueError(f"text of at most {LONGEST_VALUE} characters is required")
    return ValueCount(value, Band.parse(_text(data["persons"])), label)


def _exactly(data: Any, required: frozenset[str], optional: frozenset[str] = frozenset()) -> None:
    """Refuse any key that is not foreseen: nothing unnoticed travels in a profile."""
    if not isinstance(data, Mapping) or not required <= data.keys() <= required | optional:
        raise ValueError(f"exactly {', '.join(sorted(required))} are required")


def _count(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 2**53:
        raise ValueError(f"a whole number of at least 0 is required, received {value!r}"[:200])
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 200:
        raise ValueError(f"text of 1 to 200 characters is required, received {value!r}"[:200])
    return value


def _name(value: Any) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise ValueError(f"a name of letters, digits, _ is required, received {value!r}"[:200])
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"a list is required, received {type(value).__name__}")
    return value
