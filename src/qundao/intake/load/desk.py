"""What a load works with: its sources' columns, its plans, and its tables on their way out."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from sqlglot import exp

from qundao.intake.load.account import Coverage
from qundao.intake.load.asked import Asked
from qundao.intake.load.base import Base, kept
from qundao.intake.load.feeding import whole
from qundao.intake.load.layout import ARROW_TYPES, CHUNK, FILE, TYPES
from qundao.intake.load.lineage import Origin
from qundao.intake.load.plans import Planned, newest_in, planned
from qundao.intake.load.sources import FileRead, SourceFile
from qundao.intake.load.straight import Straight, Writers, goes_straight, straight_on
from qundao.intake.load.work_database import WorkDatabase
from qundao.models import Model, Table

_UNMAPPED = 1_000
"""Codes of a list that an account tells of."""

TARGET, NEW = "target_", "new_"
"""What a table holds: all that is loaded and kept, and what the rules of this load loaded."""


class Desk(WorkDatabase):
    """A load's mapping, files and plans beside its database.

    `schemas` are the columns that the chunks of each source have, `types` how the database calls
    theirs.
    """

    def __init__(
        self,
        database: duckdb.DuckDBPyConnection,
        asked: Asked,
        place: Path,
        draft: Path,
        files: Sequence[SourceFile],
        writers: Writers,
        base: Base | None = None,
        *,
        new: bool = False,
    ) -> None:
        super().__init__(database, new=new)
        self.mapping, self.schemas = asked.mapping, asked.schemas
        self.draft, self.files, self.base = draft, files, base
        self._place, self._writers = place, writers
        for name in ("tables", "lineage"):
            (draft / name).mkdir()
        self.types = {name: self._types(name) for name in self.schemas}
        self.plans: Sequence[Planned] = ()
        self.newest: Mapping[str, str] = {}
        self.straight: dict[int, Straight] = {}
        self.written: dict[str, Path] = {}
        self._begun: Future[None] | None = None

    def plan(self, model: Model) -> None:
        """Plan the rules of the mapping."""
        self.plans = [
            planned(number, rule, model[rule.target], self.types, self.mapping.codes)
            for number, rule in enumerate(self.mapping.tables)
        ]
        self.newest = {
            name: newest_in(rule.newer, self.types[name])
            for name, rule in self.mapping.sources.items()
            if rule.newer
        }

    def go_straight(self) -> None:
        """Open what rules write straight, where no version is added to, from where it had got.

        All else that rules make goes among their candidates.
        """
        for plan in self.plans:
            if self.base is None and goes_straight(plan, self.plans):
                straight = straight_on(plan, self._place, self, self._writers)
                self.straight[plan.number] = straight
            else:
                self.make_candidates(plan)

    def make_candidates(self, plan: Planned) -> None:
        """Make the table of a rule's candidates where it is not there yet."""
        if plan.candidates not in self.names():
            with self.beside(CHUNK, self.no_rows(plan.rule.source)):
                self.create(plan.candidates, plan.query)

    def has_candidates(self, plan: Planned) -> bool:
        """Tell whether a rule has candidates."""
        return plan.candidates in self.names() and self.has_any(plan.candidates)

    def no_rows(self, source: str) -> pa.Table:
        """Return a chunk of a source without rows."""
        return whole(self.schemas[source]).empty_table()

    def origin(self, file: SourceFile) -> Origin:
        """Return what the lineage of a file's rows has in common."""
        mapping = f"{self.mapping.name}@{self.mapping.version}"
        return Origin(file.rule.name, file.name, mapping)

    def files_read(self) -> tuple[FileRead, ...]:
        """Return what became of each file that was loaded."""
        told = {
            file: (int(rows), int(broken))
            for file, rows, broken in self.rows(
                "SELECT file, sum(rows), sum(broken) FROM reading GROUP BY file"
            )
        }
        digests = dict(self.rows("SELECT file, digest FROM finished"))
        return tuple(
            FileRead(f.rule.name, f.name, digests[f.number], *told.get(f.number, (0, 0)))
            for f in self.files
            if not f.joined_only
        )

    def counted(self, plan: Planned) -> tuple[int, int]:
        """Return how many candidates a rule's source has, and how many of them are left out."""
        told = f"SELECT sum(candidates), sum(left_out) FROM counted WHERE rule = {plan.number}"  # noqa: S608
        ((every, left_out),) = self.rows(told)
        return int(every or 0), int(left_out or 0)

    def newest_read(self) -> Mapping[str, str]:
        """Return, by source, the newest moment that this load or its base has read."""
        found = self.rows("SELECT source, max(moment)::TEXT FROM newest GROUP BY source")
        before = self.base.newest if self.base else {}
        read = {source: at for source, at in found if at is not None}
        return {s: max(read.get(s, ""), before.get(s, "")) for s in sorted({*read, *before})}

    def coverage(self) -> tuple[Coverage, ...]:
        """Return how far each list of codes reaches, its unmapped codes most frequent first."""
        return tuple(self._coverage(name) for name in sorted(self.mapping.codes))

    def _coverage(self, name: str) -> Coverage:
        known = f'code IN (SELECT code FROM "codes_{name}")'  # noqa: S608
        told = self.rows(
            f"SELECT code, sum(n) AS n, {known} FROM looked_up WHERE list = ? "  # noqa: S608
            "GROUP BY code ORDER BY n DESC, code",
            name,
        )
        every, mapped = (sum(int(n) for _, n, k in told if k or not only) for only in (False, True))
        unmapped = [(code, int(n)) for code, n, is_known in told if not is_known]
        return Coverage(name, every, mapped, tuple(unmapped[:_UNMAPPED]))

    def write_rejects(self) -> None:
        """Write all rejects, what readers could not read among them."""
        self.copy_to(
            exp.select("*").from_("rejects").order_by("file", "place"),
            self.draft / "rejects.parquet",
        )
        self.copy_to(_harmless(), self.draft / "rejects.csv")

    def write_tables(self, model: Model) -> Mapping[str, int]:
        """Write every table of the model, those without rows too; return rows per table."""
        filled = self.filled()
        rows: dict[str, int] = {}
        if self._begun:
            self._begun.result()
        for table in model.tables:
            name = self._file(table)
            if table.name in self.written:
                _same_file(self.written[table.name], name)
                rows[table.name] = pq.read_metadata(name).num_rows
            elif table.name in filled:
                target = exp.to_table(f"{TARGET}{table.name}", quoted=True)
                rows[table.name] = self.copy_to(exp.select("*").from_(target), name)
            elif not name.exists():
                pq.write_metadata(_declared(table), name)
        return rows

    def begin_tables(self, model: Model) -> None:
        """Begin to write the tables that no rule fills: mostly they stay without rows."""
        ruled = {plan.table.name for plan in self.plans}

        def write() -> None:
            for table in model.tables:
                if table.name not in ruled:
                    pq.write_metadata(_declared(table), self._file(table))

        self._begun = self._writers.encoding.submit(write)

    def _file(self, table: Table) -> Path:
        return self.draft / "tables" / f"{table.name}.parquet"

    def make_target(self, table: Table) -> None:
        """Make a target table where it is not there yet, or shows no rows of any source."""
        name = f"{TARGET}{table.name}"
        if name in self.views and not self.has_rows(table):
            self.unsee(name)
        self.declare(name, ", ".join(f'"{f.name}" {TYPES[f.kind]}' for f in table.fields))

    def show_base(self, model: Model) -> None:
        """Let targets show what stays of the version that the load adds to."""
        for table in model.tables:
            if self.base and table.name in self.base.tables:
                self.see(f"{TARGET}{table.name}", self.base.rows(table))

    def show(self, table: Table, part: exp.Select) -> None:
        """Let a table show rows that a rule loaded, those of earlier rules, and what is kept."""
        new = f"{NEW}{table.name}"
        if new not in self.views:
            self.see(new, part)
        else:
            earlier = f"_{new}_{len(self.views)}"
            self.rows(f'ALTER VIEW "{new}" RENAME TO "{earlier}"')
            self.views.add(earlier)
            before = exp.select(exp.Star()).from_(exp.to_table(earlier, quoted=True))
            self.see(new, exp.union(before, part, distinct=False))
        every: exp.Query = exp.select(exp.Star()).from_(exp.to_table(new, quoted=True))
        if self.base and table.name in self.base.tables:
            stays = kept(self.base.rows(table), new, table)
            every = exp.union(every, stays, distinct=False)
        self.see(f"{TARGET}{table.name}", every)

    def replaced(self, table: Table) -> int:
        """Return how many rows of the version that the load adds to came again."""
        new = f"{NEW}{table.name}"
        if self.base is None or table.name not in self.base.tables or new not in self.views:
            return 0
        every, stays = self.base.rows(table), kept(self.base.rows(table), new, table)
        counted = exp.select(exp.Count(this=exp.Star()))
        return self.count(counted.from_(every.subquery("e"))) - self.count(
            counted.from_(stays.subquery("k"))
        )

    def show_file(self, table: Table, file: Path) -> None:
        """Let a table show the rows of a file, which is then the table's own."""
        given = [exp.Literal.string(str(file))]
        rows = exp.Table(this=exp.Anonymous(this="read_parquet", expressions=given))
        self.show(table, exp.select(exp.Star()).from_(rows))
        self.written[table.name] = file

    def write_lineage(self, table: Table, lineage: exp.Select | Path) -> None:
        """Write where the rows of one rule came from: a part of the table's lineage."""
        folder = self.draft / "lineage" / table.name
        folder.mkdir(exist_ok=True)
        file = folder / f"{len(list(folder.iterdir()))}.parquet"
        if isinstance(lineage, Path):
            _same_file(lineage, file)
        else:
            self.copy_to(lineage, file)

    def given(self) -> set[str]:
        """Return the target tables that the files of a source, or a vocabulary, were meant for."""
        there = {file.rule.name for file in self.files}
        absent = {p.table.name for p in self.plans if p.rule.source not in there}
        present = {p.table.name for p in self.plans if p.rule.source in there}
        present |= self.base.tables if self.base else frozenset()
        return self.filled() - (absent - present)

    def has_rows(self, table: Table) -> bool:
        """Tell whether a target holds rows."""
        return self.has_any(f"{TARGET}{table.name}")

    def filled(self) -> set[str]:
        """Return the target tables that rules have been loaded into so far."""
        return {n.removeprefix(TARGET) for n in self.names() if n.startswith(TARGET)}

    def first_rows(self, table: str, most: int) -> list[dict[str, Any]]:
        """Return some rows of a target table, by field; fields empty in all of them left out."""
        query = exp.select("*").from_(exp.to_table(f"{TARGET}{table}", quoted=True)).limit(most)
        rows = list(self.described(query))
        told = [n for n in (rows[0] if rows else ()) if any(r[n] is not None for r in rows)]
        return [{n: r[n] for n in told} for r in rows]

    def file_name(self) -> exp.Expr:
        """Return the name of a candidate's file by its number."""
        names = exp.Array(expressions=[exp.Literal.string(f.name) for f in self.files])
        at = exp.column(FILE) + 1
        return exp.Anonymous(this="list_extract", expressions=[names, at])

    def _types(self, source: str) -> dict[str, str]:
        with self.beside(CHUNK, self.no_rows(source)):
            told = {row[0]: row[1] for row in self.rows(f"DESCRIBE {CHUNK}")}
        return {name: told[name] for name in self.schemas[source].names}


def _same_file(file: Path, name: Path) -> None:
    """Let a file be known by another name too; on another disk, copy it."""
    try:
        os.link(file, name)
    except OSError:
        shutil.copyfile(file, name)


def _declared(table: Table) -> pa.Schema:
    return pa.schema([(f.name, ARROW_TYPES[f.kind]) for f in table.fields])


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
