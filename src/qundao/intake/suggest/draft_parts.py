"""What a draft of a mapping is made of, before it is written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from qundao.intake.profile_result import TableProfile
from qundao.intake.suggest.filling import Source
from qundao.intake.suggest.result import Candidate
from qundao.intake.suggest.unfolding import Group


@dataclass(frozen=True, slots=True)
class DraftRule:
    """A rule of the draft: as in a mapping, each field with the candidate that it was taken from.

    `lacking` are required fields for which nothing was found: such a rule is only told of.
    """

    target: str
    source: str
    fields: Mapping[str, Candidate]
    groups: tuple[Group, ...] = ()
    where: str = ""
    reject: tuple[tuple[str, str], ...] = ()
    one_per: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()


@dataclass
class DraftSource:
    """A source of the draft: the profiled tables that have the same columns, the first in full."""

    name: str
    source: Source
    tables: list[TableProfile] = field(default_factory=list)

    @property
    def files(self) -> list[str]:
        """Return the names of the profiled tables."""
        return [t.name for t in self.tables]


@dataclass(frozen=True, slots=True)
class Draft:
    """A whole draft, before it is written down. `unknown` are tables of no known kind."""

    name: str
    target: str
    sources: tuple[DraftSource, ...]
    rules: tuple[DraftRule, ...]
    lists: tuple[str, ...]
    unknown: tuple[TableProfile, ...]
