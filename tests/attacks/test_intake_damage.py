"""Files damaged at random places: a reader refuses them or reports defects, and never breaks."""

from __future__ import annotations

import json
import random
import re
import zipfile
from datetime import date

import openpyxl
import pyarrow as pa
import pytest

from qundao.intake.dataset_json_write import write_dataset_json
from qundao.intake.readers import open_source
from qundao.intake.xpt_write import write_xpt
from qundao.kernel.errors import QundaoError
from support.sas7bdat_file import Column, sas7bdat
from support.source_tables import read_all

TABLE = pa.table(
    {"ID": ["一", "b", None], "N": [1.5, None, -2.0], "D": pa.array([1, 2, 3], pa.date32())}
)
HL7 = (
    "MSH|^~\\&|L|H|||2020||ORU^R01|1|P|2.5||||||UNICODE UTF-8\rPID|1||P1\rOBR|1|||G\r"
    "OBX|1|NM|1^血糖^L||6.3|mmol/L|||||F\rOBX|2|CWE|2^x^L||a^b^c||||||F\rNTE|1||n\r"
)
ODM = (
    "<ODM><ClinicalData StudyOID='S'><SubjectData SubjectKey='1'><StudyEventData StudyEventOID='E'>"
    "<FormData FormOID='F'><ItemGroupData ItemGroupOID='G'><ItemData ItemOID='I' Value='甲'/>"
    "</ItemGroupData></FormData></StudyEventData></SubjectData></ClinicalData></ODM>"
)
FHIR = [
    {"resourceType": "Patient", "id": "1", "birthDate": "1970", "name": [{"text": "王"}]},
    {"resourceType": "Observation", "code": {"coding": [{"code": "1"}]},
     "valueQuantity": {"value": 1.5}, "component": [{"valueQuantity": {"value": 2}}]},
]  # fmt: skip


def xpt(version):
    return lambda path: write_xpt(path, {"A": TABLE, "B": TABLE}, version=version)


def dataset_json(*, ndjson):
    return lambda path: write_dataset_json(path, "T", TABLE, ndjson=ndjson)


def written(text):
    return lambda path: path.write_text(text, "utf-8")


def sas(path):
    columns = [Column("N"), Column("T", 8, text=True, label="文本")]
    path.write_bytes(sas7bdat(columns, [(1.0, "甲"), ("A", "")]))


BUNDLE = json.dumps({"resourceType": "Bundle", "entry": [{"resource": r} for r in FHIR]})
FILES = {
    "5.xpt": xpt(5),
    "8.xpt": xpt(8),
    "x.dataset.json": dataset_json(ndjson=False),
    "x.dataset.ndjson": dataset_json(ndjson=True),
    "x.ndjson": written("\n".join(json.dumps(r, ensure_ascii=False) for r in FHIR)),
    "x.bundle.json": written(BUNDLE),
    "x.hl7": written(HL7),
    "x.odm.xml": written(ODM),
    "x.sas7bdat": sas,
}


def damaged(raw, chance):
    """Return the bytes with some of them changed, taken out or doubled."""
    found = bytearray(raw)
    for _ in range(chance.choice((1, 1, 2, 5))):
        at = chance.randrange(len(found))
        kind = chance.randrange(4)
        if kind == 0:
            found[at] = chance.randrange(256)
        elif kind == 1:
            del found[at : at + chance.choice((1, 3, 80))]
        elif kind == 2:
            found[at:at] = found[at : at + chance.choice((1, 8, 80))]
        else:
            found[at : at + 1] = chance.choice((b"\xff", b"\0", b'"', b"[", b"}", b"null", b"-1"))
        if not found:
            return b""
    return bytes(found)


@pytest.mark.parametrize("name", sorted(FILES))
def test_damage_is_refused_or_reported(tmp_path, name):
    path = tmp_path / name
    FILES[name](path)
    whole = path.read_bytes()
    chance = random.Random(name)
    outcomes = set()
    for _ in range(300):
        path.write_bytes(damaged(whole, chance))
        outcomes.add(_read(path))
    assert "read" in outcomes
    assert len(outcomes) > 1


def test_a_workbook_with_damaged_parts_is_refused_or_read(tmp_path):
    """The archive is whole and what lies in it is not: checksums do not tell."""
    book = openpyxl.Workbook()
    for row in (
        ["title"],
        ["编号", "结果", "时间"],
        ["1", 1.5, date(2023, 3, 5)],
        ["2", "=1+1", "#N/A"],
    ):
        book.active.append(row)
    book.active.merge_cells("A1:C1")
    path, chance, outcomes = tmp_path / "x.xlsx", random.Random("xlsx"), set()
    book.save(path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist() if "theme" not in name}
    for _ in range(200):
        part = chance.choice(sorted(parts))
        change = chance.choice((damaged, another_number))
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in parts.items():
                archive.writestr(name, change(content, chance) if name == part else content)
        outcomes.add(_read(path))
    assert {"read", "intake.unreadable", "intake.beyond_limits"} <= outcomes


def another_number(raw, chance):
    """Return text with one of its numbers changed to one at an edge."""
    found = list(re.finditer(rb"[0-9]+", raw))
    if not found:
        return raw
    at = chance.choice(found)
    edge = chance.choice(
        (b"0", b"-1", b"65536", b"1048577", b"4294967295", b"99999999999", b"1e308")
    )
    return raw[: at.start()] + edge + raw[at.end() :]


def _read(path):
    """Return how reading ended. The rows that a table says it has are accounted for."""
    reported = []
    try:
        reader = open_source(path)
        for table in reader.tables():
            read, defects = read_all(reader, table.name)
            reported += defects
            lost = [d for d in defects if not d.column]
            assert table.rows is None or table.rows == len(read) + len(lost)
            read.validate(full=True)
    except QundaoError as error:
        return error.code
    return "defects" if reported else "read"
