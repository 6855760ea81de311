"""Reading an engine's rows: one per person and arm, as Arrow tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from qundao.analysis.codes import BAD_ROWS
from qundao.kernel.errors import fail

ARM = "arm"
SUBJECT = "subject_id"
TIME = "time"
EVENT = "event"

Booleans = NDArray[np.bool_]
Integers = NDArray[np.int64]


def check_columns(rows: pa.Table, columns: Sequence[str]) -> None:
    """Raise `analysis.bad_rows` unless the columns are there and each arm has a person once."""
    missing = sorted({ARM, SUBJECT, *columns} - set(rows.column_names))
    if missing:
        received = ", ".join(rows.column_names)
        raise fail(BAD_ROWS, received, "columns", required=f"the columns {', '.join(missing)} too")
    people = rows.group_by([ARM, SUBJECT]).aggregate([])
    if people.num_rows != rows.num_rows:
        doubled = rows.num_rows - people.num_rows
        raise fail(BAD_ROWS, f"{doubled} more", SUBJECT, required="one row per person and arm")


def of_arm(rows: pa.Table, arm: str) -> pa.Table:
    """Return the rows of one arm. Rows of arms that the analysis does not name are left out."""
    return rows.filter(pc.equal(pc.cast(rows[ARM], pa.string()), arm))


def whole_numbers(rows: pa.Table, column: str) -> Integers:
    """Return a column of integers of at least 0. Raises `analysis.bad_rows`."""
    values = rows[column]
    if values.null_count:
        raise fail(BAD_ROWS, f"{values.null_count} missing", column, required="a value in each row")
    try:
        numbers: Integers = pc.cast(values, pa.int64()).to_numpy()
    except pa.ArrowInvalid as error:
        raise fail(BAD_ROWS, str(error)[:120], column, required="whole numbers") from error
    if len(numbers) and numbers.min() < 0:
        raise fail(BAD_ROWS, int(numbers.min()), column, required="numbers of at least 0")
    return numbers


def truths(rows: pa.Table, column: str) -> Booleans:
    """Return a column of yes and no without gaps. Raises `analysis.bad_rows`."""
    values = rows[column]
    if values.null_count or not pa.types.is_boolean(values.type):
        received = f"{values.type}, {values.null_count} missing"
        raise fail(BAD_ROWS, received, column, required="true or false in each row")
    found: Booleans = values.to_numpy()
    return found


def texts(rows: pa.Table, column: str) -> list[Any]:
    """Return a column as text, None where it is missing."""
    found: list[Any] = pc.cast(rows[column], pa.string()).to_pylist()
    return found


def reals(rows: pa.Table, column: str) -> NDArray[np.float64]:
    """Return a numeric column as doubles, NaN where it is missing. Raises `analysis.bad_rows`."""
    try:
        values = pc.cast(rows[column], pa.float64())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise fail(BAD_ROWS, str(error)[:120], column, required="numbers") from error
    found: NDArray[np.float64] = values.to_numpy()
    return found
