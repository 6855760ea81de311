"""The many ways in which one right value is written: none of them is a defect."""

from __future__ import annotations

from datetime import date, datetime, time
from random import Random

EXCEL_EPOCH = date(1899, 12, 30)
"""Day 0 of Excel's serial numbers after February 1900."""

_TO_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
_SECONDS_A_DAY = 86_400
_WAYS = (60, 12, 10, 10, 8)
_SEX = {True: ("男", "1", "M"), False: ("女", "2", "F")}


class Hand:
    """Writes values as several systems and people would, by the dice of `random`."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def day(self, value: date) -> str:
        """Write a date: 2023-03-05, 2023/3/5, 2023年3月5日, 20230305 or Excel's serial."""
        y, m, d = value.year, value.month, value.day
        way = self._way()
        if way == 0:
            return value.isoformat()
        if way == 1:
            return f"{y}/{m}/{d}"
        if way == 2:
            return f"{y}年{m}月{d}日"
        return f"{y}{m:02d}{d:02d}" if way == 3 else str((value - EXCEL_EPOCH).days)

    def moment(self, value: datetime) -> str:
        """Write a date with its time, to the second; minutes alone where seconds are 0."""
        y, m, d = value.year, value.month, value.day
        way = self._way()
        if way == 0:
            return value.isoformat(sep=" ")
        if way == 1:
            return f"{y}/{m}/{d} {value.hour}:{value.minute:02d}"
        if way == 2:
            return f"{y}年{m}月{d}日{value.hour}时{value.minute}分"
        return f"{value:%Y%m%d%H%M%S}" if way == 3 else _serial(value)

    def number(self, value: float, decimals: int) -> str:
        """Write a number: plain, with thousands separators, or in full-width digits."""
        plain = f"{value:.{decimals}f}"
        dice = self._random.random()
        if dice < 0.04:
            return plain.translate(_TO_FULL_WIDTH)
        return f"{value:,.{decimals}f}" if dice < 0.15 else plain

    def sex(self, *, male: bool) -> str:
        """Write a sex as 男/女, 1/2 or M/F."""
        return self._random.choices(_SEX[male], (70, 20, 10))[0]

    def age(self, text: str) -> str:
        """Write an age, sometimes with 岁."""
        return f"{text}岁" if text.isdigit() and self._random.random() < 0.2 else text

    def _way(self) -> int:
        return self._random.choices(range(len(_WAYS)), _WAYS)[0]


def _serial(value: datetime) -> str:
    midnight = datetime.combine(value.date(), time())
    part = (value - midnight).total_seconds() / _SECONDS_A_DAY
    return f"{(value.date() - EXCEL_EPOCH).days + part:.6f}"
