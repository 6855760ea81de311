"""sas7bdat data sets, written by the tests themselves (synthetic)."""

from __future__ import annotations

import sys
from datetime import date

import pytest

from qundao.intake.limits import Limits
from qundao.intake.readers import open_source
from qundao.intake.readers import sas7bdat as module
from qundao.kernel.errors import QundaoError
from support.sas7bdat_file import Column, sas7bdat
from support.source_tables import read_all

COLUMNS = [Column("N", label="Number"), Column("D", format="DATE"), Column("T", 9, True, "姓名")]
ROWS = [(1.5, 21915.0, "张三丰"), (None, None, ""), ("A", "_", "x"), (-0.25, 1e9, "y")]


def opened(tmp_path, rows=ROWS, **options):
    path = tmp_path / "t.sas7bdat"
    path.write_bytes(sas7bdat(COLUMNS, rows))
    return open_source(path, **options)


def test_types_labels_and_reasons_are_kept(tmp_path):
    reader = opened(tmp_path)
    (table,) = reader.tables()
    assert (table.name, table.rows, table.facts["encoding"]) == ("T", 4, "UTF-8")
    assert [c.label for c in table.columns] == ["Number", "", "姓名"]
    read, defects = read_all(reader, "T")
    assert read.to_pydict() == {
        "N": [1.5, None, None, -0.25],
        "N__reason": [None, ".", ".A", None],
        "D": [date(2020, 1, 1), None, None, None],
        "D__reason": [None, ".", "._", None],
        "T": ["张三丰", None, "x", "y"],
        "_place": [1, 2, 3, 4],
    }
    assert [(d.place, d.column, d.value) for d in defects] == [(4, "D", "1000000000.0")]


def test_parts_are_read_one_after_the_other(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_CELLS", 6)
    reader = opened(tmp_path, [(float(i), None, str(i)) for i in range(25)])
    batches = list(reader.batches("T", print, rows=3))
    assert [b.num_rows for b in batches] == [3] * 8 + [1]
    assert [p for b in batches for p in b["_place"].to_pylist()] == list(range(1, 26))
    assert [n for b in batches for n in b["N"].to_pylist()] == [float(i) for i in range(25)]


def test_what_is_no_data_set_is_refused(tmp_path):
    path = tmp_path / "t.sas7bdat"
    whole = sas7bdat(COLUMNS, ROWS)
    for raw in (b"x" * 3000, whole[:900], whole[:5000]):
        path.write_bytes(raw)
        with pytest.raises(QundaoError) as error:
            read_all(open_source(path), "T")
        assert error.value.code == "intake.unreadable"


def test_limits_options_and_names_are_checked(tmp_path):
    with pytest.raises(QundaoError) as columns:
        opened(tmp_path, limits=Limits(columns=2)).tables()
    with pytest.raises(QundaoError) as option:
        opened(tmp_path, options={"encoding": "klingon"})
    with pytest.raises(QundaoError) as table:
        read_all(opened(tmp_path), "X")
    assert columns.value.code == "intake.beyond_limits"
    assert option.value.code == "intake.unknown_option"
    assert table.value.code == "intake.no_such_table"


def test_without_pyreadstat_it_is_asked_for(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyreadstat", None)
    with pytest.raises(QundaoError) as error:
        opened(tmp_path)
    assert error.value.code == "intake.driver_missing"
    assert "pip install pyreadstat" in str(error.value)
