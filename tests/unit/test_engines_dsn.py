"""Data source names: what is accepted, and what a refusal says."""

from __future__ import annotations

from pathlib import Path

import pytest

from qundao.engines import parse_dsn
from qundao.kernel.errors import QundaoError


@pytest.mark.parametrize(
    ("text", "scheme", "path"),
    [
        ("duckdb:///data/x.duckdb", "duckdb", "/data/x.duckdb"),
        ("duckdb:/data/x.duckdb", "duckdb", "/data/x.duckdb"),
        ("duckdb:x.duckdb", "duckdb", "x.duckdb"),
        ("duckdb://folder/x.duckdb", "duckdb", "folder/x.duckdb"),
        ("PARQUET:///data/folder", "parquet", "/data/folder"),
        ("parquet:///data/a%20b", "parquet", "/data/a b"),
    ],
)
def test_a_leading_slash_is_absolute_and_the_double_slash_optional(text, scheme, path):
    dsn = parse_dsn(text)
    assert (dsn.scheme, dsn.path) == (scheme, Path(path))


def test_options_follow_the_path():
    assert dict(parse_dsn("duckdb:x?schema=cdm&copy=never").options) == {
        "schema": "cdm",
        "copy": "never",
    }


@pytest.mark.parametrize("text", ["", "x.duckdb", "duckdb:", "mysql:x", "duckdb:x?password=1"])
def test_anything_else_is_refused_with_the_forms_that_are_accepted(text):
    with pytest.raises(QundaoError) as error:
        parse_dsn(text)
    assert error.value.code == "engines.bad_dsn"
    assert "duckdb:///data/x.duckdb" in str(error.value)


@pytest.mark.parametrize("text", ["postgresql://host/db?cdm_schema=a", "spark:?master=local[2]"])
def test_kinds_of_a_later_build_say_so_without_repeating_the_address(text):
    with pytest.raises(QundaoError) as error:
        parse_dsn(text)
    assert error.value.code == "engines.not_in_this_build"
    assert "host" not in str(error.value)
