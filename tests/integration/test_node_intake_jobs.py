"""Jobs of a desk in processes of their own: killed, resumed, cancelled, and nothing lost."""

import os
import signal
from pathlib import Path

import pytest

from qundao.intake.load import versions
from qundao.kernel.clock import utc_now
from qundao.kernel.errors import QundaoError
from qundao.node import intake_jobs, switch
from support.intake_desk import make_bench
from support.intake_hospital import MAPPING, write_hospital


@pytest.fixture
def bench(tmp_path):
    return make_bench(tmp_path, utc_now)


def refused(call, *given, **named) -> str:
    with pytest.raises(QundaoError) as caught:
        call(*given, **named)
    return caught.value.code


def loaded(bench):
    return versions(bench.desk.loaded)


def resume(bench, job):
    return bench.ended(intake_jobs.resume(bench.office, job=job.id, person=bench.li.id))


def left(bench):
    """What of a load's work still lies there: it holds rows of patients."""
    folder = bench.desk.folder
    return [*folder.rglob(".draft-*"), *folder.rglob(".work-*")]


def test_a_draft_is_rehearsed_and_not_loaded(bench):
    bench.save(MAPPING, bench.wang)
    assert refused(bench.start, "load", version=1) == "node.mapping_not_released"
    done = bench.ended(bench.start("rehearse", version=1))
    assert done.state == "done", done.problems
    people = next(t for t in done.outcome["account"]["tables"] if t["target"] == "person")
    told = (people["loaded"], people["rejected"], people["merged"], people["left_out"])
    assert sum(told) == people["candidates"] == 6
    assert loaded(bench) == []


def test_what_was_released_is_loaded_with_an_account_and_progress(bench):
    bench.released()
    done = bench.ended(bench.start("load", request="form-1", version=1))
    assert (done.state, done.outcome["loaded"], done.tries) == ("done", 1, 1)
    (version,) = loaded(bench)
    assert version.account == done.outcome["account"]
    stages = {s["what"]: s["rows"] for s in done.progress}
    assert stages["front.csv"] == 6
    assert next(s["rate"] for s in done.progress if s["what"] == "front.csv") > 0
    assert "condition_occurrence" in stages
    assert bench.desk.folder.stat().st_mode & 0o077 == 0
    assert bench.start("load", request="form-1", version=1).id == done.id, "the form sent again"
    for act in (intake_jobs.resume, intake_jobs.cancel):
        assert (
            refused(act, bench.office, job=done.id, person=bench.li.id) == "node.intake_job_state"
        )
    assert len(loaded(bench)) == 1


def test_one_job_at_a_time(bench, monkeypatch):
    os.mkfifo(bench.desk.sources / "front2.csv")
    bench.released()
    job = bench.start("load", version=1)
    assert refused(bench.start, "rehearse", version=1) == "node.intake_job_busy"
    ended = intake_jobs.cancel(bench.office, job=job.id, person=bench.li.id)
    assert ended.state == "cancelled"
    assert not intake_jobs.at_work(bench.office, bench.desk.id)
    assert (loaded(bench), left(bench)) == ([], [])
    (bench.desk.sources / "front2.csv").unlink()
    assert resume(bench, job).outcome["loaded"] == 1


@pytest.mark.parametrize(
    ("point", "versions_then"),
    [
        ("intake.load.after_chunk", 0),
        ("node.intake_job.before_finish", 1),
    ],
)
def test_a_killed_load_goes_on_where_it_was(bench, monkeypatch, point, versions_then):
    bench.released()
    monkeypatch.setenv("QUNDAO_FAULT", point)
    job = bench.ended(bench.start("load", version=1))
    assert (job.state, len(loaded(bench))) == ("interrupted", versions_then)
    monkeypatch.delenv("QUNDAO_FAULT")
    assert bool(left(bench)) == (versions_then == 0), "what it had read, to go on with"
    done = resume(bench, job)
    assert (done.state, done.outcome["loaded"], done.tries) == ("done", 1, 2)
    assert len(loaded(bench)) == 1
    assert left(bench) == []


def test_the_job_survives_the_node(bench, monkeypatch):
    """Another process of the node sees it, knows that it is alive, and can end it."""
    monkeypatch.setenv("QUNDAO_NODE_PASSPHRASE", "secret")
    os.mkfifo(bench.desk.sources / "front2.csv")
    bench.released()
    job = bench.start("load", version=1)
    again = intake_jobs.find(type(bench.office)(*_parts(bench.office)), job.id)
    assert (again.state, again.pid) == ("running", job.pid)
    assert os.getsid(job.pid) == job.pid
    assert b"PASSPHRASE" not in Path(f"/proc/{job.pid}/environ").read_bytes()
    os.kill(job.pid, signal.SIGKILL)
    assert bench.ended(job).state == "interrupted"
    bench.released(MAPPING + "# 2\n")
    code = refused(intake_jobs.resume, bench.office, job=job.id, person=bench.wang.id)
    assert code == "node.mapping_not_released", "superseded meanwhile"
    assert intake_jobs.find(bench.office, job.id).state == "interrupted"
    assert intake_jobs.cancel(bench.office, job=job.id, person=bench.wang.id).state == "cancelled"
    assert left(bench) == []


def _parts(office):
    from qundao.node.store import Store

    return office.folder, office.identity, office.keys, Store(office.folder.store), office.clock


def test_a_failure_says_what_is_wrong(bench):
    bench.released()
    (bench.desk.sources / "front.csv").unlink()
    failed = bench.ended(bench.start("load", version=1))
    assert (failed.state, failed.problems[0]["code"]) == ("failed", "intake.source_missing")
    assert (loaded(bench), left(bench)) == ([], [])


def test_a_stopped_node_starts_nothing(bench):
    bench.released()
    with bench.office.store.write() as tx:
        switch.press(tx, stopped=True, who="王敏", why="演练", at=bench.office.stamp())
    assert refused(bench.start, "load", version=1) == "node.stopped"


def write_second(bench):
    """A second delivery: A3 comes again with another birth, A5 is new."""
    rows = (
        "A3,王五（合成）,y,女,19910101,2023/2/3,2023/2/9,I10.x00,,",
        "A5,钱六（合成）,w,男,1950-05-05,2023-03-01,2023-03-04,E11.900,,",
    )
    write_hospital(bench.desk.sources, rows, "front2.csv")


def test_a_delivery_is_added_to_the_current_version(bench):
    bench.released()
    bench.ended(bench.start("load", version=1, how="all"))
    write_second(bench)
    job = bench.start("load", version=1, how="add")
    done = bench.ended(job)
    assert (done.state, done.outcome["loaded"]) == ("done", 2), done.problems
    account = done.outcome["account"]
    assert [s["file"] for s in account["sources"]] == ["front2.csv"]
    assert (account["base"], account["replaced"]["person"]) == (1, 1)
    first, second = (v.account["rows"]["person"] for v in loaded(bench))
    assert second == first + 1


def test_adding_where_no_file_is_new_makes_no_version(bench):
    bench.released()
    bench.ended(bench.start("load", version=1, how="all"))
    done = bench.ended(bench.start("load", version=1, how="add"))
    assert done.outcome == {"version": 1, "loaded": 1, "nothing_new": True}
    assert len(loaded(bench)) == 1


def test_an_addition_that_was_killed_is_made_once(bench, monkeypatch):
    bench.released()
    bench.ended(bench.start("load", version=1, how="all"))
    write_second(bench)
    monkeypatch.setenv("QUNDAO_FAULT", "node.intake_job.before_finish")
    job = bench.ended(bench.start("load", version=1, how="add"))
    assert (job.state, len(loaded(bench))) == ("interrupted", 2)
    monkeypatch.delenv("QUNDAO_FAULT")
    done = resume(bench, job)
    assert (done.outcome["loaded"], done.outcome["account"]["base"]) == (2, 1)
    assert len(loaded(bench)) == 2
