"""What happens to one synthetic patient: stays, visits, prescriptions, laboratory results.

Every patient has dice of their own, so that patient 7 is the same however many there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from qundao.intake.synthetic import items
from qundao.intake.synthetic.columns import LABS, PRESCRIPTIONS, VISITS
from qundao.intake.synthetic.front_page import Stay, front_page
from qundao.intake.synthetic.hand import Hand
from qundao.intake.synthetic.people import Person, age, person
from qundao.intake.synthetic.row import Row

_FROM, _DAYS = datetime(2023, 1, 1), 700  # noqa: DTZ001 - local time, as hospitals write it
_STAYS, _VISITS = ((0, 1, 2, 3), (55, 27, 13, 5)), ((0, 1, 2, 3, 4), (10, 35, 30, 15, 10))
_SECOND_RECORD = 0.15
_ABNORMAL = 0.25


@dataclass(frozen=True, slots=True)
class _Encounter:
    """A stay or a visit, as its orders and samples see it."""

    number: str
    card: str
    moment: datetime
    inside: bool


def rows_of(number: int, seed: int) -> Iterator[Row]:
    """Yield every clean row of patient `number`, in order of their making."""
    random = Random(f"qundao-synthetic-{seed}-{number}")  # noqa: S311 - dice, not secrets
    who, hand = person(number, random), Hand(random)
    stays = random.choices(*_STAYS)[0]
    visits = max(random.choices(*_VISITS)[0], 0 if stays else 1)
    for time in range(1, stays + 1):
        yield from _stay(who, time, random, hand)
    for time in range(1, visits + 1):
        yield from _visit(who, time, random, hand)


def _moment(random: Random) -> datetime:
    return _FROM + timedelta(minutes=random.randrange(_DAYS * 1440))


def _stay(who: Person, time: int, random: Random, hand: Hand) -> Iterator[Row]:
    second = time == 2 and random.random() < _SECOND_RECORD
    begun = _moment(random)
    stay = Stay(
        who,
        time,
        f"ZY{who.number:08d}{time:02d}",
        who.second_card if second else who.card,
        begun,
        begun + timedelta(hours=random.randrange(30, 400)),
        second,
    )
    yield front_page(stay, random, hand)
    for day in range(random.choice((1, 2))):
        seen = begun + timedelta(hours=2 + 9 * day)
        encounter = _Encounter(stay.number, stay.card, seen, inside=True)
        yield from _labs(encounter, day + 1, random, hand)


def _visit(who: Person, time: int, random: Random, hand: Hand) -> Iterator[Row]:
    moment = _moment(random)
    encounter = _Encounter(f"MZ{who.number:08d}{time:02d}", who.card, moment, inside=False)
    first, second = random.sample(items.DIAGNOSES, 2)
    two = random.random() < 0.4
    cells = {
        "医疗机构": items.INSTITUTION,
        "就诊流水号": encounter.number,
        "健康卡号": who.card,
        "姓名": who.name,
        "性别": hand.sex(male=who.male),
        "出生日期": hand.day(who.birth),
        "年龄": hand.age(age(who.birth, moment.date())),
        "身份证号": who.identity,
        "电话": who.phone,
        "就诊时间": hand.moment(moment),
        "科室名称": random.choice(items.DEPARTMENTS),
        "主诉": random.choice(items.COMPLAINTS),
        "诊断编码": first[0],
        "诊断名称": first[1],
        "诊断2编码": second[0] if two else "",
        "诊断2名称": second[1] if two else "",
        "总费用": hand.number(random.uniform(20, 2500), 2),
    }
    yield Row(VISITS, cells)
    if random.random() < 0.75:
        yield from _prescription(encounter, random, hand)
    if random.random() < 0.4:
        yield from _labs(encounter, 1, random, hand)


def _prescription(encounter: _Encounter, random: Random, hand: Hand) -> Iterator[Row]:
    written = encounter.moment + timedelta(minutes=random.randrange(5, 40))
    chosen = random.sample(items.DRUGS, random.randrange(1, 4))
    for line, drug in enumerate(chosen, 1):
        cells = {
            "医疗机构": items.INSTITUTION,
            "处方号": f"CF{encounter.number[2:]}",
            "明细序号": str(line),
            "就诊流水号": encounter.number,
            "健康卡号": encounter.card,
            "药品编码": drug.code,
            "药品名称": drug.name,
            "规格": drug.form,
            "剂量": f"{drug.dose:g}",
            "单位": drug.unit,
            "频次": drug.frequency,
            "用法": drug.route,
            "天数": str(random.choice((3, 7, 14, 28))),
            "数量": hand.number(random.randrange(1, 6), 0),
            "开方时间": hand.moment(written),
        }
        yield Row(PRESCRIPTIONS, cells)


def _labs(encounter: _Encounter, sheet: int, random: Random, hand: Hand) -> Iterator[Row]:
    taken = encounter.moment + timedelta(minutes=random.randrange(10, 90))
    reported = taken + timedelta(minutes=random.randrange(40, 600))
    for item in random.sample(items.LAB_ITEMS, random.randrange(3, 8)):
        cells = {
            "医疗机构": items.INSTITUTION,
            "检验单号": f"JY{encounter.number}{sheet}",
            "就诊类型": "住院" if encounter.inside else "门诊",
            "就诊流水号": encounter.number,
            "健康卡号": encounter.card,
            "标本类型": item.specimen,
            "项目代码": item.code,
            "项目名称": item.name,
            **_result(item, random, hand),
            "采样时间": hand.moment(taken),
            "报告时间": hand.moment(reported),
        }
        yield Row(LABS, cells)


def _result(item: items.Lab, random: Random, hand: Hand) -> dict[str, str]:
    if item.words:
        word = item.words[min(int(random.expovariate(1.5)), len(item.words) - 1)]
        flag = "阳性" if word in ("+", "++", "阳性") else ""
        return {"结果": word, "单位": "", "参考范围": item.words[0], "标志": flag}
    value = round(_value(item, random), item.decimals)
    return {
        "结果": hand.number(value, item.decimals),
        "单位": item.unit,
        "参考范围": f"{item.low:g}-{item.high:g}",
        "标志": "↑" if value > item.high else "↓" if value < item.low else "",
    }


def _value(item: items.Lab, random: Random) -> float:
    if random.random() >= _ABNORMAL:
        return random.uniform(item.low, item.high)
    if item.low and random.random() < 0.4:
        return random.uniform(0.6, 0.98) * item.low
    return random.uniform(1.05, min(2.5, item.most / item.high) if item.most else 2.5) * item.high
