"""`qundao audit verify` as an auditor types it: a kept head convicts a hub that rewrote its log."""

from __future__ import annotations

import json

import pytest

from qundao.cli.main import main
from support.audit_logs import KEY, Log, make_event, make_log


@pytest.fixture
def kept():
    """A log, and a head of it that somebody kept."""
    log = make_log(6)
    return log, log.heads[-1]


def verify(tmp_path, log: Log, *lines: str) -> tuple[int, dict]:
    bundle, heads, out = (tmp_path / name for name in ("log.jsonl", "heads.jsonl", "out.json"))
    bundle.write_bytes(b"".join(log.lines()))
    heads.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    known = ("--known-heads", str(heads)) if lines else ()
    code = main(
        ["audit", "verify", "--bundle", str(bundle), "--key", KEY.verify_key.text,
         "--json", str(out), *known]
    )  # fmt: skip
    return code, json.loads(out.read_text("utf-8")) if out.exists() else {}


def rewritten() -> Log:
    """The same log with another past, wholly signed anew with the hub's own key."""
    log = Log()
    for sequence in range(8):
        log.add(make_event(sequence, subject="QD999999" if sequence == 2 else "QD000001"))
    log.sign()
    return log


def test_a_log_that_grew_extends_the_head_that_was_kept(tmp_path, kept) -> None:
    log, head = kept
    log.add(make_event(6))
    log.sign()
    code, told = verify(tmp_path, log, json.dumps(head.to_json()))
    assert (code, told["findings"]) == (0, [])


def test_a_past_that_the_hub_itself_rewrote_is_convicted_by_a_kept_head(tmp_path, kept) -> None:
    log = rewritten()
    assert verify(tmp_path, log)[0] == 0
    _, head = kept
    as_served = json.dumps({"head": head.to_json(), "key": KEY.verify_key.text})
    code, told = verify(tmp_path, log, "", as_served)
    assert code == 1
    assert [f["code"] for f in told["findings"]] == ["audit.head_mismatch"]


def test_a_log_cut_short_is_convicted_by_a_kept_head(tmp_path, kept) -> None:
    _, head = kept
    code, told = verify(tmp_path, make_log(4), json.dumps(head.to_json()))
    assert code == 1
    assert "audit.log_truncated" in [f["code"] for f in told["findings"]]


@pytest.mark.parametrize("line", ["rubbish", "[1]", '{"head": {}}', '{"signature": "x"}'])
def test_a_line_that_is_no_head_is_named(tmp_path, kept, capsys, line) -> None:
    log, head = kept
    code, _ = verify(tmp_path, log, json.dumps(head.to_json()), line)
    assert code == 2
    assert "heads.jsonl:2" in capsys.readouterr().err


def test_a_file_that_is_missing_is_named(tmp_path, capsys) -> None:
    missing = str(tmp_path / "nothing.jsonl")
    assert main(["audit", "verify", "--bundle", missing, "--key", KEY.verify_key.text]) == 2
    assert "nothing.jsonl" in capsys.readouterr().err
