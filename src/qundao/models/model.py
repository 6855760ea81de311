"""A standard model: tables and fields as the standard declares them.

Names are lower case throughout, because identifiers ignore case everywhere in the product;
CDISC writes them in capitals, and `Model.spelled` gives a name back as its standard spells it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from qundao.kernel.words import Words


class Kind(StrEnum):
    """What a field holds, whatever an engine calls the type."""

    INTEGER = "integer"
    NUMBER = "number"
    TEXT = "text"
    DATE = "date"
    DATETIME = "datetime"


@dataclass(frozen=True, slots=True)
class Foreign:
    """The table and field that a foreign key points to."""

    table: str
    field: str


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `length` is the longest text allowed, None for no limit or for other kinds.

    `domain` and `concept_class` bind a concept id in OMOP; `core` and `label` come from CDISC
    (`Req`, `Exp`, `Perm`, `Cond`); `words` from whoever describes a table of their own.
    """

    name: str
    kind: Kind
    length: int | None = None
    required: bool = False
    key: bool = False
    foreign: Foreign | None = None
    domain: str | None = None
    concept_class: str | None = None
    core: str | None = None
    label: str | None = None
    words: Words | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """One table. `part` is the standard's own grouping: cdm, vocab, results, sdtm, adam or own.

    `concept_prefix` and `completeness` (percent) are what OMOP declares for quality checks:
    the prefix of the table's concept fields, and the share of persons expected in it.
    """

    name: str
    part: str
    fields: tuple[Field, ...]
    required: bool = False
    concept_prefix: str | None = None
    completeness: int | None = None
    label: str | None = None
    words: Words | None = None
    _by_name: Mapping[str, Field] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_name = {f.name: f for f in self.fields}
        if len(by_name) != len(self.fields):
            raise ValueError(f"each field once is required, received {self.name} with a repetition")
        object.__setattr__(self, "_by_name", MappingProxyType(by_name))

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._by_name

    def __getitem__(self, name: str) -> Field:
        return self._by_name[name.lower()]

    @property
    def names(self) -> tuple[str, ...]:
        """Return the field names in the standard's order."""
        return tuple(f.name for f in self.fields)

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the names of the fields that together identify a row."""
        return tuple(f.name for f in self.fields if f.key)


@dataclass(frozen=True, slots=True)
class Model:
    """A standard in one version: `standard` is omop, cdisc or own, `version` as it says itself."""

    standard: str
    version: str
    tables: tuple[Table, ...]
    _by_name: Mapping[str, Table] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_name = {t.name: t for t in self.tables}
        if len(by_name) != len(self.tables):
            raise ValueError("each table once is required, received a repetition")
        object.__setattr__(self, "_by_name", MappingProxyType(by_name))

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._by_name

    def __getitem__(self, name: str) -> Table:
        return self._by_name[name.lower()]

    @property
    def names(self) -> tuple[str, ...]:
        """Return the table names in the standard's order."""
        return tuple(t.name for t in self.tables)

    def spelled(self, name: str) -> str:
        """Return a name as the standard spells it: CDISC in capitals, OMOP in small letters."""
        return name.upper() if self.standard == "cdisc" else name.lower()
