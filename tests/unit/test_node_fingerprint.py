"""A source that changed since it was registered is noticed; one that only moved is not."""

import hmac
import json
import os
from pathlib import Path

import pytest

from qundao.kernel.errors import QundaoError
from qundao.node.fingerprint import absolute, commitment, fingerprint, require_files, same


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "x.duckdb"
    path.write_bytes(b"one")
    return path


def test_the_same_file(file):
    assert same(f"duckdb:{file}", fingerprint(f"duckdb:{file}"))


def test_changed_content(file):
    kept = fingerprint(f"duckdb:{file}")
    file.write_bytes(b"two")
    assert not same(f"duckdb:{file}", kept)


def test_restored_from_backup_with_another_time(file):
    kept = fingerprint(f"duckdb:{file}")
    os.utime(file, ns=(1, 1))
    assert same(f"duckdb:{file}", kept)


def test_a_log_that_waits_to_be_replayed_counts(file):
    kept = fingerprint(f"duckdb:{file}")
    Path(f"{file}.wal").write_bytes(b"more")
    assert not same(f"duckdb:{file}", kept)


def test_a_folder_with_one_file_more(tmp_path):
    (tmp_path / "dm.parquet").write_bytes(b"1")
    kept = fingerprint(f"parquet://{tmp_path}")
    (tmp_path / "notes.txt").write_bytes(b"not a table")
    assert same(f"parquet://{tmp_path}", kept)
    (tmp_path / "ae.parquet").write_bytes(b"2")
    assert not same(f"parquet://{tmp_path}", kept)


def test_a_source_that_is_gone_is_left_to_the_engine(file):
    kept = fingerprint(f"duckdb:{file}")
    file.unlink()
    assert same(f"duckdb:{file}", kept)


def test_a_csv_file_is_bound_to_its_content_too(tmp_path):
    path = tmp_path / "dm.csv"
    path.write_bytes(b"usubjid\n1\n")
    kept = fingerprint(f"csv:{path}?delimiter=,")
    path.write_bytes(b"usubjid\n2\n")
    assert not same(f"csv:{path}?delimiter=,", kept)


@pytest.mark.parametrize("dsn", ["postgresql://u:secret@db/x?schema=cdm", "spark:/data"])
def test_a_source_that_may_change_unnoticed_is_refused(dsn):
    with pytest.raises(QundaoError) as raised:
        require_files(dsn)
    assert raised.value.code == "node.source_not_fixed"
    assert "secret" not in str(raised.value)


def test_what_was_never_fingerprinted_is_not_the_same(file):
    assert not same(f"duckdb:{file}", "")


def test_a_name_that_means_nothing_is_told_as_such():
    with pytest.raises(QundaoError) as raised:
        require_files("nonsense")
    assert raised.value.code == "engines.bad_dsn"


def test_a_file_of_another_name_is_the_same_source(file, tmp_path):
    kept = fingerprint(f"duckdb:{file}")
    assert same(f"duckdb:{file.rename(tmp_path / 'y.duckdb')}", kept)


def test_a_table_that_moves_within_its_folder_is_not(tmp_path):
    (tmp_path / "year=2020").mkdir()
    (tmp_path / "year=2020" / "ae.parquet").write_bytes(b"1")
    kept = fingerprint(f"parquet:{tmp_path}")
    (tmp_path / "year=2020").rename(tmp_path / "year=2021")
    assert not same(f"parquet:{tmp_path}", kept)


class TestWhatStandsForTheContent:
    SECRET = b"s" * 32

    def of(self, dsn, secret=SECRET):
        return commitment(dsn, fingerprint(dsn), secret)

    def test_is_equal_for_equal_content(self, file, tmp_path):
        copy = tmp_path / "copy.duckdb"
        copy.write_bytes(file.read_bytes())
        assert self.of(f"duckdb:{copy}") == self.of(f"duckdb:{file}")

    def test_is_another_for_other_content_another_schema_and_another_node(self, file):
        first, dsn = self.of(f"duckdb:{file}"), f"duckdb:{file}"
        found = {first, self.of(f"{dsn}?schema=cdm"), self.of(dsn, b"t" * 32)}
        file.write_bytes(b"two")
        assert len({*found, self.of(dsn)}) == 4

    def test_is_a_keyed_digest(self, file):
        content = json.loads(fingerprint(f"duckdb:{file}"))["content"]
        told = hmac.digest(self.SECRET, f"{content}\0".encode(), "sha256").hex()
        assert self.of(f"duckdb:{file}") == told


@pytest.mark.parametrize(
    ("dsn", "means"),
    [
        ("duckdb:a/b.duckdb", "duckdb:{cwd}/a/b.duckdb"),
        ("parquet://data?x=1", "parquet://{cwd}/data?x=1"),
        ("duckdb:///a/b", "duckdb:///a/b"),
        (" duckdb:/a/b ", "duckdb:/a/b"),
        ("postgresql://db/x?work_schema=w", "postgresql://db/x?work_schema=w"),
    ],
)
def test_a_name_means_the_same_from_any_folder(dsn, means):
    assert absolute(dsn) == means.format(cwd=Path.cwd())
