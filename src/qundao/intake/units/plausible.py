"""Finds values beside the wrong unit: 5.3 mg/dL of glucose, which is 5.3 mmol/L.

A value is suspect where all of these hold:
1. it is not credible in the unit written (outside `Limit.lowest` to `highest`);
2. it is ordinary in another unit that laboratories use for the substance;
3. it lies far from the item's other credible results: more than 3.5 robust standard deviations of
   their logarithms from the median (modified z-score, Iglewicz and Hoaglin 1993, section 3.3).
Where fewer than half of an item's results are credible as written, the unit of the whole column is
in doubt, there is nothing to lean on, and the first two decide.

All three are bounds on the value as written, so that they come as ranges: a load asks for the
ranges of its few (substance, unit) and joins them; arrays go through `wrong_units`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qundao.intake.units.conversion import Conversion, conversion
from qundao.intake.units.limits import LIMITS, Limit
from qundao.intake.units.spelling import ucum
from qundao.intake.units.substances import substance_named
from qundao.kernel.errors import Problem

FAR = 3.5
"""Robust standard deviations that a result is away from the others' median."""

ENOUGH = 20
"""Results below which a median says nothing, and only the limits decide."""

_TO_SIGMA = 1.4826
_NARROW = 0.05
"""The least spread of logarithms (5 %): identical results would make any other one far away."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What an item's results are: `rows` with a number, of them `credible` as written in their
    units, and the median and median absolute deviation of the natural logarithms of the credible
    ones above 0, in the limit's unit.
    """

    rows: int
    credible: int
    median: float
    deviation: float

    @property
    def tells(self) -> bool:
        """Tell whether the credible results are enough to lean on."""
        return self.credible >= ENOUGH and 2 * self.credible >= self.rows


@dataclass(frozen=True, slots=True)
class SuspectRange:
    """Values from `low` to `high`, both included, are suspect in this unit: likely `likely`."""

    low: float
    high: float
    likely: str


def suspect_ranges(substance: str, unit: str, seen: Seen | None = None) -> tuple[SuspectRange, ...]:
    """Return the values that are suspect beside a unit as written; none where nothing is known.

    substance: a key or a name. seen: the item's other results, else the limits alone decide.
    """
    limit, code = limit_of(substance), ucum(unit)
    if limit is None or code not in limit.units:
        return ()
    here = _conversion(limit, code)
    others = [_conversion(limit, other) for other in limit.units]
    return tuple(
        suspect
        for other, there in zip(limit.units, others, strict=True)
        for suspect in _ranges(limit, here, there, other, seen)
    )


def wrong_units(
    substances: Sequence[str | None],
    units: Sequence[str | None],
    values: npt.NDArray[np.float64],
) -> npt.NDArray[np.bool_]:
    """Return which of n values stand beside the wrong unit.

    substances, units: n texts each, as written; values: float64[n], NaN where there is no number
    (leave out results such as `<0.01`, which are bounds). What has no limits is never suspect.
    """
    found = np.zeros(len(values), dtype=bool)
    for substance, groups in _grouped(substances, units).items():
        seen = seen_of(substance, {unit: values[at] for unit, at in groups.items()})
        for unit, at in groups.items():
            for suspect in suspect_ranges(substance, unit, seen):
                inside = (values[at] >= suspect.low) & (values[at] <= suspect.high)
                found[at[inside]] = True
    return found


def seen_of(substance: str, values: Mapping[str, npt.NDArray[np.float64]]) -> Seen | None:
    """Return what an item's results are, from its values by unit as written."""
    limit = limit_of(substance)
    if limit is None:
        return None
    told = [_told(limit, unit, numbers) for unit, numbers in values.items()]
    every = np.concatenate([t for t in told if t is not None] or [np.empty(0)])
    inside = (every >= float(limit.lowest)) & (every <= float(limit.highest))
    logs = np.log(every[inside & (every > 0)])
    if not len(logs):
        return Seen(len(every), 0, 0.0, 0.0)
    median = float(np.median(logs))
    deviation = float(np.median(np.abs(logs - median)))
    return Seen(len(every), len(logs), median, deviation)


def _told(
    limit: Limit, unit: str, numbers: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64] | None:
    """Return numbers in the limit's unit, without those that are none."""
    code = ucum(unit)
    if code not in limit.units:
        return None
    into = _conversion(limit, code)
    told: npt.NDArray[np.float64] = numbers[~np.isnan(numbers)]
    return told * float(into.factor) + float(into.offset)


def _grouped(
    substances: Sequence[str | None], units: Sequence[str | None]
) -> Mapping[str, Mapping[str, npt.NDArray[np.int64]]]:
    """Return where each substance stands with each unit."""
    at: dict[str, dict[str, list[int]]] = {}
    for i, (substance, unit) in enumerate(zip(substances, units, strict=True)):
        if substance and unit:
            at.setdefault(substance, {}).setdefault(unit, []).append(i)
    return {s: {u: np.array(i) for u, i in of.items()} for s, of in at.items()}


def limit_of(substance: str) -> Limit | None:
    """Return the limits of a substance by its key or a name, None where there are none."""
    known = substance_named(substance)
    return LIMITS.get(known.key) if known else None


def _conversion(limit: Limit, code: str) -> Conversion:
    found = conversion(code, limit.unit, limit.substance)
    if isinstance(found, Problem):
        raise ValueError(f"units of one substance are required: {found.line('en')}")
    return found


def _ranges(
    limit: Limit, here: Conversion, there: Conversion, other: str, seen: Seen | None
) -> Iterator[SuspectRange]:
    """Yield the values that are too low or too high in one unit and ordinary in another."""
    if (there.factor, there.offset) == (here.factor, here.offset):
        return
    low, high = (_back(there, float(bound)) for bound in limit.usual)
    least, most = _credible(limit, seen)
    below = min(high, math.nextafter(_back(here, least), -math.inf))
    above = max(low, math.nextafter(_back(here, most), math.inf))
    if low <= below:
        yield SuspectRange(low, below, other)
    if above <= high:
        yield SuspectRange(above, high, other)


def _credible(limit: Limit, seen: Seen | None) -> tuple[float, float]:
    """Return the bounds beyond which a result is neither credible nor near the others."""
    least, most = float(limit.lowest), float(limit.highest)
    if seen is None or not seen.tells:
        return least, most
    far = FAR * max(_TO_SIGMA * seen.deviation, _NARROW)
    return min(least, math.exp(seen.median - far)), max(most, math.exp(seen.median + far))


def _back(into: Conversion, value: float) -> float:
    """Return the value, before conversion, that gives this one."""
    return (value - float(into.offset)) / float(into.factor)
