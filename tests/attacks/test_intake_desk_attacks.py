"""Attacks on an intake desk: ways out of its folders, changed codes, others' folders and locks."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import stat
import threading
from pathlib import Path

import duckdb
import pytest

from qundao.intake.load import versions
from qundao.intake.load.identity import KEY_FILE, VAULT_FILE, Identity
from qundao.intake.load.versions import resumable_folder
from qundao.kernel.clock import utc_now
from qundao.kernel.errors import QundaoError
from qundao.node import intake_book, intake_desks, intake_jobs, intake_work
from support.intake_desk import make_bench
from support.intake_hospital import MAPPING

FROM_FILE = MAPPING.replace(
    "  sex: {", "  more: {file: codes.csv, code: code, concept: concept, otherwise: 0}\n  sex: {"
)


@pytest.fixture
def bench(tmp_path):
    return make_bench(tmp_path, utc_now)


def codes_of(call, *given, **named) -> set[str]:
    with pytest.raises(QundaoError) as caught:
        call(*given, **named)
    return {p.code for p in caught.value.problems}


@pytest.mark.parametrize("kind", ["profile", "rehearse", "load"])
@pytest.mark.parametrize("link", ["file", "folder", "sources", "written"])
def test_a_link_leads_no_job_out_of_its_folders(bench, tmp_path, kind, link):
    """Who can put a link into the sources does not read the node's keys by it."""
    version = bench.released()
    keys = bench.office.folder.keys
    (keys / "front9.csv").write_text("病案号,姓名\nsecret,secret\n", "utf-8")
    sources, folder = bench.desk.sources, bench.desk.folder
    if link == "file":
        (sources / "front9.csv").symlink_to(keys / "front9.csv")
    elif link == "folder":
        (sources / "more").symlink_to(keys)
    else:
        place = sources if link == "sources" else folder
        shutil.rmtree(place)
        place.symlink_to(keys)
    before = sorted(p.name for p in keys.iterdir())
    given = {"target": "omop 5.4"} if kind == "profile" else {"version": version}
    job = bench.ended(bench.start(kind, **given))
    assert job.state == "failed"
    assert {p["code"] for p in job.problems} == {"node.bad_intake_desk"}
    assert sorted(p.name for p in keys.iterdir()) == before
    assert "secret" not in intake_jobs.log_file(bench.office, job.id).read_text()


@pytest.mark.parametrize("place", ["", "identity", "stage", "bench"])
def test_a_desk_does_not_read_where_anothers_key_and_rows_lie(bench, tmp_path, place):
    held = bench.desk.folder / place
    held.mkdir(parents=True, exist_ok=True)
    link = tmp_path / "link"
    link.symlink_to(held)
    for sources in (held, link):
        given = {"name": "B", "sources": str(sources), "folder": str(tmp_path / "b")}
        told = codes_of(intake_desks.open_desk, bench.office, person=bench.wang.id, **given)
        assert told == {"node.bad_intake_desk"}


def test_what_a_desk_loaded_another_may_read(bench, tmp_path):
    tables = bench.desk.loaded / "v0001" / "tables"
    tables.mkdir(parents=True)
    given = {"name": "B", "sources": str(tables), "folder": str(tmp_path / "b")}
    assert intake_desks.open_desk(bench.office, person=bench.wang.id, **given).sources == tables


def test_two_desks_do_not_meet_behind_a_link_nor_write_into_sources(bench, tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    one = {"name": "B", "sources": str(tmp_path / "other"), "folder": str(tmp_path / "link/x")}
    intake_desks.open_desk(bench.office, person=bench.wang.id, **one)
    for folder in (tmp_path / "real/x/y", bench.desk.sources / "in"):
        two = {"name": "C", "sources": str(tmp_path / "other"), "folder": str(folder)}
        told = codes_of(intake_desks.open_desk, bench.office, person=bench.wang.id, **two)
        assert told == {"node.bad_intake_desk"}


def test_codes_that_are_changed_once_a_load_has_begun_are_not_what_it_loads(bench, monkeypatch):
    """Staging a slow source takes hours: a file of codes is read as it was released, or refused."""
    codes = bench.desk.sources / "codes.csv"
    codes.write_text("code,concept\nI10.x00,320128\nE11.900,201826\n", "utf-8")
    version = bench.released(FROM_FILE.replace("code(icd10, code)", "code(more, code)"))
    job = bench.start("rehearse", version=version)  # a row of the store to work by
    assert bench.ended(job).state == "done"
    with bench.office.store.write() as tx:
        told = json.dumps({"version": version, "before": 0})
        tx.execute("UPDATE intake_job SET given = ?, kind = 'load' WHERE id = ?", (told, job.id))
    work = intake_work.Work(bench.office.folder.root, job.id)

    load = intake_work.load

    def changed(*given, **named):
        codes.write_text("code,concept\nI10.x00,1\nE11.900,2\n", "utf-8")
        return load(*given, **named)

    monkeypatch.setattr(intake_work, "load", changed)
    intake_work.ACTS["load"](work)
    loaded = versions(bench.desk.loaded)[0].tables / "condition_occurrence.parquet"
    found = duckdb.sql(f"SELECT DISTINCT condition_concept_id FROM '{loaded}'").fetchall()
    assert {c for (c,) in found} == {320128, 201826, 0}
    with bench.office.store.read() as tx:
        assert codes_of(intake_book.to_load, tx, bench.desk.id, version) == {
            "node.mapping_codes_altered"
        }


def test_a_job_has_no_secret_in_its_arguments_nor_the_passphrase_in_its_environment(
    bench, monkeypatch
):
    monkeypatch.setenv("QUNDAO_NODE_PASSPHRASE", "open sesame")
    version = bench.released()
    started, seen = intake_jobs.subprocess.Popen, []

    def popen(command, **given):
        process = started(command, **given)
        place = Path(f"/proc/{process.pid}")
        seen.append((place.joinpath("cmdline").read_bytes(), given["env"]))
        return process

    monkeypatch.setattr(intake_jobs.subprocess, "Popen", popen)
    assert bench.ended(bench.start("load", version=version)).state == "done"
    ((arguments, environment),) = seen
    assert b"sesame" not in arguments
    assert "open sesame" not in environment.values()


class TestWorkFolders:
    def test_nothing_is_done_in_a_folder_that_is_a_link_or_open_to_others(self, tmp_path):
        parent, elsewhere = tmp_path / "node", tmp_path / "elsewhere"
        parent.mkdir()
        elsewhere.mkdir()
        precious = tmp_path / "precious"
        precious.write_text("kept")
        (parent / ".work-a").symlink_to(elsewhere)
        (parent / ".work-b").mkdir(mode=0o755)
        (parent / ".work-c").mkdir(mode=0o700)
        (parent / ".work-c" / "lock").symlink_to(precious)
        for work in ("a", "b", "c"):
            with resumable_folder(parent, work) as place:
                assert place.name.startswith(".draft-")
                assert stat.S_IMODE(place.stat().st_mode) == 0o700
                (place / "rows").write_text("row")
        assert list(elsewhere.iterdir()) == []
        assert precious.read_text() == "kept"

    def test_of_two_at_the_same_work_each_has_a_folder_and_both_are_gone(self, tmp_path):
        with resumable_folder(tmp_path, "a") as one, resumable_folder(tmp_path, "a") as other:
            assert one != other
            assert one.is_dir()
            assert other.is_dir()
        assert list(tmp_path.iterdir()) == []

    def test_a_lock_that_somebody_holds_is_respected(self, tmp_path):
        held = tmp_path / ".work-a"
        held.mkdir(mode=0o700)
        with (held / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            with resumable_folder(tmp_path, "b"):
                assert held.is_dir()
        with resumable_folder(tmp_path, "b"):
            assert not held.exists()


class TestKeyAndVault:
    def test_all_that_is_made_is_private_whatever_the_umask(self, tmp_path):
        before = os.umask(0)
        try:
            Identity(tmp_path / "own").keep([(1, "姓名", "张三（合成）")])
        finally:
            os.umask(before)
        modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "own").iterdir()}
        assert modes == {KEY_FILE: 0o600, VAULT_FILE: 0o600}
        assert stat.S_IMODE((tmp_path / "own").stat().st_mode) == 0o700

    def test_of_many_that_make_the_key_at_once_all_have_the_same(self, tmp_path):
        ready, found = threading.Barrier(8), []

        def make():
            ready.wait()
            found.append(Identity(tmp_path / "own").pseudonym("A1"))

        threads = [threading.Thread(target=make) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(found) == 8
        assert len(set(found)) == 1

    def test_a_vault_that_is_a_link_is_not_opened(self, tmp_path):
        elsewhere = tmp_path / "elsewhere"
        elsewhere.touch()
        own = Identity(tmp_path / "own")
        (tmp_path / "own" / VAULT_FILE).symlink_to(elsewhere)
        with pytest.raises(OSError, match=VAULT_FILE.replace(".", r"\.")):
            own.keep([(1, "姓名", "张三（合成）")])
        assert elsewhere.stat().st_size == 0
