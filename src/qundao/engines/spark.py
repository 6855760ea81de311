"""The Spark engine: a session whose only tables are views over one source.

Made for sources that already lie in Spark: a folder of Parquet files of many parts, or tables of
a catalog. Nothing is written there; what is kept for a while is kept by Spark itself.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count, islice
from types import MappingProxyType
from typing import Any, Self, cast

import pyarrow as pa
import pyspark
from pyspark.sql import DataFrame
from pyspark.sql import functions as f
from pyspark.sql.pandas.types import to_arrow_schema
from sqlglot import exp

from qundao.engines.codes import AMBIGUOUS_TABLE, CLOSED
from qundao.engines.guard import check_query, refuse_unknown_functions
from qundao.engines.spark_errors import spark_errors
from qundao.engines.spark_session import Frames
from qundao.engines.spark_sql import DIALECT, rendered
from qundao.engines.spark_steps import with_steps_kept
from qundao.kernel.errors import fail, problem, raise_if
from qundao.query.engine import Column

_SCRATCH = "scratch_"
_NUMBERS = count(1)
"""Views of one session are told apart by number, whichever engine made them."""


class SparkEngine:
    """Implements `query.engine.Engine`. Made by `open_engine`; safe to use from many threads."""

    def __init__(self, frames: Frames) -> None:
        self._frames = frames
        self._session = frames.session
        self._schema = _schema_of(frames)
        self._scratch: set[str] = set()
        self._lock = threading.RLock()
        self._open = True
        for name, frame in frames.tables.items():
            listed = [f.col(f"`{c}`").alias(c.lower()) for c in frame.columns]
            frame.select(*listed).createOrReplaceTempView(name)

    @property
    def dialect(self) -> str:
        """Return `spark`."""
        return DIALECT

    @property
    def schema(self) -> Mapping[str, tuple[Column, ...]]:
        """Return the source's tables and columns, all names in small letters."""
        return self._schema

    @property
    def in_process(self) -> bool:
        """Return False: rows come from another process."""
        return False

    @property
    def at_once(self) -> int:
        """Return 1: Spark spreads one query over all its cores."""
        return 1

    def query(self, query: exp.Expression) -> pa.Table:
        """Run one query and return all its rows. Raises `engines.*`."""
        with self._running(query) as frame:
            return _plain(frame.toArrow())

    def records(self, query: exp.Expression) -> list[dict[str, Any]]:
        """Run one query that answers with few rows, and return each by column name."""
        found: list[dict[str, Any]] = self.query(query).to_pylist()
        return found

    def stream(self, query: exp.Expression, rows: int = 65_536) -> Iterator[pa.RecordBatch]:
        """Run one query and yield its rows in batches of at most `rows`. Raises `engines.*`."""
        with self._running(query) as frame:
            schema = to_arrow_schema(frame.schema)
            found = frame.toLocalIterator(prefetchPartitions=True)
        while batch := self._next(found, rows):
            columns = list(zip(*batch, strict=True))
            arrays = [pa.array(v, t.type) for v, t in zip(columns, schema, strict=True)]
            yield from _plain(pa.Table.from_arrays(arrays, schema=schema)).to_batches()

    @contextmanager
    def scratch(self, name: str, query: exp.Expression) -> Iterator[exp.Table]:
        """Keep a query's rows within Spark (in memory, spilling) under a private name."""
        table = f"{_SCRATCH}{name.lower()}"
        with self._running(query) as frame:
            kept = frame.localCheckpoint(eager=True)
            kept.createOrReplaceTempView(table)
        self._scratch.add(table)
        try:
            yield exp.table_(table)
        finally:
            self._drop(table, kept)

    def close(self) -> None:
        """Forget the views. The process's Spark goes on for the next source. Twice does nothing."""
        with self._lock:
            if self._open:
                self._open = False
                with spark_errors(self._frames.place, self._frames.present):
                    for name in self._frames.tables:
                        self._session.catalog.dropTempView(name)

    def describe(self) -> Mapping[str, Any]:
        """Return kind, version and place."""
        return {"kind": "spark", "version": pyspark.__version__, "place": self._frames.place}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _running(self, query: exp.Expression) -> Iterator[DataFrame]:
        if not self._open:
            raise fail(CLOSED, self._frames.place)
        check_query(query, self._schema.keys(), self._scratch)
        refuse_unknown_functions(query)
        with spark_errors(self._frames.place, self._frames.present):
            yield self._frame(cast(exp.Query, query))

    def _frame(self, query: exp.Query) -> DataFrame:
        """Return what a query gives. Steps named more than once are run when first needed."""
        views: list[str] = []

        def keep(step: exp.Query) -> str:
            views.append(f"step_{next(_NUMBERS)}")
            rows = self._session.sql(rendered(step)).localCheckpoint(eager=False)
            rows.createOrReplaceTempView(views[-1])
            return views[-1]

        try:
            return self._session.sql(rendered(with_steps_kept(query, keep)))
        finally:
            for view in views:
                self._session.catalog.dropTempView(view)

    def _next(self, found: Iterator[Any], rows: int) -> list[Any]:
        with spark_errors(self._frames.place, self._frames.present):
            return list(islice(found, rows))

    def _drop(self, table: str, kept: DataFrame) -> None:
        self._scratch.discard(table)
        if self._open:
            with spark_errors(self._frames.place, self._frames.present):
                self._session.catalog.dropTempView(table)
                kept.unpersist()


def _schema_of(frames: Frames) -> Mapping[str, tuple[Column, ...]]:
    """Return names in small letters with Spark's types. Raises `engines.ambiguous_table`."""
    found = {
        name: tuple(Column(c.lower(), type_) for c, type_ in frame.dtypes)
        for name, frame in frames.tables.items()
    }
    repeated = [(t, c.name) for t, cs in found.items() for c in cs if cs.count(c) > 1]
    raise_if(problem(AMBIGUOUS_TABLE, f"{t}.{c}", t) for t, c in dict.fromkeys(repeated))
    return MappingProxyType(found)


def _plain(table: pa.Table) -> pa.Table:
    """Return a result whose columns may be null, as those of the other engines."""
    return table.cast(pa.schema([pa.field(c.name, c.type) for c in table.schema]))
