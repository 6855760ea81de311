"""Tiny tables of codes in the layouts in which vocabularies are published.

Synthetic 合成: the codes and names are invented, none is licensed content.
"""

from __future__ import annotations

import csv
from pathlib import Path

from openpyxl import Workbook


def _rows(text: str) -> list[tuple[str, ...]]:
    return [tuple(cell.strip() for cell in line.split("|")) for line in text.strip().splitlines()]


CLINICAL = _rows("""
    主要编码    | 附加编码 | 疾病名称
    Q01.000     |          | 合成疾病甲
    Q01.000x001 |          | 合成疾病甲一型
    Q02.x00     |          | 合成疾病乙
    Q03.001+    | Q04.1*   | 合成疾病丙
""")
NHSA = _rows("""
    章|章代码范围|章的名称|节代码范围|节名称|类目代码|类目名称|亚目代码|亚目名称|诊断代码|诊断名称
    1 | Q00-Q99 | 合成章 | Q00-Q09 | 合成节 | Q01 | 类目 | Q01.0 | 亚目 | Q01.000 | 合成诊断甲
    1 | Q00-Q99 | 合成章 | Q00-Q09 | 合成节 | Q01 | 类目 | Q01.0 | 亚目 | Q01.001 | 合成诊断乙
""")
OPERATIONS = _rows("""
    手术操作代码 | 手术操作名称   | 类别 | 录入选项
    97.0100      | 合成手术甲     | 手术 | 必选
    97.0100x001  | 合成手术甲一式 | 手术 | 选择性
""")
DRUGS = _rows("""
    序号 | 药品代码                | 注册名称 | 注册剂型 | 注册规格 | 药品企业
    1    | XQ01AAH001A001010100001 | 合成药片 | 片剂     | 5mg      | 合成药厂
    2    | ZQ01AAH0002010100002    | 合成丸   | 丸剂     | 3g       | 合成药厂
""")
ATC = _rows("""
    ATC code | ATC level name     | DDD | U
    Q        | SYNTHETIC GROUP    |     |
    Q01      | SYNTHETIC SUBGROUP |     |
    Q01A     | SYNTHETIC CLASS    |     |
    Q01AA    | SYNTHETIC CLASS    |     |
    Q01AA01  | synthetic drug     | 5   | mg
""")
LOINC = _rows(
    """
    LOINC_NUM|COMPONENT|PROPERTY|TIME_ASPCT|SYSTEM|SCALE_TYP|METHOD_TYP|CLASS|CLASSTYPE|STATUS|"""
    """LONG_COMMON_NAME|SHORTNAME|EXAMPLE_UCUM_UNITS|VersionLastChanged
    99990-4|Synthetic, one|SCnc|Pt|Ser|Qn||CHEM|1|ACTIVE|Synthetic one in Serum|Syn1|mmol/L|2.70
    99991-2|Synthetic two|MCnc|Pt|Ser|Qn||CHEM|1|DEPRECATED|Synthetic two in Serum|Syn2|mg/dL|2.8
"""
)
MEDDRA = {
    "soc.asc": ["90000001$Synthetic organ class$Syn$$$$$$$$"],
    "hlgt.asc": ["90000002$Synthetic group terms$$$$$$$$"],
    "hlt.asc": ["90000003$Synthetic high level$$$$$$$$", "90000013$Other high level$$$$$$$$"],
    "pt.asc": ["90000004$Synthetic ache$$90000001$$$$$$$$"],
    "llt.asc": [
        "90000004$Synthetic ache$90000004$$$$$$$Y$$",
        "90000005$Ache, synthetic$90000004$$$$$$$Y$$",
        "90000006$Old synthetic ache$90000004$$$$$$$N$$",
    ],
    "mdhier.asc": [
        "90000004$90000013$90000002$90000001$Synthetic ache$Other high level$Synthetic group terms$"
        "Synthetic organ class$Syn$$90000001$N$",
        "90000004$90000003$90000002$90000001$Synthetic ache$Synthetic high level$"
        "Synthetic group terms$Synthetic organ class$Syn$$90000001$Y$",
    ],
    "meddra_release.asc": ["99.1$Synthetic$$$$"],
}
CONCEPTS = _rows(
    """
    concept_id|concept_name|domain_id|vocabulary_id|concept_class_id|standard_concept|"""
    """concept_code|valid_start_date|valid_end_date|invalid_reason
    990001|Synthetic "quoted" ache|Condition|SYN|Finding|S|syn-1|19700101|20991231|
    990002|Old ache|Condition|SYN|Finding||syn-2|19700101|20200131|D
"""
)


def write_sheet(path: Path, rows, *, title: str = "", sheet: str = "Sheet1") -> Path:
    """Write rows as a workbook, with a line of title above where there is one."""
    book = Workbook()
    page = book.active
    page.title = sheet
    for row in ([(title,)] if title else []) + list(rows):
        page.append(row)
    book.save(path)
    return path


def write_csv(path: Path, rows, *, encoding: str = "utf-8") -> Path:
    """Write rows as delimited text."""
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def write_meddra(folder: Path, **instead: list[str]) -> Path:
    """Write MedDRA's files; `instead` gives other lines for a file (its name without ending)."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, lines in MEDDRA.items():
        told = instead.get(name.partition(".")[0], lines)
        (folder / name).write_text("".join(f"{line}\r\n" for line in told), "utf-8", newline="")
    return folder


def write_athena(folder: Path, rows=CONCEPTS) -> Path:
    """Write CONCEPT.csv and VOCABULARY.csv, tab-separated and unquoted."""
    folder.mkdir(parents=True, exist_ok=True)
    text = "".join("\t".join(row) + "\n" for row in rows)
    (folder / "CONCEPT.csv").write_text(text, "utf-8")
    told = "vocabulary_id\tvocabulary_name\tvocabulary_version\nNone\tOMOP\tv9.9 synthetic\n"
    (folder / "VOCABULARY.csv").write_text(told, "utf-8")
    return folder
