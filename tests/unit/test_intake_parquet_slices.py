"""Parquet files that grow by slices: what is appended is what is read, wherever it was cut."""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from qundao.intake.load.slices import GrowingFile, encoded


def rows(first, count):
    numbers = range(first, first + count)
    return pa.table(
        {
            "n": pa.array(numbers, pa.int64()),
            "text": [None if i % 5 == 0 else f"值{i % 3}" for i in numbers],
            "long": [f"{i}" * 40 for i in numbers],
            "at": pa.array([i * 10**9 for i in numbers], pa.timestamp("us")),
            "x": [i / 7 for i in numbers],
            "nothing": pa.nulls(count, pa.int64()),
        }
    )


@pytest.mark.parametrize("counts", [[1], [3, 1, 700], [20] * 40])
def test_slices_are_read_as_one_file(tmp_path, counts):
    file = GrowingFile(tmp_path / "t.parquet")
    parts = [rows(sum(counts[:i]), n) for i, n in enumerate(counts)]
    for each in parts:
        file.append([encoded(each)])
    file.finish()
    whole = pa.concat_tables(parts)
    assert pq.read_table(file.path).equals(whole)
    told = pq.read_metadata(file.path)
    assert [told.row_group(i).num_rows for i in range(told.num_row_groups)] == counts
    seen = duckdb.sql(f"SELECT count(*), sum(n), count(text), max(t.\"at\") FROM '{file.path}' t")
    last = whole["at"][-1].as_py()
    n = sum(counts)
    assert seen.fetchall() == [(n, n * (n - 1) // 2, n - len(range(0, n, 5)), last)]


def test_what_lies_behind_the_slices_that_are_known_is_cut_off(tmp_path):
    path = tmp_path / "t.parquet"
    before = GrowingFile(path)
    known = before.append([encoded(rows(0, 10)), encoded(rows(10, 5))])
    before.append([encoded(rows(15, 99))])
    before.finish()
    again = GrowingFile(path, known)
    again.append([encoded(rows(15, 2))])
    again.finish()
    assert pq.read_table(path).equals(rows(0, 17))


def test_a_file_grows_further_after_it_was_finished_and_gives_its_slices_back(tmp_path):
    one, other = GrowingFile(tmp_path / "one"), GrowingFile(tmp_path / "other")
    one.append([encoded(rows(0, 4))])
    one.finish()
    one.append([encoded(rows(4, 4))])
    one.finish()
    other.append([one.bytes_of(s) for s in reversed(one.slices)])
    other.finish()
    assert pq.read_table(one.path).equals(rows(0, 8))
    assert pq.read_table(other.path).equals(pa.concat_tables([rows(4, 4), rows(0, 4)]))


def test_columns_of_few_values_have_a_dictionary_and_others_none(tmp_path):
    file = GrowingFile(tmp_path / "t.parquet")
    file.append([encoded(rows(0, 5_000))])
    file.finish()
    group = pq.read_metadata(file.path).row_group(0)
    listed = {
        group.column(i).path_in_schema: group.column(i).has_dictionary_page
        for i in range(group.num_columns)
    }
    assert [n for n, has in listed.items() if has] == ["text"]
