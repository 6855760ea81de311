"""The released table 1."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from qundao.analysis.document import (
    Column,
    Released,
    Report,
    ResultCell,
    composed,
    rounded,
    table,
)
from qundao.analysis.groups import Arm
from qundao.analysis.moments import Moments, level_difference, mean_difference
from qundao.analysis.reading import words_json
from qundao.analysis.table1 import Table1
from qundao.analysis.variables import (
    OBSERVED,
    OTHER,
    OTHER_LABEL,
    UNOBSERVED,
    Binary,
    Continuous,
    Level,
    Variable,
)
from qundao.kernel.words import Words

Row = list[ResultCell]


def report(spec: Table1, released: Released) -> Report:
    """Return table 1: mean (SD) or n (%) per arm; with two arms the standardised difference."""
    columns = [Column("label", Words("变量", "variable"), "text")]
    columns += [Column(a.id, a.label, "text") for a in spec.arms]
    if len(spec.arms) == 2:
        columns.append(Column("smd", Words("标准化差", "standardised difference"), "decimal3"))
    people: Row = [words_json(Words("人数", "people"))]
    rows = [_full(spec, [*people, *(released.cell(a.id, "all") for a in spec.arms)])]
    for variable in spec.variables:
        rows += _rows(spec, variable, released)
    title = Words("基线特征", "Baseline characteristics")
    sentences = tuple(_sentence(a, released) for a in spec.arms)
    return Report((table("baseline", title, columns, rows),), sentences, notes=_notes(spec))


def _full(spec: Table1, row: Row, difference: ResultCell = None) -> Row:
    return [*row, difference] if len(spec.arms) == 2 else row


def _rows(spec: Table1, variable: Variable, released: Released) -> Iterator[Row]:
    if isinstance(variable, Continuous):
        yield _mean_row(spec, variable, released)
        yield from _other_row(spec, variable, released)
        return
    difference = _level_difference(spec, variable, released)
    if isinstance(variable, Binary):
        yield _level_row(spec, variable, variable.levels[0], variable.label, released, difference)
    else:
        empty: Row = [None] * len(spec.arms)
        yield _full(spec, [words_json(variable.label), *empty], difference)
        for level in variable.levels:
            yield _level_row(spec, variable, level, _indented(level.label), released)
    yield from _other_row(spec, variable, released)


def _level_row(
    spec: Table1,
    variable: Variable,
    level: Level,
    label: Words,
    released: Released,
    difference: ResultCell = None,
) -> Row:
    cells = [_share(released, a.id, variable.column, level.value) for a in spec.arms]
    return _full(spec, [words_json(label), *cells], difference)


def _other_row(spec: Table1, variable: Variable, released: Released) -> Iterator[Row]:
    """Yield the row of missing and unlisted values where there are any."""
    key = UNOBSERVED if isinstance(variable, Continuous) else OTHER
    if any(released.value(a.id, variable.column, key) != 0 for a in spec.arms):
        label = Words(
            f"{variable.label.zh}：{OTHER_LABEL.zh}", f"{variable.label.en}: {OTHER_LABEL.en}"
        )
        yield _level_row(spec, variable, Level(key, OTHER_LABEL), label, released)


def _share(released: Released, group: str, column: str, level: str) -> ResultCell:
    count, persons = released.value(group, column, level), released.value(group, "all")
    if count is None or not persons:
        return released.cell(group, column, level)
    percent = rounded(100 * count / persons, 1)
    return composed(f"{count:,} ({percent:.1f}%)", n=count, percent=percent)


def _mean_row(spec: Table1, variable: Continuous, released: Released) -> Row:
    found = [_moments(released, a.id, variable) for a in spec.arms]
    cells: Row = []
    for arm, moments in zip(spec.arms, found, strict=True):
        hidden = released.cell(arm.id, variable.column, OBSERVED)
        shown = released.value(arm.id, variable.column, OBSERVED)
        cells.append(_mean(moments, shown, spec.rounding) if moments else hidden)
    label = Words(
        f"{variable.label.zh}（{variable.unit.zh}），均数（标准差）",
        f"{variable.label.en} ({variable.unit.en}), mean (SD)",
    )
    return _full(spec, [words_json(label), *cells], _mean_difference(found))


def _moments(released: Released, group: str, variable: Continuous) -> Moments | None:
    n = released.unrounded_value(group, variable.column, OBSERVED)
    total = released.value(group, variable.column, kind="sum")
    squares = released.value(group, variable.column, kind="sum_squares")
    if not n or total is None or squares is None:
        return None
    return Moments(n, total, squares, variable.scale)


def _mean(moments: Moments, n: int | None, rounding: int) -> ResultCell:
    """Return mean and SD; where counts are rounded, to one decimal: more would tell the count."""
    mean, sd = moments.mean, moments.variance**0.5
    digits = 6 if rounding == 1 else 1
    return composed(
        f"{mean:.1f} ({sd:.1f})", n=n or 0, mean=rounded(mean, digits), sd=rounded(sd, digits)
    )


def _mean_difference(found: Sequence[Moments | None]) -> ResultCell:
    known = [m for m in found if m is not None]
    return _short(mean_difference(*known)) if len(found) == len(known) == 2 else None


def _level_difference(spec: Table1, variable: Variable, released: Released) -> ResultCell:
    if len(spec.arms) != 2 or isinstance(variable, Continuous):
        return None
    values = [level.value for level in variable.levels]
    counts = [[released.value(a.id, variable.column, v) for v in values] for a in spec.arms]
    known = [[c for c in group if c is not None] for group in counts]
    if any(len(group) < len(values) for group in known):
        return None
    return _short(level_difference(*known))


def _short(value: float | None) -> float | None:
    return None if value is None else rounded(value, 3)


def _indented(label: Words) -> Words:
    return Words(f"　{label.zh}", f"  {label.en}")


def _sentence(arm: Arm, released: Released) -> Words:
    persons = released.value(arm.id, "all")
    if persons is None:
        k = released.floors.min_cell
        return Words(f"{arm.label.zh}：不足 {k} 人，不显示。", f"{arm.label.en}: below {k} people.")
    return Words(f"{arm.label.zh}：{persons:,} 人。", f"{arm.label.en}: {persons:,} people.")


def _notes(spec: Table1) -> tuple[Words, ...]:
    notes = [
        Words(
            "百分比以该组全部人数为分母；方案未列出的取值与缺失计入“其他或缺失”。",
            "Percentages are of all people in the arm; values that the protocol does not list "
            "and missing values count as other.",
        )
    ]
    if len(spec.arms) == 2:
        notes.append(
            Words(
                "标准化差：均数差或率差除以合并标准差（Austin 2009）；多分类用马氏距离"
                "（Yang 与 Dalton 2012），只用方案列出的取值；绝对值 ≥ 0.1 提示不均衡。",
                "Standardised difference: difference over the pooled standard deviation (Austin "
                "2009), Mahalanobis distance for several levels (Yang & Dalton 2012), over the "
                "listed levels only; 0.1 or more points to imbalance.",
            )
        )
    if spec.rounding > 1:
        base = spec.rounding
        notes.append(
            Words(
                f"人数取整到 {base} 的倍数，各部分之和可能不等于合计。",
                f"Counts are rounded to multiples of {base}; parts need not add up.",
            )
        )
    return tuple(notes)
