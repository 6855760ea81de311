"""What a node tells of its vocabulary: an aggregate, read strictly here.

    {"schema": "qundao.vocabulary/1", "model": "omop 5.4", "whole": true,
     "releases": [{"vocabulary": "SNOMED", "version": "2024-03-01"}],
     "tables": [{"table": "person", "columns": ["person_id"]}],
     "concepts": [{"id": 201826, "code": "44054006", "vocabulary": "SNOMED",
                   "domain": "Condition", "standard": true, "name": "…", "zh": "…",
                   "persons": "100–499"}]}

A concept is told of when enough persons hold it, in a band, or without `persons` when it stands
above such concepts. `whole`: the vocabulary holds much more than what is in use, so that a
concept that is absent says nothing about anybody. Names are those that the site may tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from qundao.catalogue.bands import Band
from qundao.catalogue.codes import BAD_VOCABULARY, TOO_FINE
from qundao.kernel.errors import Problem, QundaoError, fail, problem, raise_if

SCHEMA = "qundao.vocabulary/1"
MOST_CONCEPTS, MOST_TABLES, MOST_COLUMNS, MOST_RELEASES = 20_000, 200, 200, 500
LONGEST = 255
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,63}")
_CONCEPT_LIMIT = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Release:
    """One vocabulary and its version, as the source states them."""

    vocabulary: str
    version: str


@dataclass(frozen=True, slots=True)
class HeldConcept:
    """A concept that a source uses; `persons` None: only narrower ones are used."""

    id: int
    code: str
    vocabulary: str
    domain: str
    standard: bool
    name: str
    zh: str
    persons: Band | None


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a source can be asked about. Tables and columns are those of its standard model."""

    model: str
    whole: bool
    releases: tuple[Release, ...]
    tables: Mapping[str, tuple[str, ...]]
    concepts: tuple[HeldConcept, ...]


def read_vocabulary(data: Mapping[str, Any], least: int) -> Vocabulary:
    """Read what a node tells, under the dataset's threshold.

    Raises `catalogue.bad_vocabulary`, and `catalogue.profile_too_fine` for every count finer
    than a band of that threshold.
    """
    try:
        found = _vocabulary(data)
    except QundaoError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        received = f"{type(error).__name__}: {error}"[:200]
        raise fail(BAD_VOCABULARY, received, "vocabulary", required=SCHEMA) from error
    raise_if(_too_fine(found, least))
    return found


def _too_fine(found: Vocabulary, least: int) -> Iterator[Problem]:
    for held in found.concepts:
        if held.persons is not None and (held.persons.small or not held.persons.is_of(least)):
            yield problem(TOO_FINE, held.persons.text, f"concepts[{held.id}]", floor=least)


def _vocabulary(data: Mapping[str, Any]) -> Vocabulary:
    _exactly(data, "schema", "model", "whole", "releases", "tables", "concepts")
    if data["schema"] != SCHEMA or type(data["whole"]) is not bool:
        raise ValueError(f"{SCHEMA} is required")
    concepts = tuple(_concept(c) for c in _listed(data["concepts"], MOST_CONCEPTS))
    if len({c.id for c in concepts}) != len(concepts):
        raise ValueError("each concept once is required")
    tables = dict(_table(t) for t in _listed(data["tables"], MOST_TABLES))
    releases = tuple(_release(r) for r in _listed(data["releases"], MOST_RELEASES))
    return Vocabulary(_text(data["model"], 60), data["whole"], releases, tables, concepts)


def _release(data: Mapping[str, Any]) -> Release:
    _exactly(data, "vocabulary", "version")
    return Release(_text(data["vocabulary"], 60), _text(data["version"], LONGEST, empty=True))


def _table(data: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    _exactly(data, "table", "columns")
    columns = tuple(_name(c) for c in _listed(data["columns"], MOST_COLUMNS))
    return _name(data["table"]), columns


def _concept(data: Mapping[str, Any]) -> HeldConcept:
    _exactly(
        data, "id", "code", "vocabulary", "domain", "standard", optional=("name", "zh", "persons")
    )
    number, standard = data["id"], data["standard"]
    if type(number) is not int or not 0 < number <= _CONCEPT_LIMIT or type(standard) is not bool:
        raise ValueError("a concept's id and whether it is standard are required")
    told = data.get("persons")
    return HeldConcept(
        number,
        _text(data["code"], 60),
        _text(data["vocabulary"], 60),
        _text(data["domain"], 60),
        standard,
        _text(data.get("name", ""), LONGEST, empty=True),
        _text(data.get("zh", ""), LONGEST, empty=True),
        None if told is None else Band.parse(_text(told, 60)),
    )


def _exactly(data: Any, *required: str, optional: tuple[str, ...] = ()) -> None:
    """Refuse any key that is not foreseen: nothing unnoticed travels."""
    known = {*required, *optional}
    if not isinstance(data, Mapping) or not set(required) <= data.keys() <= known:
        raise ValueError(f"exactly {', '.join(sorted(required))} are required")


def _listed(value: Any, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise ValueError(f"a list of at most {most} is required")
    return value


def _text(value: Any, longest: int, *, empty: bool = False) -> str:
    wrong = not isinstance(value, str) or len(value) > longest or not value.isprintable()
    if wrong or not (value or empty):
        raise ValueError(f"text of at most {longest} characters is required, received {value!r}")
    return str(value)


def _name(value: Any) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise ValueError(f"a name in small letters is required, received {value!r}"[:200])
    return value
