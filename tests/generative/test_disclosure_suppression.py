"""No withheld small cell can be worked out of a published table, whatever the table.

The checks here solve the published table on their own: exactly, by the rational null space of
the withheld cells, by linear programming with what the marks say, and by enumeration.
"""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from qundao.disclosure.gate import gate
from qundao.disclosure.margins import Margins, Sum
from qundao.disclosure.thresholds import Floors

counts = st.one_of(st.integers(0, 12), st.integers(0, 12), st.integers(10, 400))
floors = st.builds(Floors, st.sampled_from([3, 5, 10]), st.just(0), st.booleans())


@st.composite
def one_dimension(draw):
    """Several breakdowns of one total, as a table 1 has them."""
    n = draw(st.integers(0, 500))
    values, sums = [n], []
    for _ in range(draw(st.integers(1, 3))):
        cuts = sorted(draw(st.lists(st.integers(0, n), min_size=1, max_size=4)))
        parts = [b - a for a, b in itertools.pairwise([0, *cuts, n])]
        sums.append(Sum(0, tuple(range(len(values), len(values) + len(parts)))))
        values += parts
    return values, sums


@st.composite
def two_dimensions(draw):
    rows, columns = draw(st.integers(2, 4)), draw(st.integers(2, 4))
    body = [[draw(counts) for _ in range(columns)] for _ in range(rows)]
    full = [[*r, sum(r)] for r in body]
    full.append([sum(c) for c in zip(*full, strict=True)])
    at = lambda r, c: r * (columns + 1) + c  # noqa: E731
    sums = [Sum(at(r, columns), tuple(at(r, c) for c in range(columns))) for r in range(rows + 1)]
    sums += [Sum(at(rows, c), tuple(at(r, c) for r in range(rows))) for c in range(columns + 1)]
    return [v for r in full for v in r], sums


def publish(table, limits):
    values, sums = table
    margins = Margins(tuple(range(len(values))), tuple(sums))
    return gate([str(i) for i in range(len(values))], values, margins, limits)


def equations(gated, sums):
    """Matrix and right-hand side over the withheld cells."""
    unknown = [i for i, v in enumerate(gated.values) if v is None]
    matrix = np.zeros((len(sums), len(unknown)))
    right = np.zeros(len(sums))
    for row, s in enumerate(sums):
        for cell, sign in [(s.total, 1), *((p, -1) for p in s.parts)]:
            if gated.values[cell] is None:
                matrix[row, unknown.index(cell)] += sign
            else:
                right[row] -= sign * gated.values[cell]
    return unknown, matrix, right


def determined(matrix):
    """The columns whose value the equations alone fix: zero in every null vector."""
    if not matrix.size:
        return set()
    _, s, vt = np.linalg.svd(matrix)
    null = vt[int((s > 1e-9).sum()) :]
    return {j for j in range(matrix.shape[1]) if not np.any(np.abs(null[:, j]) > 1e-9)}


def bounds_of(rule, limits):
    k = limits.min_cell
    return {
        "small_cell": (0 if limits.zero_is_small else 1, k - 1),
        "small_total": (0, k - 1),
        "complementary": (k, None),
    }[rule]


def check(table, limits):
    gated = publish(table, limits)
    values, sums = table
    assert all(v is None or v == t for v, t in zip(gated.values, values, strict=True))
    assert not any(v is not None and limits.small(v) for v in gated.values)
    unknown, matrix, right = equations(gated, sums)
    assert not determined(matrix)
    bounds = [bounds_of(gated.rules[c], limits) for c in unknown]
    for j, cell in enumerate(unknown):
        if gated.rules[cell] == "complementary":
            continue
        goal = np.zeros(len(unknown))
        goal[j] = 1
        low = linprog(goal, A_eq=matrix, b_eq=right, bounds=bounds).fun
        high = -linprog(-goal, A_eq=matrix, b_eq=right, bounds=bounds).fun
        assert high - low > 1 - 1e-6, (gated.values, cell, low, high)
    return gated, unknown, bounds


@settings(max_examples=80, deadline=None)
@given(one_dimension(), floors)
def test_breakdowns_of_one_total(table, limits):
    check(table, limits)


@settings(max_examples=60, deadline=None)
@given(two_dimensions(), floors)
def test_tables_with_rows_and_columns(table, limits):
    check(table, limits)


@settings(max_examples=60, deadline=None)
@given(one_dimension(), st.sampled_from([3, 5, 10]))
def test_every_value_that_the_mark_allows_remains_possible(table, k):
    """Enumeration, no solver: in a breakdown with shown total each small cell keeps 1 … k-1."""
    gated = publish(table, Floors(k))
    for s in table[1]:
        hidden = [p for p in s.parts if gated.values[p] is None]
        small = [p for p in hidden if gated.rules[p] == "small_cell"]
        if gated.values[s.total] is None or not small or len(small) > 3:
            continue
        rest = gated.values[s.total] - sum(
            gated.values[p] for p in s.parts if gated.values[p] is not None
        )
        large = len(hidden) - len(small)
        possible = [
            combination
            for combination in itertools.product(range(1, k), repeat=len(small))
            if (sum(combination) == rest if large == 0 else rest - sum(combination) >= large * k)
        ]
        for i in range(len(small)):
            assert {c[i] for c in possible} == set(range(1, k))
