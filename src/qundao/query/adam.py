"""Populations and measures over CDISC ADaM: ADSL for subjects, ADTTE for times to events."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from qundao.query.codes import invalid
from qundao.query.measures import RESERVED, check_labels
from qundao.query.names import check_plain
from qundao.query.values import check_name, is_variable

_TABLES = ("adsl", "adtte")


@dataclass(frozen=True, slots=True)
class Equals:
    """A variable holds one of some values: `Equals("adsl.saffl", ("Y",))`."""

    variable: str
    values: tuple[str, ...]

    def __post_init__(self) -> None:
        check_variable("variable", self.variable, _TABLES)
        if not self.values:
            raise invalid("values", "[]", "至少一个值", "at least one value")
        for i, value in enumerate(self.values):
            check_name(f"values[{i}]", value)


@dataclass(frozen=True, slots=True)
class AdamArm:
    """A labelled arm: the values of the arm variable that belong to it."""

    label: str
    values: tuple[str, ...]

    def __post_init__(self) -> None:
        check_plain("label", self.label)
        if not self.values:
            raise invalid("values", "[]", "至少一个治疗组", "at least one treatment")


@dataclass(frozen=True, slots=True)
class AdamPopulation:
    """Subjects of ADSL that meet every filter, from first to last treatment (TRTSDT, TRTEDT)."""

    name: str
    filters: tuple[Equals, ...] = ()

    def __post_init__(self) -> None:
        check_plain("name", self.name)
        check_filters(self.filters, ("adsl",))


@dataclass(frozen=True, slots=True)
class AdamTimeToEvent:
    """Time to event of one ADTTE parameter: AVAL in days, CNSR 0 is an event.

    `arm_variable` is a variable of ADTTE or ADSL; filters of either. Rows without AVAL or CNSR
    are left out. A fraction of a day counts as the day begun.
    """

    paramcd: str
    arms: tuple[AdamArm, ...]
    filters: tuple[Equals, ...] = ()
    arm_variable: str = "adtte.trtp"

    def __post_init__(self) -> None:
        if not is_variable(self.paramcd.lower()) or len(self.paramcd) > 8:
            raise invalid(
                "paramcd", self.paramcd, "至多 8 个字符的参数代码", "a PARAMCD of 8 characters"
            )
        check_variable("arm_variable", self.arm_variable, _TABLES)
        check_arms(self.arms)
        check_filters(self.filters, _TABLES)


@dataclass(frozen=True, slots=True)
class AdamBaseline:
    """One row per subject of ADSL and arm, one column per ADSL variable (small letters)."""

    arms: tuple[AdamArm, ...]
    variables: tuple[str, ...]
    filters: tuple[Equals, ...] = ()
    arm_variable: str = "adsl.trt01p"

    def __post_init__(self) -> None:
        check_arms(self.arms)
        check_variable("arm_variable", self.arm_variable, ("adsl",))
        check_filters(self.filters, ("adsl",))
        wrong = [v for v in self.variables if not is_variable(v) or v in RESERVED]
        if wrong or not self.variables or len(set(self.variables)) != len(self.variables):
            received = ", ".join(wrong or self.variables)
            raise invalid("variables", received, "互不相同的 ADSL 变量", "different ADSL variables")


def check_variable(where: str, variable: str, tables: tuple[str, ...]) -> None:
    """Refuse what is not `table.variable`, in small letters, of one of the tables."""
    table, _, name = variable.partition(".")
    if table not in tables or not is_variable(name):
        forms = ", ".join(f"{t}.variable" for t in tables)
        raise invalid(where, variable, f"形如 {forms}", f"one of {forms}, in small letters")


def check_filters(filters: tuple[Equals, ...], tables: tuple[str, ...]) -> None:
    """Refuse filters over other tables."""
    for i, condition in enumerate(filters):
        check_variable(f"filters[{i}].variable", condition.variable, tables)


def check_arms(arms: tuple[AdamArm, ...]) -> None:
    """Refuse no arm, arms of one label, and a treatment that belongs to two arms."""
    check_labels(tuple(a.label for a in arms))
    twice = [v for v, n in Counter(v for a in arms for v in a.values).items() if n > 1]
    if twice:
        raise invalid(
            "arms", ", ".join(twice), "每个治疗组只属于一个组", "each treatment in one arm"
        )
