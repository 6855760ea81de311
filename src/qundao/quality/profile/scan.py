"""One scan of a table: for every column at once, how many of its values have which form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from qundao.quality.profile.forms import (
    CHINESE_NAME,
    DISGUISED,
    FORMS,
    LEADING_ZERO,
    MOBILE,
    SENTINELS,
    identity_number,
    like,
    one_of,
)
from qundao.query.engine import Engine

_COLUMNS_AT_ONCE = 40
_LONGEST_LOOKED_AT = 200


@dataclass(frozen=True, slots=True)
class Counted:
    """Counts of one column. `forms` holds how many of the values fit each form of `FORMS`."""

    name: str
    rows: int
    null: int
    blank: int
    disguised: int
    sentinels: int
    distinct: int
    leading_zeros: int
    identity_numbers: int
    mobile_numbers: int
    chinese_names: int
    longest: int
    forms: Mapping[str, int]

    @property
    def told(self) -> int:
        """Return how many values tell something: not null, blank or a word for nothing."""
        return self.rows - self.null - self.blank - self.disguised


def count_columns(engine: Engine, table: str, columns: Sequence[str]) -> tuple[Counted, ...]:
    """Return the counts of every column; a wide table is scanned 40 columns at a time."""
    parts = [columns[i : i + _COLUMNS_AT_ONCE] for i in range(0, len(columns), _COLUMNS_AT_ONCE)]
    return tuple(c for part in parts for c in _count(engine, table, part))


def text_of(name: str) -> exp.Expr:
    """Return a column as text without blanks around it."""
    return exp.Trim(this=exp.cast(exp.column(name, quoted=True), "TEXT"))


def in_table(table: str) -> exp.Expr:
    """Return a table by its exact name."""
    return exp.to_table(table) if table.isidentifier() else exp.table_(table, quoted=True)


def is_disguised(text: exp.Expr) -> exp.Expr:
    """Return whether text is a word for nothing, such as `NA` or `无`."""
    return one_of(text, DISGUISED)


def _count(engine: Engine, table: str, columns: Sequence[str]) -> list[Counted]:
    names = [n for i in range(len(columns)) for n in _labels(i)]
    values = [v for name in columns for v in _measures(name)]
    selected = [exp.Count(this=exp.Star()).as_("n")]
    selected += [v.as_(n) for n, v in zip(names, values, strict=True)]
    answer = engine.records(exp.select(*selected).from_(in_table(table)))[0]
    return [_counted(name, answer, i) for i, name in enumerate(columns)]


_FIXED = (
    "null",
    "blank",
    "disguised",
    "sentinels",
    "distinct",
    "leading_zeros",
    "identity_numbers",
    "mobile_numbers",
    "chinese_names",
    "longest",
)


def _labels(i: int) -> list[str]:
    return [f"c{i}_{name}" for name in _FIXED] + [f"c{i}_f{j}" for j in range(len(FORMS))]


def _measures(name: str) -> list[exp.Expr]:
    column, text = exp.column(name, quoted=True), text_of(name)
    short = exp.Left(this=text.copy(), expression=exp.Literal.number(_LONGEST_LOOKED_AT))
    fixed = [
        exp.Count(this=exp.Star()) - exp.Count(this=column.copy()),
        _how_many(text.copy().eq("")),
        _how_many(is_disguised(short)),
        _how_many(one_of(short, SENTINELS)),
        exp.Count(
            this=exp.Distinct(expressions=[exp.Nullif(this=text.copy(), expression=_text(""))])
        ),
        _how_many(like(short, LEADING_ZERO)),
        _how_many(identity_number(short)),
        _how_many(like(short, MOBILE)),
        _how_many(like(short, CHINESE_NAME)),
        exp.Max(this=exp.Length(this=text.copy())),
    ]
    return fixed + [_how_many(like(short, pattern)) for pattern in FORMS.values()]


def _how_many(condition: exp.Expr) -> exp.Expr:
    return exp.Count(this=exp.Case().when(condition, exp.Literal.number(1)))


def _text(text: str) -> exp.Expr:
    return exp.Literal.string(text)


def _counted(name: str, answer: Mapping[str, int], i: int) -> Counted:
    fixed = {label: answer[f"c{i}_{label}"] or 0 for label in _FIXED}
    forms = {form: answer[f"c{i}_f{j}"] for j, form in enumerate(FORMS)}
    return Counted(name=name, rows=answer["n"], forms=forms, **fixed)
