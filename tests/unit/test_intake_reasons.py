"""Every reason for which the product itself rejects a row has words in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import qundao.intake.load as room
from qundao.intake.load.reasons import REASONS, reason_words

SOURCES = [
    p
    for folder in (Path(room.__file__).parent, Path(room.__file__).parents[1] / "mapping")
    for p in folder.glob("*.py")
]


def test_every_reason_in_the_code_has_words():
    text = "\n".join(p.read_text("utf-8") for p in SOURCES if p.name != "reasons.py")
    used = set(re.findall(r'Fault\("(\w+)"', text)) | set(re.findall(r'"(not_a_\w+)"', text))
    used |= {"empty", "too_long", "no_parent", "key_repeated"}
    assert used <= REASONS.keys()


def test_a_reason_is_told_with_its_field_and_a_mappings_own_as_it_is():
    assert reason_words("not_a_date:day").zh == "不是日历上的日期（day）"
    assert reason_words("key_repeated").en == "the same key with other content"
    assert reason_words("出院早于入院").en == "出院早于入院"
