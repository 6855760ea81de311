"""The pseudonyms that the work database makes of many are those that a node makes of each."""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qundao.intake.load.identity import KEY_FILE, Decision, Identity
from qundao.intake.load.layout import PSEUDONYMS
from qundao.intake.load.pseudonyms import make_pseudonyms
from qundao.intake.load.work_database import WorkDatabase, work_database

PLAIN = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=70)
ODD = st.one_of(
    st.text(max_size=12), st.sampled_from(["Ａ１", "ß", " a", "a\t", "é", "\x7f", "\x1c"])
)
SAME = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def identity(tmp_path):
    return Identity(tmp_path / "identity")


def made(identity, identifiers, known=()):
    """Return the pseudonyms that are made of identifiers, beside those that are there."""
    with duckdb.connect() as connection:
        database = WorkDatabase(connection, new=True)
        database.declare(PSEUDONYMS, "identifier TEXT, pseudonym BIGINT")
        for identifier, pseudonym in known:
            database.rows(f"INSERT INTO {PSEUDONYMS} VALUES (?, ?)", identifier, pseudonym)
        given = pa.table({"identifier": pa.array(identifiers, pa.string())})
        with database.beside("given", given):
            make_pseudonyms(database, identity, "SELECT identifier FROM given")
        rows = database.rows(f"SELECT identifier, pseudonym FROM {PSEUDONYMS}")
    assert len(rows) == len(dict(rows))
    return dict(rows)


@SAME
@given(st.lists(st.one_of(PLAIN, ODD, st.none()), max_size=30))
def test_many_are_told_as_one_by_one(identity, identifiers):
    expected = {i: identity.pseudonym(i) for i in identifiers if i is not None}
    assert made(identity, identifiers) == expected


def test_the_key_is_in_nothing_that_a_work_database_writes(identity, tmp_path):
    """The key is a parameter of a statement: neither it nor what it becomes is put down."""
    given = pa.table({"identifier": [f"P{i}" for i in range(300_000)]})
    with work_database(tmp_path, 64, 2) as connection:
        database = WorkDatabase(connection, new=True)
        database.declare(PSEUDONYMS, "identifier TEXT, pseudonym BIGINT")
        with database.beside("given", given):
            make_pseudonyms(database, identity, "SELECT identifier FROM given")
        written = [f for f in tmp_path.rglob("*") if f.is_file() and f.name != KEY_FILE]
        held = {file.name: file.read_bytes() for file in written}
    assert any(b"P299999" in data for data in held.values())
    secrets = [(tmp_path / "identity" / KEY_FILE).read_bytes(), *identity.hmac_blocks]
    assert not [name for name, data in held.items() for s in secrets if s[:16] in data]


def test_whoever_has_a_pseudonym_keeps_it(identity):
    assert made(identity, ["p1", "p2", "p2"], [("p1", 7)]) == {
        "p1": 7,
        "p2": identity.pseudonym("p2"),
    }


def test_whoever_is_decided_to_be_somebody_else_has_their_pseudonym(identity):
    kept, other = map(identity.pseudonym, ("p1", "p2"))
    identity.decide(Decision(kept, other, True, "steward"))
    assert made(identity, ["p1", "p2"]) == {"p1": kept, "p2": kept}
