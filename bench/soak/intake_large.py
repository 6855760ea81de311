"""Loads a laboratory's export of many gigabytes, killed on the way, within a few of memory.

`QUNDAO_SOAK_GB` says how large the file is (5 unless told; the disk needs as much and a third).
It has twenty columns, of which eight are asked for; one line in a million is broken.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from bench.data import CACHE
from bench.intake import MORE_COLUMNS, write_export
from qundao.intake.load.feeding import ROWS

_GB = "QUNDAO_SOAK_GB"
_BYTES_A_ROW = 520
_MOST_MB = 8_192
_BROKEN_EVERY = 1_000_000
_WORK = """
import json, pathlib, sys
from bench.intake import MAPPING
from qundao.intake.load import load
from qundao.intake.mapping import read_mapping
folder = pathlib.Path(sys.argv[1])
account = load(read_mapping(MAPPING, "labs.yaml"), folder, folder / "node")
held = pathlib.Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]
told = {t.target: [t.candidates, t.loaded, t.rejected] for t in account.tables}
print(json.dumps({"mb": int(held) // 1024, "tables": told}))
"""


def run() -> str:
    """Load the file, killed once in the middle, and reconcile every row. Raises AssertionError."""
    rows = int(float(os.environ.get(_GB, "5")) * 2**30 / _BYTES_A_ROW)
    folder = CACHE / "intake-large"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        return _loaded(folder, rows)
    finally:
        shutil.rmtree(folder)


def _loaded(folder: Path, rows: int) -> str:
    labs = folder / "labs.csv"
    write_export(folder, rows, _BROKEN_EVERY, MORE_COLUMNS)
    command = [sys.executable, "-c", _WORK, str(folder)]
    middle = f"intake.load.after_chunk@{rows // ROWS // 2}"
    killed = subprocess.run(command, env={**os.environ, "QUNDAO_FAULT": middle}, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.returncode
    told = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    broken = rows // _BROKEN_EVERY
    assert told["tables"]["measurement"] == [rows, rows - broken, broken], told
    assert told["mb"] < _MOST_MB, told
    size = labs.stat().st_size / 2**30
    return f"{rows:,} rows, {size:.1f} GB, {broken} rejected, peak {told['mb']:,} MB"
