"""How each defect is made out of a clean row. Each sets what a finder is to find."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from random import Random

from qundao.intake.synthetic.columns import (
    COLUMNS,
    FRONT_PAGE,
    LABS,
    PRESCRIPTIONS,
    REQUIRED,
    VISITS,
)
from qundao.intake.synthetic.front_page import without_operations
from qundao.intake.synthetic.items import LAB_ITEMS, Lab
from qundao.intake.synthetic.kinds import DUPLICATE_KEY, DUPLICATE_ROW, HEADER
from qundao.intake.synthetic.people import wrong_check_digit
from qundao.intake.synthetic.read_back import day_of
from qundao.intake.synthetic.row import Row

_ITEMS = {i.code: i for i in LAB_ITEMS}
_MOMENT = {
    FRONT_PAGE: "入院时间",
    VISITS: "就诊时间",
    PRESCRIPTIONS: "开方时间",
    LABS: "采样时间",
}
_CODE = {
    FRONT_PAGE: "主要诊断编码",
    VISITS: "诊断编码",
    PRESCRIPTIONS: "药品编码",
    LABS: "项目代码",
}
_NUMBER = {FRONT_PAGE: "住院总费用", VISITS: "总费用", PRESCRIPTIONS: "剂量"}
_CHINESE = {
    FRONT_PAGE: "入院科别",
    VISITS: "科室名称",
    PRESCRIPTIONS: "药品名称",
    LABS: "项目名称",
}
_NO_DAYS = ("2023-02-30 10:00:00", "2023年13月5日", "2024/4/31 9:05", "20230229083000")
_NO_CODES = ("ZZ9.999", "YP9999", "JY999", "待编码")
_WORDS = ("阴性", "+-", "见报告")
_NO_NUMBERS = ("12O5.3", "1.2.3", "约300")


def nothing(row: Row, random: Random) -> bool:
    """Leave the row as it is: what is planted comes later."""
    del row, random
    return True


def impossible_date(row: Row, random: Random) -> bool:
    """Write a day that no calendar has."""
    return _set(row, _MOMENT[row.table], random.choice(_NO_DAYS))


def missing_required(row: Row, random: Random) -> bool:
    """Empty a required value."""
    return _set(row, random.choice(REQUIRED[row.table]), "")


def unknown_code(row: Row, random: Random) -> bool:
    """Write a code that no list has."""
    return _set(row, _CODE[row.table], random.choice(_NO_CODES))


def unreadable_number(row: Row, random: Random) -> bool:
    """Write a number that is none, such as one with the letter O for a zero."""
    return _set(row, _NUMBER[row.table], random.choice(_NO_NUMBERS))


def bad_check_digit(row: Row, random: Random) -> bool:
    """Change the last sign of the identity number."""
    del random
    return _set(row, "身份证号", wrong_check_digit(row.cells["身份证号"]))


def age_disagrees(row: Row, random: Random) -> bool:
    """Write an age that is far from what the dates say."""
    return _set(row, "年龄", str(95 + random.randrange(5)))


def sex_disagrees(row: Row, random: Random) -> bool:
    """Write the sex that the identity number contradicts."""
    del random
    male = int(row.cells["身份证号"][16]) % 2 == 1
    return _set(row, "性别", "女" if male else "男")


def birth_after_admission(row: Row, random: Random) -> bool:
    """Let the patient be born after the visit; what would say so twice is emptied."""
    row.cells["年龄"] = row.cells["身份证号"] = ""
    visited = day_of(row.cells[_MOMENT[row.table]])
    born = visited + timedelta(days=random.randrange(1, 300))
    return _set(row, "出生日期", born.isoformat())


def discharge_before_admission(row: Row, random: Random) -> bool:
    """Let the stay end before it begins; its length and its operations are emptied."""
    row.cells["实际住院天数"] = ""
    without_operations(row.cells)
    ended = day_of(row.cells["入院时间"]) - timedelta(days=random.randrange(1, 30))
    return _set(row, "出院时间", f"{ended.isoformat()} 08:00:00")


def report_before_sample(row: Row, random: Random) -> bool:
    """Let the result be reported before the sample was taken."""
    reported = day_of(row.cells["采样时间"]) - timedelta(days=random.randrange(1, 9))
    return _set(row, "报告时间", f"{reported.isoformat()} 08:00:00")


def orphan_row(row: Row, random: Random) -> bool:
    """Let the row lean on a visit that does not exist."""
    return _set(row, "就诊流水号", f"MZ99{random.randrange(10**6):06d}00")


def other_unit(row: Row, random: Random) -> bool:
    """Report result and range in mg/dL or g/dL beside a list in mmol/L, μmol/L or g/L."""
    del random
    item = _with_other_unit(row)
    if item is None:
        return False
    value = float(row.cells["结果"]) * item.per
    row.cells["结果"] = f"{value:.2f}"
    row.cells["参考范围"] = f"{item.low * item.per:.4g}-{item.high * item.per:.4g}"
    return _set(row, "单位", item.other_unit)


def wrong_unit(row: Row, random: Random) -> bool:
    """Write the other unit beside a result and a range that stay in the usual one."""
    del random
    item = _with_other_unit(row)
    return item is not None and _set(row, "单位", item.other_unit)


def result_censored(row: Row, random: Random) -> bool:
    """Report less than a limit of detection."""
    return _of_number(row) and _set(row, "结果", random.choice(("<0.01", "＜0.5", ">1000")))


def result_not_numeric(row: Row, random: Random) -> bool:
    """Write words where the item has a number."""
    return _of_number(row) and _set(row, "结果", random.choice(_WORDS))


def ragged(row: Row, random: Random) -> bool:
    """Leave it to the file to write one field too many."""
    del random
    row.value = row.key()
    row.whole = _on_one_line(row)
    return row.whole


def broken(row: Row, random: Random) -> bool:
    """Leave it to the file to cut the last byte of a value that ends in a Chinese sign."""
    del random
    row.column = _CHINESE[row.table]
    row.value = row.cells[row.column]
    row.whole = not row.value[-1:].isascii() and _on_one_line(row)
    return row.whole


def _set(row: Row, column: str, value: str) -> bool:
    row.cells[column] = row.value = value
    row.column = column
    row.whole = True
    return True


def _on_one_line(row: Row) -> bool:
    """Tell whether a spoilt row ends where its line does, so that it costs one line and no more."""
    return not any("\n" in c for c in row.cells.values())


def _of_number(row: Row) -> bool:
    item = _ITEMS[row.cells["项目代码"]]
    return not item.words


def _with_other_unit(row: Row) -> Lab | None:
    item = _ITEMS[row.cells["项目代码"]]
    plain = row.cells["结果"].isascii() and "," not in row.cells["结果"]
    return item if item.per and plain else None


def _again(row: Row) -> Row:
    copy = row.copy()
    copy.column, copy.value = "", copy.key()
    return copy


def _other_content(row: Row) -> Row:
    copy = _again(row)
    if row.table in (FRONT_PAGE, VISITS):
        copy.cells[_NUMBER[row.table]] = "88888.80"
    else:
        column, value = ("结果", "77.7") if row.table == LABS else ("天数", "77")
        copy.cells[column] = value
    return copy


def _header(row: Row) -> Row:
    return Row(row.table, {c: c for c in COLUMNS[row.table]}, value=COLUMNS[row.table][0])


LATER: Mapping[str, Callable[[Row], Row]] = {
    DUPLICATE_ROW: _again,
    DUPLICATE_KEY: _other_content,
    HEADER: _header,
}
"""Kinds that are a row of their own, some rows later."""
