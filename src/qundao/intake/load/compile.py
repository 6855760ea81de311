"""Turns a rule of a mapping into the query for its candidates among a chunk of its source.

A candidate has its place, the target's fields, what is at fault with it, and the codes it looked
up in vain. Codes and pseudonyms are joined; everything else is computed in place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from qundao.intake.load.codelists import alike, kind_of
from qundao.intake.load.fault_list import described, listed
from qundao.intake.load.joining import ROWS, joined_name, key_name
from qundao.intake.load.layout import (
    CHUNK,
    FAULTS,
    FILE,
    ITEM,
    MEASURED,
    PSEUDONYMS,
    TYPES,
    UNIT_KEY,
    UNITS,
    Types,
)
from qundao.intake.load.once import ROW, Once, over
from qundao.intake.load.values import all_or_nothing, literal, or_blank, typed
from qundao.intake.mapping.costly import columns_of
from qundao.intake.mapping.document import CodeList, FieldRule, JoinRule, TableRule
from qundao.intake.mapping.expression import Call, Literal, Name, Node, calls
from qundao.intake.mapping.functions import FUNCTIONS, Computed, Fault, as_text
from qundao.intake.source import PLACE
from qundao.intake.units import UNIT_NOT_CONVERTIBLE, UNIT_UNKNOWN
from qundao.models import Kind, Table

_UNFOLDED, _TO_63_BITS = "_each", 65
_FEW = 16
"""Codes of a list that are sooner compared one by one than joined."""

_UNIT_REASONS = (UNIT_UNKNOWN, UNIT_NOT_CONVERTIBLE)
_READ_AS = {
    Kind.INTEGER: "whole",
    Kind.NUMBER: "number",
    Kind.TEXT: "text",
    Kind.DATE: "day",
    Kind.DATETIME: "moment",
}


@dataclass(frozen=True, slots=True)
class Looked:
    """A list of codes that the candidates look up, and the query for what they look up in it.

    It gives each `code`, known or not, and how many candidates have it (`n`). Where that is how
    many rows have each text of a column of theirs, `column` is its name.
    """

    codes: str
    query: exp.Select
    column: str = ""


@dataclass(frozen=True, slots=True)
class Candidates:
    """The query for a rule's candidates, and the lists of codes that it looks up.

    A row of the source makes `each` candidates; `left_out` counts those that the rule's `where`
    leaves out, apart from the candidates themselves, so that the account is a reckoning and not a
    difference.
    """

    query: exp.Select
    looked: tuple[Looked, ...]
    each: int
    left_out: exp.Select | None


def people(rule: TableRule) -> Iterator[Call]:
    """Yield every `person(…)` of a rule."""
    for found in rule.fields:
        yield from (c for c in calls(found.value) if c.name == "person")


def unit_calls(rule: TableRule) -> Iterator[Call]:
    """Yield every call of a rule that reads units."""
    for node in (*rule.expressions, *(n for each in rule.each for n in each.columns.values())):
        yield from (c for c in calls(node) if c.name in ("ucum", "converted"))


def candidates(
    rule: TableRule, table: Table, types: Types, lists: Mapping[str, CodeList]
) -> Candidates:
    """Return the query for a rule's candidates; `types` are the columns of every source."""
    return _Compiler(rule, table, types[rule.source], lists, types).compile()


def identifiers(
    rule: TableRule, call: Call, types: Types, lists: Mapping[str, CodeList]
) -> exp.Select:
    """Return the query for the texts that a `person(…)` makes pseudonyms of, as `identifier`."""
    return _Compiler(rule, None, types[rule.source], lists, types).identifiers(call)


def units(rule: TableRule, call: Call, types: Types, lists: Mapping[str, CodeList]) -> exp.Select:
    """Return the query for the units that a call reads, as `UNIT_KEY`."""
    return _Compiler(rule, None, types[rule.source], lists, types).units(call)


@dataclass
class _Compiler:
    rule: TableRule
    table: Table | None
    types: Mapping[str, str]
    lists: Mapping[str, CodeList]
    others: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    joins: dict[str, tuple[str, list[exp.Expr], exp.Expr]] = field(default_factory=dict)
    looked: dict[tuple[str, str], exp.Expr] = field(default_factory=dict)

    def compile(self) -> Candidates:
        assert self.table is not None
        columns: list[exp.Expr] = []
        faults: list[exp.Expr] = []
        for rule in self.rule.fields:
            value, own = self._field(rule)
            columns.append(value.as_(rule.name, quoted=True, copy=False))
            faults += own
        for reject in self.rule.rejects:
            faults.append(described(self._node(reject.when).value, reject.because, "", exp.null()))
        faults += [self._several(join) for join in self.rule.joins if not join.first]
        where = self._node(self.rule.where).value if self.rule.where else None
        looked = tuple(self._looked(name, text, where) for (name, _), text in self.looked.items())
        told = [
            exp.column(FILE, table=ROW),
            exp.column(PLACE, table=ROW),
            self._item().as_(ITEM),
            *columns,
            listed(faults).as_(FAULTS, copy=False),
            *self._measured(),
        ]
        query = self._joined(exp.select(*told))
        each = len(self.rule.each) or 1
        if where is None:
            return Candidates(self._over_rows(query), looked, each, None)
        meant = exp.func("COALESCE", where, exp.false())
        every = self._joined(exp.select(exp.Count(this=exp.Star())))
        left_out = self._over_rows(every.where(exp.not_(meant.copy()), copy=False))
        query = self._over_rows(query.where(meant, copy=False))
        return Candidates(query, looked, each, left_out)

    def _joined(self, query: exp.Select, *needed: exp.Expr) -> exp.Select:
        """Join what is looked up; where it is told what for, only what that needs."""
        wanted = self._aliases(needed) if needed else self.joins.keys()
        for alias, (name, _, on) in self.joins.items():
            if alias not in wanted:
                continue
            named = exp.to_table(name, quoted=True).as_(alias)
            query = query.join(named, on=on.copy(), join_type="left", copy=False)
        return query

    def _aliases(self, needed: Sequence[exp.Expr]) -> set[str]:
        """Return the joined relations that values are read from, and those that these need."""
        own = {c.table for e in needed for c in columns_of(e)} & self.joins.keys()
        further = [self.joins[alias][2] for alias in own]
        known = {c.table for e in further for c in columns_of(e)} & self.joins.keys()
        return own | self._aliases([*needed, *further]) if known - own else own

    def identifiers(self, call: Call) -> exp.Select:
        text = self.joined_text(call.args).as_("identifier")
        return self._over_rows(self._joined(exp.select(text)))

    def units(self, call: Call) -> exp.Select:
        parts = [
            part.as_(name) for part, name in zip(self._unit_parts(call), UNIT_KEY, strict=True)
        ]
        return self._over_rows(self._joined(exp.select(*parts)))

    def joined_text(self, args: Sequence[Node]) -> exp.Expr:
        texts = [as_text(self._node(a)) for a in args]
        return texts[0] if len(texts) == 1 else all_or_nothing(texts)

    def _field(self, rule: FieldRule) -> tuple[exp.Expr, list[exp.Expr]]:
        """Return a field's value, as the target has it, and what can be at fault with it."""
        assert self.table is not None
        declared = self.table[rule.name]
        computed = self._node(rule.value)
        read = FUNCTIONS[_READ_AS[declared.kind]].make(computed)
        value = exp.cast(read.value, TYPES[declared.kind])
        faults = [described(f.holds, f.reason, rule.name, f.text) for f in read.faults]
        if rule.required and not read.sure:
            failed = [exp.func("COALESCE", f.holds.copy(), exp.false()) for f in read.faults]
            empty = exp.Is(this=value.copy(), expression=exp.null())
            faults.append(
                described(exp.and_(empty, *map(exp.not_, failed)), "empty", rule.name, exp.null())
            )
        if declared.kind is Kind.TEXT and declared.length:
            # Bytes are at least as many as signs, and need no counting.
            bytes_ = exp.Anonymous(this="strlen", expressions=[value.copy()])
            signs = exp.Length(this=value.copy())
            long = exp.and_(bytes_ > declared.length, signs > declared.length)
            faults.append(described(long, "too_long", rule.name, value.copy()))
        return value, faults

    def _node(self, node: Node) -> Computed:
        if isinstance(node, Literal):
            return literal(node)
        if isinstance(node, Name):
            return self._column(node.name)
        looked_up = {
            "code": self._code,
            "person": self._person,
            "id": self._id,
            "ucum": self._ucum,
            "converted": self._converted,
        }
        if node.name in looked_up:
            return looked_up[node.name](node)
        return FUNCTIONS[node.name].make(*(self._node(a) for a in node.args))

    def _column(self, name: str) -> Computed:
        if any(name in each.columns for each in self.rule.each):
            held = exp.Anonymous(
                this="struct_extract",
                expressions=[exp.column(_UNFOLDED, table=ROW), exp.Literal.string(name)],
            )
            return Computed(held, "text", plain=True)
        for join in self.rule.joins:
            if name in join.take:
                return self._taken(join, name)
        return typed(exp.column(name, table=ROW, quoted=True), self.types.get(name, ""))

    def _taken(self, join: JoinRule, name: str) -> Computed:
        """Return a column of the row of another source that goes with this one."""
        column = exp.column(join.take[name], table=self._join_source(join), quoted=True)
        return typed(column, self.others[join.source].get(join.take[name], ""))

    def _join_source(self, join: JoinRule) -> str:
        name = joined_name(join.source, [column for column, _ in join.on])
        texts = [as_text(self._node(node)) for _, node in join.on]
        return self._join(name, [key_name(i) for i in range(len(texts))], texts)

    def _several(self, join: JoinRule) -> exp.Expr:
        """Return what is told where more than one row of the other source fits."""
        rows = exp.column(ROWS, table=self._join_source(join))
        text = self.joined_text([node for _, node in join.on])
        return described(rows > 1, "several_match", join.source, text)

    def _code(self, call: Call) -> Computed:
        """Look a text up in a list; one that is not in it is a fault, or what is left for it."""
        assert isinstance(call.args[0], Name)
        codes = self.lists[call.args[0].name]
        text = self.joined_text(call.args[1:])
        self.looked[codes.name, text.sql()] = text
        value, kind = self._listed(codes, text), kind_of(codes)
        there = exp.not_(exp.Is(this=text.copy(), expression=exp.null()))
        if codes.otherwise is not None:
            value = exp.func("COALESCE", value, exp.convert(alike(codes, codes.otherwise)))
            return Computed(exp.Case().when(there, value), kind)
        unknown = exp.and_(there, exp.Is(this=value.copy(), expression=exp.null()))
        return Computed(value, kind, (Fault("not_in_list", text.copy(), unknown),))

    def _listed(self, codes: CodeList, text: exp.Expr) -> exp.Expr:
        """Return what a list has for a text: a few codes are gone through, more are joined."""
        if not 0 < len(codes.codes) <= _FEW:
            return exp.column("value", table=self._join(f"codes_{codes.name}", ["code"], [text]))
        value = exp.Case(this=text.copy())
        for code, held in codes.codes.items():
            value = value.when(exp.Literal.string(code), exp.convert(alike(codes, held)))
        return value

    def _person(self, call: Call) -> Computed:
        text = self.joined_text(call.args)
        alias = self._join(PSEUDONYMS, ["identifier"], [text])
        return Computed(exp.column("pseudonym", table=alias), "integer")

    def _id(self, call: Call) -> Computed:
        """Make a number of a row's own key, the same in every load.

        What it numbers comes first, as text: `id('visit', …)` is one number wherever it is asked.
        """
        parts = [as_text(self._node(a)) for a in call.args]
        apart = [p for part in parts for p in (exp.Literal.string("\x1f"), part)]
        whole = exp.Anonymous(this="concat", expressions=apart[1:])  # NULL adds no text
        number = exp.Anonymous(this="md5_number", expressions=[whole])
        shifted = exp.BitwiseRightShift(this=number, expression=exp.Literal.number(_TO_63_BITS))
        return Computed(exp.cast(shifted, "BIGINT"), "integer", sure=True)

    def _join(self, name: str, keys: Sequence[str], values: Sequence[exp.Expr]) -> str:
        """Join a table by its keys to values, once for the same values; return its alias."""
        for alias, (known, told, _) in self.joins.items():
            if known == name and told == list(values):
                return alias
        alias = f"{name}_{len(self.joins)}"
        same = (
            exp.EQ(this=exp.column(key, table=alias, quoted=False), expression=value)
            for key, value in zip(keys, values, strict=True)
        )
        self.joins[alias] = (name, list(values), exp.and_(*same))
        return alias

    def _ucum(self, call: Call) -> Computed:
        """Return the UCUM code of a unit; one that is not known stays as it is written."""
        text = as_text(self._node(call.args[0]))
        known = exp.Nullif(
            this=exp.column("ucum", table=self._unit(call)), expression=exp.Literal.string("")
        )
        there = exp.not_(exp.Is(this=text.copy(), expression=exp.null()))
        value = exp.Case().when(there, exp.func("COALESCE", known, text.copy()))
        return Computed(value, "text", plain=True)

    def _converted(self, call: Call) -> Computed:
        """Return a value in another unit; what cannot be converted is a fault."""
        given = FUNCTIONS["measured"].make(self._node(call.args[0]))
        alias = self._unit(call)
        factor, offset = (exp.column(n, table=alias) for n in ("factor", "shift"))
        value = exp.paren(exp.paren(given.value) * factor + offset)
        there = exp.not_(exp.Is(this=given.value.copy(), expression=exp.null()))
        text = as_text(self._node(call.args[1]))
        told = exp.column("fault", table=alias)
        faults = (
            Fault(r, text.copy(), exp.and_(there.copy(), told.eq(exp.Literal.string(r))))
            for r in _UNIT_REASONS
        )
        return Computed(value, "number", (*given.faults, *faults))

    def _unit(self, call: Call) -> str:
        return self._join(UNITS, UNIT_KEY, self._unit_parts(call))

    def _unit_parts(self, call: Call) -> list[exp.Expr]:
        """Return the unit as written, the target and the substance, each empty where not told."""
        args = call.args if call.name == "ucum" else call.args[1:]
        parts = [or_blank(as_text(self._node(a))) for a in args]
        return parts + [exp.Literal.string("")] * (len(UNIT_KEY) - len(parts))

    def _measured(self) -> list[exp.Expr]:
        """Return what is looked at for wrong units: a number, its unit, what it is of."""
        told = self.rule.units
        if told is None:
            return []
        value = FUNCTIONS["number"].make(self._node(told.value)).value
        texts = (as_text(self._node(node)) for node in (told.unit, told.of))
        return [v.as_(name) for v, name in zip((value, *texts), MEASURED, strict=True)]

    def _looked(self, codes: str, text: exp.Expr, where: exp.Expr | None) -> Looked:
        there = exp.not_(exp.Is(this=text.copy(), expression=exp.null()))
        meant = exp.and_(there, where.copy()) if where else there
        told = [text.copy().as_("code"), exp.Count(this=exp.Star()).as_("n")]
        query = self._joined(exp.select(*told), meant).where(meant).group_by("1")
        return Looked(
            codes, self._over_rows(query), "" if where or self.rule.each else self._own_column(text)
        )

    def _own_column(self, text: exp.Expr) -> str:
        """Return the name of the column of the row's own source that a text is, if it is one."""
        own = isinstance(text, exp.Column) and text.table == ROW and text.name in self.types
        return text.name if own else ""

    def _item(self) -> exp.Expr:
        if not self.rule.each:
            return exp.Literal.number(0)
        return exp.Anonymous(
            this="struct_extract",
            expressions=[exp.column(_UNFOLDED, table=ROW), exp.Literal.string(ITEM)],
        )

    def _over_rows(self, query: exp.Select) -> exp.Select:
        """Return a query, itself changed, over the rows in hand, their groups unfolded."""
        rows = exp.select(exp.Star()).from_(CHUNK)
        if not self.rule.each:
            return over(query, rows)
        groups = [self._group(i, each.columns) for i, each in enumerate(self.rule.each, 1)]
        unfolded = exp.Anonymous(this="unnest", expressions=[exp.Array(expressions=groups)])
        once = Once()
        columns = [exp.Star(), once.read(unfolded.as_(_UNFOLDED))]
        rows = exp.select(*columns).from_(once.beside(rows).subquery(ROW))
        return over(query, rows, len(once.levels))

    def _group(self, item: int, columns: Mapping[str, Node]) -> exp.Expr:
        keys = sorted({name for each in self.rule.each for name in each.columns})
        fields = [exp.PropertyEQ(this=exp.to_identifier(ITEM), expression=exp.Literal.number(item))]
        for name in keys:
            inside = _Compiler(_without_each(self.rule), self.table, self.types, self.lists)
            text = as_text(inside._node(columns[name])) if name in columns else exp.null()
            held = exp.cast(text, "TEXT")
            fields.append(
                exp.PropertyEQ(this=exp.to_identifier(name, quoted=True), expression=held)
            )
        return exp.Struct(expressions=fields)


def _without_each(rule: TableRule) -> TableRule:
    return TableRule(rule.target, rule.source, rule.fields, rule.line)
