"""`qundao cohort …` as an analyst types it."""

from __future__ import annotations

import hashlib
import json
import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from qundao.cli.main import main
from qundao.intake import write_pilot
from qundao.query import (
    AdamPopulation,
    Aged,
    Anchor,
    Criterion,
    Domain,
    Entry,
    Equals,
    Group,
    Mode,
    NumberRange,
    Op,
    Population,
    Rule,
    batch,
    concept_set,
    new_users,
    to_json,
)
from support.gibleed import gibleed_file

BLEEDING = 192671
OLD = Group(Mode.ALL, person=(Aged(Anchor.START, NumberRange(Op.GTE, 60)),))
RULED = Population(
    "bleeding late in life",
    (concept_set("bleeding", BLEEDING),),
    Entry((Criterion(Domain.CONDITION, "bleeding", first=True),)),
    rules=(Rule("old", OLD),),
)
NOBODY = new_users(1)
IMPOSSIBLE = Rule("unborn", Group(Mode.ALL, person=(Aged(Anchor.START, NumberRange(Op.LT, 0)),)))


@pytest.fixture(scope="module")
def source():
    return f"duckdb:{gibleed_file()}"


@pytest.fixture
def folder(tmp_path):
    """Return a folder of definitions, two of which cannot be read."""
    made = tmp_path / "phenotypes"
    made.mkdir()
    write(made, "2", new_users(1118084))
    write(made, "12", new_users(1124300))
    write(made, "ruled", RULED)
    write(made, "nobody", NOBODY)
    (made / "broken.json").write_text("{", "utf-8")
    wrong = to_json(RULED) | {"collapse_days": -1}
    (made / "wrong.json").write_text(json.dumps(wrong), "utf-8")
    (made / "readme.txt").write_text("no definition")
    (made / "older").mkdir()
    write(made / "older", "2", NOBODY)
    return made


def write(folder, name, definition):
    (folder / f"{name}.json").write_text(json.dumps(to_json(definition)), "utf-8")


def write_bytes(folder, name, definition):
    """Write a definition under a name that need not be text."""
    (folder / os.fsdecode(name)).write_text(json.dumps(to_json(definition)), "utf-8")


def run(source, out, *definitions, **more):
    named = [a for d in definitions for a in ("--definitions", d)]
    extra = [a for k, v in more.items() for a in (f"--{k}", v)]
    return main([str(a) for a in ("cohort", "run", "--data", source, *named, "--out", out, *extra)])


def summary(out):
    read = json.loads((out / "summary.json").read_text("utf-8"))
    assert read["schema"] == "qundao.cohort/1"
    return {d["definition_id"]: d for d in read["definitions"]}


def test_members_of_every_definition_are_written_and_summed_up(source, folder, tmp_path, capsys):
    out = tmp_path / "deep" / "out"
    assert run(source, out, folder) == 1
    told = summary(out)
    assert list(told) == ["12", "2", "broken", "nobody", "ruled", "wrong"]
    assert (told["2"]["rows"], told["2"]["subjects"], told["2"]["error"]) == (1844, 1844, None)
    assert told["12"]["subjects"] == 850
    table = pq.read_table(out / "cohort.parquet")
    assert table.schema.names == [
        "definition_id",
        "subject_id",
        "cohort_start_date",
        "cohort_end_date",
    ]
    assert table.schema.types == [pa.string(), pa.int64(), pa.date32(), pa.date32()]
    assert table.num_rows == sum(d["rows"] or 0 for d in told.values())
    printed = capsys.readouterr()
    assert "2: 1,844 rows" in printed.out or "2：1,844 行" in printed.out
    assert "query.malformed" in printed.err


def test_the_sha_is_that_of_the_rows_in_the_file(source, folder, tmp_path):
    run(source, tmp_path / "out", folder)
    rows = pq.read_table(tmp_path / "out" / "cohort.parquet").to_pylist()
    for name, told in summary(tmp_path / "out").items():
        keys = ("subject_id", "cohort_start_date", "cohort_end_date")
        own = sorted(tuple(r[k] for k in keys) for r in rows if r["definition_id"] == name)
        text = "\n".join(f"{a},{b},{c}" for a, b, c in own)
        if told["error"] is None:
            assert told["sha"] == hashlib.sha256(text.encode()).hexdigest()[:16]
    assert summary(tmp_path / "out")["nobody"]["sha"] == "e3b0c44298fc1c14"


def test_a_definition_that_cannot_be_read_says_where_and_has_no_counts(source, folder, tmp_path):
    run(source, tmp_path, folder)
    wrong = summary(tmp_path)["wrong"]
    assert [wrong[k] for k in ("rows", "subjects", "sha", "inclusion")] == [None] * 4
    assert wrong["error"].keys() == {"code", "path", "required", "received"}
    assert (wrong["error"]["code"], wrong["error"]["path"]) == ("query.invalid", "$.collapse_days")
    assert wrong["error"]["received"] == "-1"
    assert summary(tmp_path)["broken"]["error"]["code"] == "query.malformed"


def test_a_hostile_definition_is_refused_and_stops_no_other(source, folder, tmp_path, capsys):
    for name, circe in (("ours", '"schema":"qundao.query/1",'), ("circe", "")):
        nested = '{"Groups":[' * 10_000 + "]}" * 10_000
        text = f'{{{circe}"AdditionalCriteria":{nested}}}'
        (folder / f"{name}.json").write_text(text, "utf-8")
    far = to_json(RULED) | {"collapse_days": 10**12}
    sql = to_json(RULED) | {"name": "x'; DROP TABLE person; --"}
    for name, body in (("far", far), ("sql", sql)):
        (folder / f"{name}.json").write_text(json.dumps(body), "utf-8")
    names = ("ours", "circe", "far", "sql", "ruled")
    assert run(source, tmp_path, *(folder / f"{n}.json" for n in names)) == 1
    told = summary(tmp_path)
    assert told["ruled"]["error"] is None
    assert {told[n]["error"]["code"] for n in ("ours", "circe")} == {"query.too_large"}
    assert (told["far"]["error"]["path"], told["far"]["error"]["received"]) == (
        "$.collapse_days",
        str(10**12),
    )
    refused = told["sql"]["error"]
    assert (refused["code"], refused["path"]) == ("query.name_refused", "$.name")
    assert refused["received"] == "; DROP"
    assert main(["cohort", "validate", str(folder / "sql.json")]) == 1
    assert "query.name_refused" in capsys.readouterr().err


def test_inclusion_rules_have_their_attrition(source, folder, tmp_path):
    assert run(source, tmp_path, folder / "ruled.json", json=tmp_path / "also.json") == 0
    told = summary(tmp_path)["ruled"]
    (rule,) = told["inclusion"]
    assert rule["name"] == "old"
    assert rule["persons"]["total"] > rule["persons"]["remaining"]
    assert rule["persons"]["remaining"] == rule["persons"]["satisfying"] == told["subjects"]
    assert rule["persons"]["total"] - rule["persons"]["gain"] == told["subjects"]
    assert (tmp_path / "also.json").read_text() == (tmp_path / "summary.json").read_text()


def test_a_second_run_says_the_same_and_touches_nothing_else(source, folder, tmp_path):
    (tmp_path / "mine.txt").write_text("kept")
    files = (folder / "2.json", folder / "12.json")
    run(source, tmp_path, *files)
    first, before = summary(tmp_path), (tmp_path / "cohort.parquet").read_bytes()
    run(source, tmp_path, *reversed(files))
    assert (tmp_path / "cohort.parquet").read_bytes() == before
    for told in (first, summary(tmp_path)):
        for one in told.values():
            del one["seconds"]
    assert first == {n: {k: v for k, v in d.items() if k != "seconds"} for n, d in first.items()}
    assert (tmp_path / "mine.txt").read_text() == "kept"


def test_definitions_and_results_may_share_a_folder(source, folder):
    assert run(source, folder, folder) == 1
    assert run(source, folder, folder) == 1
    assert "summary" not in summary(folder)


class Cancelled:
    """Yields some results, then is interrupted as by Ctrl-C."""

    def __init__(self, monkeypatch, error):
        self._error, self._run = error, batch.run_definitions
        monkeypatch.setattr(batch, "run_definitions", self)

    def __call__(self, *arguments):
        yield next(iter(self._run(*arguments)))
        raise self._error


@pytest.mark.parametrize(("error", "code"), [(KeyboardInterrupt(), 130), (OSError("x"), None)])
def test_a_run_that_is_cancelled_leaves_what_was_there(
    source, folder, tmp_path, monkeypatch, error, code
):
    out = tmp_path / "out"
    run(source, out, folder / "2.json")
    before = {p.name: p.read_bytes() for p in out.iterdir()}
    Cancelled(monkeypatch, error)
    if code is None:
        with pytest.raises(OSError, match="x"):
            run(source, out, folder)
    else:
        assert run(source, out, folder) == code
    assert {p.name: p.read_bytes() for p in out.iterdir()} == before


def test_what_a_killed_run_left_is_tidied_up(source, folder, tmp_path):
    child = os.fork()
    if not child:
        os._exit(0)
    os.waitpid(child, 0)
    left = tmp_path / f".cohort.parquet.{child}.tmp"
    left.write_text("half")
    of_a_living = tmp_path / f".cohort.parquet.{os.getppid()}.tmp"
    of_a_living.write_text("half")
    run(source, tmp_path, folder / "2.json")
    assert not left.exists()
    assert of_a_living.exists()


@pytest.mark.parametrize("given", ["missing.json", "empty", "twice"])
def test_a_usage_error_ends_before_anything_is_written(source, folder, tmp_path, given, capsys):
    (tmp_path / "empty").mkdir()
    out = tmp_path / "out"
    paths = [tmp_path / given] if given != "twice" else [folder, folder / "older"]
    assert run(source, out, *paths) == 2
    assert not out.exists()
    assert "cli." in capsys.readouterr().err


def test_a_bad_source_or_a_wrong_version_is_exit_code_2(source, folder, tmp_path):
    assert run(f"duckdb:{tmp_path / 'no.duckdb'}", tmp_path / "out", folder) == 2
    file = tmp_path / "file"
    file.write_text("")
    assert run(source, file, folder) == 2
    assert not (tmp_path / "out").exists()


def test_odd_names_and_unreadable_files_stop_nothing(source, tmp_path):
    odd = tmp_path / "odd"
    odd.mkdir()
    for name in (b"\xff\xfe.json", "心梗 a\n.json".encode(), b"._2.json"):
        write_bytes(odd, name, new_users(1118084))
    (odd / "gone.json").symlink_to(tmp_path / "nowhere.json")
    assert run(source, tmp_path / "out", odd) == 1
    told = summary(tmp_path / "out")
    assert [d["rows"] for d in told.values()] == [1844, None, 1844]
    assert list(told) == ["??", "gone", "心梗 a\n"]
    assert told["gone"]["error"]["code"] == "cli.cannot_read"


def test_one_file_named_twice_is_one_definition(source, folder, tmp_path):
    assert run(source, tmp_path, folder / "2.json", folder / "2.json") == 0
    assert list(summary(tmp_path)) == ["2"]


def test_subjects_of_trials_are_text(tmp_path):
    data = tmp_path / "pilot"
    write_pilot(data)
    write(tmp_path, "safe", AdamPopulation("safe", (Equals("adsl.saffl", ("Y",)),)))
    assert run(f"parquet:{data}", tmp_path, tmp_path / "safe.json") == 0
    assert summary(tmp_path)["safe"]["subjects"] == 254
    assert pq.read_schema(tmp_path / "cohort.parquet").field("subject_id").type == pa.string()


def test_validate_warns_by_definition_and_by_source(source, folder, tmp_path, capsys):
    write(folder, "ruled", Population("p", RULED.concept_sets, RULED.entry, rules=(IMPOSSIBLE,)))
    file = tmp_path / "warnings.json"
    paths = [str(folder / f"{n}.json") for n in ("nobody", "ruled")]
    assert main(["cohort", "validate", *paths, "--data", source, "--json", str(file)]) == 0
    read = json.loads(file.read_text("utf-8"))
    told = {d["definition_id"]: [w["code"] for w in d["warnings"]] for d in read["definitions"]}
    assert told["nobody"] == ["query.warn_unknown_concepts"]
    assert told["ruled"] == ["query.warn_nobody", "query.warn_empty_range"]
    assert "unborn" in capsys.readouterr().out


def test_validate_fails_where_a_definition_cannot_be_read(folder, capsys):
    assert main(["cohort", "validate", str(folder)]) == 1
    assert "$.collapse_days" in capsys.readouterr().out


def test_explain_speaks_the_language_asked_for(folder, tmp_path, capsys):
    asked = ["cohort", "explain", str(folder / "2.json")]
    assert main([*asked, "--language", "zh-hans"]) == 0
    chinese = capsys.readouterr().out
    assert "入组事件：“drug”的用药时段记录，每人首次" in chinese
    file = tmp_path / "words.json"
    assert main([*asked, "--language", "en", "--json", str(file)]) == 0
    assert "Enters with: drug era of “drug”" in capsys.readouterr().out
    (told,) = json.loads(file.read_text("utf-8"))["definitions"]
    assert told["words"]["zh-hans"] == chinese.rstrip("\n")


def test_explain_says_what_cannot_be_read_and_explains_the_rest(folder, capsys):
    assert main(["cohort", "explain", str(folder), "--language", "en"]) == 1
    printed = capsys.readouterr()
    assert "# ruled" in printed.out
    assert "wrong: " in printed.err
