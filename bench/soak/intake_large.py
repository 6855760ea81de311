"""Loads a laboratory's export of many gigabytes, killed on the way, within a few of memory.

`QUNDAO_SOAK_GB` says how large the file is (5 unless told). One line in a million is broken.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import duckdb

from bench.data import CACHE

_GB = "QUNDAO_SOAK_GB"
_BYTES_A_ROW = 80
_MOST_MB = 8_192
_BROKEN_EVERY = 1_000_000
_LABS = """
COPY (SELECT 'P' || i % 100000 AS 病案号, 'N' || i AS 单号,
             ['GLU', 'HGB', 'WBC', 'CRE', 'ALT'][1 + i % 5] AS 项目代码,
             ['葡萄糖', '血红蛋白', '白细胞', '肌酐', '转氨酶'][1 + i % 5] AS 项目名称,
             ((i * 7919) % 10000 / 100.0)::DECIMAL(6, 2)::VARCHAR AS 结果,
             ['mmol/L', 'g/L', '10^9/L', 'umol/L', 'U/L'][1 + i % 5] AS 单位,
             '3.9-6.1' AS 参考范围,
             CASE WHEN i % {broken} = 7 THEN '不详' ELSE
               strftime(TIMESTAMP '2020-01-01' + to_minutes((i % 1000000)::INT),
                        '%Y-%m-%d %H:%M:%S') END AS 采样时间
      FROM range({rows}) t(i)) TO '{target}' (HEADER)
"""
_PATIENTS = """
COPY (SELECT 'P' || i AS 病案号, ['男', '女'][1 + i % 2] AS 性别, '1950-01-01' AS 出生日期
      FROM range(100000) t(i)) TO '{target}' (HEADER)
"""
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
    folder.mkdir(parents=True)
    try:
        return _loaded(folder, rows)
    finally:
        shutil.rmtree(folder)


def _loaded(folder: Path, rows: int) -> str:
    labs = folder / "labs.csv"
    duckdb.execute(_LABS.format(rows=rows, broken=_BROKEN_EVERY, target=labs)).fetchall()
    duckdb.execute(_PATIENTS.format(target=folder / "patients.csv")).fetchall()
    command = [sys.executable, "-c", _WORK, str(folder)]
    middle = f"intake.load.after_chunk@{rows // 524_288 // 2}"
    killed = subprocess.run(command, env={**os.environ, "QUNDAO_FAULT": middle}, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.returncode
    told = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    broken = len(range(7, rows, _BROKEN_EVERY))
    assert told["tables"]["measurement"] == [rows, rows - broken, broken], told
    assert told["mb"] < _MOST_MB, told
    size = labs.stat().st_size / 2**30
    return f"{rows:,} rows, {size:.1f} GB, {broken} rejected, peak {told['mb']:,} MB"
