"""The data classes with the thresholds they start from, as data.

An agreement may be stricter than the default at will, and laxer only down to `lowest`: a trial
sponsor may open its own arms further by contract, a hospital may not do so with its records.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from qundao.disclosure.codes import BAD_FLOORS, UNKNOWN_DATA_CLASS
from qundao.disclosure.thresholds import Floors
from qundao.kernel.errors import Problem, fail, problem
from qundao.kernel.words import Words


@dataclass(frozen=True, slots=True)
class DataClass:
    """A kind of data: its name, the default thresholds and the lowest an agreement may set."""

    id: str
    words: Words
    default: Floors
    lowest: Floors


_CLASSES = (
    DataClass(
        "hospital_records", Words("医院诊疗记录", "hospital records"), Floors(10, 10), Floors(10, 5)
    ),
    DataClass("trial_arm", Words("临床试验组", "trial arm"), Floors(10, 5), Floors(3, 0)),
    DataClass(
        "disease_registry", Words("疾病登记", "disease registry"), Floors(10, 10), Floors(10, 5)
    ),
    DataClass("cohort", Words("研究队列", "research cohort"), Floors(10, 5), Floors(5, 3)),
    DataClass("genomic", Words("基因组数据", "genomic data"), Floors(20, 10), Floors(20, 10)),
    DataClass("public", Words("公开数据", "public data"), Floors(1, 0), Floors(1, 0)),
)
DATA_CLASSES = {c.id: c for c in _CLASSES}


def data_class(name: str) -> DataClass:
    """Return a data class by its id. Raises `disclosure.unknown_data_class`."""
    found = DATA_CLASSES.get(name)
    if found is None:
        raise fail(UNKNOWN_DATA_CLASS, name, "data_class", known=", ".join(DATA_CLASSES))
    return found


def check_floors(name: str, floors: Floors) -> tuple[Problem, ...]:
    """Return why an agreement may not set these thresholds for this class; empty if it may."""
    return tuple(_too_low(data_class(name).lowest, floors))


def _too_low(lowest: Floors, floors: Floors) -> Iterator[Problem]:
    for field in ("min_cell", "event_floor"):
        least, given = getattr(lowest, field), getattr(floors, field)
        if given < least:
            yield problem(BAD_FLOORS, given, field, required=f"≥ {least}")
