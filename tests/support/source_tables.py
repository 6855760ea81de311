"""Tables written and read back through the port of intake, and when they count as equal."""

from __future__ import annotations

from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

from qundao.intake.pilot import STUDY_TABLES, _table
from qundao.intake.source import PLACE


@cache
def pilot_table(name):
    """Return a table of the pilot study, with labels of its columns as metadata."""
    return _table(STUDY_TABLES[name])


def read_all(reader, table):
    """Return a table whole, and the defects."""
    defects = []
    schema = next((t.schema() for t in reader.tables() if t.name == table), None)
    batches = list(reader.batches(table, defects.append))
    return pa.Table.from_batches(batches, schema=schema), defects


def same_values(read, written):
    """Fail unless every column holds what was written; an empty text counts as missing."""
    assert [n for n in read.column_names if n != PLACE] == written.column_names
    assert len(read) == len(written)
    for name in written.column_names:
        wanted = written[name]
        if pa.types.is_large_string(wanted.type) or pa.types.is_string(wanted.type):
            wanted = pc.utf8_rtrim_whitespace(wanted.cast(pa.string()))
            wanted = pc.if_else(pc.equal(wanted, ""), None, wanted)
        assert read[name].type == wanted.type, name
        assert read[name].equals(wanted), name
