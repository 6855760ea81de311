"""Engines on Spark for tests, and the mark that skips them where the extra or Java is missing."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from qundao.engines import OpenEngine

_HERE = importlib.util.find_spec("pyspark") is not None
_JAVA = os.environ.get("JAVA_HOME") or shutil.which("java")
NEEDS_SPARK = (
    pytest.mark.spark,
    pytest.mark.skipif(not _HERE, reason="the extra `spark` is not installed: make test-spark"),
    pytest.mark.skipif(not _JAVA, reason="Java is not on this machine: make test-spark"),
)


def write_tables(folder: Path, tables: Mapping[str, pa.Table]) -> Path:
    """Write tables as a folder of Parquet files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        pq.write_table(table, folder / f"{name}.parquet")
    return folder


def spark_engine(tables: Mapping[str, pa.Table]) -> OpenEngine:
    """Return an engine over the tables, held in memory as Spark reads them from Arrow."""
    from qundao.engines.spark import SparkEngine
    from qundao.engines.spark_session import Frames

    session = _session()
    frames = {
        name: session.createDataFrame(table) if len(table) else _empty(table.schema)
        for name, table in tables.items()
    }
    return SparkEngine(Frames(session, frames, (), "arrow"))


@cache
def _session() -> SparkSession:
    from qundao.engines import EngineOptions, parse_dsn, spark_session

    options = EngineOptions(memory_mb=1024, temp_dir=Path(mkdtemp(prefix="qundao-test-")))
    session = spark_session._session(parse_dsn("spark:memory"), options)
    # A few rows are counted long before the code for them would be compiled.
    session.conf.set("spark.sql.codegen.wholeStage", "false")
    session.conf.set("spark.sql.codegen.factoryMode", "NO_CODEGEN")
    return session


@cache
def _empty(schema: pa.Schema) -> DataFrame:
    """Return a table without rows, made once: most tables of a model are empty in a test."""
    return _session().createDataFrame(schema.empty_table())
