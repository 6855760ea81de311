"""The version that a load adds to: its rows stay, but for those that come again with the same key.

By key: a row whose key (the model's, else all of its fields) is among the new ones is replaced. By
time: of a source with `newer`, rows older than the newest that was ever read are left out. A file
that was delivered before, by its digest, is not read again, but where others join its rows: adding
it twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow.parquet as pq
from sqlglot import exp

from qundao.intake import codes
from qundao.intake.load.identity import Identity
from qundao.intake.load.sources import SourceFile, digest_of
from qundao.intake.load.versions import Version, versions
from qundao.intake.mapping.document import Mapping as Document
from qundao.intake.mapping.document import TableRule
from qundao.intake.mapping.expression import Call, Literal, Name
from qundao.kernel.errors import fail, problem, raise_if
from qundao.models import Table

_NEVER = "9999"
"""Later than any moment: rows whose time is empty or cannot be read are taken, and then told."""


@dataclass(frozen=True, slots=True)
class Base:
    """A loaded version, and the tables of it whose rows stay."""

    version: Version
    tables: frozenset[str]

    @property
    def newest(self) -> Mapping[str, str]:
        """Return, by source, the newest moment that was read."""
        found: Mapping[str, str] = self.version.account.get("newest", {})
        return found

    @property
    def delivered(self) -> frozenset[tuple[str, str]]:
        """Return the files that were read for it or before it: source and SHA-256."""
        told = self.version.account.get("delivered", ())
        return frozenset((source, digest) for source, digest in told)

    def rows(self, table: Table) -> exp.Select:
        """Return the table's rows, as the model declares them."""
        fields = (exp.column(f.name, quoted=True) for f in table.fields)
        return exp.select(*fields).from_(_read(self.version.tables / f"{table.name}.parquet"))

    def lineage(self, table: Table) -> exp.Table | None:
        """Return the lineage of the table's rows, None where there is none."""
        folder = self.version.folder / "lineage" / table.name
        return _read(folder / "*.parquet") if folder.is_dir() else None


def base_of(folder: Path, mapping: Document, identity: Identity) -> Base | None:
    """Return the current version below `folder` to add to.

    Raises `intake.not_addable`, and `intake.decided_since` where other pseudonyms are one person's
    now: the rows that stay would keep the ones they have.
    """
    current = next((v for v in versions(folder / "loaded") if v.current), None)
    if current is None:
        return None
    held, wanted = current.account["mapping"].get("target", ""), target_of(mapping)
    if held != wanted:
        raise fail(codes.NOT_ADDABLE, wanted, "target", held=held or "–")
    if current.account["decided"] != identity.decided():
        raise fail(codes.DECIDED_SINCE, f"v{current.number:04d}", "decisions")
    derived = current.account["derived"]
    kept = (t.name for t in mapping.model.tables if t.name not in derived)
    return Base(current, frozenset(n for n in kept if _has_rows(current, n)))


def target_of(mapping: Document) -> str:
    """Return the target of a mapping, as an account tells it."""
    return f"{mapping.standard} {mapping.model_version}".strip()


def to_add(files: Iterable[SourceFile], base: Base, mapping: Document) -> Sequence[SourceFile]:
    """Return the files that were not delivered before, and all those that others join.

    Raises `intake.joined_missing` where a file that was delivered of a joined source is not there:
    new rows would find nothing in it.
    """
    joined = {join.source for rule in mapping.tables for join in rule.joins}
    told = [(f, (f.rule.name, digest_of(f))) for f in files]
    there = {known for _, known in told}
    raise_if(
        problem(codes.JOINED_MISSING, digest[:12], f"sources.{source}")
        for source, digest in sorted(base.delivered - there)
        if source in joined
    )
    known = (
        replace(f, joined_only=key in base.delivered)
        for f, key in told
        if key not in base.delivered or f.rule.name in joined
    )
    return [replace(f, number=number) for number, f in enumerate(known)]


def newer_only(mapping: Document, newest: Mapping[str, str]) -> Document:
    """Return the mapping with rules that leave out rows older than the newest of their source."""
    return replace(mapping, tables=tuple(_newer(mapping, r, newest) for r in mapping.tables))


def _newer(mapping: Document, rule: TableRule, newest: Mapping[str, str]) -> TableRule:
    column, since = mapping.sources[rule.source].newer, newest.get(rule.source)
    if not column or not since:
        return rule
    moment = Call("text", (Call("moment", (Name(column),)),))
    node = Call(">=", (Call("first", (moment, Literal(_NEVER))), Literal(since)))
    return replace(rule, where=Call("and", (rule.where, node)) if rule.where else node)


def kept(base: exp.Select, new: str, table: Table) -> exp.Select:
    """Return the rows of a base that no row of the relation `new` replaces."""
    fields = table.keys or tuple(f.name for f in table.fields)
    pairs = ([exp.column(f, table=t, quoted=True) for t in "bn"] for f in fields)
    same = (exp.NullSafeEQ(this=one, expression=other) for one, other in pairs)
    there = exp.select(exp.Literal.number(1)).from_(exp.to_table(new, quoted=True).as_("n"))
    replaced = exp.Exists(this=there.where(*same))
    return exp.select(exp.Star()).from_(base.subquery("b")).where(exp.not_(replaced))


def _has_rows(version: Version, table: str) -> bool:
    path = version.tables / f"{table}.parquet"
    return path.exists() and pq.read_metadata(path).num_rows > 0


def _read(path: Path) -> exp.Table:
    given = [exp.Literal.string(str(path))]
    return exp.Table(this=exp.Anonymous(this="read_parquet", expressions=given))
