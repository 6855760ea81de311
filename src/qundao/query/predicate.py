"""The explore lane's language: conjunctions of a few terms from a closed, banded vocabulary.

Free predicates can be differenced: two questions that differ by one birth year or one date
single out a person. So ages, years and follow-up come in declared bands, a question has at most
six terms, and there is no negation. A predicate is always in its canonical form, so asking
again, or asking it another way, is the same question with the same digest. Whether a question
is refused depends on the question alone, never on its answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from qundao.kernel.canonical import canonical_json
from qundao.kernel.errors import Problem, problem, raise_if
from qundao.query.codec import definition_digest, encode
from qundao.query.codes import PREDICATE, invalid
from qundao.query.values import check_concept, check_name

MOST_TERMS = 6
AGE_BANDS = {
    "0-17": (0, 17),
    "18-29": (18, 29),
    "30-39": (30, 39),
    "40-49": (40, 49),
    "50-59": (50, 59),
    "60-69": (60, 69),
    "70-79": (70, 79),
    "80+": (80, 200),
}
AGE_YEARS = tuple(range(1950, 2101, 5))
"""The calendar years at which an age may be asked; None asks for the end of data collection."""
YEAR_BANDS = {f"{y}-{y + 4}": (y, y + 4) for y in range(1900, 2100, 5)}
OBSERVED_YEARS = (1, 2, 3, 5, 10)
AGE_GROUPS = ("<18", "18-64", "<65", ">=65", "65-74", "65-80", ">=75", ">80")


class PersonSex(StrEnum):
    """A person's sex, as the vocabulary of the explore lane has it."""

    FEMALE = "female"
    MALE = "male"


class StandardModel(StrEnum):
    """The standard that the question is put to."""

    OMOP = "omop"
    CDISC = "cdisc"


@dataclass(frozen=True, slots=True)
class AgeBand:
    """Age in years within a band of `AGE_BANDS`, in a year of `AGE_YEARS` or at the end of data."""

    band: str
    year: int | None = None

    def __post_init__(self) -> None:
        _listed("band", self.band, AGE_BANDS)
        if self.year is not None:
            _listed("year", self.year, AGE_YEARS)


@dataclass(frozen=True, slots=True)
class SexIs:
    """Recorded sex."""

    sex: PersonSex


@dataclass(frozen=True, slots=True)
class HasCondition:
    """A diagnosis of the concept or one of its descendants, at any time."""

    concept_id: int

    def __post_init__(self) -> None:
        check_concept("concept_id", self.concept_id)


@dataclass(frozen=True, slots=True)
class HasDrug:
    """An exposure to the concept or one of its descendants, at any time."""

    concept_id: int

    def __post_init__(self) -> None:
        check_concept("concept_id", self.concept_id)


@dataclass(frozen=True, slots=True)
class SeenInYears:
    """Under observation at some time within a band of `YEAR_BANDS`."""

    band: str

    def __post_init__(self) -> None:
        _listed("band", self.band, YEAR_BANDS)


@dataclass(frozen=True, slots=True)
class ObservedYears:
    """An observation period of at least so many years (365 days each), of `OBSERVED_YEARS`."""

    years: int

    def __post_init__(self) -> None:
        _listed("years", self.years, OBSERVED_YEARS)


@dataclass(frozen=True, slots=True)
class AgeGroup:
    """A trial's own age group, ADSL AGEGR1, of `AGE_GROUPS`."""

    value: str

    def __post_init__(self) -> None:
        _listed("value", self.value, AGE_GROUPS)


@dataclass(frozen=True, slots=True)
class InArm:
    """A trial's planned treatment, ADSL TRT01P."""

    arm: str

    def __post_init__(self) -> None:
        check_name("arm", self.arm)


Term = AgeBand | SexIs | HasCondition | HasDrug | SeenInYears | ObservedYears | AgeGroup | InArm

_OMOP = (AgeBand, SexIs, HasCondition, HasDrug, SeenInYears, ObservedYears)
_CDISC = (SexIs, AgeGroup, InArm)
_ONCE = (AgeBand, SexIs, AgeGroup, InArm)


@dataclass(frozen=True, slots=True)
class BandedPredicate:
    """A question to the explore lane: persons that meet every term. No term asks for everyone.

    The terms are kept in canonical form: sorted, each once, of several `ObservedYears` the
    longest. Raises `query.predicate_refused` with every reason.
    """

    model: StandardModel
    terms: tuple[Term, ...] = ()

    def __post_init__(self) -> None:
        terms = _canonical(self.terms)
        raise_if(_refusals(self.model, terms))
        object.__setattr__(self, "terms", terms)

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the canonical JSON: the same question has the same digest."""
        return definition_digest(self)


def _canonical(terms: tuple[Term, ...]) -> tuple[Term, ...]:
    longest = max((t.years for t in terms if isinstance(t, ObservedYears)), default=0)
    kept = {t for t in terms if not isinstance(t, ObservedYears) or t.years == longest}
    return tuple(sorted(kept, key=lambda t: canonical_json([type(t).__name__, encode(t)])))


def _refusals(model: StandardModel, terms: tuple[Term, ...]) -> Iterator[Problem]:
    if len(terms) > MOST_TERMS:
        yield _refusal("terms", len(terms), f"至多 {MOST_TERMS} 项", f"at most {MOST_TERMS} terms")
    allowed = _OMOP if model is StandardModel.OMOP else _CDISC
    for i, term in enumerate(terms):
        if not isinstance(term, allowed):
            name = type(term).__name__
            yield _refusal(f"terms[{i}]", name, f"{model} 的词表", f"the vocabulary of {model}")
    for kind in _ONCE:
        same = [t for t in terms if isinstance(t, kind)]
        if len(same) > 1:
            name = f"{len(same)} × {kind.__name__}"
            yield _refusal("terms", name, "该类条件至多一项", "at most one term of that kind")


def _refusal(where: str, received: object, zh: str, en: str) -> Problem:
    return problem(PREDICATE, received, where, required_zh=zh, required_en=en)


def _listed(where: str, value: object, allowed: object) -> None:
    names = [*allowed]  # type: ignore[misc]
    if value not in names:
        listed = ", ".join(str(n) for n in names)
        raise invalid(where, value, f"以下之一：{listed}", f"one of {listed}", PREDICATE)
