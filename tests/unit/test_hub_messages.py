"""Every text of the pages speaks both languages; the catalogue tools do what gettext does."""

from __future__ import annotations

import gettext
import io
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qundao.hub.messages.__main__ import HUB, PO
from qundao.hub.messages.catalogue import Message, compile_mo, read_po, write_po
from qundao.hub.messages.extract import extract

USED = {(m.msgid, m.plural): place for m, place in extract(HUB).items()}
KNOWN = {(m.msgid, m.plural): m for m in read_po(PO)}


def test_every_message_has_an_english_translation() -> None:
    missing = [f"{USED[k]}: {k[0]}" for k in USED if k not in KNOWN or not KNOWN[k].complete]
    assert missing == [], "run `python -m qundao.hub.messages` and fill in the .po file"


def test_no_translation_is_unused() -> None:
    assert sorted(KNOWN.keys() - USED.keys()) == []


def test_the_binary_catalogue_is_the_compiled_text() -> None:
    assert PO.with_suffix(".mo").read_bytes() == compile_mo(KNOWN.values())


def test_placeholders_are_the_same_in_both_languages() -> None:
    def names(text: str) -> set[str]:
        return set(re.findall(r"%\((\w+)\)s", text))

    wrong = [m.msgid for m in KNOWN.values() for t in m.translations if names(t) != names(m.msgid)]
    assert wrong == []


def test_english_texts_hold_no_chinese() -> None:
    chinese = re.compile(r"[\u4e00-\u9fff]")
    allowed = {"简体中文", "群岛"}
    found = [
        t for m in KNOWN.values() for t in m.translations if chinese.search(t) and t not in allowed
    ]
    assert found == []


TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1)


@given(
    plain=st.dictionaries(TEXT, TEXT, max_size=8),
    plural=st.dictionaries(TEXT, TEXT, max_size=3),
)
def test_what_is_written_is_read_by_ourselves_and_by_gettext(
    plain: dict[str, str], plural: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    messages = [Message(k, "", (v,)) for k, v in plain.items()]
    messages += [Message(f"n{k}", f"ns{k}", (v, v + "s")) for k, v in plural.items()]
    messages = list({m.msgid: m for m in messages}.values())
    file = tmp_path_factory.mktemp("po") / "x.po"
    file.write_text(write_po(messages), "utf-8", newline="")
    assert sorted(read_po(file)) == sorted(messages)
    catalogue = gettext.GNUTranslations(io.BytesIO(compile_mo(messages)))
    for m in messages:
        if m.plural:
            assert catalogue.ngettext(m.msgid, m.plural, 1) == m.translations[0]
            assert catalogue.ngettext(m.msgid, m.plural, 2) == m.translations[1]
        else:
            assert catalogue.gettext(m.msgid) == m.translations[0]


def test_extraction_finds_calls_and_tags(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = _('甲')\ny = ngettext('乙', '乙们', n)\nz = other('丙')\n")
    (tmp_path / "b.html").write_text(
        '{% load i18n %}{% translate "丁" %}{% blocktranslate %}戊{{ n }}{% endblocktranslate %}'
        "<p>己</p>"
    )
    found = {(m.msgid, m.plural) for m in extract(tmp_path)}
    assert found == {("甲", ""), ("乙", "乙们"), ("丁", ""), ("戊%(n)s", "")}


def test_a_broken_catalogue_names_the_line(tmp_path: Path) -> None:
    file = tmp_path / "x.po"
    file.write_text('msgid "a"\nmsgstr oops\n')
    with pytest.raises(ValueError, match="line 2"):
        read_po(file)
