"""The released table of a count."""

from __future__ import annotations

from qundao.analysis.counts import WITH, WITHOUT, Counts
from qundao.analysis.document import Column, Released, Report, ResultCell, rounded, table
from qundao.analysis.groups import Arm
from qundao.kernel.words import Words

_DAYS_PER_YEAR = 365.25

_COLUMNS = (
    Column("arm", Words("组别", "arm"), "text"),
    Column("persons", Words("人数", "people")),
    Column("with", Words("发生结局", "with the outcome")),
    Column("without", Words("未发生结局", "without the outcome")),
    Column("percent", Words("比例（%）", "percent"), "percent"),
    Column("years", Words("在险人年", "person-years at risk"), "decimal1"),
    Column("rate", Words("发生率（每千人年）", "rate per 1,000 person-years"), "decimal2"),
)


def report(spec: Counts, released: Released) -> Report:
    """Return the table of people and outcomes per arm, with proportions and rates."""
    title = Words(f"{spec.horizon} 天内的结局", f"Outcome within {spec.horizon} days")
    rows = [_row(a, released) for a in spec.arms]
    notes = (
        Words(
            "比例的分母为全部入组者，含随访不足者；在险人年截至结局、随访结束或时间窗末。",
            "Proportions are of everybody who entered, also people followed for less; "
            "person-years end with the outcome, with follow-up or with the horizon.",
        ),
    )
    sentences = tuple(_sentence(spec, a, released) for a in spec.arms)
    return Report((table("outcomes", title, _COLUMNS, rows),), sentences, notes=notes)


def _row(arm: Arm, released: Released) -> list[ResultCell]:
    persons, ill = released.value(arm.id, "all"), released.value(arm.id, "outcome", WITH)
    days = released.value(arm.id, "at_risk", kind="days")
    hidden = released.cell(arm.id, "outcome", WITH)
    years: ResultCell = released.cell(arm.id, "at_risk", kind="days")
    if days is not None:
        years = rounded(days / _DAYS_PER_YEAR, 1)
    percent = rate = hidden
    if persons and ill is not None:
        percent = rounded(100 * ill / persons, 1)
    if days and ill is not None:
        rate = rounded(1000 * ill / (days / _DAYS_PER_YEAR), 2)
    return [
        {"zh": arm.label.zh, "en": arm.label.en},
        released.cell(arm.id, "all"),
        hidden,
        released.cell(arm.id, "outcome", WITHOUT),
        percent,
        years,
        rate,
    ]


def _sentence(spec: Counts, arm: Arm, released: Released) -> Words:
    persons, ill = released.value(arm.id, "all"), released.value(arm.id, "outcome", WITH)
    if persons is None or ill is None:
        return Words(
            f"{arm.label.zh}：人数或结局数低于门槛，不显示。",
            f"{arm.label.en}: the people or their outcomes are withheld under the thresholds.",
        )
    return Words(
        f"{arm.label.zh}：{persons:,} 人中 {ill:,} 人在 {spec.horizon} 天内发生结局。",
        f"{arm.label.en}: {ill:,} of {persons:,} had the outcome within {spec.horizon} days.",
    )
