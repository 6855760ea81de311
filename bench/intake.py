"""A laboratory's CSV loaded into OMOP, held against DuckDB's own COPY of the same rows.

"The same rows" are taken in every sense: those of the export, copied into a table of a database on
disk, or to Parquet, as a load writes it, once as they are and once cast to what OMOP declares; and
the rows of OMOP that they become, copied to Parquet from a CSV that has them already.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from pathlib import Path

import duckdb
import pyarrow as pa

from bench.data import CACHE
from bench.measure import Measured, measured

ROWS, GROWN, MORE_COLUMNS = 1_000_000, 10, 12
LOAD = "load to OMOP"
COPY_PARQUET = "COPY CSV to Parquet"
COPY_CAST = "COPY CSV, cast, to Parquet"
COPY_TABLE = "COPY CSV into a DuckDB table"
COPY_OMOP = "COPY CSV of OMOP rows to Parquet"
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
             CASE WHEN i % {broken} = {broken} - 1 THEN '不详' ELSE
               strftime(TIMESTAMP '2020-01-01' + to_minutes((i % 1000000)::INT),
                        '%Y-%m-%d %H:%M:%S') END AS 采样时间{more}
      FROM range({rows}) t(i)) TO '{target}' (HEADER)
"""
_REMARK = ", '标本合格，结果已复核 ' || (i * 7919 + {n}) % 99991 AS 附注{n}"
_NEVER = 2**62
_PATIENTS = """
COPY (SELECT 'P' || i AS 病案号, ['男', '女'][1 + i % 2] AS 性别,
             strftime(DATE '1950-01-01' + (i % 20000)::INT, '%Y-%m-%d') AS 出生日期
      FROM range(100000) t(i)) TO '{target}' (HEADER)
"""


def write_export(folder: Path, rows: int, broken_every: int = _NEVER, more: int = 0) -> None:
    """Write a laboratory's export (synthetic), some lines without a time that can be read.

    It has so many columns more, of some 37 bytes each, that no mapping asks for.
    """
    folder.mkdir(parents=True, exist_ok=True)
    columns = "".join(_REMARK.format(n=n) for n in range(more))
    target = folder / "labs.csv"
    labs = _LABS.format(rows=rows, broken=broken_every, target=target, more=columns)
    for written in (labs, _PATIENTS.format(target=folder / "patients.csv")):
        duckdb.execute(written).fetchall()


def exports(rows: int, more: int = 0) -> Path:
    """Return a folder with the synthetic export (made once, then kept)."""
    folder = CACHE / (f"labs-{rows}-{more}" if more else f"labs-{rows}")
    if not (folder / "done").exists():
        write_export(folder, rows, more=more)
        (folder / "done").touch()
    return folder


def quiet() -> duckdb.DuckDBPyConnection:
    """Return a database in memory, on two threads, that draws nothing."""
    connection = duckdb.connect(config={"threads": 2, "preserve_insertion_order": False})
    connection.execute("SET enable_progress_bar = false")
    return connection


def copied(folder: str) -> tuple[float, str]:
    """Copy both files to Parquet as DuckDB does unasked, types found by it, on two threads."""
    queries = {name: f"FROM '{folder}/{name}.csv'" for name in ("labs", "patients")}
    return _to_parquet(quiet(), folder, queries)


def copied_cast(folder: str) -> tuple[float, str]:
    """Copy the columns that the mapping uses to Parquet, cast to the types that OMOP declares."""
    queries = {
        "labs": f"""
            SELECT 单号, 项目代码, 病案号, try_cast(采样时间 AS DATE) AS measurement_date,
                   try_cast(采样时间 AS TIMESTAMP) AS measurement_datetime,
                   try_cast(结果 AS DOUBLE) AS value_as_number, 结果, 单位
            FROM read_csv('{folder}/labs.csv', all_varchar = true)""",
        "patients": f"""
            SELECT 病案号, 性别, year(try_cast(出生日期 AS DATE)) AS year_of_birth
            FROM read_csv('{folder}/patients.csv', all_varchar = true)""",
    }
    return _to_parquet(quiet(), folder, queries)


def _to_parquet(
    connection: duckdb.DuckDBPyConnection, folder: str, queries: Mapping[str, str]
) -> tuple[float, str]:
    begun = time.perf_counter()
    rows = 0
    for name, query in queries.items():
        copy = f"COPY ({query}) TO '{folder}/{name}.parquet' (FORMAT parquet)"
        rows += connection.execute(copy).fetchall()[0][0]
    return begun, f"{rows:,} rows"


def copied_into_tables(folder: str) -> tuple[float, str]:
    """Copy both files into tables of a database on disk, whole when it is closed."""
    place = Path(folder) / "copy.duckdb"
    place.unlink(missing_ok=True)
    config: dict[str, str | bool | int | float | list[str]]
    config = {"threads": 2, "preserve_insertion_order": False}
    connection = duckdb.connect(str(place), config=config)
    connection.execute("SET enable_progress_bar = false")
    for name in ("labs", "patients"):
        connection.execute(f"CREATE TABLE {name} AS FROM '{folder}/{name}.csv' LIMIT 0")
    begun = time.perf_counter()
    rows = 0
    for name in ("labs", "patients"):
        copy = f"COPY {name} FROM '{folder}/{name}.csv' (HEADER)"
        rows += connection.execute(copy).fetchall()[0][0]
    connection.close()
    return begun, f"{rows:,} rows"


def copied_omop(folder: str) -> tuple[float, str]:
    """Copy the rows of OMOP from CSV to Parquet, types as the model declares them."""
    tables = f"{folder}/omop"
    queries = {
        name: f"FROM read_csv('{tables}/{name}.csv', nullstr = '')"
        for name in ("measurement", "person")
    }
    return _to_parquet(quiet(), tables, queries)


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
    pa.array([])  # pyarrow imports pandas at its first array, where that is installed
    begun = time.perf_counter()
    account = load(mapping, Path(folder), node)
    read = sum(s.rows for s in account.sources)
    kept = sum(t.loaded for t in account.tables)
    return begun, f"{read:,} rows read, {kept:,} loaded"


def run() -> Mapping[str, Measured]:
    """Hold each COPY against the load, over the same rows."""
    folder = str(exports(ROWS))
    load = measured(loaded, folder, repeat=5)
    as_csv(folder)
    return {LOAD: load, **_copies(folder, 5), COPY_OMOP: measured(copied_omop, folder)}


def run_wide() -> Mapping[str, Measured]:
    """Do the same over an export as wide as laboratories write them, most columns not asked for."""
    folder = str(exports(ROWS, MORE_COLUMNS))
    return {LOAD: measured(loaded, folder), **_copies(folder, 3)}


def run_large() -> Mapping[str, Measured]:
    """Do the same over ten times the rows: memory does not grow with them."""
    folder = str(exports(ROWS * GROWN))
    return {LOAD: measured(loaded, folder, repeat=2), **_copies(folder, 2)}


def _copies(folder: str, repeat: int) -> Mapping[str, Measured]:
    works = {COPY_PARQUET: copied, COPY_CAST: copied_cast, COPY_TABLE: copied_into_tables}
    return {name: measured(work, folder, repeat=repeat) for name, work in works.items()}
