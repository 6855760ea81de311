"""Loads the vocabulary files that a site is licensed for: tab-separated, as Athena gives them out.

CONCEPT.csv becomes the table `concept`, and so on; days are written 20200131. The product ships
no vocabulary.
"""

from __future__ import annotations

from pathlib import Path

from sqlglot import exp

from qundao.intake import codes
from qundao.intake.load.desk import TARGET, Desk
from qundao.kernel.errors import fail
from qundao.models import Kind, Model, Table

_READ = {
    "delim": exp.Literal.string("\t"),
    "quote": exp.Literal.string(""),
    "escape": exp.Literal.string(""),
    "header": exp.true(),
    "all_varchar": exp.true(),
}


def load_vocabulary(desk: Desk, model: Model, folder: Path) -> None:
    """Load every vocabulary table of the model that has a file in `folder`. Raises `intake.*`."""
    files = {p.stem.lower(): p for p in folder.glob("*") if p.suffix.lower() in (".csv", ".tsv")}
    if not files:
        raise fail(codes.SOURCE_MISSING, str(folder), "vocabulary")
    for table in model.tables:
        if table.part == "vocab" and table.name in files and table.name not in desk.filled():
            _load(desk, table, files[table.name])


def _load(desk: Desk, table: Table, path: Path) -> None:
    options = [
        exp.PropertyEQ(this=exp.to_identifier(name), expression=value.copy())
        for name, value in _READ.items()
    ]
    given = [exp.Literal.string(str(path)), *options]
    rows = exp.Table(this=exp.Anonymous(this="read_csv", expressions=given))
    described = desk.rows(exp.Describe(this=exp.select("*").from_(rows)))
    held = {row[0].lower(): row[0] for row in described}
    missing = [f.name for f in table.fields if f.required and f.name not in held]
    if missing:
        raise fail(codes.BAD_COLUMN, ", ".join(missing), path.name, known=", ".join(held))
    fields = [f for f in table.fields if f.name in held]
    desk.make_target(table)
    values = [_value(exp.column(held[f.name], quoted=True), f.kind) for f in fields]
    names = [exp.to_identifier(f.name, quoted=True) for f in fields]
    into = exp.to_table(f"{TARGET}{table.name}", quoted=True)
    desk.rows(exp.insert(exp.select(*values).from_(rows), into, columns=names))


def _value(column: exp.Expr, kind: Kind) -> exp.Expr:
    text = exp.Nullif(this=exp.Trim(this=column), expression=exp.Literal.string(""))
    if kind is Kind.DATE:
        formats = exp.Array(expressions=[exp.Literal.string(f) for f in ("%Y%m%d", "%Y-%m-%d")])
        return exp.cast(exp.Anonymous(this="strptime", expressions=[text, formats]), "DATE")
    types = {Kind.INTEGER: "BIGINT", Kind.NUMBER: "DOUBLE", Kind.DATETIME: "TIMESTAMP"}
    return exp.cast(text, types[kind]) if kind in types else text
