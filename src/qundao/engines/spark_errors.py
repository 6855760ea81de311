"""What Spark's errors mean to a steward. Its messages may hold values: they stay here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException

from qundao.engines import codes
from qundao.kernel.errors import QundaoError, fail

_NAME = re.compile(r"name `([^`]+)`|view `([^`]+)`")
_NO_SPACE = ("no space left", "disk quota")
_MEMORY = ("outofmemoryerror", "java heap space", "not enough memory", "unable to acquire")
_BROKEN = ("parquet", "snappy", "zstd", "thrift", "decompress", "corrupt")


@contextmanager
def spark_errors(place: str, present: Callable[[], bool]) -> Iterator[None]:
    """Raise `engines.*` errors for Spark's; `present` tells whether the source is still there."""
    try:
        yield
    except PySparkException as error:
        raise _of_query(error, place, present) from error
    except Py4JError as error:
        raise fail(_of_machine(str(error), present), type(error).__name__, place) from error
    except (ConnectionError, EOFError) as error:
        raise fail(codes.SOURCE_VANISHED, type(error).__name__, place) from error


def _of_query(error: PySparkException, place: str, present: Callable[[], bool]) -> QundaoError:
    condition = error.getCondition() or ""
    if condition.startswith(("UNRESOLVED_COLUMN", "FIELD_NOT_FOUND")):
        return fail(codes.COLUMN_MISSING, _named(error), place)
    if condition.startswith("TABLE_OR_VIEW_NOT_FOUND"):
        return fail(codes.TABLE_MISSING, _named(error), place, table=_named(error))
    if condition.startswith(("CANNOT_READ_FILE", "FAILED_READ_FILE")) or not condition:
        code = _of_machine(str(error), present)
        return fail(code, condition or type(error).__name__, place)
    return fail(codes.QUERY_FAILED, condition, place)


def _named(error: PySparkException) -> str:
    """Return the identifier that a message names; such messages hold no values."""
    found = _NAME.search(str(error))
    return next((g for g in found.groups() if g), "–") if found else "–"


def _of_machine(message: str, present: Callable[[], bool]) -> str:
    text = message.lower()
    if any(mark in text for mark in _NO_SPACE):
        return codes.DISK_FULL
    if any(mark in text for mark in _MEMORY):
        return codes.OUT_OF_MEMORY
    if not present():
        return codes.SOURCE_VANISHED
    if "sparkcontext was shut down" in text or "answer from java side is empty" in text:
        return codes.SOURCE_VANISHED
    return codes.BROKEN_PARQUET if any(m in text for m in _BROKEN) else codes.QUERY_FAILED
