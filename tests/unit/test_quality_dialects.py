"""Every scan is an expression that DuckDB, PostgreSQL and Spark can write down and read back."""

from __future__ import annotations

from datetime import date

import pytest
import sqlglot
from sqlglot import ErrorLevel, exp

from qundao.models import Kind, cdisc, omop
from qundao.quality import checks_for
from qundao.quality.execute import prepare
from qundao.quality.plan import examples_query
from qundao.quality.source import Source
from qundao.query.engine import Column

TYPES = {
    Kind.INTEGER: "BIGINT",
    Kind.NUMBER: "DOUBLE",
    Kind.TEXT: "VARCHAR",
    Kind.DATE: "DATE",
    Kind.DATETIME: "TIMESTAMP",
}


class Declared:
    """An engine that has every table of a model as declared, and is never asked anything."""

    in_process = False

    def __init__(self, model):
        self.schema = {
            t.name: tuple(Column(f.name, TYPES[f.kind]) for f in t.fields) for t in model.tables
        }


def scans(model):
    return prepare(checks_for(model), Source(Declared(model), model, date(2026, 1, 1))).scans


@pytest.mark.parametrize("dialect", ["duckdb", "postgres", "spark"])
@pytest.mark.parametrize("model", [omop("5.3"), omop("5.4"), cdisc()], ids=lambda m: m.version)
def test_every_scan_is_written_and_read_back(model, dialect):
    for scan in scans(model):
        queries = [scan.query(), *(examples_query(m.by_row()) for _, m in scan.measures[:1])]
        for query in queries:
            text = query.sql(dialect, unsupported_level=ErrorLevel.RAISE)
            assert isinstance(sqlglot.parse_one(text, read=dialect), exp.Select)


def test_values_are_never_pasted_into_a_scan():
    """Whatever a catalogue writes as an argument arrives as a literal."""
    from qundao.quality import read_checks

    text = "[person]\nisControlledTerm<=0: person_source_value(a'~OR~1=1~--|b)"
    (check,) = read_checks(text, omop("5.4"))
    model = omop("5.4")
    (scan,) = prepare([check], Source(Declared(model), model, date(2026, 1, 1))).scans
    literals = {node.this for node in scan.query().find_all(exp.Literal)}
    assert "a' OR 1=1 --" in literals


def test_one_scan_answers_all_checks_of_a_table():
    tables = [s.base.name for s in scans(omop("5.4")) if s.base.query is None]
    assert len(tables) == len(set(tables))
    most = max(scans(omop("5.4")), key=lambda s: len(s.measures))
    assert len(most.measures) > 90


def test_equal_lookups_are_joined_once():
    (scan,) = (s for s in scans(omop("5.4")) if s.base.name == "condition_occurrence")
    joined = [j.this.alias for j in scan.query().args["joins"]]
    assert len(joined) == len(set(joined))
    wanted = [look.alias for _, m in scan.measures for look in m.lookups]
    assert len(wanted) > 2 * len(joined)
