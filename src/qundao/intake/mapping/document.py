"""The parts of a mapping, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from typing import Literal

from qundao.intake.mapping.examples import Example
from qundao.intake.mapping.expression import Node
from qundao.models import Model, ModelVersion, model_of

Gives = Literal["concept", "name", "code"]
"""What a published table of codes gives for a code."""

GIVES: tuple[Gives, ...] = ("concept", "name", "code")


@dataclass(frozen=True, slots=True)
class ViewRule:
    """A view or table of a database, `name` or `schema.name`, and how its rows are ordered.

    `database` is its address without a password, or `$NAME`: the variable of the environment that
    holds the address when a load runs. `keys` order the rows, which without them have no lasting
    numbers (`unordered`). `zone` is that of the wall clock by which moments are read that the
    database keeps with a zone.
    """

    database: str
    name: str
    keys: tuple[str, ...] = ()
    unordered: bool = False
    zone: str = ""


@dataclass(frozen=True, slots=True)
class SourceRule:
    """Which files a source is read from (names with `*`), which table of them, and how.

    `format` is found from a file's name where it is empty. An `optional` source may have no file
    at all: it is then one without rows. With `view`, rows are those of a database's view instead.
    `newer` is the column that says when a row was changed: of a source that is added to a version,
    older rows than the newest one there are left out.
    """

    name: str
    files: tuple[str, ...]
    table: str = ""
    format: str = ""
    options: Map[str, str] = field(default_factory=dict)
    optional: bool = False
    newer: str = ""
    view: ViewRule | None = None


@dataclass(frozen=True, slots=True)
class FieldRule:
    """A field of the target, and the expression that gives its value.

    With `required`, a row whose value is empty is rejected.
    """

    name: str
    value: Node
    text: str
    line: int
    required: bool = False


@dataclass(frozen=True, slots=True)
class RejectRule:
    """Rows where `when` holds are rejected, `because` of what is written there."""

    when: Node
    because: str
    line: int


@dataclass(frozen=True, slots=True)
class Each:
    """One of several groups of columns of a row, each of which makes a row of its own."""

    columns: Map[str, Node]


@dataclass(frozen=True, slots=True)
class JoinRule:
    """A row of another source that goes with each row, by its key.

    `on`: columns of the other source, each with the value that it must have (compared as text);
    `take`: names for columns of the other source, by which expressions then speak of them. Where no
    row fits they are empty; where several do, the row that joins them is rejected, unless `first`.
    """

    source: str
    on: tuple[tuple[str, Node], ...]
    take: Map[str, str]
    line: int
    first: bool = False


@dataclass(frozen=True, slots=True)
class UnitsRule:
    """Values that are not credible in their unit and ordinary in another are looked for.

    `value`, `unit` and `of` (what was measured, by a name, a code or a LOINC name) are expressions
    over the source. Rows found are rejected, or, with `tell`, loaded and told.
    """

    value: Node
    unit: Node
    of: Node
    line: int
    tell: bool = False


@dataclass(frozen=True, slots=True)
class TableRule:
    """How rows of one source become rows of one target table.

    `each` unfolds a row (diagnoses 1 to 10) under names that expressions then use. Rows where
    `where` does not hold are left out; rows with the same `one_per` become one, the first. With
    `same`, every other field of the target that the source has a column of the same name for is
    taken from it.
    """

    target: str
    source: str
    fields: tuple[FieldRule, ...]
    line: int
    each: tuple[Each, ...] = ()
    where: Node | None = None
    rejects: tuple[RejectRule, ...] = ()
    one_per: tuple[str, ...] = ()
    same: bool = False
    joins: tuple[JoinRule, ...] = ()
    units: UnitsRule | None = None

    @property
    def expressions(self) -> tuple[Node, ...]:
        """Return every expression of the rule but those of its groups of columns."""
        own = [f.value for f in self.fields] + [r.when for r in self.rejects]
        own += [self.where] if self.where else []
        own += [node for join in self.joins for _, node in join.on]
        own += [self.units.value, self.units.unit, self.units.of] if self.units else []
        return tuple(own)


@dataclass(frozen=True, slots=True)
class IdentityRule:
    """What of a source names a person: the key for pseudonyms, and columns for the vault only."""

    source: str
    person: str
    vault: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CodeList:
    """What stands for what: source text to a number or text; `otherwise` for any other.

    What is empty stays empty. Without `otherwise`, a text that is not listed is a defect of its
    row. Read from `file` where the site has a licensed table: one with a header and the columns
    `code` and `concept`, or, with `gives` (concept, name, code), one as it was published, of which
    `vocabulary` says what is meant where it has several.
    """

    name: str
    codes: Map[str, int | float | str] = field(default_factory=dict)
    otherwise: int | float | str | None = None
    file: str = ""
    code_column: str = ""
    value_column: str = ""
    gives: Gives | None = None
    vocabulary: str = ""


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping of sources to a model. `standard` and `model_version` as in `models`.

    `vocabulary` is the folder of the site's own vocabulary files (as Athena gives them out).
    `described` is the model that a mapping to tables of its own describes; `examples` are rows
    that show what it is to do.
    """

    name: str
    version: int
    standard: str
    model_version: str
    sources: Map[str, SourceRule]
    codes: Map[str, CodeList]
    tables: tuple[TableRule, ...]
    identity: tuple[IdentityRule, ...] = ()
    vocabulary: str = ""
    digest: str = ""
    described: Model | None = None
    examples: tuple[Example, ...] = ()

    @property
    def model(self) -> Model:
        """Return the target: the tables that are described, else those of the standard."""
        if self.described is not None:
            return self.described
        return model_of(ModelVersion(self.standard, self.model_version, "told"))
