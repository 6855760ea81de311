"""The synthetic hospital (synthetic) loaded by the template, and where each of its rows went."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from qundao.intake.load import load, versions
from qundao.intake.mapping import read_mapping
from qundao.intake.synthetic import COLUMNS, FRONT_PAGE, LABS, PRESCRIPTIONS, VISITS, WORKBOOK
from qundao.intake.synthetic.workbook import HEADER_ROW
from qundao.intake.templates import template

TABLE_OF = {"front": FRONT_PAGE, "visits": VISITS, "prescriptions": PRESCRIPTIONS, "labs": LABS}
TARGETS = (
    "person",
    "visit_occurrence",
    "condition_occurrence",
    "procedure_occurrence",
    "drug_exposure",
    "measurement",
    "cost",
)
NO_PARENT = "no_parent"


@dataclass(frozen=True)
class Fate:
    """What became of a candidate: where it came from, the key of its row, loaded or merged."""

    target: str
    fate: str
    key: int
    item: int


@dataclass
class Loaded:
    """A load: its account, its tables, and by (table, row from 0) what was told of each row."""

    account: object
    folder: Path
    rejects: dict = field(default_factory=lambda: defaultdict(set))
    fates: dict = field(default_factory=lambda: defaultdict(list))

    def rows(self, target, *without):
        left = f"EXCLUDE ({', '.join(without)})" if without else ""
        source = f"'{self.folder}/tables/{target}.parquet'"
        return duckdb.sql(f"SELECT * {left} FROM {source} ORDER BY ALL").fetchall()

    def by_key(self, target):
        rows = duckdb.sql(f"SELECT * FROM '{self.folder}/tables/{target}.parquet'")
        key = f"{target.removesuffix('_occurrence')}_id"
        names = rows.columns
        key = key if key in names else f"{target}_id"
        found = [dict(zip(names, values, strict=True)) for values in rows.fetchall()]
        return {row[key]: row for row in found}


def mapping_for(format_):
    text = template("hospital-omop")
    if format_ == "excel":
        for table in COLUMNS:
            told = f'files: "{table}*.csv"'
            assert text.count(told) == 1
            text = text.replace(told, f'files: "*.xlsx", table: {table}')
    return read_mapping(text, "hospital-omop.yaml")


def load_format(exports, node, format_):
    """Load one format's files; every place is told as the row's number, from 0."""
    account = load(mapping_for(format_), exports / format_, node)
    version = next(v for v in versions(node / "loaded") if v.current)
    found = Loaded(account, version.folder)
    number = numbers(exports, format_)
    told = duckdb.sql(
        "SELECT source, place, target, item, reason, field, value "
        f"FROM '{version.folder}/rejects.parquet'"
    )
    for source, place, *rest in told.fetchall():
        table = TABLE_OF[source]
        found.rejects[table, number[table, place]].add(tuple(rest))
    for target in TARGETS:
        files = f"'{version.folder}/lineage/{target}/*.parquet'"
        lineage = duckdb.sql(f"SELECT source, place, fate, key, item FROM {files}")
        for source, place, fate, key, item in lineage.fetchall():
            table = TABLE_OF[source]
            found.fates[table, number[table, place]].append(Fate(target, fate, key, item))
    return found


def numbers(exports, format_):
    """Return the number, from 0, of the row at each (table, place)."""
    places = {t: [line for line, _ in source_rows(exports, t)] for t in COLUMNS}
    if format_ == "excel":
        places = {t: range(HEADER_ROW + 1, HEADER_ROW + 1 + len(p)) for t, p in places.items()}
    return {(t, place): i for t, own in places.items() for i, place in enumerate(own)}


def source_rows(exports, table):
    """Return (line, cells by column) of each row as it was written, the broken ones mended."""
    text = (exports / "utf8" / f"{table}.csv").read_bytes().decode("utf-8-sig", "replace")
    reader = csv.reader(io.StringIO(text, newline=""))
    next(reader)
    begun, found = reader.line_num + 1, []
    for fields in reader:
        if len(fields) > len(COLUMNS[table]):
            del fields[3]
        found.append((begun, dict(zip(COLUMNS[table], fields, strict=True))))
        begun = reader.line_num + 1
    return found


def file_of(format_, table):
    return f"excel/{WORKBOOK}" if format_ == "excel" else f"{format_}/{table}.csv"
