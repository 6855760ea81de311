"""Takes chunks of sources in: candidates of every rule, names, units, defects, all or nothing.

What was counted of a chunk and how far its file is read are written with it, in one transaction, so
that a load that is killed goes on with the next chunk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa
from sqlglot import exp

from qundao.intake.load.codelists import alike, kind_of
from qundao.intake.load.desk import Desk
from qundao.intake.load.feeding import Chunk
from qundao.intake.load.identity import Identity
from qundao.intake.load.joining import all_joined, held_name, joined_name
from qundao.intake.load.layout import CHUNK, PSEUDONYMS, UNIT_KEY, UNITS
from qundao.intake.load.plans import Planned
from qundao.intake.load.pseudonyms import make_pseudonyms
from qundao.intake.load.sources import SourceFile
from qundao.intake.load.straight import WRITTEN
from qundao.intake.load.taken import FINISHED, READING
from qundao.intake.mapping.document import CodeList, SourceRule
from qundao.intake.units import UnitRow, as_arrow, unit_table
from qundao.kernel.faults import declare_fault_point, fault_point

IN_CHUNK = declare_fault_point("intake.load.in_chunk")
TAKEN = declare_fault_point("intake.load.after_chunk")

_ARROW = {"integer": pa.int64(), "number": pa.float64(), "text": pa.string()}
_REJECTS = ("target", "source", "file", "place", "item", "reason", "field", "value")
_TABLES = {
    "rejects": "target TEXT, source TEXT, file TEXT, place BIGINT, item INTEGER, reason TEXT, "
    "field TEXT, value TEXT",
    "counted": "rule INTEGER, candidates BIGINT, left_out BIGINT",
    READING: "file INTEGER, rows BIGINT, defects BIGINT, broken BIGINT",
    FINISHED: "file INTEGER, digest TEXT",
    "named": "identifier TEXT, field TEXT, value TEXT",
    PSEUDONYMS: "identifier TEXT, pseudonym BIGINT",
    UNITS: "unit TEXT, target TEXT, substance TEXT, ucum TEXT, factor DOUBLE, shift DOUBLE, "
    "fault TEXT",
    "put_together": "name TEXT",
    "looked_up": "list TEXT, code TEXT, n BIGINT",
    "written": WRITTEN,
    "newest": "source TEXT, moment TIMESTAMP",
}


class Taking:
    """Puts chunks onto a desk."""

    def __init__(self, desk: Desk, identity: Identity) -> None:
        self._desk, self._identity = desk, identity
        self._joined = all_joined(desk.mapping)
        self._taken, self._finished = False, list[tuple[int, str]]()

    def prepare(self) -> None:
        """Make the tables that chunks go to, unless an interrupted load has made them."""
        if READING not in self._desk.names():
            self._make_tables()
        self._desk.go_straight()

    def _make_tables(self) -> None:
        with self._desk.whole():
            for listed in self._desk.mapping.codes.values():
                self._add_list(listed)
            for name, columns in _TABLES.items():
                self._desk.declare(name, columns)
            self._make_joined()

    def take(self, file: SourceFile, chunk: Chunk) -> None:
        """Take a chunk in: its candidates, its names, its defects; `settle` makes it last.

        It is looked at while the one before is still being written.
        """
        with self._desk.beside(CHUNK, chunk.rows):
            own = [p for p in self._desk.plans if p.rule.source == file.rule.name]
            found = {} if file.joined_only else self._look(file, own)
            self.settle()
            self._desk.rows("BEGIN")
            self._taken = True
            if held_name(file.rule.name) in {joined.held for joined in self._joined}:
                self._desk.rows(f'INSERT INTO "{held_name(file.rule.name)}" FROM {CHUNK}')
            if not file.joined_only:
                self._take_rows(file, chunk, own, found)
            self._note_reading(file, chunk)

    def settle(self) -> None:
        """Let the chunk that was taken last be whole: until then it is not there at all."""
        if not self._taken:
            return
        for straight in self._desk.straight.values():
            straight.settle(self._desk)
        for file, digest in self._finished:
            self._desk.rows("INSERT INTO finished VALUES (?, ?)", file, digest)
        fault_point(IN_CHUNK)
        self._desk.rows("COMMIT")
        self._taken = False
        self._finished.clear()
        fault_point(TAKEN)

    def _look(self, file: SourceFile, plans: Sequence[Planned]) -> Mapping[int, pa.Table]:
        """Look up people and units, and return by rule what the chunk becomes straight."""
        self._know_units(plans)
        if not self._shows_persons(file.rule.name, plans):
            self._name_people(file.rule.name, plans)
        found: dict[int, pa.Table] = {}
        for number in (p.number for p in plans if p.number in self._desk.straight):
            straight = self._desk.straight[number]
            found[number] = straight.look(self._desk)
            unnamed = not straight.knows_all(found[number])
            if unnamed and self._name_people(file.rule.name, plans):
                found[number] = straight.look(self._desk)
        return found

    def _take_rows(
        self,
        file: SourceFile,
        chunk: Chunk,
        plans: Sequence[Planned],
        found: Mapping[int, pa.Table],
    ) -> None:
        for plan in plans:
            if plan.number in found:
                straight, origin = self._desk.straight[plan.number], self._desk.origin(file)
                straight.take(self._desk, found[plan.number], file.number, origin)
            else:
                self._desk.rows(f"INSERT INTO {plan.candidates} {plan.query}")
            self._count(plan, chunk.rows)
        self._note_defects(file, chunk)
        self._note_newest(file.rule)

    def _shows_persons(self, source: str, plans: Sequence[Planned]) -> bool:
        """Tell whether rows may be looked at first and show who has no pseudonym yet.

        Where nobody has one, people are named first.
        """
        if not self._knows_anybody():
            return False
        kept = any(rule.source == source for rule in self._desk.mapping.identity)
        named = [p for p in plans if p.people]
        return not kept and all(p.number in self._desk.straight and p.shows_persons for p in named)

    def _knows_anybody(self) -> bool:
        return self._desk.has_any(PSEUDONYMS)

    def finish(self, file: SourceFile, digest: str) -> None:
        """Put down, with its last chunk, that a file is read to its end."""
        self._finished.append((file.number, digest))
        if not self._taken:
            self._desk.rows("BEGIN")
            self._taken = True

    def put_together(self, source: str) -> None:
        """Put together what the rules of a source join: the other sources are read by now."""
        names = {
            joined_name(j.source, [column for column, _ in j.on])
            for plan in self._desk.plans
            if plan.rule.source == source
            for j in plan.rule.joins
        }
        if not names:
            return
        self.settle()
        done = set(self._desk.column("SELECT name FROM put_together"))
        for joined in self._joined:
            if joined.name in names - done:
                with self._desk.whole():
                    rows = joined.query(exp.to_table(joined.held, quoted=True)).sql("duckdb")
                    self._desk.rows(f'INSERT INTO "{joined.name}" {rows}')
                    self._desk.rows("INSERT INTO put_together VALUES (?)", joined.name)

    def fill_vault(self) -> None:
        """Put what names people into the vault."""
        told = self._desk.rows(
            "SELECT identifier, field, min(value) FROM named GROUP BY ALL ORDER BY ALL"
        )
        self._identity.keep((self._identity.pseudonym(i), field, v) for i, field, v in told)

    def _add_list(self, listed: CodeList) -> None:
        rows = list(listed.codes.items())
        value = pa.array([alike(listed, v) for _, v in rows], _ARROW[kind_of(listed)])
        codes = pa.array([code for code, _ in rows], pa.string())
        self._desk.add(f"codes_{listed.name}", pa.table({"code": codes, "value": value}))

    def _make_joined(self) -> None:
        """Make the tables for rows that others join, each put together and each as it is read."""
        for joined in self._joined:
            rows = exp.to_table(CHUNK)
            with self._desk.beside(CHUNK, self._desk.no_rows(joined.source)):
                if joined.held not in self._desk.names():
                    self._desk.create(joined.held, exp.select(exp.Star()).from_(rows.copy()))
                self._desk.create(joined.name, joined.query(rows))

    def _count(self, plan: Planned, rows: pa.Table) -> None:
        """Count candidates, those that are left out, and the codes that are looked up."""
        left_out = self._desk.count(plan.left_out) if plan.left_out else 0
        counts = (plan.number, rows.num_rows * plan.each, left_out)
        self._desk.rows("INSERT INTO counted VALUES (?, ?, ?)", *counts)
        for looked in plan.looked:
            if not looked.column:
                into = f"INSERT INTO looked_up SELECT ?, * FROM ({looked.query})"  # noqa: S608
                self._desk.rows(into, looked.codes)
        simple = [_texts(rows[f.column], f.codes) for f in plan.looked if f.column]
        if simple:
            self._desk.add("looked_up", pa.concat_tables(simple), into=True)

    def _note_reading(self, file: SourceFile, chunk: Chunk) -> None:
        broken = sum(not d.column for d in chunk.defects)
        counts = (file.number, chunk.rows.num_rows, len(chunk.defects), broken)
        self._desk.rows("INSERT INTO reading VALUES (?, ?, ?, ?)", *counts)

    def _note_defects(self, file: SourceFile, chunk: Chunk) -> None:
        if chunk.defects:
            one = ("", file.rule.name, file.name)
            rows = [(*one, d.place, 0, d.reason, d.column, d.value) for d in chunk.defects]
            columns = map(list, zip(*rows, strict=True))
            held = pa.table(dict(zip(_REJECTS, columns, strict=True)))
            self._desk.add("rejects", held, into=True)

    def _note_newest(self, rule: SourceRule) -> None:
        if rule.newer:
            self._desk.rows(
                f"INSERT INTO newest SELECT ?, * FROM ({self._desk.newest[rule.name]})",  # noqa: S608
                rule.name,
            )

    def _name_people(self, source: str, plans: Sequence[Planned]) -> bool:
        """Make a pseudonym of every identifier in hand that has none yet, and note their names.

        Tell whether there was any.
        """
        wanted = [query for plan in plans for query in plan.people]
        for rule in self._desk.mapping.identity:
            if rule.source == source:
                wanted.append(_identified(rule.person).sql("duckdb"))
                self._note_names(rule.person, rule.vault)
        if not wanted:
            return False
        every = " UNION ALL ".join(dict.fromkeys(wanted))
        if self._knows_anybody():
            new = f"FROM ({every}) ANTI JOIN {PSEUDONYMS} USING (identifier)"
            if not self._desk.count(f"SELECT count(identifier) {new}"):
                return False  # mostly so, and told apart in half the time
        make_pseudonyms(self._desk, self._identity, every)
        return True

    def _know_units(self, plans: Sequence[Planned]) -> None:
        """Look up every unit in hand that is not known yet, with what it is to be turned into."""
        wanted = dict.fromkeys(query for plan in plans for query in plan.units)
        if not wanted:
            return
        key = ", ".join(UNIT_KEY)
        every = " UNION ALL ".join(wanted)
        new = f"SELECT DISTINCT {key} FROM ({every}) ANTI JOIN {UNITS} USING ({key})"  # noqa: S608
        rows = as_arrow(UnitRow, unit_table(self._desk.rows(new)))
        if rows.num_rows:
            names = [*UNIT_KEY, "ucum", "factor", "offset", "fault"]
            held = rows.select(names).rename_columns({"offset": "shift"})
            self._desk.add(UNITS, held, into=True)

    def _note_names(self, person: str, columns: Sequence[str]) -> None:
        for column in columns:
            query = _identified(person, column).distinct().sql("duckdb")
            name = exp.Literal.string(column).sql("duckdb")
            self._desk.rows(
                f"INSERT INTO named SELECT identifier, {name}, value FROM ({query}) "  # noqa: S608
                "WHERE identifier IS NOT NULL AND value IS NOT NULL"
            )


def _texts(column: pa.ChunkedArray, codes: str) -> pa.Table:
    """Return how often each text of a column is looked up in a list of codes."""
    code, n = column.drop_null().value_counts().flatten()
    return pa.table({"list": pa.array([codes] * len(code), pa.string()), "code": code, "n": n})


def _identified(column: str, *others: str) -> exp.Select:
    columns = [
        exp.cast(exp.column(c, quoted=True), "TEXT").as_(n)
        for n, c in zip(("identifier", "value"), (column, *others), strict=False)
    ]
    return exp.select(*columns).from_(CHUNK)
