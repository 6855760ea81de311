"""The readable data behind suggestions: what it says of itself holds."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from qundao.intake.mapping.expression import Name, calls, names, parse
from qundao.intake.meaning_sorts import SORTS
from qundao.intake.suggest.code_forms import forms_of
from qundao.intake.suggest.column_names import alike, known
from qundao.intake.suggest.lexicon import numbered_forms, plain_name, roles
from qundao.intake.suggest.likeness import bigrams, inside
from qundao.intake.suggest.reasons import REASONS, Because, because
from qundao.intake.suggest.rules import kinds, lists
from qundao.models import omop

ROLE = re.compile(r"\{(\w+)\}")


def expressions():
    for kind in kinds().values():
        for table in kind.tables:
            texts = [t for many in table.fields.values() for t in many]
            texts += [when for when, _ in table.reject] + ([table.where] if table.where else [])
            texts += [t for parts in table.each for t in parts.values()]
            yield from ((kind, table, text) for text in texts)


def test_plans_speak_of_roles_and_lists_that_there_are():
    for kind, _, text in expressions():
        assert set(ROLE.findall(text)) - {"n"} <= set(roles()), text
        for call in calls(parse(ROLE.sub("x", text))):
            if call.name == "code":
                assert isinstance(call.args[0], Name)
                assert call.args[0].name in lists(), text
        assert set(kind.tells) <= set(roles())


def test_plans_fill_fields_of_the_model_and_all_that_are_required_but_concepts():
    for kind in kinds().values():
        for plan in kind.tables:
            tables = [omop(v)[plan.target] for v in ("5.3", "5.4")]
            for field in plan.fields:
                assert any(field in table for table in tables), (kind.id, field)
            for table in tables:
                needed = {f.name for f in table.fields if f.required}
                assert needed <= set(plan.fields), (kind.id, plan.target)


def test_plans_name_persons_by_their_pseudonyms_alone():
    asked = 0
    for _, _, text in expressions():
        node = parse(ROLE.sub(lambda m: f"role_{m[1]}", text))
        inside = [n for c in calls(node) if c.name == "person" for n in names(c)]
        assert list(names(node)).count("role_person") == inside.count("role_person"), text
        asked += inside.count("role_person")
    assert asked > 10


def test_roles_know_meanings_that_there_are_and_each_name_once():
    for role in roles().values():
        assert role.meanings <= {*SORTS, "date", "datetime"}, role.id
        assert role.types <= {"text", "integer", "number", "date", "datetime", "empty"}
        twice = [n for n, k in Counter(x.plain for x in role.names).items() if k > 1]
        assert not twice, role.id


def test_a_name_is_known_in_any_width_case_and_with_signs():
    assert plain_name("Ａ12Ｃ") == plain_name("a-12 c") == "a12c"
    assert plain_name("门（急）诊诊断编码") == plain_name("门(急)诊 诊断编码")
    assert ("其他诊断{n}编码", 7) in numbered_forms(plain_name("其他诊断07编码"))


def test_reasons_are_a_closed_set_and_speak_both_languages():
    told = because("key", column="就诊流水号")
    assert told.words.zh == "就诊流水号 是来源表的主键"
    assert told.to_json()["facts"] == {"column": "就诊流水号"}
    with pytest.raises(ValueError, match="is required"):
        Because("because_i_say_so")
    assert len({w.zh for w in REASONS.values()}) == len(REASONS)


@pytest.mark.parametrize(
    ("code", "forms"),
    [
        ("I10", ["I10"]),
        ("I10.x00", ["I10X00", "I10"]),
        ("I10.x00x002", ["I10X00X002", "I10X00", "I10"]),
        ("E11.900", ["E11900", "E119", "E11"]),
        ("E11.900x001", ["E11900X001", "E11900", "E119", "E11"]),
        ("e11.9", ["E119", "E11"]),
        ("S72.0", ["S720", "S72"]),
        ("Ｉ１０．ｘ００", ["I10X00", "I10"]),
        ("47.0101", ["470101", "4701", "470"]),
        ("38.9300x001", ["389300X001", "389300", "3893", "389"]),
        ("YP0001", ["YP0001"]),
        ("阳性", []),
        ("", []),
    ],
)
def test_forms_of_a_code(code, forms):
    assert [f.plain for f in forms_of(code)] == forms


def test_forms_get_less_sure_as_more_is_cut():
    scores = [f.score for f in forms_of("E11.900x001")]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > scores[-1]


def test_a_name_is_like_what_it_shares_pairs_with_or_holds():
    assert bigrams("高血压") == {"高血", "血压"}
    assert inside("入院时间", "本次入院时间") > inside("入院时间", "入院登记时间") > 0
    assert inside("入院时间", "入院以后很久随访的时间") == 0
    assert inside("入院时间", "时间入院") == 0
    assert alike("处方药品编码")["drug"].likeness > 0.7
    assert alike("检验项目代号")["lab_item"].likeness == pytest.approx(4 / 6)  # of 检验项目代码
    assert "frequency" not in alike("栏目九")
    assert alike("出院其他诊断07编码")["other_diagnosis"].number == 7


def test_a_known_name_tells_its_role_and_number():
    (found,) = known("qtzdbm3")
    assert (found.role, found.number) == ("other_diagnosis", 3)
    assert [k.role for k in known("csrq")] == ["birth"]
    assert known("栏目九") == ()
