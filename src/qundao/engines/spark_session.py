"""Opening a source by Spark: Java and the extra, the process's one context, and what is there."""

from __future__ import annotations

import atexit
import logging
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qundao.engines import codes
from qundao.engines.dsn import Dsn
from qundao.engines.options import EngineOptions
from qundao.engines.parquet_folder import parquet_files
from qundao.engines.private import private_folder
from qundao.kernel.errors import QundaoError, fail, problem, raise_if

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from qundao.engines.spark import SparkEngine

_EXTRA = "spark"
_LEAST_JAVA = 17
_LEAST_MEMORY_MB = 512
_VERSION = re.compile(r'version "(\d+)')
_CATALOG = re.compile(r"^\w+(\.\w+){0,2}$")
_WHAT = "folder of Parquet files, or catalog.schema"
_LOGGERS = ("SQLQueryContextLogger", "DataFrameQueryContextLogger", "py4j")
_QUIET = """
rootLogger.level = off
rootLogger.appenderRef.none.ref = none
appender.none.type = Null
appender.none.name = none
"""
_starting = threading.Lock()


@dataclass(frozen=True, slots=True)
class Frames:
    """A source's tables as Spark reads them, by name in small letters, and their files, if any."""

    session: SparkSession
    tables: Mapping[str, DataFrame]
    files: tuple[Path, ...]
    place: str

    def present(self) -> bool:
        """Tell whether the source's files are still there."""
        return all(f.exists() for f in self.files)


def open_spark(dsn: Dsn, options: EngineOptions) -> SparkEngine:
    """Open `dsn`. Raises `engines.*`: no extra, no Java, no such folder or schema, broken files."""
    _need_extra()
    _need_java()
    from qundao.engines.spark import SparkEngine

    session = _session(dsn, options).newSession()
    if dsn.path.is_dir() or not _CATALOG.match(str(dsn.path)):
        return SparkEngine(_of_folder(session, dsn))
    return SparkEngine(_of_catalog(session, dsn))


def _need_extra() -> None:
    try:
        import pyspark  # noqa: F401
    except ImportError:
        raise fail(codes.NEEDS_EXTRA, "pyspark", "dsn", extra=_EXTRA) from None


def _need_java() -> None:
    """Raise `engines.needs_java` unless a Java that Spark can use is found."""
    home = os.environ.get("JAVA_HOME")
    program = f"{home}/bin/java" if home else shutil.which("java")
    told = ""
    if program:
        with suppress(OSError):
            done = subprocess.run([program, "-version"], capture_output=True, check=False)  # noqa: S603
            told = done.stderr.decode("utf-8", "replace")
    found = _VERSION.search(told)
    if not found or int(found.group(1)) < _LEAST_JAVA:
        received = found.group(1) if found else program or ""
        raise fail(codes.NEEDS_JAVA, received, "dsn", least=_LEAST_JAVA)


def _session(dsn: Dsn, options: EngineOptions) -> SparkSession:
    """Return the process's session. A process has one context, which ends with it."""
    from pyspark.sql import SparkSession

    master = dsn.options.get("master") or f"local[{options.threads}]"
    with _starting:
        running = SparkSession.getActiveSession()
        if running is not None:
            _same_master(running, dsn)
            return running
        for name in _LOGGERS:  # what they say may hold values of the rows
            logging.getLogger(name).disabled = True
            logging.getLogger(name).setLevel(logging.CRITICAL)
        builder = SparkSession.builder.master(master).appName("qundao")
        for name, value in _settings(options).items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
        session.sparkContext.setLogLevel("OFF")
        return session


def _same_master(running: SparkSession, dsn: Dsn) -> None:
    asked, has = dsn.options.get("master"), running.sparkContext.master
    if asked and asked != has:
        raise fail(codes.BAD_DSN, f"master={asked}", "dsn", options=f"master={has}")


def _settings(options: EngineOptions) -> Mapping[str, str]:
    """Return the settings: nothing listens beyond this machine, times are without zone."""
    folder = private_folder(options.temp_dir)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    quiet = folder / "log4j2.properties"
    quiet.write_text(_QUIET, "utf-8")
    return {
        "spark.driver.extraJavaOptions": f"-Dlog4j2.configurationFile={quiet.as_uri()}",
        "spark.driver.memory": f"{max(_LEAST_MEMORY_MB, options.memory_mb)}m",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.local.dir": str(folder),
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.sql.shuffle.partitions": str(2 * options.threads),
        # A union that promises its parts' partitions breaks where a kept step is joined with it.
        "spark.sql.unionOutputPartitioning": "false",
        "spark.sql.ansi.enabled": "true",
        "spark.sql.timestampType": "TIMESTAMP_NTZ",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        "spark.python.sql.dataFrameDebugging.enabled": "false",
    }


def _of_folder(session: SparkSession, dsn: Dsn) -> Frames:
    from qundao.engines.spark_errors import spark_errors

    path = dsn.path.absolute()
    files = parquet_files(path)
    every = tuple(f for parts in files.values() for f in parts)
    tables: dict[str, Any] = {}
    broken = []
    for name, parts in files.items():
        try:
            with spark_errors(name, lambda: True):
                tables[name] = session.read.parquet(*map(_uri, parts))
        except QundaoError:
            broken.append(problem(codes.BROKEN_PARQUET, ", ".join(f.name for f in parts), name))
    raise_if(broken)
    return Frames(session, tables, every, str(dsn.path))


def _uri(file: Path) -> str:
    """Return a file's address, for paths in which Hadoop would read more than characters."""
    return file.as_uri()


def _of_catalog(session: SparkSession, dsn: Dsn) -> Frames:
    from qundao.engines.spark_errors import spark_errors

    schema = str(dsn.path)
    with spark_errors(schema, lambda: True):
        if not session.catalog.databaseExists(schema):
            raise fail(codes.SOURCE_MISSING, schema, "dsn", what=_WHAT)
        names = [t.name for t in session.catalog.listTables(schema) if not t.isTemporary]
        if not names:
            raise fail(codes.DATABASE_MISSING, schema, "dsn", what=f"schema {schema}")
        return Frames(session, _named(session, schema, names), (), schema)


def _named(session: SparkSession, schema: str, names: Sequence[str]) -> Mapping[str, DataFrame]:
    return {n.lower(): session.table(f"{schema}.`{n}`") for n in names}
