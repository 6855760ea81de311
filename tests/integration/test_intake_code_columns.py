"""What sources call the codes of a list: the names beside them, in groups of columns too."""

from __future__ import annotations

from qundao.intake.mapping import read_mapping
from qundao.intake.suggest import domain_of, names_of_codes
from support.intake_hospital import MAPPING

RENAMED = MAPPING.replace("code: 主要诊断,", "code: 主要诊断编码,").replace(
    '"其他诊断{n}"', '"其他诊断编码{n}"'
)
EXPORT = """\
病案号,性别,出生,入院,出院,主要诊断编码,主要诊断名称,其他诊断编码1,其他诊断名称1,其他诊断编码2,其他诊断名称2
A1,1,1970-03-05,2023-01-02,2023-01-08,I10.x00,高血压,E11.900,2型糖尿病,,
A2,2,1980-03-05,2023-01-03,2023-01-05, E11.900 ,糖尿病,I10.x00,高血压病,,
A3,2,1990-01-01,2023-02-03,2023-02-09,I10.x00,高血压病,ZZZ,,E11.900,2型糖尿病
"""


def test_each_code_gets_the_name_it_has_most_often_in_any_of_its_columns(tmp_path):
    (tmp_path / "front.csv").write_text(EXPORT, "utf-8")
    mapping = read_mapping(RENAMED, "m.yaml")
    seen = []
    found = names_of_codes(
        mapping,
        tmp_path,
        tmp_path / "intake",
        {"icd10": ["I10.x00", "E11.900", "ZZZ"], "sex": ["1"]},
        progress=lambda what, rows, _: seen.append((what, rows)),
    )
    assert found == {"icd10": {"I10.x00": "高血压病", "E11.900": "2型糖尿病"}, "sex": {}}
    assert seen == [("front.csv", 3)]
    asked = names_of_codes(mapping, tmp_path, tmp_path / "intake", {"icd10": ["ZZZ"], "sex": []})
    assert asked == {"icd10": {}, "sex": {}}


def test_the_domain_is_that_of_the_fields_a_list_fills():
    mapping = read_mapping(MAPPING, "m.yaml")
    assert domain_of(mapping, "icd10") == "Condition"
    assert domain_of(mapping, "sex") == "Gender"
    assert domain_of(mapping, "none") == ""
