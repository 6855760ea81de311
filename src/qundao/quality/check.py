"""A check as data: which kind, where, with which argument and threshold."""

from __future__ import annotations

from dataclasses import dataclass

from qundao.kernel.errors import fail
from qundao.kernel.words import Words
from qundao.quality.codes import BAD_CATALOGUE
from qundao.quality.kinds import KINDS, Category, Context, Kind, Level, Severity
from qundao.quality.rulebook import Rule


@dataclass(frozen=True, slots=True)
class Check:
    """One check. Names are lower case; `threshold_pct` is the share of rows still tolerated.

    `field` may be several, joined by `+` (a composite key). `argument` is what the kind needs
    besides: the target of a foreign key, a bound, a list of terms. A threshold of None means
    that nothing is tolerated and that the reference publishes none (tables and fields absent).
    A check with a `rule` applies that rule at one place; without, its kind is the rule.
    Raises `quality.bad_catalogue`.
    """

    check: str
    level: Level
    table: str
    field: str | None = None
    argument: str = ""
    threshold_pct: float | None = None
    concept_id: str | None = None
    unit_concept_id: str | None = None
    source: str = ""
    rule: Rule | None = None

    def __post_init__(self) -> None:
        if self.check not in KINDS:
            raise fail(BAD_CATALOGUE, self.check, self.id, required=", ".join(sorted(KINDS)))
        if self.threshold_pct is not None and not 0 <= self.threshold_pct <= 100:
            raise fail(BAD_CATALOGUE, self.threshold_pct, self.id, required="0 … 100")
        if self.level is not self.kind.level:
            raise fail(
                BAD_CATALOGUE, self.level, self.id, required=f"{self.kind.level} {self.check}"
            )
        if (self.level is Level.TABLE) != (self.field is None):
            raise fail(BAD_CATALOGUE, self.field, self.id, required="a field, unless TABLE")

    @property
    def id(self) -> str:
        """Return the rule's id, or the kind's name, and the place: unique in a catalogue."""
        place = ".".join(p for p in (self.table, self.field) if p)
        concepts = ".".join(p for p in (self.concept_id, self.unit_concept_id) if p)
        return f"{self.question}:{place}" + (f":{concepts}" if concepts else "")

    @property
    def question(self) -> str:
        """Return what is asked, here and elsewhere: the rule's id, else the kind's name."""
        return self.rule.id if self.rule else self.check

    @property
    def words(self) -> Words:
        """Return what a violated row is, in both languages."""
        return self.rule.words if self.rule else self.kind.words

    @property
    def kind(self) -> Kind:
        """Return what the check's kind declares."""
        return KINDS[self.check]

    @property
    def category(self) -> Category:
        """Return conformance, completeness or plausibility."""
        return self.rule.category if self.rule else self.kind.category

    @property
    def context(self) -> Context:
        """Return verification or validation."""
        return self.kind.context

    @property
    def severity(self) -> Severity:
        """Return fatal, convention or characterization."""
        return self.rule.severity if self.rule else self.kind.severity

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the fields that the check speaks of."""
        return tuple(self.field.split("+")) if self.field else ()

    @property
    def tolerated(self) -> float:
        """Return the threshold as a number: nothing is tolerated where none is published."""
        return self.threshold_pct or 0.0
