"""XML made to exhaust a node, to read its files or to call out is refused, everywhere alike."""

from __future__ import annotations

import tracemalloc

import pytest

from qundao.intake.define_xml import read_define
from qundao.intake.limits import Limits
from qundao.intake.readers import open_source
from qundao.intake.safe_xml import streamed, whole
from qundao.kernel.errors import QundaoError
from support.source_tables import read_all

LAUGHS = '<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><ODM>&b;</ODM>'
READS_A_FILE = '<!DOCTYPE o [<!ENTITY x SYSTEM "file:///etc/passwd">]><ODM>&x;</ODM>'
CALLS_OUT = '<!DOCTYPE o SYSTEM "http://127.0.0.1:9/x.dtd"><ODM/>'
PARAMETERS = '<!DOCTYPE o [<!ENTITY % p SYSTEM "file:///etc/hosts">%p;]><ODM/>'
LATE = "<!--" + "x" * 200_000 + "-->" + LAUGHS
HOSTILE = [LAUGHS, READS_A_FILE, CALLS_OUT, PARAMETERS, LATE]


def streaming(path, limits=None):
    for _ in streamed(path, {"ItemGroupData"}, limits or Limits()):
        pass


def as_odm(path):
    return open_source(path, format_="odm").tables()


@pytest.mark.parametrize("reading", [streaming, lambda p: whole(p, Limits()), read_define, as_odm])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("text", HOSTILE)
def test_a_document_type_declaration_is_refused(tmp_path, text, encoding, reading):
    path = tmp_path / "hostile.xml"
    declared = encoding.removesuffix("-sig")
    path.write_text(f'<?xml version="1.0" encoding="{declared}"?>{text}', encoding)
    with pytest.raises(QundaoError) as error:
        reading(path)
    assert error.value.code == "intake.hostile"


def test_entities_that_nobody_declared_are_no_xml(tmp_path):
    path = tmp_path / "entity.xml"
    path.write_text("<ODM>&lol;</ODM>")
    with pytest.raises(QundaoError) as error:
        streaming(path)
    assert error.value.code == "intake.unreadable"


@pytest.mark.parametrize(
    "text",
    [
        "<a>" * 101 + "</a>" * 101,
        "<a>" * 500_000,
        "<a>" + "x" * 500_000 + "</a>",
        f"<a b='{'x' * 300_000}'/>",
        "<!--" + "x" * 900_000 + "--><a/>",
    ],
)
def test_depth_and_size_are_bounded(tmp_path, text):
    path = tmp_path / "large.xml"
    path.write_text(text)
    with pytest.raises(QundaoError) as error:
        streaming(path, Limits(field_bytes=200_000))
    assert error.value.code == "intake.beyond_limits"


def test_a_document_at_the_limit_of_depth_is_read(tmp_path):
    path = tmp_path / "deep.xml"
    path.write_text("<a>" * 100 + "</a>" * 100)
    assert whole(path, Limits()).tag == "a"


def test_a_document_read_whole_is_of_bounded_size(tmp_path):
    path = tmp_path / "large.xml"
    path.write_text("<a>" + "<b/>" * 1000 + "</a>")
    with pytest.raises(QundaoError) as error:
        whole(path, Limits(field_bytes=100))
    assert error.value.code == "intake.beyond_limits"


def test_memory_does_not_grow_with_elements(tmp_path):
    """A million elements that nobody asked for are let go one by one."""
    path = tmp_path / "many.xml"
    path.write_text("<ODM>" + "<Unknown a='1'><x>text</x></Unknown>\n" * 200_000 + "</ODM>")
    tracemalloc.start()
    streaming(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * 2**20


@pytest.mark.parametrize("text", ["", "<ODM>", "<a></b>", "not xml", "<ODM/><ODM/>"])
def test_what_is_not_well_formed_is_refused(tmp_path, text):
    path = tmp_path / "broken.xml"
    path.write_text(text)
    with pytest.raises(QundaoError) as error:
        streaming(path)
    assert error.value.code == "intake.unreadable"


def test_text_that_looks_like_a_declaration_is_data(tmp_path):
    path = tmp_path / "t.odm.xml"
    path.write_text(
        "<ODM><ClinicalData StudyOID='S'><SubjectData SubjectKey='1'><StudyEventData "
        "StudyEventOID='E'><FormData FormOID='F'><ItemGroupData ItemGroupOID='G'><ItemData "
        "ItemOID='I' Value='&lt;!DOCTYPE x&gt;'/></ItemGroupData></FormData></StudyEventData>"
        "</SubjectData></ClinicalData></ODM>"
    )
    read, defects = read_all(open_source(path), "G")
    assert (read["I"].to_pylist(), defects) == (["<!DOCTYPE x>"], [])
