"""Differences of groups of people: what can be worked out from their counts, by brute force too."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qundao.disclosure.differences import classes, near_pairs, pinned


def found(*groups, n=100):
    return classes([np.asarray(g, dtype=np.int64) for g in groups], n)


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        (range(50), range(47), True),  # nested, three left over
        (range(50), range(50), False),  # the same people
        (range(50), range(40), False),  # nested, as many left over as may be shown
        (range(50), range(41), True),
        (range(50), range(50, 60), False),  # nobody in common: no difference beyond the counts
        (range(50), range(3, 90), True),  # overlapping, three on one side
        (range(50), range(20, 90), False),
        (range(50), range(0), False),
    ],
)
def test_groups_that_share_people_differ_by_nobody_or_by_enough(one, other, near):
    assert bool(list(near_pairs(found(one, other), 10))) is near
    assert bool(list(near_pairs(found(other, one), 10))) is near


def test_three_counts_can_give_away_what_no_two_do():
    """All 50, 20 men, 27 women: three people are neither."""
    held = found(range(50), range(20), range(20, 47))
    assert not list(near_pairs(held, 10))
    assert pinned(held, 10)
    assert not pinned(found(range(50), range(20), range(20, 40)), 10)


def test_a_small_group_of_its_own_is_the_gate_s_business():
    assert not pinned(found(range(4), range(10, 60)), 10)


def test_no_groups_and_nobody_give_nothing_away():
    assert not pinned(classes([], 0), 10)
    assert not list(near_pairs(found([], []), 10))


def solvable(rows, wanted):
    """Tell by exact elimination whether `wanted` is a combination of the rows."""
    system = [
        [Fraction(int(r[c])) for r in rows] + [Fraction(int(wanted[c]))] for c in range(len(wanted))
    ]
    width, done = len(rows), 0
    for column in range(width):
        pivot = next((r for r in range(done, len(system)) if system[r][column]), None)
        if pivot is None:
            continue
        system[done], system[pivot] = system[pivot], system[done]
        head = system[done][column]
        system[done] = [x / head for x in system[done]]
        for r in range(len(system)):
            if r != done and system[r][column]:
                factor = system[r][column]
                system[r] = [a - factor * b for a, b in zip(system[r], system[done], strict=True)]
        done += 1
    return all(row[-1] == 0 for row in system[done:])


SIZES = st.lists(st.sampled_from((0, 1, 4, 9, 10, 30)), min_size=7, max_size=7)


@settings(deadline=None, max_examples=150)
@given(SIZES)
def test_what_is_pinned_is_what_exact_algebra_can_solve(sizes):
    """Three groups, every class of people of every size: the rule agrees with elimination."""
    patterns = [p for p in product((0, 1), repeat=3) if any(p)]
    numbers, groups = 0, [[], [], []]
    for pattern, size in zip(patterns, sizes, strict=True):
        for g in range(3):
            if pattern[g]:
                groups[g] += range(numbers, numbers + size)
        numbers += size
    present = [(p, n) for p, n in zip(patterns, sizes, strict=True) if n]
    rows = [[p[g] for p, _ in present] for g in range(3)]
    whole = [i for r in rows if sum(r) == 1 for i in (r.index(1),)]
    small = [
        i
        for i, (_, n) in enumerate(present)
        if n < 10 and i not in whole and solvable(rows, [int(i == j) for j in range(len(present))])
    ]
    assert pinned(found(*groups, n=numbers), 10) is bool(small)
