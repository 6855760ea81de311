"""The profile of a dataset version: aggregates only, made on the node.

Variables come with fill and banded counts; what is counted for credits comes as a coverage. A
profile that holds a finer count than a band is refused, whatever a node may have sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from qundao.catalogue.bands import Band
from qundao.catalogue.codes import BAD_PROFILE, TOO_FINE
from qundao.kernel.errors import Problem, QundaoError, fail, problem, raise_if

SCHEMA = "qundao.profile/1"
MOST_VARIABLES, MOST_VALUES = 5000, 50
LEAST_SUBJECTS = 10
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")

Kind = Literal["number", "date", "code", "text", "key"]
KINDS = ("number", "date", "code", "text", "key")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ValueCount:
    """A value of a coded variable, with how many records hold it, in a band of at least 10."""

    value: str
    count: Band


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable: where, its kind, percent filled (0–100, rounded), distinct values in a band.

    `values` are the commonest of a coded variable; other kinds have none.
    """

    table: str
    name: str
    kind: Kind
    fill: int
    distinct: Band
    values: tuple[ValueCount, ...] = ()


@dataclass(frozen=True, slots=True)
class DomainCount:
    """Distinct facts of a domain, as the tariff counts them."""

    domain: str
    facts: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """What credits are reckoned from: subjects, facts per domain, and a scarcity topic or none."""

    subjects: int
    domains: tuple[DomainCount, ...]
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a node tells of a dataset version. Months are `2026-11`; None where data have none.

    Raises `catalogue.bad_profile` and `catalogue.profile_too_fine` with every defect at once.
    """

    model: str
    coverage: Coverage
    first_month: str | None
    last_month: str | None
    variables: tuple[Variable, ...]

    def __post_init__(self) -> None:
        raise_if(_defects(self))

    @property
    def subjects(self) -> int:
        """Return how many persons or trial subjects the version holds."""
        return self.coverage.subjects

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON; `from_json` reads it back."""
        return {
            "schema": SCHEMA,
            "model": self.model,
            "coverage": _coverage_json(self.coverage),
            "first_month": self.first_month,
            "last_month": self.last_month,
            "variables": [_variable_json(v) for v in self.variables],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Profile:
        """Read a profile. Raises `catalogue.bad_profile`, `catalogue.profile_too_fine`."""
        if data.get("schema") != SCHEMA:
            raise fail(BAD_PROFILE, data.get("schema", ""), "profile.schema", required=SCHEMA)
        return cls(
            model=_reading("profile.model", lambda: _text(data["model"])),
            coverage=_reading("profile.coverage", lambda: _coverage(data["coverage"])),
            first_month=_reading("profile.first_month", lambda: _month(data["first_month"])),
            last_month=_reading("profile.last_month", lambda: _month(data["last_month"])),
            variables=tuple(
                _reading(f"profile.variables[{i}]", lambda v=v: _variable(v))  # type: ignore[misc]
                for i, v in enumerate(_list(data.get("variables")))
            ),
        )


def _reading(where: str, read: Callable[[], T]) -> T:
    try:
        return read()
    except QundaoError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        received = f"{type(error).__name__}: {error}"[:200]
        raise fail(BAD_PROFILE, received, where, required=SCHEMA) from error


def _defects(profile: Profile) -> Iterator[Problem]:
    coverage = profile.coverage
    if coverage.subjects < LEAST_SUBJECTS:
        yield problem(TOO_FINE, coverage.subjects, "profile.coverage", floor=LEAST_SUBJECTS)
    if len({d.domain for d in coverage.domains}) != len(coverage.domains):
        yield _bad("profile.coverage.domains", "", "each domain once")
    if any(d.facts < 0 for d in coverage.domains):
        yield _bad("profile.coverage.domains", "", "facts ≥ 0")
    if (profile.first_month or "") > (profile.last_month or ""):
        received = f"{profile.first_month} – {profile.last_month}"
        yield _bad("profile.first_month", received, "first_month ≤ last_month")
    names = [(v.table, v.name) for v in profile.variables]
    if len(names) > MOST_VARIABLES or len(set(names)) != len(names):
        yield _bad("profile.variables", len(names), f"≤ {MOST_VARIABLES}, each once")
    for variable in profile.variables:
        yield from _variable_defects(variable)


def _variable_defects(v: Variable) -> Iterator[Problem]:
    where = f"profile.{v.table}.{v.name}"
    if not (_NAME.fullmatch(v.table) and _NAME.fullmatch(v.name)) or v.kind not in KINDS:
        yield _bad(where[:200], v.kind, f"a table, a column, one of {', '.join(KINDS)}")
    if not 0 <= v.fill <= 100:
        yield _bad(where, v.fill, "fill 0–100 %")
    if v.values and v.kind != "code":
        yield problem(TOO_FINE, v.kind, where, floor="code")
    if len(v.values) > MOST_VALUES or len({x.value for x in v.values}) != len(v.values):
        yield _bad(where, len(v.values), f"≤ {MOST_VALUES} values, each once")
    for value in v.values:
        if value.count.low == 0:
            yield problem(TOO_FINE, f"{value.value}: {value.count.text}", where, floor=10)


def _bad(where: str, received: object, required: str) -> Problem:
    return problem(BAD_PROFILE, received, where, required=required)


def _coverage_json(coverage: Coverage) -> dict[str, Any]:
    return {
        "subjects": coverage.subjects,
        "domains": {d.domain: d.facts for d in coverage.domains},
        "topic": coverage.topic,
    }


def _variable_json(v: Variable) -> dict[str, Any]:
    return {
        "table": v.table,
        "name": v.name,
        "kind": v.kind,
        "fill": v.fill,
        "distinct": v.distinct.text,
        "values": [{"value": x.value, "count": x.count.text} for x in v.values],
    }


def _coverage(data: Mapping[str, Any]) -> Coverage:
    domains = tuple(DomainCount(_text(k), _count(n)) for k, n in data["domains"].items())
    return Coverage(_count(data["subjects"]), domains, str(data.get("topic") or ""))


def _variable(data: Mapping[str, Any]) -> Variable:
    return Variable(
        table=_text(data["table"]),
        name=_text(data["name"]),
        kind=data["kind"],
        fill=_count(data["fill"]),
        distinct=Band.parse(_text(data["distinct"])),
        values=tuple(
            ValueCount(_text(x["value"]), Band.parse(_text(x["count"])))
            for x in _list(data.get("values", []))
        ),
    )


def _month(value: Any) -> str | None:
    if value is not None and not (isinstance(value, str) and _MONTH.fullmatch(value)):
        raise ValueError(f"a month such as 2026-11 is required, received {value!r}")
    return value


def _count(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 2**53:
        raise ValueError(f"a whole number of at least 0 is required, received {value!r}")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 200:
        raise ValueError(f"text of 1 to 200 characters is required, received {value!r}"[:200])
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise fail(BAD_PROFILE, type(value).__name__, "profile", required="a list")
    return value
