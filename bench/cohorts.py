"""Published definitions (`../shared/cases`), one query after the other and in one sweep.

What is timed begins with the definitions' JSON and ends with the digest of their members: reading,
planning, rendering, running, inclusion statistics.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from typing import Any

from bench.data import CASES, reference
from bench.measure import Measured, measured
from bench.quality_scans import read_once
from qundao.engines import open_engine
from qundao.query.batch import Named, Result, run_alone, run_definitions
from qundao.query.engine import Engine
from qundao.query.reading import read_population

DEFINITIONS = CASES / "cohorts" / "definitions"
ALONE, SWEPT = "one query per definition", "one sweep"
COPIES = 100
"""1,000,000 persons: the reference database has 10,000."""
SIMPLE = "2"


def run_all(folder: str, names: Sequence[str], way: str) -> tuple[float, Any]:
    """Run definitions over one folder and return when the work began, and what was found."""
    texts = {n: (DEFINITIONS / f"{n}.json").read_bytes() for n in names}
    with open_engine(f"parquet:{folder}") as engine:
        begun = time.perf_counter()
        named = [Named(n, read_population(t, n)) for n, t in texts.items()]
        return begun, _figures(_results(engine, named, way))


def run_warm(folder: str, way: str) -> tuple[float, Any]:
    """Run one simple definition a second time."""
    text = (DEFINITIONS / f"{SIMPLE}.json").read_bytes()
    with open_engine(f"parquet:{folder}") as engine:
        for _ in range(2):
            begun = time.perf_counter()
            answer = _figures(_results(engine, [Named(SIMPLE, read_population(text, SIMPLE))], way))
    return begun, answer


def _results(engine: Engine, named: Sequence[Named], way: str) -> Sequence[Result]:
    if way == SWEPT:
        return list(run_definitions(engine, named))
    return [run_alone(engine, n) for n in named]


def _figures(results: Sequence[Result]) -> str:
    found = [(r.id, r.sha, r.subjects, r.inclusion) for r in results]
    rows = sum(r.rows.num_rows for r in results if r.rows is not None)
    digest = hashlib.sha256(repr(found).encode()).hexdigest()[:8]
    return f"{len(results)} definitions, {rows:,} rows, figures {digest}"


def run() -> Mapping[str, Measured]:
    """Compare both ways over the reference database; the figures must be the same."""
    return _compared(str(reference(1)), _names(), repeat=3)


def run_million() -> Mapping[str, Measured]:
    """Compare both ways over a million persons with every fourth definition, 50 in all."""
    folder = reference(COPIES)
    read_once(str(folder))
    return _compared(str(folder), _names()[::4][:50], repeat=2)


def run_one() -> Mapping[str, Measured]:
    """Compare both ways with one simple definition over a million persons."""
    folder = reference(COPIES)
    read_once(str(folder))
    return {way: measured(run_warm, str(folder), way, repeat=3) for way in (ALONE, SWEPT)}


def run_each() -> Mapping[str, Measured]:
    """Compare both ways with each of 51 definitions by itself over a million persons, warm."""
    folder = reference(COPIES)
    read_once(str(folder))
    told = measured(each_alone, str(folder), _names()[::4][:51], repeat=1)
    ratios = sorted(swept / alone for alone, swept in told.answer)
    words = (
        f"sum of {len(ratios)}; each by its own query: {ratios[0]:.2f} to {ratios[-1]:.2f} times"
    )
    seconds = zip((ALONE, SWEPT), map(sum, zip(*told.answer, strict=True)), strict=True)
    answers = {ALONE: f"sum of {len(ratios)}", SWEPT: words}
    return {way: Measured(s, told.peak_mb, answers[way]) for way, s in seconds}


def each_alone(folder: str, names: Sequence[str]) -> tuple[float, Any]:
    """Return for each definition the shortest of three times, warm, each way."""
    begun = time.perf_counter()
    with open_engine(f"parquet:{folder}") as engine:
        return begun, [_both_times(engine, name) for name in names]


def _both_times(engine: Engine, name: str) -> tuple[float, float]:
    text = (DEFINITIONS / f"{name}.json").read_bytes()
    took: dict[str, list[float]] = {ALONE: [], SWEPT: []}
    for way in (ALONE, SWEPT) * 4:
        begun = time.perf_counter()
        _figures(_results(engine, [Named(name, read_population(text, name))], way))
        took[way].append(time.perf_counter() - begun)
    return min(took[ALONE][1:]), min(took[SWEPT][1:])


def _names() -> list[str]:
    return [str(n) for n in sorted(int(p.stem) for p in DEFINITIONS.glob("*.json"))]


def _compared(folder: str, names: Sequence[str], repeat: int) -> Mapping[str, Measured]:
    cases = {w: measured(run_all, folder, names, w, repeat=repeat) for w in (ALONE, SWEPT)}
    if len({case.answer for case in cases.values()}) != 1:
        raise AssertionError("the two ways found different figures")
    return cases
