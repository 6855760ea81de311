"""Stays of one person that touch become one: gaps and islands, in one pass over sorted rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qundao.query.sweep.days import NO_DAY, Days, keys, moved
from qundao.query.sweep.people import Numbers


@dataclass(frozen=True)
class Stays:
    """Persons with a first and a last day each; no day is absent."""

    person: Numbers
    start: Days
    end: Days

    def __len__(self) -> int:
        return len(self.person)


def collapsed(stays: Stays, pad: int) -> Stays:
    """Return stays merged where at most `pad` days lie between them, by person and start."""
    if not len(stays):
        return stays
    key = keys(stays.person, stays.start)
    order = np.argsort(key, kind="stable")
    key, person = key[order], stays.person[order]
    reached = np.maximum.accumulate(keys(person, moved(stays.end[order], pad)))
    new = np.ones(len(order), np.bool_)
    new[1:] = reached[:-1] < key[1:]
    first = np.flatnonzero(new)
    last = np.append(first[1:], len(order)) - 1
    ends = (reached[last] & NO_DAY).astype(np.int32)
    return Stays(person[first], stays.start[order][first], moved(ends, -pad))
