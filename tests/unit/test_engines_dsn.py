"""Data source names: what is accepted, and what a refusal says."""

from __future__ import annotations

import re
import sys
import types
from pathlib import Path

import pytest

from qundao.engines import ServerDsn, open_engine, parse_dsn
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


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://u:s3cret@h:5433/db?schema=cdm", "postgresql://u@h:5433/db?schema=cdm"),
        ("postgres:u:s3cret@h/db", "postgresql://u@h/db?schema=public"),
        ("postgresql:///db?host=/run/pg&cdm_schema=C", "postgresql:///run/pg/db?schema=C"),
        ("postgresql://u%40x:s3%2Fcret@h/d%20b", "postgresql://u@x@h/d b?schema=public"),
    ],
)
def test_a_server_is_named_without_its_password(text, shown):
    dsn = parse_dsn(text)
    assert isinstance(dsn, ServerDsn)
    assert str(dsn) == shown
    assert "cret" not in repr(dsn)
    assert ("s3cret" in text) == (dsn.connection.get("password") == "s3cret")


def test_a_server_has_schemas_and_a_time_limit():
    dsn = parse_dsn("postgresql://h/db?cdm_schema=cdm&vocab_schema=vocab&timeout=90")
    assert dsn.schemas == ("cdm", "vocab")
    assert dsn.timeout == 90
    assert parse_dsn("postgresql://h/db").timeout is None


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://u:s3cret@h:port/db",
        "postgresql://u:s3/cr?et@h/db",
        "postgresql://u:s3cret@h/db?timeout=0",
        "postgresql://u:s3cret@h/db?timeout=long",
        "postgresql://h/db?password=s3cret",
        "mysql://u:s3cret@h/db",
        "u:s3cret@h",
    ],
)
def test_no_refusal_repeats_a_password(text):
    with pytest.raises(QundaoError) as error:
        parse_dsn(text)
    assert error.value.code == "engines.bad_dsn"
    assert "cret" not in str(error.value)
    assert not {"s3", "et@h"} & set(re.findall(r"s3|et@h", str(error.value)))


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("spark:data/omop", "data/omop"),
        ("spark:///data/omop?master=local[4]", "/data/omop"),
        ("spark:?master=local[2]&path=/data/omop", "/data/omop"),
        ("spark:hospital.cdm", "hospital.cdm"),
    ],
)
def test_spark_takes_a_folder_or_a_schema_of_a_catalog(text, path):
    dsn = parse_dsn(text)
    assert (dsn.scheme, dsn.path) == ("spark", Path(path))


def test_without_the_extra_or_java_the_remedy_is_told(tmp_path, monkeypatch):
    (tmp_path / "pyspark.py").write_text("raise ImportError")
    monkeypatch.delitem(sys.modules, "pyspark", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(QundaoError) as error:
        open_engine(f"spark:{tmp_path}")
    assert error.value.code == "engines.needs_extra"
    assert "qundao[spark]" in error.value.problems[0].line("zh")


@pytest.mark.parametrize("version", ["11.0.2", "1.8.0_292", None])
def test_an_older_java_or_none_is_refused_with_what_to_install(version, tmp_path, monkeypatch):
    (tmp_path / "bin").mkdir()
    if version:
        java = tmp_path / "bin" / "java"
        java.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
        java.chmod(0o755)
    (tmp_path / "pyspark.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    monkeypatch.setitem(sys.modules, "pyspark", sys.modules.get("pyspark") or types.ModuleType("p"))
    with pytest.raises(QundaoError) as error:
        open_engine(f"spark:{tmp_path}")
    assert error.value.code == "engines.needs_java"
    assert "openjdk-17" in error.value.problems[0].line("en")
