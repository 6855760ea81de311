"""A rule: what a standard demands, under an id of its own, wherever it is applied.

A kind of check says how rows are counted; a rule says what that means at its places. Rules of
OMOP are the kinds themselves, as in the reference; those of CDISC are told apart by id.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from qundao.kernel.words import Words
from qundao.quality.kinds import Category, Severity

_ID = re.compile(r"^[A-Z]{2}-[A-Z]{3,6}-\d{4}$")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `source` names the section that demands it; `words` say what is violated.

    Raises ValueError for an id that is not like QD-SDTM-0042, or without a source.
    """

    id: str
    severity: Severity
    category: Category
    source: str
    words: Words

    def __post_init__(self) -> None:
        if not _ID.match(self.id):
            raise ValueError(f"an id like QD-SDTM-0042 is required, received {self.id!r}")
        if not self.source:
            raise ValueError(f"a source is required, received none for {self.id}")
