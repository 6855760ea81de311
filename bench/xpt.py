"""A large SAS transport file read through the port of intake, and by pyreadstat."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa

from bench.data import CACHE
from bench.measure import Measured, measured

ROWS, GROWN = 1_000_000, 10
NUMBERS, TEXTS = 10, 10


def table() -> pa.Table:
    """Return a million synthetic rows: ten numbers, one a date; ten texts of 4 to 40 bytes."""
    chance = np.random.default_rng(0)
    columns: dict[str, pa.Array] = {
        f"N{i}": pa.array(np.round(chance.normal(100, 20, ROWS), 2)) for i in range(NUMBERS - 1)
    }
    days = chance.integers(15_000, 20_000, ROWS).astype(np.int32)
    columns["SEEN"] = pa.array(days).view(pa.date32())
    for i in range(TEXTS):
        words = pa.array(
            [f"{'abcdefgh'[k % 8] * (4 + 4 * i)}{k:x}"[-4 - 4 * i :] for k in range(99)]
        )
        columns[f"T{i}"] = words.take(pa.array(chance.integers(0, 99, ROWS)))
    return pa.table(columns)


def written(times: int) -> tuple[float, str]:
    """Return the path of the file with the rows so many times over (made once, then kept)."""
    from qundao.intake.xpt_write import write_xpt

    path = CACHE / f"rows-{times}.xpt"
    if not path.exists():
        write_xpt(path, {"ROWS": pa.concat_tables([table()] * times)})
    return time.perf_counter(), str(path)


def by_port(path: str) -> tuple[float, str]:
    """Read every batch and let it go, as a load does."""
    from qundao.intake.readers import open_source

    pa.array([])  # pyarrow imports pandas at its first array, where that is installed
    begun = time.perf_counter()
    reader = open_source(Path(path))
    total, rows = 0.0, 0
    for batch in reader.batches("ROWS", _stop):
        total += float(np.sum(batch["N0"].to_numpy()))
        rows += batch.num_rows
    return begun, _shown(rows, total)


def by_pyreadstat(path: str) -> tuple[float, str]:
    """Read the file whole, in the fastest of its output formats."""
    import pyreadstat

    begun = time.perf_counter()
    data, _ = pyreadstat.read_xport(path, output_format="dict")
    return begun, _shown(len(data["N0"]), float(np.sum(data["N0"])))


def _stop(defect: object) -> None:
    raise AssertionError(f"a whole file has no defects, received {defect}")


def _shown(rows: int, total: float) -> str:
    return f"{rows:,} rows, sum {total:.0f}"


def run() -> Mapping[str, Measured]:
    """Compare both over a million rows of 20 columns, and the port over ten times as many."""
    # Written in processes of their own: a peak of memory outlives the start of another program.
    paths = [measured(written, times, repeat=1).answer for times in (1, GROWN)]
    cases = {
        "pyreadstat": measured(by_pyreadstat, paths[0], repeat=2),
        "the port": measured(by_port, paths[0]),
    }
    if len({case.answer for case in cases.values()}) != 1:
        raise AssertionError("the two readers read different rows")
    cases["the port, ten times the rows"] = measured(by_port, paths[1], repeat=1)
    return cases
