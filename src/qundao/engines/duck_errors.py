"""What DuckDB's exceptions mean to a steward. Values from the rows never enter a message."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import duckdb

from qundao.engines import codes
from qundao.kernel.errors import QundaoError, fail

_NO_SPACE = ("no space left", "disk quota", "max_temp_directory_size", "temporary file")
_BROKEN = ("parquet", "magic bytes", "decompression", "snappy", "zstd", "thrift", "page")
_INTERRUPTED = "Query interrupted"
_COLUMN = re.compile(r'[Cc]olumn (?:with name )?"?([\w.]+)"? (?:not found|does not exist)')


@contextmanager
def duck_errors(where: str, present: Callable[[], bool]) -> Iterator[None]:
    """Raise `engines.*` errors for DuckDB's; `present` tells whether the source is still there."""
    try:
        yield
    except duckdb.Error as error:
        raise _translated(error, where, present) from error
    except RuntimeError as error:
        if str(error) == _INTERRUPTED:  # how DuckDB's Python client says that Ctrl-C was pressed
            raise KeyboardInterrupt from None
        raise


def _translated(error: duckdb.Error, where: str, present: Callable[[], bool]) -> QundaoError:
    text = str(error).lower()
    if any(mark in text for mark in _NO_SPACE):
        return fail(codes.DISK_FULL, type(error).__name__, where)
    if isinstance(error, duckdb.OutOfMemoryException):
        return fail(codes.OUT_OF_MEMORY, type(error).__name__, where)
    if isinstance(error, duckdb.CatalogException | duckdb.BinderException):
        return _name_missing(error, where)
    if not present():
        return fail(codes.SOURCE_VANISHED, where, where)
    return fail(_code(error, text), type(error).__name__, where, what="–")


def _name_missing(error: duckdb.Error, where: str) -> QundaoError:
    """Return what is missing; the message names identifiers of the query, never values."""
    found = _COLUMN.search(str(error))
    if found:
        return fail(codes.COLUMN_MISSING, found.group(1), where)
    return fail(codes.QUERY_FAILED, type(error).__name__, where)


def _code(error: duckdb.Error, text: str) -> str:
    unread = duckdb.IOException | duckdb.InvalidInputException | duckdb.SerializationException
    if isinstance(error, unread) and any(mark in text for mark in _BROKEN):
        return codes.BROKEN_PARQUET
    if isinstance(error, duckdb.IOException | duckdb.PermissionException):
        return codes.SOURCE_UNREADABLE
    return codes.QUERY_FAILED
