"""The database in which a load is worked out: sources, codes and pseudonyms in, tables out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from sqlglot import exp

from qundao.intake.load.account import Coverage
from qundao.intake.load.compile import FILE, PSEUDONYMS, TYPES, Looked, identifiers, people
from qundao.intake.load.identity import Identity
from qundao.intake.load.staging import Staged
from qundao.intake.mapping.document import Mapping as Document
from qundao.intake.mapping.written import plain_text
from qundao.intake.source import PLACE
from qundao.models import Model, Table

TARGET = "target_"
_DIALECT = "duckdb"
_BATCH = 65_536
_REJECTS = (
    "CREATE TABLE rejects (target TEXT, source TEXT, file TEXT, place BIGINT, item INTEGER, "
    "reason TEXT, field TEXT, value TEXT)"
)
_COVERED = "CREATE TABLE covered (list TEXT, code TEXT, known BOOLEAN, n BIGINT)"


class Desk:
    """What a load works with. `types` are the columns of each source as they were staged."""

    def __init__(
        self,
        database: duckdb.DuckDBPyConnection,
        mapping: Document,
        draft: Path,
        identity: Identity,
        staged: Sequence[Staged],
    ) -> None:
        self.mapping, self.draft, self.identity, self.staged = mapping, draft, identity, staged
        self._database = database
        for name in ("tables", "lineage"):
            (draft / name).mkdir()
        for statement in (_REJECTS, _COVERED):
            self._run(statement)
        self.types = {name: self._add_source(name) for name in mapping.sources}

    def prepare(self) -> None:
        """Put lists of codes and pseudonyms where candidates find them, and fill the vault."""
        for listed in self.mapping.codes.values():
            rows = list(listed.codes.items())
            value = pa.array([v for _, v in rows]) if rows else pa.array([], pa.int64())
            codes = pa.array([code for code, _ in rows], pa.string())
            self._add(f"codes_{listed.name}", pa.table({"code": codes, "value": value}))
        self._add_pseudonyms()
        self._fill_vault()

    def rows(self, query: exp.Expression | str) -> list[tuple[Any, ...]]:
        """Run a statement and return its rows."""
        return self._run(query if isinstance(query, str) else query.sql(_DIALECT))

    def create(self, name: str, query: exp.Query) -> None:
        """Make a table of a query's rows."""
        create = exp.Create(this=exp.to_table(name, quoted=True), kind="TABLE", expression=query)
        self._run(create.sql(_DIALECT))

    def see(self, name: str, query: exp.Query) -> None:
        """Make a view of a query."""
        create = exp.Create(this=exp.to_table(name, quoted=True), kind="VIEW", expression=query)
        self._run(create.sql(_DIALECT))

    def drop(self, view: str, *tables: str) -> None:
        """Drop a view and the tables it reads."""
        for kind, name in (("VIEW", view), *(("TABLE", t) for t in tables)):
            self._run(exp.Drop(tables=[exp.to_table(name, quoted=True)], kind=kind).sql(_DIALECT))

    def has_rows(self, table: Table) -> bool:
        """Tell whether a target table holds rows already."""
        held = exp.to_table(f"{TARGET}{table.name}", quoted=True)
        return bool(self.rows(exp.select(exp.Literal.number(1)).from_(held).limit(1)))

    def note_codes(self, candidates: str, looked: Looked) -> None:
        """Add up which codes the candidates looked up in a list."""
        text, known = (exp.column(c, quoted=True) for c in (looked.text, looked.known))
        counted = exp.select(
            exp.Literal.string(looked.codes), text, known, exp.Count(this=exp.Star())
        )
        there = exp.not_(exp.Is(this=text.copy(), expression=exp.null()))
        query = counted.from_(exp.to_table(candidates, quoted=True)).where(there)
        grouped = query.group_by(text.copy(), known.copy())
        self._run(exp.insert(grouped, "covered").sql(_DIALECT))

    def coverage(self) -> tuple[Coverage, ...]:
        """Return how far each list of codes reaches, its unmapped codes most frequent first."""
        found = self._run("SELECT list, sum(n), sum(n) FILTER (known) FROM covered GROUP BY list")
        rows = {name: (int(n), int(known or 0)) for name, n, known in found}
        unmapped: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for name, code, n in self._run(
            "SELECT list, code, sum(n) AS n FROM covered WHERE NOT known GROUP BY 1, 2 "
            "QUALIFY row_number() OVER (PARTITION BY list ORDER BY sum(n) DESC, code) <= 1000 "
            "ORDER BY list, n DESC, code"
        ):
            unmapped[name].append((code, int(n)))
        return tuple(
            Coverage(name, *rows.get(name, (0, 0)), tuple(unmapped[name]))
            for name in sorted(self.mapping.codes)
        )

    def write_broken(self) -> None:
        """Add what readers could not read, and write all rejects."""
        for i, staged in enumerate(self.staged):
            read = exp.Anonymous(
                this="read_parquet", expressions=[exp.Literal.string(staged.defects)]
            )
            told = exp.select(
                exp.Literal.string(""),
                exp.Literal.string(staged.source),
                exp.Literal.string(self.staged[i].file),
                "place",
                exp.Literal.number(0),
                "reason",
                "field",
                "value",
            ).from_(exp.Table(this=read))
            self._run(exp.insert(told, "rejects").sql(_DIALECT))
        self._copy(exp.select("*").from_("rejects").order_by("file", "place"), "rejects.parquet")
        self._copy(_harmless(), "rejects.csv")

    def write_tables(self, model: Model) -> Mapping[str, int]:
        """Write every table of the model, those without rows too; return rows per table."""
        filled = self.filled()
        rows: dict[str, int] = {}
        for table in model.tables:
            name = f"{TARGET}{table.name}"
            if table.name in filled:
                self._copy(exp.select("*").from_(name), f"tables/{table.name}.parquet")
                counted = exp.select(exp.Count(this=exp.Star())).from_(name)
                rows[table.name] = int(self.rows(counted)[0][0])
            else:
                self._copy(_no_rows(table), f"tables/{table.name}.parquet")
        return rows

    def make_target(self, table: Table) -> None:
        """Make a target table where it is not there yet."""
        columns = ", ".join(f'"{f.name}" {TYPES[f.kind]}' for f in table.fields)
        self._run(f'CREATE TABLE IF NOT EXISTS "{TARGET}{table.name}" ({columns})')

    def write_lineage(self, table: Table, lineage: exp.Select) -> None:
        """Write where the rows of one rule came from: a part of the table's lineage."""
        folder = self.draft / "lineage" / table.name
        folder.mkdir(exist_ok=True)
        self._copy(lineage, f"lineage/{table.name}/{len(list(folder.iterdir()))}.parquet")

    def filled(self) -> set[str]:
        """Return the target tables that rules have been loaded into so far."""
        names = [name for (name,) in self._run("SHOW TABLES")]
        return {n.removeprefix(TARGET) for n in names if n.startswith(TARGET)}

    def first_rows(self, table: str, most: int) -> list[dict[str, Any]]:
        """Return some rows of a target table, by field; fields empty in all of them left out."""
        query = exp.select("*").from_(exp.to_table(f"{TARGET}{table}", quoted=True)).limit(most)
        cursor = self._database.execute(query.sql(_DIALECT))
        names = [c[0] for c in cursor.description or ()]
        rows = [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]
        told = [n for n in names if any(r[n] is not None for r in rows)]
        return [{n: r[n] for n in told} for r in rows]

    def file_name(self) -> exp.Expr:
        """Return the name of a candidate's file by its number."""
        names = exp.Array(expressions=[exp.Literal.string(s.file) for s in self.staged])
        return exp.Anonymous(
            this="list_extract", expressions=[names, exp.column(FILE) + exp.Literal.number(1)]
        )

    def _add_source(self, name: str) -> Mapping[str, str]:
        """Make a source's files one relation, each row with its file's number."""
        parts = []
        for i, staged in enumerate(self.staged):
            if staged.source == name:
                read = exp.Anonymous(
                    this="read_parquet", expressions=[exp.Literal.string(staged.data)]
                )
                columns = [exp.Star(), exp.cast(exp.Literal.number(i), "INT").as_(FILE)]
                parts.append(exp.select(*columns).from_(exp.Table(this=read)).sql(_DIALECT))
        view = exp.to_table(f"source_{name}", quoted=True).sql(_DIALECT)
        self._run(f"CREATE VIEW {view} AS {' UNION ALL BY NAME '.join(parts)}")
        described = self._run(f"DESCRIBE {view}")
        return {row[0]: row[1] for row in described if row[0] not in (FILE, PLACE)}

    def _add_pseudonyms(self) -> None:
        """Make a pseudonym of every identifier that any rule names a person by."""
        self._run(f"CREATE TABLE {PSEUDONYMS} (identifier TEXT, pseudonym BIGINT)")
        wanted = [
            identifiers(rule, call, self.types[rule.source]).sql(_DIALECT)
            for rule in self.mapping.tables
            for call in people(rule)
        ]
        wanted += [
            self._identified(i.source, i.person).sql(_DIALECT) for i in self.mapping.identity
        ]
        if not wanted:
            return
        every = " UNION ".join(dict.fromkeys(wanted))
        known = f"SELECT * FROM ({every}) WHERE identifier IS NOT NULL"  # noqa: S608
        for batch in self._batches(known):
            made = [self.identity.person(text) for text in batch]
            rows = pa.table({"identifier": batch, "pseudonym": pa.array(made, pa.int64())})
            self._add(PSEUDONYMS, rows, into=True)

    def _identified(self, source: str, column: str, *others: str) -> exp.Select:
        columns = [
            _plain(c).as_(n)
            for n, c in zip(("identifier", "value"), (column, *others), strict=False)
        ]
        query = exp.select(*columns).from_(exp.to_table(f"source_{source}", quoted=True))
        return query.distinct()

    def _fill_vault(self) -> None:
        for rule in self.mapping.identity:
            for column in rule.vault:
                query = self._identified(rule.source, rule.person, column).sql(_DIALECT)
                held = (
                    f"SELECT identifier, min(value) FROM ({query}) "  # noqa: S608
                    "WHERE identifier IS NOT NULL AND value IS NOT NULL GROUP BY identifier"
                )
                told = self._run(held)
                self.identity.keep((self.identity.pseudonym(i), column, v) for i, v in told)

    def _batches(self, sql: str) -> Iterator[list[str]]:
        cursor = self._database.cursor()
        try:
            for batch in cursor.sql(sql).to_arrow_reader(_BATCH):
                yield batch.column(0).to_pylist()
        finally:
            cursor.close()

    def _add(self, name: str, rows: pa.Table, *, into: bool = False) -> None:
        table = exp.to_table(name, quoted=True).sql(_DIALECT)
        self._database.register("added", rows)
        try:
            verb = "INSERT INTO {} FROM added" if into else "CREATE TABLE {} AS FROM added"
            self._run(verb.format(table))
        finally:
            self._database.unregister("added")

    def _copy(self, query: exp.Query, name: str) -> None:
        target = exp.Literal.string(str(self.draft / name)).sql(_DIALECT)
        form = "parquet, COMPRESSION zstd" if name.endswith(".parquet") else "csv, HEADER"
        self._run(f"COPY ({query.sql(_DIALECT)}) TO {target} (FORMAT {form})")

    def _run(self, sql: str) -> list[tuple[Any, ...]]:
        return self._database.execute(sql).fetchall()


def _plain(column: str) -> exp.Expr:
    return plain_text(exp.cast(exp.column(column, quoted=True), "TEXT"))


def _no_rows(table: Table) -> exp.Select:
    columns = [exp.cast(exp.null(), TYPES[f.kind]).as_(f.name, quoted=True) for f in table.fields]
    return exp.select(*columns).where(exp.false())


def _harmless() -> exp.Select:
    """Return the rejects as a spreadsheet may open them: no value begins as a formula does."""
    value = exp.column("value")
    formula = exp.Anonymous(
        this="regexp_matches", expressions=[value, exp.Literal.string(r"^[=+\-@\t\r]")]
    )
    quoted = exp.DPipe(this=exp.Literal.string("'"), expression=value.copy())
    shown = exp.Case().when(formula, quoted).else_(value.copy()).as_("value")
    names = ("target", "source", "file", "place", "item", "reason", "field")
    return exp.select(*names, shown).from_("rejects").order_by("file", "place")
