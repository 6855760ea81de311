"""HL7 v2 results: messages of our own making, whole and broken, in several encodings."""

from __future__ import annotations

import pytest

from qundao.intake.limits import Limits
from qundao.intake.readers import open_source
from qundao.kernel.errors import QundaoError
from support.source_tables import read_all

MSH = "MSH|^~\\&|LIS^1|检验科|HIS|H|20200229101112||ORU^R01^ORU_R01|M{n}|P|2.5.1||||||{charset}"
PID = "PID|1||P{n}^^^医院&1.2.3&ISO^MR~SSN1^^^^SS||王^小明||19700501|F"
PV1 = "PV1|1|I|W3^301^2||||||||||||||||V77"
ORC = "ORC|RE|PL1|FI1"
OBR = "OBR|1|PL1|FI1|24321-2^Basic panel^LN|||20200229080000"
NUMBER = "OBX|1|NM|2345-7^Glucose^LN^GLU^葡萄糖^L||6.30|mmol/L^mmol/L^UCUM|3.9-6.1|H~A|||F|||2020"
CODED = "OBX|2|CWE|634-6^Bacteria^LN||3092008^金黄色葡萄球菌^SCT||||||F"
STRUCTURED = "OBX|3|SN|5334-0^Titre^LN||>^1^:^128||||||F"


def message(*segments, n=1, charset="UNICODE UTF-8"):
    return [s.format(n=n, charset=charset) for s in (MSH, PID, PV1, ORC, OBR, *segments)]


def opened(tmp_path, segments, *, end="\r", encoding="utf-8", **options):
    path = tmp_path / "results.hl7"
    path.write_bytes(b"".join((s + end).encode(encoding) for s in segments))
    return open_source(path, **options)


def rows(reader):
    read, defects = read_all(reader, "obx")
    return read.to_pylist(), defects


def test_a_result_comes_with_all_it_belongs_to(tmp_path):
    (row,), defects = rows(opened(tmp_path, message(NUMBER)))
    wanted = {
        "message_id": "M1", "message_time": "20200229101112", "message_type": "ORU^R01^ORU_R01",
        "version": "2.5.1", "sending_application": "LIS", "sending_facility": "检验科",
        "patient_id": "P1", "patient_id_authority": "医院", "patient_id_type": "MR",
        "patient_ids": "P1^^^医院&1.2.3&ISO^MR~SSN1^^^^SS", "patient_name": "王^小明",
        "birth_date": "19700501", "sex": "F", "patient_class": "I", "ward": "W3",
        "visit_id": "V77", "order_control": "RE", "placer_id": "PL1", "filler_id": "FI1",
        "service_code": "24321-2", "collected": "20200229080000", "set_id": "1",
        "value_type": "NM", "code": "2345-7", "name": "Glucose", "system": "LN",
        "other_code": "GLU", "other_name": "葡萄糖", "value": "6.30", "unit": "mmol/L",
        "unit_system": "UCUM", "reference_range": "3.9-6.1", "flags": "H~A", "status": "F",
        "observed": "2020", "value__reason": None, "_place": 6,
    }  # fmt: skip
    assert {name: row[name] for name in wanted} == wanted
    assert defects == []


def test_values_are_written_by_their_type(tmp_path):
    text = "OBX|4|TX|1^a^L||第一行~第二行||||||F"
    found, _ = rows(opened(tmp_path, message(CODED, STRUCTURED, text)))
    assert [r["value"] for r in found] == ["金黄色葡萄球菌", ">1:128", "第一行\n第二行"]
    assert [r["value_code"] for r in found] == ["3092008", None, None]
    assert found[0]["value_system"] == "SCT"


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n", "\r\r\n"])
def test_any_line_end_will_do(tmp_path, end):
    found, defects = rows(opened(tmp_path, message(NUMBER, CODED) * 3, end=end))
    assert (len(found), defects) == (6, [])


def test_frames_and_batch_headers_are_no_data(tmp_path):
    framed = ["FHS|^~\\&|x", "BHS|^~\\&|x"]
    for n in (1, 2):
        first, *rest = message(NUMBER, n=n)
        framed += ["\x0b" + first, *rest, "\x1c"]
    found, defects = rows(opened(tmp_path, [*framed, "BTS|2", "FTS|1"]))
    assert [r["message_id"] for r in found] == ["M1", "M2"]
    assert defects == []


@pytest.mark.parametrize(
    ("encoding", "charset"),
    [
        ("utf-8", "UNICODE UTF-8"),
        ("gb18030", "GB 18030-2000"),
        ("gbk", "GBK"),
        ("utf-8", ""),
        ("gb18030", ""),
        ("big5", "BIG-5"),
        ("utf-8", "UNICODE UTF-8~GB 18030-2000"),
    ],
)
def test_texts_are_read_in_the_encoding_told_or_found(tmp_path, encoding, charset):
    # 誠 and 許 hold bytes like | and \ in Big5 and GBK.
    obx = "OBX|1|TX|1^誠許功^L||誠許功||||||F"
    segments = ["MSH|^~\\&|A|B|||2020||ORU^R01|1|P|2.5||||||" + charset, "PID|1||P1", obx]
    (row,), defects = rows(opened(tmp_path, segments, encoding=encoding))
    assert (row["name"], row["value"], defects) == ("誠許功", "誠許功", [])


def test_the_encoding_may_be_told_from_outside(tmp_path):
    segments = message("OBX|1|TX|1^a^L||é||||||F", charset="")
    segments = [s.encode("ascii", "ignore").decode() for s in segments[:-1]] + segments[-1:]
    reader = opened(tmp_path, segments, encoding="latin-1", options={"encoding": "latin-1"})
    assert rows(reader)[0][0]["value"] == "é"


def test_escapes_are_read(tmp_path):
    text = r"a\F\b\S\c\T\d\R\e\E\f\.br\g\H\h\N\i\X4142\j\Zx\k\XZZ\\"
    (row,), _ = rows(opened(tmp_path, message(f"OBX|1|TX|1^x\\T\\y^L||{text}||||||F")))
    assert row["value"] == "a|b^c&d~e\\f\ngh" + "iABj" + r"\Zx\k\XZZ\\"
    assert row["name"] == "x&y"


def test_escaped_bytes_are_in_the_message_s_encoding(tmp_path):
    obx = "OBX|1|TX|1^a^L||\\XCED2\\||||||F"
    (row,), _ = rows(opened(tmp_path, message(obx, charset="GB18030"), encoding="gb18030"))
    assert row["value"] == "我"


def test_null_on_purpose_is_told_from_not_said(tmp_path):
    segments = [s.replace("|19700501|", '|""|') for s in message(
        'OBX|1|NM|1^a^L||""|""|""|""|||F',
        "OBX|2|NM|1^a^L|||||||",
        "OBX|3|NM|1^a^L||||||||X",
    )]  # fmt: skip
    found, _ = rows(opened(tmp_path, segments))
    assert [(r["value"], r["value__reason"]) for r in found] == [
        (None, '""'), (None, None), (None, "OBX-11 X"),
    ]  # fmt: skip
    assert [r["unit__reason"] for r in found] == ['""', None, None]
    assert (found[0]["birth_date"], found[0]["birth_date__reason"]) == (None, '""')


def test_notes_belong_to_the_result_before_them(tmp_path):
    segments = message("NTE|1||request's own", NUMBER, "NTE|1||溶血", "NTE|2||已复查", CODED)
    found, _ = rows(opened(tmp_path, segments))
    assert [r["notes"] for r in found] == ["溶血\n已复查", None]


def test_orders_and_patients_end_where_the_next_begin(tmp_path):
    second = ["OBR|2|PL2|FI2|718-7^Hb^LN", NUMBER, "PID|2||P9", NUMBER]
    found, _ = rows(opened(tmp_path, [*message(NUMBER), *second]))
    keys = ("patient_id", "visit_id", "order_placer_id", "placer_id")
    assert [tuple(r[k] for k in keys) for r in found] == [
        ("P1", "V77", "PL1", "PL1"), ("P1", "V77", None, "PL2"), ("P9", None, None, None),
    ]  # fmt: skip


def test_a_line_break_left_inside_a_text_is_part_of_it(tmp_path):
    segments = [*message("OBX|1|TX|1^a^L||第一行"), "第二行||||||F", *message(NUMBER)]
    found, defects = rows(opened(tmp_path, segments, end="\n"))
    assert [(r["value"], r["status"]) for r in found] == [("第一行\n第二行", "F"), ("6.30", "F")]
    assert defects == []


BROKEN = [
    ["MSH|^~", "PID|1", NUMBER, CODED],
    ["MSH|^^\\&|A|B|||2020||ORU^R01|1|P|2.5", NUMBER, CODED],
    message("not a segment", NUMBER, CODED),
    message(NUMBER, CODED, charset="KLINGON"),
    message(NUMBER.replace("6.30", "\udcff"), CODED),
]


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_message_is_a_defect_for_each_result_and_the_rest_goes_on(tmp_path, broken):
    path = tmp_path / "results.hl7"
    segments = [*message(NUMBER, n=1), *broken, *message(NUMBER, n=3)]
    path.write_bytes("\r".join(segments).encode("utf-8", "surrogateescape"))
    found, defects = rows(open_source(path))
    assert [r["message_id"] for r in found] == ["M1", "M3"]
    places = [i for i, s in enumerate(segments, 1) if s.startswith("OBX")]
    assert [d.place for d in defects] == places[1:3]
    assert {(d.reason, d.column) for d in defects} == {("intake.bad_row", "")}


def test_lines_before_the_first_message_and_short_results_are_defects(tmp_path):
    found, defects = rows(opened(tmp_path, ["garbage", *message(NUMBER, "OBX|2")]))
    assert len(found) == 1
    assert [(d.place, d.value) for d in defects] == [(1, "garbage"), (8, "OBX|2")]


def test_messages_split_between_two_reads_are_whole(tmp_path, monkeypatch):
    from qundao.intake.readers import hl7_message

    monkeypatch.setattr(hl7_message, "_CHUNK", 5)
    found, defects = rows(opened(tmp_path, message(NUMBER, CODED) * 4, end="\r\n"))
    assert (len(found), defects) == (8, [])
    assert [r["_place"] for r in found[:3]] == [6, 7, 13]


def test_limits_and_batches_are_kept(tmp_path):
    reader = opened(tmp_path, message(*[NUMBER] * 7))
    assert [b.num_rows for b in reader.batches("obx", print, rows=3)] == [3, 3, 1]
    long = [message("OBX|1|ED|1^a^L||" + "x" * 3_000_000), message(*[NUMBER] * 1000)]
    for segments, most in zip(long, (1_000_000, 10_000), strict=True):
        with pytest.raises(QundaoError) as error:
            rows(opened(tmp_path, segments, limits=Limits(field_bytes=most)))
        assert error.value.code == "intake.beyond_limits"


def test_other_tables_are_refused(tmp_path):
    with pytest.raises(QundaoError) as error:
        read_all(opened(tmp_path, message(NUMBER)), "pid")
    assert error.value.code == "intake.no_such_table"
