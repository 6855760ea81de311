"""A laboratory's CSV loaded into OMOP, held against DuckDB's own COPY of the same rows.

"The same rows" are taken in both senses: the rows of the export, copied as they are, and the rows
of OMOP that they become, copied from a CSV that has them already.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from pathlib import Path

import duckdb

from bench.data import CACHE
from bench.measure import Measured, measured

ROWS, GROWN = 1_000_000, 10
COPY, LOAD, LARGE = "COPY to typed Parquet", "load to OMOP", f"load of {GROWN} times the rows"
COPY_OMOP = "COPY of the OMOP rows"
COPY_LARGE = f"COPY of {GROWN} times the rows"
MAPPING = """\
mapping: labs
version: 1
target: omop 5.4
sources:
  patients: {files: patients.csv}
  labs: {files: labs.csv}
codes:
  sex: {男: 8507, 女: 8532, otherwise: 0}
  item: {GLU: 3004501, HGB: 3000963, WBC: 3000905, CRE: 3016723, otherwise: 0}
  unit: {mmol/L: 8753, g/L: 8636, otherwise: 0}
tables:
  person:
    from: patients
    one_per: person_id
    fields:
      person_id: person(病案号)
      gender_concept_id: code(sex, 性别)
      year_of_birth: year(出生日期)
      race_concept_id: 0
      ethnicity_concept_id: 0
  measurement:
    from: labs
    fields:
      measurement_id: id('lab', 单号, 项目代码)
      person_id: person(病案号)
      measurement_concept_id: code(item, 项目代码)
      measurement_date: 采样时间
      measurement_datetime: 采样时间
      measurement_type_concept_id: 32856
      value_as_number: measured(结果)
      unit_concept_id: code(unit, 单位)
      measurement_source_value: 项目代码
      unit_source_value: 单位
      value_source_value: 结果
"""
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
_NEVER = 2**62
_PATIENTS = """
COPY (SELECT 'P' || i AS 病案号, ['男', '女'][1 + i % 2] AS 性别,
             strftime(DATE '1950-01-01' + (i % 20000)::INT, '%Y-%m-%d') AS 出生日期
      FROM range(100000) t(i)) TO '{target}' (HEADER)
"""


def write_export(folder: Path, rows: int, broken_every: int = _NEVER) -> None:
    """Write a laboratory's export (synthetic), some lines without a time that can be read."""
    folder.mkdir(parents=True, exist_ok=True)
    labs = _LABS.format(rows=rows, broken=broken_every, target=folder / "labs.csv")
    for written in (labs, _PATIENTS.format(target=folder / "patients.csv")):
        duckdb.execute(written).fetchall()


def exports(rows: int) -> Path:
    """Return a folder with the synthetic export (made once, then kept)."""
    folder = CACHE / f"labs-{rows}"
    if not (folder / "done").exists():
        write_export(folder, rows)
        (folder / "done").touch()
    return folder


def quiet() -> duckdb.DuckDBPyConnection:
    """Return a database in memory, on two threads, that draws nothing."""
    connection = duckdb.connect(config={"threads": 2, "preserve_insertion_order": False})
    connection.execute("SET enable_progress_bar = false")
    return connection


def copied(folder: str) -> tuple[float, str]:
    """Copy both files to Parquet as DuckDB does unasked, types found by it, on two threads."""
    connection = quiet()
    begun = time.perf_counter()
    rows = 0
    for name in ("labs", "patients"):
        target = Path(folder) / f"{name}.parquet"
        copy = f"COPY (FROM '{folder}/{name}.csv') TO '{target}' (FORMAT parquet)"
        rows += connection.execute(copy).fetchall()[0][0]
    return begun, f"{rows:,} rows"


def copied_omop(folder: str) -> tuple[float, str]:
    """Copy the rows of OMOP from CSV to Parquet, types as the model declares them."""
    tables = Path(folder) / "omop"
    connection = quiet()
    begun = time.perf_counter()
    rows = 0
    for path in sorted(tables.glob("*.csv")):
        copy = f"COPY (FROM read_csv('{path}', nullstr = '')) TO '{path}.parquet' (FORMAT parquet)"
        rows += connection.execute(copy).fetchall()[0][0]
    return begun, f"{rows:,} rows"


def as_csv(folder: str) -> None:
    """Write what the last load made as CSV."""
    tables = Path(folder) / "omop"
    shutil.rmtree(tables, ignore_errors=True)
    tables.mkdir()
    for name in ("measurement", "person"):
        source = f"{folder}/node/loaded/v0001/tables/{name}.parquet"
        duckdb.execute(f"COPY (FROM '{source}') TO '{tables}/{name}.csv' (HEADER)").fetchall()


def loaded(folder: str) -> tuple[float, str]:
    """Load both files into OMOP, from nothing staged to a whole version."""
    from qundao.intake.load import load
    from qundao.intake.mapping import read_mapping

    node = Path(folder) / "node"
    shutil.rmtree(node, ignore_errors=True)
    mapping = read_mapping(MAPPING, "labs.yaml")
    begun = time.perf_counter()
    account = load(mapping, Path(folder), node)
    read = sum(s.rows for s in account.sources)
    kept = sum(t.loaded for t in account.tables)
    return begun, f"{read:,} rows read, {kept:,} loaded"


def run() -> Mapping[str, Measured]:
    """Compare both over the same rows, and show that memory does not grow with them."""
    folder = str(exports(ROWS))
    copy, load = measured(copied, folder), measured(loaded, folder, repeat=3)
    as_csv(folder)
    return {
        COPY: copy,
        LOAD: load,
        COPY_OMOP: measured(copied_omop, folder),
        COPY_LARGE: measured(copied, str(exports(ROWS * GROWN)), repeat=2),
        LARGE: measured(loaded, str(exports(ROWS * GROWN)), repeat=1),
    }
