"""define.xml 2.0 and 2.1, and ODM-XML 1.3 snapshots (synthetic examples)."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest

from qundao.intake.define_xml import Condition, read_define
from qundao.intake.limits import Limits
from qundao.intake.readers import open_source
from qundao.kernel.errors import QundaoError
from support.source_tables import read_all

ODM = 'xmlns="http://www.cdisc.org/ns/odm/v1.3"'

DEFINE = """<?xml version="1.0" encoding="UTF-8"?>
<?xml-stylesheet type="text/xsl" href="define.xsl"?>
<ODM {odm} xmlns:def="http://www.cdisc.org/ns/def/v{v}" xmlns:xlink="http://www.w3.org/1999/xlink"
 FileType="Snapshot" ODMVersion="1.3.2">
<Study OID="S"><GlobalVariables><StudyName>示例研究</StudyName></GlobalVariables>
<MetaDataVersion OID="M" Name="m" def:DefineVersion="{v}.0" {standard}>{standards}
<def:ValueListDef OID="VL.ORRES"><ItemRef ItemOID="IT.ORRES.SYS" Mandatory="Yes">
 <def:WhereClauseRef WhereClauseOID="WC.SYS"/></ItemRef></def:ValueListDef>
<def:WhereClauseDef OID="WC.SYS"><RangeCheck SoftHard="Soft" def:ItemOID="IT.TESTCD"
 Comparator="IN"><CheckValue>SYSBP</CheckValue><CheckValue>DIABP</CheckValue></RangeCheck>
</def:WhereClauseDef>
<ItemGroupDef OID="IG.VS" Name="VS" Domain="VS" Repeating="Yes" def:Structure="One per test"
 {kind} def:ArchiveLocationID="LF.VS"><Description><TranslatedText xml:lang="en">Vital Signs
 </TranslatedText></Description>
 <ItemRef ItemOID="IT.ORRES" OrderNumber="3" Mandatory="No" Role="Result"/>
 <ItemRef ItemOID="IT.USUBJID" OrderNumber="1" Mandatory="Yes" KeySequence="1"/>
 <ItemRef ItemOID="IT.TESTCD" OrderNumber="2" Mandatory="Yes" KeySequence="2"/>
 {kinds}<def:leaf ID="LF.VS" xlink:href="vs.xpt"><def:title>vs.xpt</def:title></def:leaf>
</ItemGroupDef>
<ItemDef OID="IT.USUBJID" Name="USUBJID" DataType="text" Length="11">
 <Description><TranslatedText>Unique Subject Identifier</TranslatedText></Description>
 <def:Origin Type="Derived"/></ItemDef>
<ItemDef OID="IT.TESTCD" Name="VSTESTCD" DataType="text" Length="8">
 <CodeListRef CodeListOID="CL.TESTCD"/></ItemDef>
<ItemDef OID="IT.ORRES" Name="VSORRES" DataType="text"><def:ValueListRef
 ValueListOID="VL.ORRES"/></ItemDef>
<ItemDef OID="IT.ORRES.SYS" Name="VSORRES" DataType="integer" Length="3"
 def:DisplayFormat="3."><def:Origin Type="CRF"/></ItemDef>
<CodeList OID="CL.TESTCD" Name="Test" DataType="text">
 <CodeListItem CodedValue="SYSBP"><Decode><TranslatedText>收缩压</TranslatedText></Decode>
 </CodeListItem><EnumeratedItem CodedValue="DIABP"/></CodeList>
<CodeList OID="CL.DICT" Name="MedDRA" DataType="text">
 <ExternalCodeList Dictionary="MEDDRA" Version="23.0"/></CodeList>
</MetaDataVersion></Study></ODM>"""

TWO = {
    "2.0": {"standard": 'def:StandardName="SDTM-IG" def:StandardVersion="3.2"', "standards": "",
            "kind": 'def:Class="FINDINGS"', "kinds": ""},
    "2.1": {"standard": "", "kind": "", "kinds": '<def:Class Name="FINDINGS"/>',
            "standards": '<def:Standards><def:Standard OID="ST" Name="SDTM-IG" Type="IG" '
                         'Version="3.2"/></def:Standards>'},
}  # fmt: skip


def define(tmp_path, version, change=lambda text: text):
    path = tmp_path / "define.xml"
    path.write_text(change(DEFINE.format(odm=ODM, v=version, **TWO[version])), "utf-8")
    return path


@pytest.mark.parametrize("version", ["2.0", "2.1"])
def test_datasets_and_variables_are_read(tmp_path, version):
    read = read_define(define(tmp_path, version))
    assert (read.study, read.version, read.standards) == (
        "示例研究", f"{version}.0", ("SDTM-IG 3.2",),
    )  # fmt: skip
    vs = read.datasets["VS"]
    assert (vs.label, vs.domain, vs.kind, vs.file) == ("Vital Signs", "VS", "FINDINGS", "vs.xpt")
    assert vs.structure == "One per test"
    assert [v.name for v in vs.variables] == ["USUBJID", "VSTESTCD", "VSORRES"]
    assert vs.keys == ("USUBJID", "VSTESTCD")
    subject, test, result = vs.variables
    assert (subject.mandatory, subject.item.length, subject.item.origin) == (True, 11, "Derived")
    assert subject.item.label == "Unique Subject Identifier"
    assert test.item.codelist == "CL.TESTCD"
    assert (result.mandatory, result.role, result.key) == (False, "Result", None)


def test_values_and_code_lists_are_read(tmp_path):
    read = read_define(define(tmp_path, "2.1"))
    (value,) = read.datasets["VS"].variables[2].values
    assert value.conditions == (Condition("IT.TESTCD", "IN", ("SYSBP", "DIABP")),)
    assert (value.item.data_type, value.item.length, value.mandatory) == ("integer", 3, True)
    assert (value.item.display_format, value.item.origin) == ("3.", "CRF")
    assert read.codelists["CL.TESTCD"].items == {"SYSBP": "收缩压", "DIABP": ""}
    assert read.codelists["CL.DICT"].dictionary == "MEDDRA 23.0"


def test_all_references_that_lead_nowhere_are_told_at_once(tmp_path):
    def gone(text):
        text = text.replace('CodeList OID="CL.TESTCD"', 'CodeList OID="CL.OTHER"')
        return text.replace('ItemDef OID="IT.USUBJID"', 'ItemDef OID="IT.SUBJID"')

    with pytest.raises(QundaoError) as error:
        read_define(define(tmp_path, "2.0", gone))
    assert {p.received for p in error.value.problems} == {"CL.TESTCD", "IT.USUBJID"}
    assert error.value.code == "intake.unreadable"


def test_another_document_is_refused(tmp_path):
    path = tmp_path / "define.xml"
    path.write_text("<html/>")
    with pytest.raises(QundaoError) as error:
        read_define(path)
    assert error.value.code == "intake.unreadable"


METADATA = """<Study OID="S"><MetaDataVersion OID="M" Name="m">
<ItemGroupDef OID="IG.VS" Name="Vital signs" Repeating="No"><ItemRef ItemOID="IT.DAY"/>
 <ItemRef ItemOID="IT.SYS"/><ItemRef ItemOID="IT.TEMP"/><ItemRef ItemOID="IT.OK"/></ItemGroupDef>
<ItemGroupDef OID="IG.NONE" Name="Never seen" Repeating="No"><ItemRef ItemOID="IT.SYS"/>
</ItemGroupDef>
<ItemDef OID="IT.DAY" Name="VSDAT" DataType="date"/>
<ItemDef OID="IT.SYS" Name="SYS" DataType="integer" Length="3"><Question>
 <TranslatedText>收缩压是多少？</TranslatedText></Question><CodeListRef CodeListOID="CL"/></ItemDef>
<ItemDef OID="IT.TEMP" Name="TEMP" DataType="float"/>
<ItemDef OID="IT.OK" Name="OK" DataType="boolean"/></MetaDataVersion></Study>"""

ROW = """<SubjectData SubjectKey="{subject}"><SiteRef LocationOID="{site}"/>
<StudyEventData StudyEventOID="SE.1" StudyEventRepeatKey="2"><FormData FormOID="F.VS"
 FormRepeatKey="1"><ItemGroupData ItemGroupOID="IG.VS" ItemGroupRepeatKey="{repeat}">{items}
</ItemGroupData></FormData></StudyEventData></SubjectData>"""
FIRST = """<ItemData ItemOID="IT.DAY" Value="2020-02-29"/><ItemData ItemOID="IT.SYS" Value="120"/>
<ItemDataFloat ItemOID="IT.TEMP">36.6</ItemDataFloat><ItemDataBoolean ItemOID="IT.OK">true
</ItemDataBoolean><AuditRecord/>"""
SECOND = """<ItemData ItemOID="IT.DAY" Value="2020-02"/><ItemData ItemOID="IT.SYS" IsNull="Yes"/>
<ItemData ItemOID="IT.NEW" Value="未定义"/>"""


def snapshot(tmp_path, rows, metadata=METADATA, encoding="utf-8", kind="Snapshot"):
    path = tmp_path / "export.odm.xml"
    path.write_text(
        f'<?xml version="1.0" encoding="{encoding}"?><ODM {ODM} FileType="{kind}">{metadata}'
        f'<ClinicalData StudyOID="S" MetaDataVersionOID="M">{rows}</ClinicalData></ODM>',
        encoding,
    )
    return path


BOTH = ROW.format(subject="001", site="701", repeat=1, items=FIRST) + ROW.format(
    subject="002", site="702", repeat=1, items=SECOND
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb18030", "GBK"])
def test_rows_are_typed_by_the_metadata(tmp_path, encoding):
    reader = open_source(snapshot(tmp_path, BOTH, encoding=encoding))
    vs, empty = reader.tables()
    assert (vs.name, vs.label, vs.rows) == ("IG.VS", "Vital signs", 2)
    assert (empty.name, empty.rows) == ("IG.NONE", 0)
    asked = next(c for c in vs.columns if c.name == "IT.SYS")
    assert (asked.label, asked.type, asked.reasons) == ("收缩压是多少？", pa.int64(), True)
    assert asked.facts == {"Name": "SYS", "DataType": "integer", "Length": "3", "CodeListOID": "CL"}
    read, defects = read_all(reader, "IG.VS")
    assert read.drop_columns(["_place"]).to_pylist() == [
        {"StudyOID": "S", "SiteOID": "701", "SubjectKey": "001", "StudyEventOID": "SE.1",
         "StudyEventRepeatKey": "2", "FormOID": "F.VS", "FormRepeatKey": "1",
         "ItemGroupRepeatKey": "1", "IT.DAY": date(2020, 2, 29), "IT.SYS": 120,
         "IT.SYS__reason": None, "IT.TEMP": 36.6, "IT.OK": True, "IT.NEW": None},
        {"StudyOID": "S", "SiteOID": "702", "SubjectKey": "002", "StudyEventOID": "SE.1",
         "StudyEventRepeatKey": "2", "FormOID": "F.VS", "FormRepeatKey": "1",
         "ItemGroupRepeatKey": "1", "IT.DAY": None, "IT.SYS": None,
         "IT.SYS__reason": "IsNull", "IT.TEMP": None, "IT.OK": None, "IT.NEW": "未定义"},
    ]  # fmt: skip
    assert [(d.place, d.column, d.value) for d in defects] == [(2, "IT.DAY", "2020-02")]


def test_without_metadata_all_is_text(tmp_path):
    read, defects = read_all(open_source(snapshot(tmp_path, BOTH, metadata="")), "IG.VS")
    assert defects == []
    assert read["IT.DAY"].to_pylist() == ["2020-02-29", "2020-02"]
    assert read["IT.SYS"].to_pylist() == ["120", None]


def test_batches_keep_to_the_rows_asked_for(tmp_path):
    reader = open_source(snapshot(tmp_path, BOTH * 5))
    sizes = [b.num_rows for b in reader.batches("IG.VS", print, rows=4)]
    assert sizes == [4, 4, 2]
    assert reader.tables()[0].rows == 10


def test_a_transactional_file_and_other_xml_are_refused(tmp_path):
    path = snapshot(tmp_path, BOTH, kind="Transactional")
    with pytest.raises(QundaoError) as transactional:
        open_source(path).tables()
    path.write_text(path.read_text().replace("ODM", "MDO"))
    with pytest.raises(QundaoError) as other:
        open_source(path).tables()
    assert transactional.value.code == other.value.code == "intake.unreadable"


def test_a_file_cut_off_is_refused(tmp_path):
    path = snapshot(tmp_path, BOTH)
    path.write_text(path.read_text()[:-300])
    with pytest.raises(QundaoError) as error:
        open_source(path).tables()
    assert error.value.code == "intake.unreadable"


def test_limits_are_kept(tmp_path):
    many = "".join(f'<ItemData ItemOID="I{i}" Value="1"/>' for i in range(20))
    path = snapshot(tmp_path, ROW.format(subject="1", site="1", repeat=1, items=many))
    for limits in (Limits(columns=19), Limits(tables=1), Limits(depth=5)):
        with pytest.raises(QundaoError) as error:
            open_source(path, limits=limits).tables()
        assert error.value.code == "intake.beyond_limits"
