"""Which model, in which version, does a source hold? Told, else stated, else seen."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from qundao.kernel.errors import Problem, problem
from qundao.models.cdisc import CDISC_VERSION, cdisc
from qundao.models.codes import NO_MODEL, UNKNOWN_MODEL, WRONG_VERSION
from qundao.models.model import Model
from qundao.models.omop import OMOP_VERSIONS, omop

_NUMBER = re.compile(r"(\d+\.\d+)")

Columns = Mapping[str, Collection[str]]
"""What a source has: table name to column names."""


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """A model and how it was settled on: `told`, `stated` (in cdm_source) or `seen`."""

    standard: str
    version: str
    how: str

    def __str__(self) -> str:
        return f"{self.standard} {self.version}"


def model_of(version: ModelVersion) -> Model:
    """Return the declared tables of a model version. Raises `models.unknown_model`."""
    return cdisc() if version.standard == "cdisc" else omop(version.version)


def detect(
    columns: Columns, *, told: str | None = None, stated: str | None = None
) -> ModelVersion | tuple[Problem, ...]:
    """Return the model version of a source, or every reason why there is none.

    `told` is what the user wrote (`5.4`), `stated` is `cdm_source.cdm_version` as the source
    holds it (`v5.3.1`). A version told is refused where the tables plainly are of another one;
    a version stated that this product does not know is a problem, not a guess.
    """
    have = {table.lower(): {c.lower() for c in names} for table, names in columns.items()}
    if {"person", "observation_period"} <= have.keys():
        return _omop(have, told, stated)
    if have.keys() & {"dm", "adsl"}:
        return ModelVersion("cdisc", CDISC_VERSION, "seen")
    return (problem(NO_MODEL, ", ".join(sorted(have)[:12])),)


def _omop(
    have: Mapping[str, set[str]], told: str | None, stated: str | None
) -> ModelVersion | tuple[Problem, ...]:
    if told is not None:
        return _settled(have, told, "told")
    if stated:
        return _settled(have, stated, "stated")
    return ModelVersion("omop", _seen(have), "seen")


def _settled(
    have: Mapping[str, set[str]], text: str, how: str
) -> ModelVersion | tuple[Problem, ...]:
    found = _NUMBER.search(text)
    if not found or found.group(1) not in OMOP_VERSIONS:
        return (problem(UNKNOWN_MODEL, text, how, known=", ".join(OMOP_VERSIONS)),)
    version = found.group(1)
    if how == "told" and (problems := tuple(_misfits(have, version))):
        return problems
    return ModelVersion("omop", version, how)


def _misfits(have: Mapping[str, set[str]], version: str) -> Iterator[Problem]:
    """Yield a problem per table that is plainly of another version than the one told."""
    for table in omop(version).tables:
        names = have.get(table.name, set())
        own, foreign = _own(table.name, version), _foreign(table.name, version)
        if names & foreign and not names & own:
            yield problem(
                WRONG_VERSION,
                ", ".join(sorted(names & foreign)),
                table.name,
                model=f"OMOP CDM {version}",
                expected=", ".join(sorted(own)) or "–",
            )


def _seen(have: Mapping[str, set[str]]) -> str:
    """Return the version whose own fields are seen most often; the older one on a tie."""

    def score(version: str) -> int:
        tables = omop(version).names
        return sum(len(have.get(t, set()) & _own(t, version)) for t in tables)

    return max(OMOP_VERSIONS, key=lambda v: (score(v), -OMOP_VERSIONS.index(v)))


def _own(table: str, version: str) -> set[str]:
    """Return the fields of `table` that only this version has."""
    return _names(table, version) - _others(table, version)


def _foreign(table: str, version: str) -> set[str]:
    """Return the fields of `table` that other versions have and this one has not."""
    return _others(table, version) - _names(table, version)


def _others(table: str, version: str) -> set[str]:
    return set().union(*(_names(table, v) for v in OMOP_VERSIONS if v != version))


def _names(table: str, version: str) -> set[str]:
    model = omop(version)
    return set(model[table].names) if table in model else set()
