"""The node's store: all of a transaction or none, private, migrated, and clear when it fails."""

import json
import sqlite3
import threading

import pytest

from qundao.kernel.errors import QundaoError, fail
from qundao.node import explore_book
from qundao.node.codes import STOPPED
from qundao.node.schema import MIGRATIONS
from qundao.node.store import Store


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "node.sqlite")


def settings(store):
    with store.read() as tx:
        return [r["name"] for r in tx.execute("SELECT name FROM setting ORDER BY name")]


def put(tx, name):
    tx.execute("INSERT INTO setting VALUES (?, '1')", (name,))


def test_it_is_synced_and_private(store):
    with store.read() as tx:
        assert tx.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert tx.execute("PRAGMA synchronous").fetchone()[0] == 2
        assert tx.execute("PRAGMA user_version").fetchone()[0] == len(MIGRATIONS)
    for file in store.path.parent.iterdir():
        assert file.stat().st_mode & 0o077 == 0, file.name


def test_budgets_of_versions_become_the_dataset_s(tmp_path):
    """The second migration: what was spent on any version is spent on the dataset."""
    path = tmp_path / "node.sqlite"
    old = sqlite3.connect(path, isolation_level=None)
    old.executescript(MIGRATIONS[0])
    old.execute("PRAGMA user_version = 1")
    for accession in ("QD000001.1", "QD000001.2"):
        row = (accession, "ehr", "", "omop 5.3", "", "{}", "{}", "", accession)
        old.execute("INSERT INTO dataset_version VALUES (?,?,?,?,?,?,?,?,?,NULL)", row)
    for accession, paid in (("QD000001.1", ["p", "q"]), ("QD000001.2", ["r"])):
        value = {"total": 3_000_000, "spent": 100_000 * len(paid), "questions": paid}
        old.execute("INSERT INTO budget VALUES ('m', ?, ?)", (accession, json.dumps(value)))
        old.execute("INSERT INTO explored VALUES (?, ?, '{}', 7)", (paid[0], accession))
    old.close()
    with Store(path).read() as tx:
        (held,) = explore_book.budgets(tx)
        assert (held["dataset"], held["spent"], held["total"]) == ("ehr", 300_000, 3_000_000)
        assert sorted(held["questions"]) == ["p", "q", "r"]
        assert explore_book.spent_on(tx, "ehr", held["year"]) == 200_000


def test_all_or_nothing(store):
    with store.write() as tx:
        put(tx, "kept")
    for error in (fail(STOPPED), KeyError("a bug"), SystemExit()):
        with pytest.raises(type(error)):
            put_and_raise(store, error)
    assert settings(store) == ["kept"]


def put_and_raise(store, error):
    with store.write() as tx:
        put(tx, "lost")
        raise error


def test_threads_wait_for_each_other(store):
    def count_up():
        for _ in range(20):
            with store.write() as tx:
                n = tx.execute("SELECT count(*) FROM setting").fetchone()[0]
                put(tx, f"{n:03d}")

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert settings(store) == [f"{n:03d}" for n in range(80)]


def test_a_reader_sees_one_state(store):
    other = Store(store.path)
    with store.read() as tx:
        before = tx.execute("SELECT count(*) FROM setting").fetchone()[0]
        with other.write() as writing:
            put(writing, "new")
        assert tx.execute("SELECT count(*) FROM setting").fetchone()[0] == before
    assert settings(store) == ["new"]


def test_a_second_opening_migrates_nothing(store):
    with store.write() as tx:
        put(tx, "kept")
    assert settings(Store(store.path)) == ["kept"]


def test_a_store_of_a_newer_version_is_refused_and_left_alone(store):
    with store.write() as tx:
        put(tx, "kept")
    store.close()
    plain = sqlite3.connect(store.path)
    plain.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    plain.close()
    with pytest.raises(QundaoError) as caught:
        Store(store.path)
    assert caught.value.code == "node.store_unusable"
    plain = sqlite3.connect(store.path)
    assert plain.execute("SELECT name FROM setting").fetchall() == [("kept",)]


def test_a_damaged_store_is_named(tmp_path):
    (tmp_path / "node.sqlite").write_bytes(b"this is no database at all" * 100)
    with pytest.raises(QundaoError) as caught:
        Store(tmp_path / "node.sqlite")
    assert caught.value.code == "node.store_unusable"


def test_a_full_disk_loses_nothing_that_was_kept(store):
    with store.write() as tx:
        put(tx, "kept")
    with pytest.raises(QundaoError) as caught:
        fill_up(store)
    assert caught.value.code == "node.disk_full"
    assert settings(store) == ["kept"]


def fill_up(store):
    with store.write() as tx:
        pages = tx.execute("PRAGMA page_count").fetchone()[0]
        tx.execute(f"PRAGMA max_page_count = {pages}")
        for n in range(10_000):
            tx.execute("INSERT INTO setting VALUES (?, ?)", (f"big{n}", "x" * 1000))


def test_the_list_of_what_left_is_append_only(store):
    with store.read() as tx:
        triggers = tx.execute(
            "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'gate_log'"
        ).fetchall()
    assert {t["sql"].split("BEFORE ")[1].split()[0] for t in triggers} == {"UPDATE", "DELETE"}
