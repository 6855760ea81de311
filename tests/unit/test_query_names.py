"""Names are plain text: what would do something in SQL or a template is refused, prose is not."""

from __future__ import annotations

import pytest

from qundao.kernel.errors import QundaoError
from qundao.query import ConceptSet
from qundao.query.names import refuse_program


@pytest.mark.parametrize(
    "name",
    [
        "x'; DROP TABLE person; --",
        "1); delete from cohort",
        "a\n;\n\ninsert into t(x) values (1)",
        "ＤＲＯＰ　ＴＡＢＬＥ person",
        "' OR 1=1",
        '" or "a"="a',
        "x') union all select *",
        "a; exec xp_cmdshell",
        "update person set name = 1",
        "closed' --",
        "/* hidden */",
        "@cdm_database_schema.person",
        "{@x}",
        "{1 != 0}?{a}:{b}",
        "${HOME}",
        "{{ name }}",
        "a\x00b",
        "a\x1b[2Jb",
        "abc\u202egnp",
    ],
)
def test_a_piece_of_a_program_is_refused(name):
    with pytest.raises(QundaoError) as error:
        refuse_program("here", name)
    assert (error.value.code, error.value.problems[0].where) == ("query.name_refused", "here")
    assert error.value.problems[0].received.isprintable()


@pytest.mark.parametrize(
    "name",
    [
        "Parkinson's disease",
        "no events in prior 'clean window' - 365 days",
        "'clean window' or age >= 18; update of 2024",
        "Glucose [Mass/volume] in Serum --2 hours post 75 g; or plasma",
        "Drop attacks; select patients from 2 hospitals",
        "Table 1; create a set of values, then delete",
        "[LEGEND HTN} Diarrhea",
        "a@example.org",
        "\n\nMultiple\xa0sclerosis\n",
        "心肌梗死；或 (AND) 卒中 = 中风",
        "5% & 10 mg/mL {1 UNT}",
    ],
)
def test_prose_is_a_name(name):
    refuse_program("here", name)


def test_a_name_is_looked_at_wherever_it_is_given():
    with pytest.raises(QundaoError) as error:
        ConceptSet("a; drop table b", ())
    assert error.value.code == "query.name_refused"
