"""Measures over OMOP populations: baseline covariates at the index date, and time to an event."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from qundao.query.codes import invalid
from qundao.query.concepts import ConceptSet, concept_set
from qundao.query.criteria import Criterion, Window, nested
from qundao.query.domains import Domain
from qundao.query.names import check_plain
from qundao.query.population import Population, check_concept_sets, concept_set_names
from qundao.query.values import check_days, is_variable

MOST_ARMS = 20
RESERVED = ("arm", "subject_id")
UNTIL_INDEX = Window(None, 0)
"""Any time before the index date, and on it."""


@dataclass(frozen=True, slots=True)
class Arm:
    """A labelled population; each person's earliest cohort start is the index date."""

    label: str
    population: Population

    def __post_init__(self) -> None:
        check_plain("label", self.label)


class FollowUp(StrEnum):
    """How long a person is followed: to the end of observation, or to the horizon regardless."""

    OBSERVATION = "observation"
    HORIZON = "horizon"


@dataclass(frozen=True, slots=True)
class TimeToEvent:
    """Days from the index date to a person's first outcome within the horizon.

    Outcomes count from day `first_day` to day `horizon_days`, both included (day 0 is the index
    date). With `follow_up` observation, a person is censored at the end of the observation
    period that holds the index date (at day 0 if there is none), at the horizon at the latest.
    """

    arms: tuple[Arm, ...]
    outcome: Criterion
    horizon_days: int
    concept_sets: tuple[ConceptSet, ...] = ()
    first_day: int = 0
    follow_up: FollowUp = FollowUp.OBSERVATION

    def __post_init__(self) -> None:
        check_labels(tuple(a.label for a in self.arms))
        check_days("first_day", self.first_day, 0)
        check_days("horizon_days", self.horizon_days, self.first_day)
        check_concept_sets(self.concept_sets, concept_set_names(tuple(nested(self.outcome))))
        refuse_near("outcome.near", self.outcome)


@dataclass(frozen=True, slots=True)
class AgeAtIndex:
    """Age in years at the index date (its year less the year of birth)."""

    name: str = "age"

    def __post_init__(self) -> None:
        check_covariate_name(self.name)


@dataclass(frozen=True, slots=True)
class Sex:
    """`female`, `male` or `other`, from the person's gender concept (8532, 8507)."""

    name: str = "sex"

    def __post_init__(self) -> None:
        check_covariate_name(self.name)


@dataclass(frozen=True, slots=True)
class AnyPrior:
    """Whether the person has an event of a criterion in a window around the index date."""

    name: str
    criterion: Criterion
    window: Window = UNTIL_INDEX

    def __post_init__(self) -> None:
        check_covariate_name(self.name)
        refuse_near("criterion.near", self.criterion)


Covariate = AgeAtIndex | Sex | AnyPrior


@dataclass(frozen=True, slots=True)
class Baseline:
    """One row per person and arm, one column per covariate."""

    arms: tuple[Arm, ...]
    covariates: tuple[Covariate, ...]
    concept_sets: tuple[ConceptSet, ...] = ()

    def __post_init__(self) -> None:
        check_labels(tuple(a.label for a in self.arms))
        names = [c.name for c in self.covariates]
        if not names or len(set(names)) != len(names):
            raise invalid(
                "covariates", names, "名称互不相同的协变量", "covariates, each with its name"
            )
        criteria = tuple(c.criterion for c in self.covariates if isinstance(c, AnyPrior))
        check_concept_sets(self.concept_sets, concept_set_names(criteria))


def time_to_first(
    arms: tuple[Arm, ...],
    outcome_concept_id: int,
    horizon_days: int,
    *,
    domain: Domain = Domain.CONDITION,
) -> TimeToEvent:
    """Return the time to the first event of one concept (with its descendants)."""
    sets = (concept_set("outcome", outcome_concept_id),)
    return TimeToEvent(arms, Criterion(domain, "outcome"), horizon_days, sets)


def check_labels(labels: tuple[str, ...]) -> None:
    """Refuse no arm, too many arms, or two arms of one label."""
    if not 0 < len(labels) <= MOST_ARMS or len(set(labels)) != len(labels):
        raise invalid(
            "arms",
            ", ".join(labels) or "[]",
            f"1 至 {MOST_ARMS} 个名称互不相同的组",
            f"1 to {MOST_ARMS} arms whose labels differ",
        )


def check_covariate_name(name: str) -> None:
    """Refuse what cannot be a column of the result."""
    if not is_variable(name) or name in RESERVED:
        raise invalid("name", name, "小写字母开头的列名", "a column name in small letters")


def refuse_near(where: str, criterion: Criterion) -> None:
    """Refuse nested criteria where a measure needs plain events."""
    if criterion.near is not None:
        raise invalid(where, "near", "此处不支持嵌套条件", "no nested criteria here")
