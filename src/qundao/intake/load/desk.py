"""The database in which a load is worked out: chunks of sources in, tables out.

Chunks, what was counted of them and how far each file is read are written together, so that a load
that is killed goes on with the next chunk.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from sqlglot import exp

from qundao.intake.load.account import Coverage
from qundao.intake.load.compile import (
    CHUNK,
    PSEUDONYMS,
    TYPES,
    UNIT_KEY,
    UNITS,
    Candidates,
    candidates,
    identifiers,
    people,
    unit_calls,
    units,
)
from qundao.intake.load.feeding import FILE, Chunk, common_schema, whole
from qundao.intake.load.identity import Identity
from qundao.intake.load.joining import all_joined, held_name, joined_name
from qundao.intake.load.sources import FileRead, SourceFile
from qundao.intake.mapping.columns import columns_named, columns_needed
from qundao.intake.mapping.document import CodeList, TableRule
from qundao.intake.mapping.document import Mapping as Document
from qundao.intake.units import UnitRow, as_arrow, unit_table
from qundao.models import Model, Table

TARGET = "target_"
_DIALECT = "duckdb"
_BATCH = 65_536
_TABLES = (
    "rejects (target TEXT, source TEXT, file TEXT, place BIGINT, item INTEGER, reason TEXT, "
    "field TEXT, value TEXT)",
    "counted (rule INTEGER, candidates BIGINT, left_out BIGINT)",
    "reading (file INTEGER, rows BIGINT, defects BIGINT, broken BIGINT)",
    "finished (file INTEGER, digest TEXT)",
    "named (identifier TEXT, field TEXT, value TEXT)",
    f"{PSEUDONYMS} (identifier TEXT, pseudonym BIGINT)",
    f"{UNITS} (unit TEXT, target TEXT, substance TEXT, ucum TEXT, factor DOUBLE, shift DOUBLE, "
    "fault TEXT)",
    "put_together (name TEXT)",
)


@dataclass(frozen=True, slots=True)
class Planned:
    """A rule of the mapping, the table that it fills, and the query for its candidates."""

    number: int
    rule: TableRule
    table: Table
    found: Candidates

    @property
    def candidates(self) -> str:
        """Return the name of the table of its candidates."""
        return f"candidates_{self.number}"


class Desk:
    """What a load works with. `types` are the columns of each source, as its chunks have them."""

    def __init__(
        self,
        database: duckdb.DuckDBPyConnection,
        mapping: Document,
        draft: Path,
        identity: Identity,
        files: Sequence[SourceFile],
    ) -> None:
        self.mapping, self.draft, self.identity, self.files = mapping, draft, identity, files
        self._database = database
        for name in ("tables", "lineage"):
            (draft / name).mkdir()
        self.schemas = {name: self._schema(name) for name in mapping.sources}
        self.types = {name: self._types(name) for name in mapping.sources}
        self.plans: Sequence[Planned] = ()
        self._views: set[str] = set()
        self._joined = all_joined(mapping)

    def prepare(self, model: Model) -> None:
        """Plan the rules and make the tables that chunks go to, unless they are there already."""
        self.plans = [
            Planned(i, rule, model[rule.target], self._candidates(rule, model[rule.target]))
            for i, rule in enumerate(self.mapping.tables)
        ]
        self.schemas = {name: self._needed(name) for name in self.schemas}
        if "reading" in self.names():
            return
        with self._whole():
            for listed in self.mapping.codes.values():
                self._add_list(listed)
            for table in _TABLES:
                self._run(f"CREATE TABLE {table}")
            self._make_joined()
            for plan in self.plans:
                with self._in_hand(whole(self.schemas[plan.rule.source]).empty_table()):
                    self.create(plan.candidates, plan.found.query)

    def _add_list(self, listed: CodeList) -> None:
        rows = list(listed.codes.items())
        value = pa.array([v for _, v in rows]) if rows else pa.array([], pa.int64())
        codes = pa.array([code for code, _ in rows], pa.string())
        self._add(f"codes_{listed.name}", pa.table({"code": codes, "value": value}))

    def _make_joined(self) -> None:
        """Make the tables for rows that others join, each put together and each as it is read."""
        for joined in self._joined:
            rows = exp.to_table(CHUNK)
            with self._in_hand(whole(self.schemas[joined.source]).empty_table()):
                if joined.held not in self.names():
                    self.create(joined.held, exp.select(exp.Star()).from_(rows.copy()))
                self.create(joined.name, joined.query(rows))

    def put_together(self, source: str) -> None:
        """Put together what the rules of a source join: the other sources are read by now."""
        names = {
            joined_name(j.source, [column for column, _ in j.on])
            for plan in self.plans
            if plan.rule.source == source
            for j in plan.rule.joins
        }
        done = {name for (name,) in self._run("SELECT name FROM put_together")}
        for joined in self._joined:
            if joined.name in names - done:
                with self._whole():
                    rows = joined.query(exp.to_table(joined.held, quoted=True)).sql(_DIALECT)
                    self._run(f'INSERT INTO "{joined.name}" {rows}')
                    self._database.execute("INSERT INTO put_together VALUES (?)", [joined.name])

    def _schema(self, source: str) -> pa.Schema:
        """Return the columns of a source; of an optional one without files, those it would have."""
        files = [f for f in self.files if f.rule.name == source]
        if files:
            return common_schema(files)
        return pa.schema([(c, pa.string()) for c in columns_needed(self.mapping, source)])

    def _needed(self, source: str) -> pa.Schema:
        """Return the columns of a source that anything is made of."""
        wanted = set(columns_named(self.mapping, source))
        return pa.schema([field for field in self.schemas[source] if field.name in wanted])

    def _candidates(self, rule: TableRule, table: Table) -> Candidates:
        return candidates(rule, table, self.types, self.mapping.codes)

    def read_so_far(self, file: SourceFile) -> tuple[int, int, bool]:
        """Return the rows and defects taken in of a file, and whether that is all of it."""
        told = f"SELECT sum(rows), sum(defects) FROM reading WHERE file = {file.number}"  # noqa: S608
        ((rows, defects),) = self._run(told)
        done = self._run(f"SELECT 1 FROM finished WHERE file = {file.number}")  # noqa: S608
        return int(rows or 0), int(defects or 0), bool(done)

    def take(self, file: SourceFile, chunk: Chunk) -> None:
        """Take a chunk in, whole or not at all: its candidates, its names, its defects."""
        own = [p for p in self.plans if p.rule.source == file.rule.name]
        with self._in_hand(chunk.rows), self._whole():
            self._name_people(file.rule.name, own)
            self._know_units(own)
            if held_name(file.rule.name) in {joined.held for joined in self._joined}:
                self._run(f'INSERT INTO "{held_name(file.rule.name)}" FROM {CHUNK}')
            for plan in own:
                self._take_candidates(plan, chunk.rows.num_rows)
            self._note_defects(file, chunk)

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """Do what follows in one transaction, or not at all."""
        self._run("BEGIN")
        try:
            yield
            self._run("COMMIT")
        except BaseException:
            self._run("ROLLBACK")
            raise

    @contextmanager
    def passing(self) -> Iterator[None]:
        """Do work that leaves the desk as it was, so that it can be done again from the start."""
        self._run("BEGIN")
        try:
            yield
        finally:
            self._run("ROLLBACK")

    def finish(self, file: SourceFile, digest: str) -> None:
        """Put down that a file is read to its end."""
        self._database.execute("INSERT INTO finished VALUES (?, ?)", [file.number, digest])

    def files_read(self) -> tuple[FileRead, ...]:
        """Return what became of each file."""
        told = {
            file: (int(rows), int(broken))
            for file, rows, broken in self._run(
                "SELECT file, sum(rows), sum(broken) FROM reading GROUP BY file"
            )
        }
        digests = dict(self._run("SELECT file, digest FROM finished"))
        return tuple(
            FileRead(f.rule.name, f.path.name, digests[f.number], *told.get(f.number, (0, 0)))
            for f in self.files
        )

    def counted(self, plan: Planned) -> tuple[int, int]:
        """Return how many candidates a rule's source has, and how many of them are left out."""
        told = f"SELECT sum(candidates), sum(left_out) FROM counted WHERE rule = {plan.number}"  # noqa: S608
        ((every, left_out),) = self._run(told)
        return int(every or 0), int(left_out or 0)

    def fill_vault(self) -> None:
        """Put what names people into the vault."""
        told = self._run(
            "SELECT identifier, field, min(value) FROM named GROUP BY ALL ORDER BY ALL"
        )
        self.identity.keep((self.identity.pseudonym(i), field, v) for i, field, v in told)

    def rows(self, query: exp.Expr | str) -> list[tuple[Any, ...]]:
        """Run a statement and return its rows."""
        return self._run(query if isinstance(query, str) else query.sql(_DIALECT))

    def count(self, query: exp.Query | str) -> int:
        """Run a query for one number and return it, 0 for none."""
        return int(self.rows(query)[0][0] or 0)

    def arrays(self, query: exp.Query) -> Mapping[str, Any]:
        """Run a query and return its columns as NumPy arrays, masked where they hold NULL."""
        found: Mapping[str, Any] = self._database.execute(query.sql(_DIALECT)).fetchnumpy()
        return found

    def create(self, name: str, query: exp.Query) -> None:
        """Make a table of a query's rows."""
        create = exp.Create(this=exp.to_table(name, quoted=True), kind="TABLE", expression=query)
        self._run(create.sql(_DIALECT))

    def see(self, name: str, query: exp.Query) -> None:
        """Make a view of a query, or let one that is there show it instead."""
        named = exp.to_table(name, quoted=True)
        create = exp.Create(this=named, kind="VIEW", expression=query, replace=True)
        self._run(create.sql(_DIALECT))
        self._views.add(name)

    def coverage(self) -> tuple[Coverage, ...]:
        """Return how far each list of codes reaches, its unmapped codes most frequent first."""
        self._run("CREATE OR REPLACE TEMP TABLE covered (list TEXT, code TEXT, n BIGINT)")
        for plan in self.plans:
            for looked in plan.found.looked:
                self._run(
                    f"INSERT INTO covered SELECT '{looked.codes}', {looked.column}, count(*) "  # noqa: S608
                    f"FROM {plan.candidates} WHERE {looked.column} IS NOT NULL GROUP BY ALL"
                )
        found = self._run(
            "SELECT list, sum(n), sum(n) FILTER (code = '') FROM covered GROUP BY list"
        )
        rows = {name: (int(n), int(known or 0)) for name, n, known in found}
        unmapped: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for name, code, n in self._run(
            "SELECT list, code, sum(n) AS n FROM covered WHERE code <> '' GROUP BY 1, 2 "
            "QUALIFY row_number() OVER (PARTITION BY list ORDER BY sum(n) DESC, code) <= 1000 "
            "ORDER BY list, n DESC, code"
        ):
            unmapped[name].append((code, int(n)))
        return tuple(
            Coverage(name, *rows.get(name, (0, 0)), tuple(unmapped[name]))
            for name in sorted(self.mapping.codes)
        )

    def write_rejects(self) -> None:
        """Write all rejects, what readers could not read among them."""
        self._copy(exp.select("*").from_("rejects").order_by("file", "place"), "rejects.parquet")
        self._copy(_harmless(), "rejects.csv")

    def write_tables(self, model: Model) -> Mapping[str, int]:
        """Write every table of the model, those without rows too; return rows per table."""
        filled = self.filled()
        rows: dict[str, int] = {}
        for table in model.tables:
            name = f"tables/{table.name}.parquet"
            if table.name in filled:
                target = exp.to_table(f"{TARGET}{table.name}", quoted=True)
                rows[table.name] = self._copy(exp.select("*").from_(target), name)
            else:
                self._copy(_no_rows(table), name)
        return rows

    def make_target(self, table: Table) -> None:
        """Make a target table where it is not there yet, or shows no rows of any source."""
        name = f"{TARGET}{table.name}"
        if name in self._views and not self.has_rows(table):
            self._views.remove(name)
            self._run(f'DROP VIEW "{name}"')
        columns = ", ".join(f'"{f.name}" {TYPES[f.kind]}' for f in table.fields)
        self._run(f'CREATE TABLE IF NOT EXISTS "{TARGET}{table.name}" ({columns})')

    def write_lineage(self, table: Table, lineage: exp.Select) -> None:
        """Write where the rows of one rule came from: a part of the table's lineage."""
        folder = self.draft / "lineage" / table.name
        folder.mkdir(exist_ok=True)
        self._copy(lineage, f"lineage/{table.name}/{len(list(folder.iterdir()))}.parquet")

    def given(self) -> set[str]:
        """Return the target tables that the files of a source, or a vocabulary, were meant for."""
        there = {file.rule.name for file in self.files}
        absent = {p.table.name for p in self.plans if p.rule.source not in there}
        present = {p.table.name for p in self.plans if p.rule.source in there}
        return self.filled() - (absent - present)

    def has_rows(self, table: Table) -> bool:
        """Tell whether a target holds rows."""
        held = exp.to_table(f"{TARGET}{table.name}", quoted=True)
        return bool(self.rows(exp.select(exp.Literal.number(1)).from_(held).limit(1)))

    def names(self) -> set[str]:
        """Return the tables and views that there are."""
        return {name for (name,) in self._run("SHOW TABLES")}

    def filled(self) -> set[str]:
        """Return the target tables that rules have been loaded into so far."""
        return {n.removeprefix(TARGET) for n in self.names() if n.startswith(TARGET)}

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
        names = exp.Array(expressions=[exp.Literal.string(f.path.name) for f in self.files])
        at = exp.column(FILE) + 1
        return exp.Anonymous(this="list_extract", expressions=[names, at])

    @contextmanager
    def beside(self, name: str, rows: pa.Table) -> Iterator[None]:
        """Let queries read rows under a name, for as long as the block goes on."""
        self._database.register(name, rows)
        try:
            yield
        finally:
            with suppress(duckdb.TransactionException):  # then the failure itself is told
                self._database.unregister(name)

    def _in_hand(self, rows: pa.Table) -> AbstractContextManager[None]:
        return self.beside(CHUNK, rows)

    def _types(self, source: str) -> dict[str, str]:
        with self._in_hand(self.schemas[source].empty_table()):
            return {row[0]: row[1] for row in self._run(f"DESCRIBE {CHUNK}")}

    def _take_candidates(self, plan: Planned, rows: int) -> None:
        left_out = self.count(plan.found.left_out) if plan.found.left_out else 0
        query = plan.found.query.sql(_DIALECT)
        self._run(f"INSERT INTO {plan.candidates} {query}")
        counts = (plan.number, rows * plan.found.each, left_out)
        self._database.execute("INSERT INTO counted VALUES (?, ?, ?)", counts)

    def _note_defects(self, file: SourceFile, chunk: Chunk) -> None:
        told = list(chunk.defects)
        broken = sum(not d.column for d in told)
        counts = (file.number, chunk.rows.num_rows, len(told), broken)
        self._database.execute("INSERT INTO reading VALUES (?, ?, ?, ?)", counts)
        if told:
            one = ("", file.rule.name, file.path.name)
            rows = [(*one, d.place, 0, d.reason, d.column, d.value) for d in told]
            columns = zip(*rows, strict=True)
            names = ("target", "source", "file", "place", "item", "reason", "field", "value")
            held = pa.table(dict(zip(names, map(list, columns), strict=True)))
            self._add("rejects", held, into=True)

    def _name_people(self, source: str, plans: Sequence[Planned]) -> None:
        """Make a pseudonym of every identifier in hand that has none yet, and note their names."""
        wanted = [
            identifiers(plan.rule, call, self.types, self.mapping.codes).sql(_DIALECT)
            for plan in plans
            for call in people(plan.rule)
        ]
        for rule in self.mapping.identity:
            if rule.source == source:
                wanted.append(_identified(rule.person).sql(_DIALECT))
                self._note_names(rule.person, rule.vault)
        if not wanted:
            return
        every = " UNION ALL ".join(dict.fromkeys(wanted))
        new = (
            f"FROM ({every}) ANTI JOIN {PSEUDONYMS} USING (identifier) WHERE identifier IS NOT NULL"
        )
        if not self.count(f"SELECT count(*) {new}"):
            return  # mostly so, and told apart in half the time
        for batch in self._batches(f"SELECT DISTINCT identifier {new}"):
            made = pa.array([self.identity.person(text) for text in batch], pa.int64())
            self._add(PSEUDONYMS, pa.table({"identifier": batch, "pseudonym": made}), into=True)

    def _know_units(self, plans: Sequence[Planned]) -> None:
        """Look up every unit in hand that is not known yet, with what it is to be turned into."""
        wanted = [
            units(plan.rule, call, self.types, self.mapping.codes).sql(_DIALECT)
            for plan in plans
            for call in unit_calls(plan.rule)
        ]
        if not wanted:
            return
        every = " UNION ALL ".join(dict.fromkeys(wanted))
        key = ", ".join(UNIT_KEY)
        new = f"SELECT DISTINCT {key} FROM ({every}) ANTI JOIN {UNITS} USING ({key})"  # noqa: S608
        rows = as_arrow(UnitRow, unit_table(self._run(new)))
        names = [*UNIT_KEY, "ucum", "factor", "offset", "fault"]
        if rows.num_rows:
            self._add(UNITS, rows.select(names), into=True)

    def _note_names(self, person: str, columns: Sequence[str]) -> None:
        for column in columns:
            query = _identified(person, column).distinct().sql(_DIALECT)
            name = exp.Literal.string(column).sql(_DIALECT)
            self._run(
                f"INSERT INTO named SELECT identifier, {name}, value FROM ({query}) "  # noqa: S608
                "WHERE identifier IS NOT NULL AND value IS NOT NULL"
            )

    def _batches(self, sql: str) -> Iterator[list[str]]:
        found = self._database.sql(sql).to_arrow_table()
        for batch in found.to_batches(_BATCH):
            yield batch.column(0).to_pylist()

    def _add(self, name: str, rows: pa.Table, *, into: bool = False) -> None:
        table = exp.to_table(name, quoted=True).sql(_DIALECT)
        verb = "INSERT INTO {} FROM added" if into else "CREATE TABLE {} AS FROM added"
        with self.beside("added", rows):
            self._run(verb.format(table))

    def _copy(self, query: exp.Query, name: str) -> int:
        target = exp.Literal.string(str(self.draft / name)).sql(_DIALECT)
        form = "parquet" if name.endswith(".parquet") else "csv, HEADER"
        ((rows,),) = self._run(f"COPY ({query.sql(_DIALECT)}) TO {target} (FORMAT {form})")
        return int(rows)

    def _run(self, sql: str) -> list[tuple[Any, ...]]:
        return self._database.execute(sql).fetchall()


def _identified(column: str, *others: str) -> exp.Select:
    columns = [
        exp.cast(exp.column(c, quoted=True), "TEXT").as_(n)
        for n, c in zip(("identifier", "value"), (column, *others), strict=False)
    ]
    return exp.select(*columns).from_(CHUNK)


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
