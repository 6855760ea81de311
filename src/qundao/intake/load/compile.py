"""Turns a rule of a mapping into the query for its candidates among a chunk of its source.

A candidate has its place, the target's fields, what is at fault with it, and the codes it looked
up in vain. Codes and pseudonyms are joined; everything else is computed in place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from qundao.intake.load.feeding import FILE
from qundao.intake.mapping.document import CodeList, FieldRule, TableRule
from qundao.intake.mapping.expression import Call, Literal, Name, Node, calls
from qundao.intake.mapping.functions import FUNCTIONS, Computed, Fault, as_text
from qundao.intake.mapping.written import COSTLY
from qundao.intake.source import PLACE
from qundao.models import Kind, Table

ITEM, FAULTS = "_item", "_faults"
CHUNK = "chunk"
"""The relation that holds the rows in hand, their text plain (`load.plain`)."""

ROW, UNFOLDED = "s", "e"
PSEUDONYMS = "pseudonyms"
_TO_63_BITS = 65
TYPES = {
    Kind.INTEGER: "BIGINT",
    Kind.NUMBER: "DOUBLE",
    Kind.TEXT: "TEXT",
    Kind.DATE: "DATE",
    Kind.DATETIME: "TIMESTAMP",
}
"""The type of a target's column by the kind that its model declares."""

_READ_AS = {
    Kind.INTEGER: "whole",
    Kind.NUMBER: "number",
    Kind.TEXT: "text",
    Kind.DATE: "day",
    Kind.DATETIME: "moment",
}
_KIND_OF_TYPE = (
    ("INT", "integer"),
    ("DOUBLE", "number"),
    ("FLOAT", "number"),
    ("DECIMAL", "number"),
    ("TIMESTAMP", "datetime"),
    ("DATE", "date"),
)


@dataclass(frozen=True, slots=True)
class Looked:
    """A list of codes that the candidates looked up, and the column that tells of it.

    The column is NULL where there was nothing to look up, empty where the list has the code, and
    else the code.
    """

    codes: str
    column: str


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


def candidates(
    rule: TableRule, table: Table, types: Mapping[str, str], lists: Mapping[str, CodeList]
) -> Candidates:
    """Return the query for a rule's candidates; `types` are the source's columns as staged."""
    return _Compiler(rule, table, types, lists).compile()


def identifiers(rule: TableRule, call: Call, types: Mapping[str, str]) -> exp.Select:
    """Return the query for the texts that a `person(…)` makes pseudonyms of, as `identifier`."""
    return _Compiler(rule, None, types, {}).identifiers(call)


@dataclass
class _Compiler:
    rule: TableRule
    table: Table | None
    types: Mapping[str, str]
    lists: Mapping[str, CodeList]
    joins: dict[str, tuple[exp.Expr, exp.Expr]] = field(default_factory=dict)
    looked: dict[str, tuple[str, exp.Expr]] = field(default_factory=dict)

    def compile(self) -> Candidates:
        assert self.table is not None
        columns: list[exp.Expr] = []
        faults: list[exp.Expr] = []
        for rule in self.rule.fields:
            value, own = self._field(rule)
            columns.append(value.as_(rule.name, quoted=True))
            faults += own
        for reject in self.rule.rejects:
            faults.append(_told(self._node(reject.when).value, reject.because, "", exp.null()))
        where = self._node(self.rule.where).value if self.rule.where else None
        looked = tuple(self._looked(i, alias) for i, alias in enumerate(self.looked))
        told = [
            exp.column(FILE, table=ROW),
            exp.column(PLACE, table=ROW),
            self._item().as_(ITEM),
            *columns,
            _listed(faults).as_(FAULTS),
            *(column for _, column in looked),
        ]
        once = _Once()
        query = exp.select(*map(once.read, told))
        query = self._joined(query.from_(self._rows(once.levels), copy=False))
        each = len(self.rule.each) or 1
        if where is None:
            return Candidates(query, tuple(told for told, _ in looked), each, None)
        meant = exp.func("COALESCE", where, exp.false())
        every = exp.select(exp.Count(this=exp.Star())).from_(self._rows(), copy=False)
        left_out = self._joined(every).where(exp.not_(meant.copy()), copy=False)
        query = query.where(meant, copy=False)
        return Candidates(query, tuple(told for told, _ in looked), each, left_out)

    def _joined(self, query: exp.Select) -> exp.Select:
        for alias, (relation, on) in self.joins.items():
            named = relation.copy().as_(alias)
            query = query.join(named, on=on.copy(), join_type="left", copy=False)
        return query

    def identifiers(self, call: Call) -> exp.Select:
        text = self.joined_text(call.args).as_("identifier")
        return exp.select(text).from_(self._rows(), copy=False)

    def joined_text(self, args: Sequence[Node]) -> exp.Expr:
        texts = [as_text(self._node(a)) for a in args]
        return texts[0] if len(texts) == 1 else _all_or_nothing(texts)

    def _field(self, rule: FieldRule) -> tuple[exp.Expr, list[exp.Expr]]:
        """Return a field's value, as the target has it, and what can be at fault with it."""
        assert self.table is not None
        declared = self.table[rule.name]
        computed = self._node(rule.value)
        read = FUNCTIONS[_READ_AS[declared.kind]].make(computed)
        value = exp.cast(read.value, TYPES[declared.kind])
        faults = [_told(f.holds, f.reason, rule.name, f.text) for f in read.faults]
        if rule.required and not read.sure:
            failed = [exp.func("COALESCE", f.holds.copy(), exp.false()) for f in read.faults]
            empty = exp.Is(this=value.copy(), expression=exp.null())
            faults.append(
                _told(exp.and_(empty, *map(exp.not_, failed)), "empty", rule.name, exp.null())
            )
        if declared.kind is Kind.TEXT and declared.length:
            long = exp.Length(this=value.copy()) > declared.length
            faults.append(_told(long, "too_long", rule.name, value.copy()))
        return value, faults

    def _node(self, node: Node) -> Computed:
        if isinstance(node, Literal):
            return _literal(node)
        if isinstance(node, Name):
            return self._column(node.name)
        if node.name == "code":
            return self._code(node)
        if node.name == "person":
            return self._person(node)
        if node.name == "id":
            return self._id(node)
        return FUNCTIONS[node.name].make(*(self._node(a) for a in node.args))

    def _column(self, name: str) -> Computed:
        if any(name in each.columns for each in self.rule.each):
            held = exp.Anonymous(
                this="struct_extract",
                expressions=[exp.column(UNFOLDED, table=ROW), exp.Literal.string(name)],
            )
            return Computed(held, "text", plain=True)
        type_ = self.types.get(name, "VARCHAR").upper()
        kind = next((k for part, k in _KIND_OF_TYPE if part in type_), "text")
        return Computed(exp.column(name, table=ROW, quoted=True), kind, plain=kind == "text")

    def _code(self, call: Call) -> Computed:
        """Look a text up in a list; one that is not in it is a fault, or what is left for it."""
        assert isinstance(call.args[0], Name)
        codes = self.lists[call.args[0].name]
        text = self.joined_text(call.args[1:])
        alias = self._join(
            f"codes_{codes.name}", exp.to_table(f"codes_{codes.name}", quoted=True), "code", text
        )
        self.looked[alias] = (codes.name, text)
        value: exp.Expr = exp.column("value", table=alias)
        kind = "integer" if _all_whole(codes) else "text"
        if codes.otherwise is not None:
            value = exp.func("COALESCE", value, exp.convert(codes.otherwise))
            there = exp.not_(exp.Is(this=text.copy(), expression=exp.null()))
            return Computed(exp.Case().when(there, value), kind)
        unknown = exp.and_(
            exp.not_(exp.Is(this=text.copy(), expression=exp.null())),
            exp.Is(this=exp.column("code", table=alias), expression=exp.null()),
        )
        return Computed(value, kind, (Fault("not_in_list", text.copy(), unknown),))

    def _person(self, call: Call) -> Computed:
        text = self.joined_text(call.args)
        alias = self._join(PSEUDONYMS, exp.to_table(PSEUDONYMS), "identifier", text)
        return Computed(exp.column("pseudonym", table=alias), "integer")

    def _id(self, call: Call) -> Computed:
        """Make a number of a row's own key, the same in every load.

        What it numbers comes first, as text: `id('visit', …)` is one number wherever it is asked.
        """
        parts = [_or_blank(as_text(self._node(a))) for a in call.args]
        separator = exp.Literal.string("\x1f")
        whole = exp.Anonymous(this="concat_ws", expressions=[separator, *parts])
        number = exp.Anonymous(this="md5_number", expressions=[whole])
        shifted = exp.BitwiseRightShift(this=number, expression=exp.Literal.number(_TO_63_BITS))
        return Computed(exp.cast(shifted, "BIGINT"), "integer", sure=True)

    def _join(self, name: str, relation: exp.Expr, key: str, text: exp.Expr) -> str:
        """Join a relation by its key to a text, once for each text; return its alias."""
        for alias, (_, on) in self.joins.items():
            if alias.startswith(f"{name}_") and on.args["expression"] == text:
                return alias
        alias = f"{name}_{len(self.joins)}"
        on = exp.EQ(this=exp.column(key, table=alias, quoted=False), expression=text)
        self.joins[alias] = (relation, on)
        return alias

    def _looked(self, number: int, alias: str) -> tuple[Looked, exp.Expr]:
        codes, text = self.looked[alias]
        told = Looked(codes, f"_unmapped_{number}")
        known = exp.not_(exp.Is(this=exp.column("code", table=alias), expression=exp.null()))
        column = exp.Case().when(known, exp.Literal.string("")).else_(text.copy())
        return told, column.as_(told.column)

    def _item(self) -> exp.Expr:
        if not self.rule.each:
            return exp.Literal.number(0)
        return exp.Anonymous(
            this="struct_extract",
            expressions=[exp.column(UNFOLDED, table=ROW), exp.Literal.string(ITEM)],
        )

    def _rows(self, once: Sequence[Mapping[str, exp.Expr]] = ()) -> exp.Expr:
        """Return the rows in hand: groups unfolded, costly values worked out once."""
        rows = exp.select(exp.Star()).from_(CHUNK)
        if self.rule.each:
            groups = [self._group(i, each.columns) for i, each in enumerate(self.rule.each, 1)]
            unfolded = exp.Anonymous(this="unnest", expressions=[exp.Array(expressions=groups)])
            columns = [exp.Star(), unfolded.as_(UNFOLDED)]
            rows = exp.select(*columns).from_(rows.subquery(ROW))
        for level in filter(None, once):
            costly = [value.as_(alias) for alias, value in level.items()]
            rows = exp.select(exp.Star(), *costly).from_(rows.subquery(ROW))
        return rows.subquery(ROW)

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


@dataclass
class _Once:
    """Costly values of a row, worked out once: each level may read those of the one before."""

    levels: list[dict[str, exp.Expr]] = field(default_factory=list)

    def read(self, column: exp.Expr) -> exp.Expr:
        """Return a column that reads costly values from where they are worked out."""

        def replaced(node: exp.Expr) -> exp.Expr:
            if not node.meta.get(COSTLY) or any(c.table != ROW for c in node.find_all(exp.Column)):
                return node
            return exp.column(self._alias(node), table=ROW)

        return column.transform(replaced)

    def _alias(self, value: exp.Expr) -> str:
        inner = [n for n in value.find_all(exp.Expression) if n is not value and n.meta.get(COSTLY)]
        bare = value.copy()
        bare.meta[COSTLY] = False
        depth = 1 if inner else 0
        while len(self.levels) <= depth:
            self.levels.append({})
        held = self.read(bare) if inner else bare
        for alias, known in self.levels[depth].items():
            if known == held:
                return alias
        alias = f"_once_{depth}_{len(self.levels[depth])}"
        self.levels[depth][alias] = held
        return alias


def _without_each(rule: TableRule) -> TableRule:
    return TableRule(rule.target, rule.source, rule.fields, rule.line)


def _literal(node: Literal) -> Computed:
    if isinstance(node.value, str):
        return Computed(exp.Literal.string(node.value), "text")
    kind = "integer" if isinstance(node.value, int) else "number"
    return Computed(exp.Literal.number(node.value), kind, sure=True)


def _told(holds: exp.Expr, reason: str, name: str, text: exp.Expr) -> exp.Expr:
    """Return what is told where a fault holds: its reason, the field, what was written."""
    fields = [
        exp.PropertyEQ(this=exp.to_identifier(key), expression=value)
        for key, value in (
            ("reason", exp.Literal.string(reason)),
            ("field", exp.Literal.string(name)),
            ("value", exp.cast(text, "TEXT")),
        )
    ]
    return exp.Case().when(holds, exp.Struct(expressions=fields))


def _listed(faults: Sequence[exp.Expr]) -> exp.Expr:
    """Return the faults that hold as a list, NULL where none does.

    The list is put together for the rows that need one: most are sound, and only asked.
    """
    if not faults:
        return exp.cast(exp.null(), "STRUCT(reason TEXT, field TEXT, value TEXT)[]")
    any_holds = exp.or_(*(fault.args["ifs"][0].this.copy() for fault in faults))
    every = exp.Array(expressions=list(faults))
    there = exp.Anonymous(this="list_filter", expressions=[every, _not_null()])
    return exp.Case().when(any_holds, there)


def _not_null() -> exp.Expr:
    x = exp.to_identifier("x")
    held = exp.not_(exp.Is(this=exp.column("x"), expression=exp.null()))
    return exp.Lambda(this=held, expressions=[x])


def _all_or_nothing(texts: Sequence[exp.Expr]) -> exp.Expr:
    """Return several texts as one key; NULL where one of them is empty."""
    value: exp.Expr = texts[0]
    for text in texts[1:]:
        value = exp.DPipe(this=value, expression=exp.Literal.string("\x1f"))
        value = exp.DPipe(this=value, expression=text)
    return value


def _or_blank(text: exp.Expr) -> exp.Expr:
    return exp.func("COALESCE", text, exp.Literal.string(""))


def _all_whole(codes: CodeList) -> bool:
    values = [*codes.codes.values(), *([] if codes.otherwise is None else [codes.otherwise])]
    return all(isinstance(v, int) for v in values)
