"""One person under two record numbers: found, decided, and one person in the next load."""

from __future__ import annotations

import duckdb
import pytest

from qundao.cli.main import main
from qundao.intake.load import load, versions
from qundao.intake.load.duplicates import NAME_AND_PHONE, NUMBER, decide, find_duplicates
from qundao.intake.load.identity import Identity
from qundao.intake.mapping import read_mapping
from qundao.kernel.errors import QundaoError
from support.intake_hospital import MAPPING, write_hospital

TAIL = "1970年3月5日,2023-01-02,2023-01-08,I10.x00,,"
ROWS = (
    f"A1,张三,11010519491231002X,1,{TAIL}",
    f"A2,张三丰,11010519491231002x,1,{TAIL}",
    f"A3,李四,110105194912310021,2,{TAIL}",
    f"A4,李四,110105194912310021,2,{TAIL}",
    f"A5,王五,13800000001,2,{TAIL}",
    f"A6,王五,13800000001,2,{TAIL}",
    f"A7,赵六,13800000001,2,{TAIL}",
)


@pytest.fixture
def loaded(tmp_path):
    export = write_hospital(tmp_path / "export", ROWS)
    node = tmp_path / "node"
    node.mkdir()

    def run():
        load(read_mapping(MAPPING, "m.yaml"), export, node)
        version = versions(node / "loaded")[-1]
        people = f"SELECT person_id FROM '{version.tables}/person.parquet'"
        visits = f"SELECT DISTINCT person_id FROM '{version.tables}/visit_occurrence.parquet'"
        found = [{p for (p,) in duckdb.sql(q).fetchall()} for q in (people, visits)]
        assert found[0] == found[1]
        return found[0]

    return run, Identity(node / "identity"), node


def test_the_same_number_or_the_same_name_and_telephone_number_is_shown(loaded):
    run, identity, _ = loaded
    run()
    person = {n: identity.pseudonym(f"A{n}") for n in range(1, 8)}
    found = {(d.why, frozenset(d.persons)) for d in find_duplicates(identity)}
    assert found == {
        (NUMBER, frozenset((person[1], person[2]))),  # a wrong check digit (A3, A4) tells nothing
        (NAME_AND_PHONE, frozenset((person[5], person[6]))),  # a family shares a telephone (A7)
    }
    assert all("491231" not in d.shown for d in find_duplicates(identity))


def test_what_the_steward_decided_holds_from_the_next_load(loaded):
    run, identity, _ = loaded
    before = run()
    one, two = identity.pseudonym("A1"), identity.pseudonym("A2")
    decide(identity, one, two, same=True, by="王敏")
    after = run()
    assert before - after == {two}
    assert after < before
    assert find_duplicates(identity)[0].why == NAME_AND_PHONE
    decide(identity, two, one, same=False, by="王敏")
    assert run() == before
    assert len(find_duplicates(identity)) == 1


def test_decisions_that_lead_in_a_circle_end(loaded):
    run, identity, _ = loaded
    run()
    a, b, c = (identity.pseudonym(f"A{n}") for n in (1, 2, 3))
    for kept, other in ((a, b), (b, c), (c, a)):
        decide(identity, kept, other, same=True, by="王敏")
    assert len(run()) >= 5


@pytest.mark.parametrize("by", ["", "王敏"])
def test_only_known_persons_are_joined_and_by_somebody(loaded, by):
    run, identity, _ = loaded
    run()
    one, two = identity.pseudonym("A1"), identity.pseudonym("A2")
    with pytest.raises(QundaoError) as caught:
        decide(identity, one, two if not by else 12345, same=True, by=by)
    assert caught.value.code == "intake.not_duplicates"
    assert list(identity.decisions()) == []


def test_the_commands_list_and_decide(loaded, capsys, monkeypatch):
    monkeypatch.setenv("QUNDAO_LANGUAGE", "en")
    run, identity, node = loaded
    run()
    assert main(["intake", "duplicates", "--to", str(node)]) == 0
    told = capsys.readouterr().out
    assert told.count("the same identity number 110*************2X") == 1
    pair = [str(identity.pseudonym(a)) for a in ("A5", "A6")]
    assert all(p in told for p in pair)
    words = ["intake", "decide", *pair, "--same", "--by", "王敏", "--to", str(node)]
    assert main(words) == 0
    assert [(d.same, d.by) for d in identity.decisions()] == [(True, "王敏")]
    assert main(["intake", "decide", "1", "2", "--same", "--by", "x", "--to", str(node)]) == 2
    assert "intake.not_duplicates" in capsys.readouterr().err
