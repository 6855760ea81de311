"""The worked example of docs/explanation/audit.md: computed here, and the page must agree."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from qundao.audit.receipts import check_receipt, make_receipt
from support.audit_logs import KEY, Log, make_event, make_log, named

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "audit.md"
ALTERED = 613


@pytest.fixture(scope="module")
def page() -> str:
    return PAGE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def log() -> Log:
    return make_log(1000, sign_every=100)


def test_the_root_of_the_example(log: Log, page: str) -> None:
    assert f"`{log.heads[-1].head.root.hex()}`" in page


def test_the_receipt_is_small(log: Log, page: str) -> None:
    receipt = make_receipt(log.store, make_event(ALTERED), log.heads[-1])
    assert check_receipt(receipt, KEY.verify_key) == ()
    assert len(receipt.proof) == 10
    assert "10 × 32 = 320" in page
    assert len(json.dumps(receipt.to_json(), ensure_ascii=False).encode()) < 2000


def test_one_altered_character_is_named(log: Log, page: str) -> None:
    altered = log.copy()
    altered.rewrite(ALTERED, actor="user_4")
    outcome = altered.verify()
    assert named(outcome, "audit.event_altered") == [(ALTERED, ALTERED)]
    assert outcome.proved == 1000
    assert outcome.findings[0].line("zh-hans").split("。")[0] in page
    assert outcome.findings[0].line("en").split(". ")[0] in page


def test_a_rewritten_tree_is_named_by_the_signed_heads(log: Log, page: str) -> None:
    rewritten = log.copy()
    rewritten.rewrite(ALTERED, leaf=True, levels=12, actor="user_4")
    outcome = rewritten.verify()
    assert named(outcome, "audit.head_mismatch") == [(600, 699)]
    assert outcome.proved == 600
    assert outcome.findings[0].line("en").split(". ")[0] in page
    assert "600–699" in page
