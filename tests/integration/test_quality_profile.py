"""Any table: each defect planted in a synthetic laboratory's CSV is counted, and nothing told."""

from __future__ import annotations

import json
import random

import duckdb
import pytest

from qundao.cli.main import main
from qundao.engines import open_engine
from qundao.kernel.errors import QundaoError
from qundao.quality.profile import for_hub, profile_table
from qundao.quality.profile.drift import between

HEADER = "id,姓名,身份证,电话,sex,date,value,unit,note"
ROWS = 400


def identity(number):
    """A synthetic identity number with a right check digit."""
    digits = f"110101{1950 + number % 50}0101{number % 1000:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return (
        digits + "10X98765432"[sum(int(d) * w for d, w in zip(digits, weights, strict=True)) % 11]
    )


def rows(seed=1, shift=0.0):
    chance = random.Random(seed)
    return [
        [
            f"L{n:05d}", "王小明张丽华"[n % 4 : n % 4 + 3], identity(n), f"138{n:08d}",
            "男女"[n % 2], f"2024/{1 + n % 12:02d}/{1 + n % 28:02d}",
            f"{chance.gauss(5 + shift, 1):.2f}", ("mmol/L", "mg/dL")[n % 5 == 0], "",
        ]
        for n in range(ROWS)
    ]  # fmt: skip


def text(table, delimiter=",", header=HEADER):
    lines = [header.replace(",", delimiter)] if header else []
    return "\n".join([*lines, *(delimiter.join(r) for r in table)]) + "\n"


def profile(folder, content, options="", encoding="utf-8", **given):
    file = folder / "化验.csv"
    file.write_bytes(content.encode(encoding))
    with open_engine(f"csv:{file}{options}") as engine:
        found = profile_table(engine, **given)
    told = found.to_json()
    return told, {c["name"]: c for c in told["columns"]}


def costs(told):
    return {(c["check"], (c["field"] or "").lower()) for c in told["score"]["costs"]}


def test_types_are_told_by_what_is_written(tmp_path):
    told, columns = profile(tmp_path, text(rows()))
    assert {n: c["type"] for n, c in columns.items()} == {
        "id": "text", "姓名": "code", "身份证": "text", "电话": "text", "sex": "code",
        "date": "date YYYY/MM/DD", "value": "number", "unit": "code", "note": "empty",
    }  # fmt: skip
    assert (told["rows"], told["table"]) == (ROWS, "化验")
    assert columns["note"]["missing"] == ROWS
    assert (columns["date"]["first"], columns["date"]["last"]) == ("2024/01/01", "2024/12/28")
    numbers = columns["value"]["numbers"]
    assert 4.8 < numbers["mean"] < 5.2
    assert sum(numbers["bins"]["counts"]) == ROWS


def test_people_are_counted_and_never_shown(tmp_path):
    told, columns = profile(tmp_path, text(rows()))
    assert columns["身份证"]["personal"] == ["identity number"]
    assert columns["身份证"]["personal_rows"] == ROWS
    assert columns["电话"]["personal"] == ["mobile number"]
    assert columns["姓名"]["personal"] == ["name of a person"]
    shown = json.dumps(told, ensure_ascii=False)
    for row in rows():
        assert not any(value in shown for value in (row[0], row[2], row[3]))
    assert "王小明" not in shown
    assert ("profilePersonalData", "身份证") in costs(told)


def test_an_identity_number_with_a_wrong_check_digit_is_none(tmp_path):
    table = rows()
    for row in table:
        row[2] = row[2][:-1] + ("1" if row[2][-1] != "1" else "2")
    _, columns = profile(tmp_path, text(table))
    assert columns["身份证"]["personal"] == []


def test_values_are_shown_from_the_floor_up(tmp_path):
    table = rows()
    for row in table[:9]:
        row[7] = "罕见"
    _, columns = profile(tmp_path, text(table))
    assert {v["value"] for v in columns["unit"]["values"]} == {"mmol/L", "mg/dL"}
    assert all(v["rows"] >= 10 for v in columns["unit"]["values"])


@pytest.mark.parametrize(
    ("plant", "check", "field", "violated"),
    [
        (lambda t: [t[n].__setitem__(6, "阳性") for n in range(7)], "profileType", "value", 7),
        (lambda t: [t[n].__setitem__(6, "1e6") for n in range(5)], "profileOutliers", "value", 5),
        (lambda t: [t[n].__setitem__(6, "无") for n in range(6)], "profileDisguised", "value", 6),
        (lambda t: [t[n].__setitem__(6, "9999") for n in range(8)], "profileDisguised", "value", 8),
        (lambda t: t.extend([list(t[0]), list(t[1])]), "profileDuplicateRows", None, 2),
        (lambda t: t.append(HEADER.split(",")), "profileHeaderRows", None, 1),
        (lambda t: t[3].append("surplus"), "profileRaggedLines", None, 1),
        (lambda t: t[5].__setitem__(0, t[4][0]), "profileUniqueKey", "id", 1),
        (lambda t: [t[n].__setitem__(6, "") for n in range(50)], "profileMissing", "value", 50),
    ],
)  # fmt: skip
def test_a_planted_defect_is_counted_to_the_row(tmp_path, plant, check, field, violated):
    table = rows()
    clean, _ = profile(tmp_path, text(table))
    plant(table)
    told, _ = profile(tmp_path, text(table))

    def count(profiled):
        return [
            c["violated_rows"]
            for c in profiled["checks"]
            if (c["check"], c["field"]) == (check, field and field.upper())
        ]

    assert (count(clean), count(told)) == ([0], [violated])


@pytest.mark.parametrize(
    ("encoding", "told", "bom"),
    [("utf-8", "utf-8", False), ("utf-8-sig", "utf-8", True), ("gb18030", "gb18030", False),
     ("utf-16", "utf-16", True)],
)  # fmt: skip
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encoding_and_delimiter_are_found_out(tmp_path, encoding, told, bom, delimiter):
    found, columns = profile(tmp_path, text(rows(), delimiter), encoding=encoding)
    file = found["source"]["file"]
    assert (file["encoding"], file["bom"], file["lines"], file["ragged_lines"]) == (
        told, bom, ROWS, 0,
    )  # fmt: skip
    assert {v["value"] for v in columns["sex"]["values"]} == {"男", "女"}


def test_a_file_without_a_header_gets_numbered_columns(tmp_path):
    found, columns = profile(tmp_path, text([r[5:7] for r in rows()], header=""))
    assert list(columns) == ["column_1", "column_2"]
    assert (found["rows"], found["source"]["file"]["header"]) == (ROWS, False)


@pytest.mark.parametrize("content", [b"", b"\xff\xff\xff,\x00"])
def test_a_file_that_is_no_csv_is_a_clear_error(tmp_path, content):
    file = tmp_path / "x.csv"
    file.write_bytes(content)
    with pytest.raises(QundaoError) as caught, open_engine(f"csv:{file}"):
        pass
    assert caught.value.code == "engines.bad_csv"


def test_drift_is_told_on_the_bins_of_the_version_before(tmp_path):
    before, _ = profile(tmp_path, text(rows()))
    same, columns = profile(tmp_path, text(rows(seed=2)), against=before)
    assert columns["value"]["drift"]["psi"] < 0.1
    assert not {c for c in costs(same) if "Drift" in c[0]}
    moved = rows(seed=2, shift=3.0)[:150]
    for row in moved:
        row[7] = "g/L"
    told, columns = profile(tmp_path, text(moved), against=before)
    assert columns["value"]["drift"]["psi"] > 0.25
    assert columns["unit"]["drift"]["new"] == ["g/L"]
    assert set(columns["unit"]["drift"]["lost"]) == {"mmol/L", "mg/dL"}
    assert columns["unit"]["drift"]["js_distance"] == 1
    assert {("profileDrift", "value"), ("profileDrift", "unit"), ("profileRowDrift", "")} <= costs(
        told
    )


def test_distances_are_those_of_their_definitions():
    psi, js, moved = between([50, 50], [80, 20])
    assert psi == pytest.approx(0.3 * 0.4700036 + 0.3 * 0.9162907, abs=1e-6)
    assert moved == pytest.approx(0.3)
    assert between([1, 0], [0, 1])[1:] == (1, 1)
    assert between([3, 7], [3, 7]) == (0, 0, 0)
    assert 0 < js < 1


def test_what_leaves_the_node_is_banded(tmp_path):
    table = rows()
    for row in table[:3]:
        row[6] = "1e6"
    told, _ = profile(tmp_path, text(table))
    banded = for_hub(told, 10)
    assert banded["rows"] == "100–499"
    column = next(c for c in banded["columns"] if c["name"] == "value")
    assert set(column) == {
        "name", "type", "missing_pct", "distinct", "outliers", "personal", "moved_pct",
    }  # fmt: skip
    assert column["outliers"] == "<10"
    shown = json.dumps(banded, ensure_ascii=False)
    assert not any(word in shown for word in ("mmol", "1000000", "化验", "first", "bins"))
    few = for_hub(profile(tmp_path, text(table[:5]))[0], 10)
    assert few["rows"] == "<10"
    assert few["score"] is None
    assert set(few["columns"][0]) == {"name", "type"}


def test_a_table_of_a_database_with_types_of_its_own(tmp_path):
    file = tmp_path / "x.duckdb"
    with duckdb.connect(str(file)) as database:
        database.execute(
            "create table lab as select range as n, date '2024-01-01' + range::int as day,"
            " range % 2 = 0 as flag, range / 7.0 as value, [range] as list,"
            " 'x'::blob as bytes, null::int as nothing from range(100)"
        )
        database.execute("create table other (a int)")
    with open_engine(f"duckdb:{file}") as engine:
        told = profile_table(engine, "LAB").to_json()
        empty = profile_table(engine, "other").to_json()
        with pytest.raises(QundaoError) as caught:
            profile_table(engine)
    assert caught.value.code == "quality.no_such_table"
    types = {c["name"]: c["type"] for c in told["columns"]}
    assert (types["day"], types["flag"], types["value"]) == (
        "date YYYY-MM-DD", "boolean", "number",
    )  # fmt: skip
    assert (types["n"], types["nothing"]) == ("integer", "empty")
    assert (empty["rows"], empty["columns"][0]["type"]) == (0, "empty")


def test_the_command_writes_both_profiles_and_compares(tmp_path, capsys):
    file, out, banded = (tmp_path / n for n in ("lab.csv", "profile.json", "banded.json"))
    file.write_text(text(rows()), "utf-8")
    data = ["quality", "profile", "--data", f"csv:{file}"]
    assert main([*data, "--out", str(out), "--banded", str(banded)]) == 0
    assert json.loads(out.read_text("utf-8"))["schema"] == "qundao.table-profile/1"
    assert json.loads(banded.read_text("utf-8"))["schema"] == "qundao.table-profile-banded/1"
    assert main([*data, "--against", str(out)]) == 0
    assert main([*data, "--against", str(banded)]) == 2
    assert "quality.other_profile" in capsys.readouterr().err
