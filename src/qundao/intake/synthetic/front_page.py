"""One front page of a synthetic stay (住院病案首页)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from random import Random

from qundao.intake.synthetic import items
from qundao.intake.synthetic.columns import (
    CHARGES,
    FRONT_PAGE,
    OPERATIONS,
    OTHER_DIAGNOSES,
)
from qundao.intake.synthetic.hand import Hand
from qundao.intake.synthetic.kinds import SECOND_RECORD
from qundao.intake.synthetic.people import Person, age
from qundao.intake.synthetic.row import Row


@dataclass(frozen=True, slots=True)
class Stay:
    """A stay: the patient's `time`-th; `second` where the desk took the patient for a new one."""

    who: Person
    time: int
    number: str
    card: str
    begun: datetime
    ended: datetime
    second: bool

    @property
    def record(self) -> str:
        """Return the 病案号: one for each card."""
        return f"BA{self.card[1:]}"


def front_page(stay: Stay, random: Random, hand: Hand) -> Row:
    """Return the page as a row, which carries its defect where the record is a second one."""
    cells = {
        **_person(stay, random, hand),
        **_admission(stay, random, hand),
        **_diagnoses(random),
        **_operations(stay, random, hand),
        **_charges(random, hand),
    }
    if not stay.second:
        return Row(FRONT_PAGE, cells)
    return Row(FRONT_PAGE, cells, SECOND_RECORD, "病案号", stay.record, whole=True)


def _person(stay: Stay, random: Random, hand: Hand) -> dict[str, str]:
    who = stay.who
    return {
        "医疗机构": items.INSTITUTION,
        "医疗付费方式": random.choice(items.PAYERS),
        "健康卡号": stay.card,
        "住院次数": "1" if stay.second else str(stay.time),
        "病案号": stay.record,
        "就诊流水号": stay.number,
        "姓名": who.name,
        "性别": hand.sex(male=who.male),
        "出生日期": hand.day(who.birth),
        "年龄": hand.age(age(who.birth, stay.begun.date())),
        "身份证号": who.identity,
        "婚姻": random.choice(items.MARRIAGE),
        "现住址": who.address,
        "电话": who.phone,
    }


def _admission(stay: Stay, random: Random, hand: Hand) -> dict[str, str]:
    ward = random.choice(items.DEPARTMENTS)
    moved = random.random() < 0.1
    days = max((stay.ended.date() - stay.begun.date()).days, 1)
    return {
        "入院途径": random.choice(items.WAYS_IN),
        "入院时间": hand.moment(stay.begun),
        "入院科别": ward,
        "出院时间": hand.moment(stay.ended),
        "出院科别": random.choice(items.DEPARTMENTS) if moved else ward,
        "实际住院天数": str(days),
        "离院方式": random.choices(items.WAYS_OUT, (88, 5, 5, 2))[0],
    }


def _diagnoses(random: Random) -> dict[str, str]:
    others = min(int(random.expovariate(0.35)), OTHER_DIAGNOSES)
    door, main, *rest = random.sample(items.DIAGNOSES, others + 2)
    cells = dict(zip(("门急诊诊断编码", "门急诊诊断名称"), door, strict=True))
    cells |= dict(zip(("主要诊断编码", "主要诊断名称"), main, strict=True))
    cells["主要诊断入院病情"] = random.choice(items.PRESENT_ON_ADMISSION)
    for i in range(OTHER_DIAGNOSES):
        code, name = rest[i] if i < others else ("", "")
        cells[f"其他诊断{i + 1}编码"], cells[f"其他诊断{i + 1}名称"] = code, name
        known = random.choice(items.PRESENT_ON_ADMISSION) if code else ""
        cells[f"其他诊断{i + 1}入院病情"] = known
    return cells


def _operations(stay: Stay, random: Random, hand: Hand) -> dict[str, str]:
    done = random.choices((0, 1, 2), (55, 35, 10))[0]
    chosen = [*random.sample(items.OPERATION_CODES, done), *[("", "")] * OPERATIONS]
    cells: dict[str, str] = {}
    for i, (code, name) in enumerate(islice(chosen, OPERATIONS), 1):
        day = stay.begun + (stay.ended - stay.begun) * random.random()
        cells[f"手术操作{i}编码"], cells[f"手术操作{i}名称"] = code, name
        cells[f"手术操作{i}日期"] = hand.day(day.date()) if code else ""
    return cells


def _charges(random: Random, hand: Hand) -> dict[str, str]:
    parts = [round(random.uniform(50, 9000), 2) for _ in CHARGES]
    total = round(sum(parts), 2)
    cells = {"住院总费用": hand.number(total, 2)}
    cells["自付金额"] = hand.number(round(total * random.uniform(0.1, 0.6), 2), 2)
    return cells | {c: hand.number(v, 2) for c, v in zip(CHARGES, parts, strict=True)}


def without_operations(cells: dict[str, str]) -> None:
    """Empty every operation, whose days would contradict a changed stay."""
    for column in _operation_columns():
        cells[column] = ""


def _operation_columns() -> Iterator[str]:
    for i in range(1, OPERATIONS + 1):
        yield from (f"手术操作{i}编码", f"手术操作{i}名称", f"手术操作{i}日期")
