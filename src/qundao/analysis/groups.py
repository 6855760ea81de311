"""The groups (arms) that an analysis compares, and the checks that every specification shares."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from qundao.analysis.codes import BAD_SPEC
from qundao.analysis.reading import Reader, words_json
from qundao.kernel.errors import Problem, problem
from qundao.kernel.words import Words

MOST_GROUPS = 20
NAME = re.compile(r"^[a-z][a-z0-9_]{0,31}$")
NAME_FORM = "a name of 1–32 small letters, digits or _, starting with a letter"


@dataclass(frozen=True, slots=True)
class Arm:
    """One group: the value of the rows' `arm` column, and its name on screen."""

    id: str
    label: Words

    def to_json(self) -> dict[str, Any]:
        """Return the arm as plain JSON."""
        return {"id": self.id, "label": words_json(self.label)}


def read_arm(at: Reader) -> Arm:
    """Read an arm."""
    at.only("id", "label")
    return Arm(at.at("id").text(), at.at("label").words())


def check_arms(arms: Sequence[Arm]) -> Iterator[Problem]:
    """Yield what is wrong with a list of arms."""
    if not 1 <= len(arms) <= MOST_GROUPS:
        yield problem(BAD_SPEC, len(arms), "arms", required=f"1–{MOST_GROUPS} arms")
    yield from check_names("arms", [a.id for a in arms])


def check_names(where: str, names: Sequence[str]) -> Iterator[Problem]:
    """Yield what is wrong with a list of names that must be well formed and differ."""
    for i, name in enumerate(names):
        if not NAME.match(name):
            yield problem(BAD_SPEC, name, f"{where}[{i}]", required=NAME_FORM)
        if name in names[:i]:
            yield problem(BAD_SPEC, name, f"{where}[{i}]", required="names that differ")


def arm_names(arms: Sequence[Arm]) -> Words:
    """Return the arms' names as a list for a sentence."""
    return Words("、".join(a.label.zh for a in arms), ", ".join(a.label.en for a in arms))


def with_rounding(sentence: Words, base: int) -> Words:
    """Return a sentence that also tells of the rounding, if there is any."""
    if base == 1:
        return sentence
    return Words(
        f"{sentence.zh}，人数取整到 {base} 的倍数",
        f"{sentence.en}, counts rounded to multiples of {base}",
    )
