"""The synthetic hospital: deterministic, and each defect stands where the list says."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from collections import Counter
from datetime import date, datetime

import openpyxl
import pytest

from qundao.intake.date_forms import form_of
from qundao.intake.synthetic import (
    COLUMNS,
    DIAGNOSES,
    DRUGS,
    FRONT_PAGE,
    KEYS,
    KINDS,
    LAB_ITEMS,
    LABS,
    LIST,
    PRESCRIPTIONS,
    VISITS,
    WORKBOOK,
    write_exports,
)
from qundao.intake.synthetic.columns import REQUIRED
from qundao.intake.synthetic.dirt import ROUNDS
from qundao.intake.synthetic.people import age, identity_number, wrong_check_digit
from qundao.intake.synthetic.read_back import day_of
from qundao.intake.synthetic.workbook import HEADER_ROW

PATIENTS, EVERY = 700, 6
IN_TEXT = ("gb18030", "utf8")
WIDE_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("synthetic")
    return folder, write_exports(folder, patients=PATIENTS, seed=3, every=EVERY)


def lines(folder, format_, table):
    """Return (line, fields) of each record below the header, undecodable bytes as U+FFFD."""
    encoding = {"gb18030": "gb18030", "utf8": "utf-8-sig"}[format_]
    text = (folder / format_ / f"{table}.csv").read_bytes().decode(encoding, "replace")
    reader = csv.reader(io.StringIO(text, newline=""))
    assert next(reader) == list(COLUMNS[table])
    begun, found = reader.line_num + 1, []
    for fields in reader:
        found.append((begun, fields))
        begun = reader.line_num + 1
    return found


def listed(export, format_, table, *kinds):
    planted = export.of(f"{format_}/{table}.csv", table)
    return {p.place: p for p in planted if not kinds or p.kind in kinds}


@pytest.mark.parametrize("format_", IN_TEXT)
@pytest.mark.parametrize("table", COLUMNS)
def test_each_defect_stands_where_the_list_says(made, format_, table):
    folder, export = made
    found = dict(lines(folder, format_, table))
    assert len(found) == export.rows[f"{format_}/{table}.csv", table]
    for place, planted in listed(export, format_, table).items():
        if planted.column and planted.kind != "broken_bytes":
            cell = found[place][COLUMNS[table].index(planted.column)]
            assert cell == planted.value, planted


@pytest.mark.parametrize("format_", IN_TEXT)
@pytest.mark.parametrize("table", COLUMNS)
def test_ragged_and_broken_lines_are_those_listed_and_no_others(made, format_, table):
    folder, export = made
    found = lines(folder, format_, table)
    ragged = {n for n, fields in found if len(fields) != len(COLUMNS[table])}
    assert ragged == listed(export, format_, table, "ragged_line").keys() != set()
    broken = {n for n, fields in found if "\ufffd" in "".join(fields)}
    assert broken == listed(export, format_, table, "broken_bytes").keys() != set()


@pytest.mark.parametrize("table", COLUMNS)
def test_every_kind_of_a_table_is_planted(made, table):
    _, export = made
    planted = Counter(p.kind for p in export.of(f"utf8/{table}.csv", table))
    expected = {*ROUNDS[table], "totals_line"}
    expected |= {"two_record_numbers"} if table == FRONT_PAGE else set()
    assert set(planted) == expected


def test_the_rounds_plant_every_kind():
    planted = {k for round_ in ROUNDS.values() for k in round_}
    assert planted | {"totals_line", "two_record_numbers"} == set(KINDS)


@pytest.mark.parametrize("table", COLUMNS)
def test_repeated_rows_and_keys_are_those_listed(made, table):
    folder, export = made
    first, again, other = {}, set(), set()
    for place, fields in lines(folder, "utf8", table):
        cells = dict(zip(COLUMNS[table], fields, strict=False))
        if len(fields) != len(COLUMNS[table]) or fields[0] in ("合计", "医疗机构"):
            continue
        key = tuple(cells[c] for c in KEYS[table])
        if first.setdefault(key, fields) == fields and first[key] is not fields:
            again.add(place)
        elif first[key] != fields:
            other.add(place)
    # A row whose own key was changed or emptied collides with nobody.
    assert again == listed(export, "utf8", table, "duplicate_row").keys()
    assert other >= listed(export, "utf8", table, "duplicate_key").keys()
    assert other - listed(export, "utf8", table, "duplicate_key").keys() <= set(
        listed(export, "utf8", table, "missing_required", "unknown_code", "orphan_row")
    )


def test_only_the_listed_identity_numbers_have_a_wrong_check_digit(made):
    folder, export = made
    for table in (FRONT_PAGE, VISITS):
        at = COLUMNS[table].index("身份证号")
        wrong = {
            place
            for place, fields in lines(folder, "utf8", table)
            if re.fullmatch(r"[0-9]{17}[0-9X]", fields[at]) and not right(fields[at])
        }
        assert wrong == listed(export, "utf8", table, "bad_check_digit").keys()


def right(number):
    """Return whether the digits, weighted by powers of 2 modulo 11, leave 1 (ISO 7064)."""
    values = [10 if c == "X" else int(c) for c in number]
    return sum(v * pow(2, 17 - i, 11) for i, v in enumerate(values)) % 11 == 1


def test_only_the_listed_codes_are_in_no_list(made):
    folder, export = made
    lists = {
        FRONT_PAGE: ("主要诊断编码", {c for c, _ in DIAGNOSES}),
        VISITS: ("诊断编码", {c for c, _ in DIAGNOSES}),
        PRESCRIPTIONS: ("药品编码", {d.code for d in DRUGS}),
        LABS: ("项目代码", {i.code for i in LAB_ITEMS}),
    }
    for table, (column, known) in lists.items():
        unknown = {
            place
            for place, fields in sound(folder, table)
            if fields[COLUMNS[table].index(column)] not in {*known, ""}
        }
        assert unknown == listed(export, "utf8", table, "unknown_code").keys()


def sound(folder, table):
    """Return the records that are rows: no totals, no header, as many fields as columns."""
    for place, fields in lines(folder, "utf8", table):
        if len(fields) == len(COLUMNS[table]) and fields[0] not in ("合计", "医疗机构"):
            yield place, fields


def test_only_the_listed_numbers_cannot_be_read(made):
    folder, export = made
    for table, column in ((FRONT_PAGE, "住院总费用"), (VISITS, "总费用"), (PRESCRIPTIONS, "剂量")):
        unread = {
            place
            for place, fields in sound(folder, table)
            if number(fields[COLUMNS[table].index(column)]) is None
        }
        assert unread == listed(export, "utf8", table, "unreadable_number").keys()


def number(text):
    try:
        return float(text.translate(WIDE_DIGITS).replace(",", ""))
    except ValueError:
        return None


def test_only_the_listed_results_are_words_or_below_a_limit(made):
    folder, export = made
    words = {i.code: i.words for i in LAB_ITEMS}
    code, result = (COLUMNS[LABS].index(c) for c in ("项目代码", "结果"))
    odd = {
        place
        for place, fields in sound(folder, LABS)
        if fields[result]
        and number(fields[result]) is None
        and fields[result] not in words.get(fields[code], fields[result:])
    }
    kinds = ("result_censored", "result_not_numeric")
    assert odd == listed(export, "utf8", LABS, *kinds).keys()


def test_only_the_listed_units_differ_from_the_list(made):
    folder, export = made
    units = {i.code: i.unit for i in LAB_ITEMS}
    code, unit = (COLUMNS[LABS].index(c) for c in ("项目代码", "单位"))
    other = {
        place
        for place, fields in sound(folder, LABS)
        if fields[code] in units and fields[unit] != units[fields[code]]
    }
    assert other == listed(export, "utf8", LABS, "other_unit", "wrong_unit").keys()


def test_only_the_listed_stays_end_before_they_begin(made):
    folder, export = made
    begun, ended = (COLUMNS[FRONT_PAGE].index(c) for c in ("入院时间", "出院时间"))
    impossible = listed(export, "utf8", FRONT_PAGE, "impossible_date")
    wrong = {
        place
        for place, fields in sound(folder, FRONT_PAGE)
        if place not in impossible
        and fields[ended]
        and day_of(fields[ended]) < day_of(fields[begun])
    }
    assert wrong == listed(export, "utf8", FRONT_PAGE, "discharge_before_admission").keys()


DATES = {
    FRONT_PAGE: ("出生日期", "入院时间", "出院时间", "手术操作1日期", "手术操作2日期"),
    VISITS: ("出生日期", "就诊时间"),
    PRESCRIPTIONS: ("开方时间",),
    LABS: ("采样时间", "报告时间"),
}


def days(table, fields):
    """Return the day of each date of a row that has a value, None where no such day exists."""
    cells = dict(zip(COLUMNS[table], fields, strict=True))
    return {c: form_of(cells[c])[1] for c in DATES[table] if cells[c]}


@pytest.mark.parametrize("table", COLUMNS)
def test_only_the_listed_days_do_not_exist(made, table):
    folder, export = made
    wrong = {n for n, fields in sound(folder, table) if None in days(table, fields).values()}
    assert wrong == listed(export, "utf8", table, "impossible_date").keys()


@pytest.mark.parametrize("table", COLUMNS)
def test_only_the_listed_required_values_are_missing(made, table):
    folder, export = made
    at = [COLUMNS[table].index(c) for c in REQUIRED[table]]
    empty = {n for n, fields in sound(folder, table) if not all(fields[i] for i in at)}
    assert empty == listed(export, "utf8", table, "missing_required").keys()


@pytest.mark.parametrize(("table", "seen"), [(FRONT_PAGE, "入院时间"), (VISITS, "就诊时间")])
def test_only_the_listed_ages_and_births_disagree(made, table, seen):
    folder, export = made
    old, unborn = set(), set()
    for place, fields in sound(folder, table):
        told, cells = days(table, fields), dict(zip(COLUMNS[table], fields, strict=True))
        birth, visit = told.get("出生日期"), told.get(seen)
        if birth and visit and birth > visit:
            unborn.add(place)
        elif birth and visit and cells["年龄"].removesuffix("岁") != age(birth, visit):
            old.add(place)
    assert old == listed(export, "utf8", table, "age_disagrees").keys()
    assert unborn == listed(export, "utf8", table, "birth_after_admission").keys()


@pytest.mark.parametrize("table", [FRONT_PAGE, VISITS])
def test_only_the_listed_sexes_disagree_with_the_identity_number(made, table):
    folder, export = made
    wrong = set()
    for place, fields in sound(folder, table):
        cells = dict(zip(COLUMNS[table], fields, strict=True))
        male = cells["性别"] in ("男", "1", "M")
        if cells["性别"] and cells["身份证号"] and male != (int(cells["身份证号"][16]) % 2 == 1):
            wrong.add(place)
    assert wrong == listed(export, "utf8", table, "sex_disagrees").keys()


def test_only_the_listed_reports_come_before_their_samples(made):
    folder, export = made
    told = {n: days(LABS, fields) for n, fields in sound(folder, LABS)}
    early = {
        n
        for n, d in told.items()
        if d.get("采样时间") and d.get("报告时间") and d["报告时间"] < d["采样时间"]
    }
    assert early == listed(export, "utf8", LABS, "report_before_sample").keys()


@pytest.mark.parametrize("table", [PRESCRIPTIONS, LABS])
def test_rows_without_a_visit_are_the_listed_ones_or_lean_on_a_spoilt_one(made, table):
    folder, export = made
    known = {
        fields[COLUMNS[t].index("就诊流水号")]
        for t in (FRONT_PAGE, VISITS)
        for _, fields in sound(folder, t)
    }
    spoilt = {
        p.value
        for t in (FRONT_PAGE, VISITS)
        for p in listed(export, "utf8", t, "ragged_line").values()
    }
    at = COLUMNS[table].index("就诊流水号")
    alone = {n for n, fields in sound(folder, table) if fields[at] not in known | spoilt}
    assert alone == listed(export, "utf8", table, "orphan_row").keys()


def test_a_second_record_is_one_person_under_two_numbers(made):
    folder, export = made
    rows = {n: dict(zip(COLUMNS[FRONT_PAGE], f, strict=True)) for n, f in sound(folder, FRONT_PAGE)}
    second = listed(export, "utf8", FRONT_PAGE, "two_record_numbers")
    assert second
    for place, planted in second.items():
        row = rows[place]
        assert (row["病案号"], row["住院次数"]) == (planted.value, "1")
        assert row["健康卡号"].startswith("K9")
    stays = Counter(
        (row["病案号"], row["住院次数"])
        for place, row in rows.items()
        if place not in listed(export, "utf8", FRONT_PAGE, "duplicate_row", "duplicate_key")
    )
    del stays["", "1"]
    assert {n for (record, _), n in stays.items() if record} == {1}


def test_values_are_written_in_many_ways_that_are_no_defects(made):
    folder, export = made
    defects = listed(export, "utf8", VISITS)
    clean = [fields for place, fields in sound(folder, VISITS) if place not in defects]
    born, sex, paid = (COLUMNS[VISITS].index(c) for c in ("出生日期", "性别", "总费用"))
    shapes = {re.sub("[0-9]+", "9", f[born]) for f in clean}
    assert shapes == {"9-9-9", "9/9/9", "9年9月9日", "9"}
    assert {len(f[born]) for f in clean if f[born].isdigit()} == {5, 8}
    assert {f[sex] for f in clean} == {"男", "女", "1", "2", "M", "F"}
    assert any("," in f[paid] for f in clean)
    assert any(re.search("[０-９]", f[paid]) for f in clean)


def test_the_workbook_has_notes_merged_headers_and_the_same_defects(made):
    folder, export = made
    book = openpyxl.load_workbook(folder / "excel" / WORKBOOK)
    assert book.sheetnames == list(COLUMNS)
    for table in COLUMNS:
        sheet = book[table]
        assert "合成数据" in sheet.cell(1, 1).value
        assert len(sheet.merged_cells.ranges) >= 2
        assert [c.value for c in sheet[HEADER_ROW]] == list(COLUMNS[table])
        file = f"excel/{WORKBOOK}"
        assert sheet.max_row - HEADER_ROW == export.rows[file, table]
        in_text = [(p.kind, p.value) for p in export.of(f"utf8/{table}.csv", table)]
        lost = ("ragged_line", "broken_bytes")
        assert [(p.kind, p.value) for p in export.of(file, table)] == [
            p for p in in_text if p[0] not in lost
        ]


def test_a_planted_cell_of_the_workbook_stands_in_its_row(made):
    folder, export = made
    book = openpyxl.load_workbook(folder / "excel" / WORKBOOK)
    checked = 0
    for table in COLUMNS:
        for planted in export.of(f"excel/{WORKBOOK}", table):
            if planted.column:
                cell = book[table].cell(planted.place, COLUMNS[table].index(planted.column) + 1)
                checked += 1
                assert written(cell.value) == planted.value or planted.kind == "age_disagrees"
    assert checked > 50


def written(value):
    if isinstance(value, datetime):
        midnight = (value.hour, value.minute, value.second) == (0, 0, 0)
        return value.date().isoformat() if midnight else value.isoformat(sep=" ")
    return "" if value is None else str(value)


def test_the_same_seed_writes_the_same_bytes_and_another_does_not(tmp_path):
    folders = [tmp_path / n for n in "abc"]
    for folder, seed in zip(folders, (5, 5, 6), strict=True):
        write_exports(folder, patients=20, seed=seed, formats=["utf8"]).write(folder / LIST)
    texts = [
        [f.read_bytes() for f in sorted(folder.rglob("*")) if f.is_file()] for folder in folders
    ]
    assert texts[0] == texts[1]
    assert texts[0] != texts[2]


def test_more_patients_leave_the_first_ones_as_they_were(tmp_path):
    for patients in (5, 10):
        write_exports(
            tmp_path / str(patients), patients=patients, seed=2, formats=["utf8"], every=0
        )
    for table in COLUMNS:
        few, many = ((tmp_path / n / "utf8" / f"{table}.csv").read_bytes() for n in ("5", "10"))
        assert many.startswith(few)


def test_without_dirt_nothing_is_planted(tmp_path):
    export = write_exports(tmp_path, patients=30, seed=1, formats=["gb18030"], every=0)
    assert {p.kind for p in export.planted} <= {"two_record_numbers"}


@pytest.mark.parametrize(
    "wrong", [{"patients": 0}, {"patients": 1, "every": -1}, {"patients": 1, "formats": ["ods"]}]
)
def test_bad_numbers_are_refused(tmp_path, wrong):
    with pytest.raises(ValueError, match="received"):
        write_exports(tmp_path, **wrong)
    assert list(tmp_path.iterdir()) == []


def test_an_identity_number_of_the_standard_comes_out_right():
    # The worked example of GB 11643-1999.
    assert identity_number("110105", date(1949, 12, 31), 2) == "11010519491231002X"
    assert wrong_check_digit("11010519491231002X") != "11010519491231002X"


def test_the_command_writes_the_files_and_the_list(tmp_path):
    arguments = [tmp_path, "--patients", "12", "--seed", "4"]
    run = subprocess.run(
        [sys.executable, "-m", "qundao.intake.synthetic", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads((tmp_path / LIST).read_text("utf-8"))
    assert told["label"] in run.stdout
    assert told["label"] == "合成数据 synthetic"
    assert {f["file"] for f in told["files"]} >= {"utf8/处方.csv", f"excel/{WORKBOOK}"}
    assert all((tmp_path / f["file"]).is_file() for f in told["files"])
    assert {p["kind"] for p in told["planted"]} <= told["kinds"].keys()
