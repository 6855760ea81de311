"""Recovering small cells of a released study table by its margins."""

import random
from pathlib import Path

from qundao.disclosure.gate import gate
from qundao.disclosure.margins import Margins, RiskSeries, Sum
from qundao.disclosure.thresholds import Floors

TABLES = 300
PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "disclosure.md"


def tables(seed):
    """Synthetic breakdowns of one total into two classifications, with small cells in them."""
    dice = random.Random(seed)
    for _ in range(TABLES):
        cells = [dice.choice((0, 2, 5, 9, 30, 80, 200)) for _ in range(dice.randint(2, 5))]
        n = sum(cells)
        cut = dice.randint(0, n)
        yield (
            [n, *cells, cut, n - cut],
            [
                Sum(0, tuple(range(1, len(cells) + 1))),
                Sum(0, (len(cells) + 1, len(cells) + 2)),
            ],
        )


def subtract(values, sums):
    """Fill in every cell that one total and the other parts give away."""
    values, recovered = list(values), {}
    while True:
        before = len(recovered)
        for s in sums:
            missing = [c for c in s.cells if values[c] is None]
            if len(missing) == 1:
                (cell,) = missing
                parts = sum(values[p] for p in s.parts if p != cell)
                found = parts if cell == s.total else values[s.total] - parts
                values[cell] = recovered[cell] = found
        if len(recovered) == before:
            return recovered


def test_hiding_small_cells_alone_gives_more_than_a_quarter_of_them_back():
    small = recovered = 0
    for values, sums in tables(1):
        floors = Floors(10)
        shown = [None if floors.small(v) else v for v in values]
        small += sum(v is None for v in shown)
        recovered += len(subtract(shown, sums))
    assert recovered / small > 0.25
    assert f"{recovered} / {small}" in PAGE.read_text("utf-8")


def test_through_the_gate_none_comes_back():
    for values, sums in tables(1):
        margins = Margins(tuple(range(len(values))), tuple(sums))
        gated = gate([str(i) for i in range(len(values))], values, margins, Floors(10))
        assert subtract(gated.values, sums) == {}


def test_the_tail_of_a_life_table_cannot_be_had_by_subtraction():
    dice = random.Random(7)
    for _ in range(TABLES):
        events = [dice.randint(0, 9) for _ in range(6)]
        exits = [dice.randint(0, 9) for _ in range(6)]
        start = sum(events) + sum(exits) + dice.choice((0, 1, 4, 30))
        series = RiskSeries(0, tuple(range(1, 7)), tuple(range(7, 13)), 13)
        values = (start, *events, *exits, start - sum(events) - sum(exits))
        gated = gate([str(i) for i in range(14)], values, Margins(series=(series,)), Floors(10, 5))
        whole = [Sum(0, series.cells)]
        merged = [i for i, r in enumerate(gated.rules) if r == "merged"]
        flattened = [0 if i in merged else v for i, v in enumerate(gated.values)]
        recovered = subtract(flattened, whole)
        assert recovered == {}
