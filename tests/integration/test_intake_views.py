"""Views of a database as sources: loaded like files, kept no longer, their password nowhere."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from urllib.parse import quote, urlsplit, urlunsplit

import duckdb
import pyarrow as pa
import pytest

from qundao.cli.main import main
from qundao.intake.load import add, load, rehearse, versions
from qundao.intake.mapping import read_mapping
from qundao.intake.suggest.code_columns import names_of_codes
from qundao.kernel.errors import QundaoError
from support import postgresql_data
from support.intake_hospital import HEADER, MAPPING, ROWS, write_hospital

FILES = '{files: "front*.csv"}'
PASSWORD = "geheim/2026@合成"
WHOLE = ROWS[:-1]


def hospital(rows=WHOLE):
    """Return the small hospital's export as a table, with a column that numbers its rows."""
    cells = [[str(i), *row.split(",")] for i, row in enumerate(rows)]
    names = ["n", *HEADER.split(",")]
    return pa.table(dict(zip(names, map(list, zip(*cells, strict=True)), strict=True)))


def address():
    """Return the server's address with a password in it, which the server does not ask for."""
    parts = urlsplit(postgresql_data.url())
    user = f"{parts.username}:{quote(PASSWORD, safe='')}@"
    return urlunsplit(parts._replace(netloc=f"{user}{parts.hostname or ''}"))


@contextmanager
def served(monkeypatch, rows=WHOLE):
    """Serve the export as a view; yield the mapping that loads it."""
    monkeypatch.setenv("HIS_URL", address())
    with postgresql_data.schema_of({"front": hospital(rows)}) as schema:
        view = f'CREATE VIEW "{schema}".v_front AS SELECT * FROM "{schema}".front'
        postgresql_data.execute(view)
        yield schema, f"{{database: $HIS_URL, view: {schema}.v_front, keys: [n]}}"


def mapping(source, text=MAPPING):
    return read_mapping(text.replace(FILES, source), "m.yaml")


def refused(*arguments, act=load):
    with pytest.raises(QundaoError) as caught:
        act(*arguments)
    return [(p.code, p.where, p.received) for p in caught.value.problems]


def held_below(folder):
    """Return what the files below a folder hold, and their names."""
    return b"".join(p.name.encode() + p.read_bytes() for p in folder.rglob("*") if p.is_file())


def all_rows(version, table):
    return duckdb.sql(f"FROM '{version.folder}/tables/{table}.parquet' ORDER BY ALL").fetchall()


@pytest.mark.postgresql
def test_a_view_is_loaded_as_a_file_is_and_every_row_accounted_for(tmp_path, monkeypatch):
    export = write_hospital(tmp_path / "export", WHOLE)
    of_file = load(mapping(FILES), export, tmp_path / "node")
    with served(monkeypatch) as (schema, source):
        account = load(mapping(source), export, tmp_path / "node")
    assert account.tables == of_file.tables
    assert account.coverage == of_file.coverage
    (read,) = account.to_json()["sources"]
    assert (read["file"], read["rows"]) == (f"{schema}.v_front@localhost/qundao", 6)
    assert len(read["sha256"]) == 64
    one, two = versions(tmp_path / "node" / "loaded")
    for table in account.rows:
        assert all_rows(one, table) == all_rows(two, table)
    lineage = duckdb.sql(f"SELECT DISTINCT file FROM '{two.folder}/lineage/*/*.parquet'")
    assert lineage.fetchall() == [(read["file"],)]
    rejects = duckdb.sql(f"SELECT DISTINCT file FROM '{two.folder}/rejects.parquet'")
    assert rejects.fetchall() == [(read["file"],)]


@pytest.mark.postgresql
def test_its_password_is_nowhere_and_its_rows_are_gone_when_the_load_is_over(tmp_path, monkeypatch):
    node, secrets = tmp_path / "node", (PASSWORD, quote(PASSWORD, safe=""), address())
    seen = []

    def look(*_):
        seen.append(held_below(node))

    with served(monkeypatch) as (_, source):
        account = load(mapping(source), tmp_path, node, progress=look)
        rehearse(mapping(source), tmp_path, node, progress=look)
    after = held_below(node)
    assert any(b".parquet" in held and b"work.duckdb" in held for held in seen)
    for secret in secrets:
        assert secret not in str(account.to_json())
        assert not any(secret.encode() in held for held in (*seen, after))
    assert sorted(p.name for p in node.iterdir()) == ["identity", "loaded"]
    for row in WHOLE:
        assert row.split(",")[1].encode() not in after


@pytest.mark.postgresql
def test_a_view_is_read_anew_in_each_load(tmp_path, monkeypatch):
    node = tmp_path / "node"
    with served(monkeypatch) as (schema, source):
        first, again = (load(mapping(source), tmp_path, node) for _ in range(2))
        postgresql_data.execute(f"DELETE FROM \"{schema}\".front WHERE n = '0'")
        later = load(mapping(source), tmp_path, node)
    assert [a.sources[0].rows for a in (first, again, later)] == [6, 6, 5]
    assert first.sources == again.sources
    assert first.sources[0].digest != later.sources[0].digest
    assert first.tables == again.tables


WORK = """
import pathlib, sys
from qundao.intake.load import feeding, load
from qundao.intake.mapping import read_mapping
feeding.ROWS = 2
load(read_mapping(sys.argv[1], "m.yaml"), *map(pathlib.Path, sys.argv[2:]))
"""


@pytest.mark.postgresql
def test_a_killed_load_goes_on_and_leaves_no_rows_of_the_view(tmp_path, monkeypatch):
    node = tmp_path / "node"
    with served(monkeypatch) as (_, source):
        text = MAPPING.replace(FILES, source)
        command = [sys.executable, "-c", WORK, text, str(tmp_path), str(node)]
        fault = {**os.environ, "QUNDAO_FAULT": "intake.load.after_chunk@1"}
        assert subprocess.run(command, env=fault, check=False).returncode == -signal.SIGKILL
        (left,) = node.glob(".work-*")
        told = []
        load(mapping(source), tmp_path, node, progress=lambda what, n, _: told.append((what, n)))
    assert not left.exists()
    taken = [n for what, n in told if "v_front@" in what]
    assert taken == [6, 6]  # staged whole, then on from the second row in one chunk
    assert versions(node / "loaded")[0].account["sources"][0]["rows"] == 6
    assert not [p for p in node.iterdir() if p.name.startswith(".")]


@pytest.mark.postgresql
def test_whatever_is_missing_is_told_at_once(tmp_path, monkeypatch):
    monkeypatch.setenv("NO_SERVER", "postgresql://u:geheim@127.0.0.1:1/x")
    monkeypatch.setenv("STRAY", "postgresql://u:ge#heim@127.0.0.1/x")
    with served(monkeypatch) as (schema, _):
        sources = f"""{{files: none.csv}}
  unset: {{database: $NOT_SET, view: v, keys: [n]}}
  down: {{database: $NO_SERVER, view: v, keys: [n]}}
  stray: {{database: $STRAY, view: v, keys: [n]}}
  gone: {{database: $HIS_URL, view: {schema}.none, keys: [n]}}
  key: {{database: $HIS_URL, view: {schema}.v_front, keys: [m]}}"""
        told = refused(mapping(sources), tmp_path, tmp_path / "node")
    assert [(code, where) for code, where, _ in told] == [
        ("intake.source_missing", "sources.front"),
        ("intake.address_unset", "sources.unset"),
        ("intake.source_missing", "sources.down"),
        ("intake.bad_address", "sources.stray"),
        ("intake.no_such_table", "sources.gone"),
        ("intake.unknown_option", "sources.key"),
    ]
    assert not any("heim" in received for *_, received in told)
    assert not (tmp_path / "node" / "loaded").exists()


@pytest.mark.postgresql
def test_moments_with_a_zone_are_those_of_the_hospitals_clock(tmp_path, monkeypatch):
    with served(monkeypatch) as (schema, source):
        postgresql_data.execute(
            f'CREATE VIEW "{schema}".v_zoned AS SELECT n, 病案号, 姓名, 身份证号, 性别, 出生,'
            " 主要诊断, 其他诊断1, 其他诊断2, timestamptz '2023-01-02 07:30:00+08' AS 入院, 出院"
            f" FROM \"{schema}\".front WHERE n = '0'"
        )
        zoned = source.replace("v_front", "v_zoned")
        told = refused(mapping(zoned), tmp_path, tmp_path / "node")
        assert [t[:2] for t in told] == [("intake.zone_needed", "sources.front")]
        for zone, day in (("Asia/Shanghai", "2023-01-02"), ("UTC", "2023-01-01")):
            clock = zoned.replace("}", f", zone: {zone}}}")
            _, rows = rehearse(mapping(clock), tmp_path, tmp_path / "node")
            assert str(rows["visit_occurrence"][0]["visit_start_date"]) == day


@pytest.mark.postgresql
def test_names_of_codes_are_found_in_views_too(tmp_path, monkeypatch):
    renamed = MAPPING.replace("主要诊断", "诊断编码").replace(
        '      - {code: "其他诊断{n}", status: 32908, n: 1..2}\n', ""
    )
    with served(monkeypatch) as (schema, source):
        postgresql_data.execute(
            f'CREATE VIEW "{schema}".v_named AS SELECT *, 主要诊断 AS 诊断编码,'
            f" '名' || 主要诊断 AS 诊断名称 FROM \"{schema}\".front"
        )
        named = mapping(source.replace("v_front", "v_named"), renamed)
        found = names_of_codes(named, tmp_path, tmp_path / "node", {"icd10": ["ZZZ"]})
    assert found == {"icd10": {"ZZZ": "名ZZZ"}}


@pytest.mark.postgresql
def test_a_view_is_profiled_by_its_variable(monkeypatch, capsys, tmp_path):
    out = tmp_path / "profile.json"
    with served(monkeypatch) as (schema, _):
        view = ["--view", f"{schema}.v_front", "--out", str(out)]
        assert main(["intake", "profile", "--database", "$HIS_URL", *view]) == 0
        shown = capsys.readouterr()
        assert f"{schema}.v_front@localhost/qundao" in shown.out
        assert main(["intake", "profile", "--database", address(), *view]) != 0
        shown = capsys.readouterr().err
    assert "$NAME" in shown
    assert PASSWORD not in shown
    assert quote(PASSWORD, safe="") not in shown + out.read_text("utf-8")


@pytest.mark.parametrize(
    "arguments", [[], ["--database", "$X"], ["--view", "v", "x.csv"], ["--database", "$X", "x.csv"]]
)
def test_files_and_views_are_not_mixed_up(arguments, capsys):
    assert main(["intake", "profile", *arguments]) != 0
    assert "--database" in capsys.readouterr().err


@pytest.mark.postgresql
def test_a_view_is_added_to_a_version_by_its_newer_rows(tmp_path, monkeypatch):
    node = tmp_path / "node"
    with served(monkeypatch) as (schema, source):
        timed = mapping(source.replace("}", ", newer: 入院}"))
        load(timed, tmp_path, node)
        assert add(timed, tmp_path, node) is None
        assert sorted(p.name for p in node.iterdir()) == ["identity", "loaded"]
        postgresql_data.execute(
            f"INSERT INTO \"{schema}\".front SELECT '9', 'A9', 姓名, 身份证号, 性别, 出生,"
            " '2023-06-01', '2023-06-02', 主要诊断, 其他诊断1, 其他诊断2"
            f" FROM \"{schema}\".front WHERE n = '0'"
        )
        account = add(timed, tmp_path, node)
    assert (account.base, account.sources[0].rows) == (1, 7)
    told = {t.target: t for t in account.tables}["visit_occurrence"]
    assert (told.candidates, told.left_out, told.loaded) == (7, 5, 1)
    one, two = versions(node / "loaded")
    assert len(all_rows(two, "person")) == len(all_rows(one, "person")) + 1
