"""Signed heads and receipts: what the hub signs, and what a third party checks alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qundao.audit.heads import SignedHead, TreeHead, check_extension, check_head, sign_head
from qundao.audit.receipts import Receipt, check_receipt, make_receipt
from qundao.audit.tree import consistency_proof, root
from qundao.kernel.errors import Problem, QundaoError
from qundao.kernel.signing import SigningKey
from support.audit_logs import KEY, ORIGIN, START, make_event, make_log

TRUSTED = KEY.verify_key
LOG = make_log(11)
HEAD = LOG.heads[-1]


def codes(problems: tuple[Problem, ...]) -> list[str]:
    return [problem.code for problem in problems]


def test_a_head_verifies_after_a_walk_through_json() -> None:
    again = SignedHead.from_json(json.loads(json.dumps(HEAD.to_json())))
    assert again == HEAD
    assert check_head(again, TRUSTED, ORIGIN) == ()
    assert again.head.size == 11
    assert again.head.root == root(LOG.store)


@pytest.mark.parametrize(
    "changed",
    [
        {"size": 10},
        {"root": bytes(32)},
        {"at": START},
        {"origin": "elsewhere"},
    ],
)
def test_no_part_of_a_head_can_be_changed(changed: dict[str, object]) -> None:
    forged = replace(HEAD, head=replace(HEAD.head, **changed))  # type: ignore[arg-type]
    assert codes(check_head(forged, TRUSTED)) == ["audit.head_forged"]


def test_the_key_that_a_head_names_is_the_one_that_signed_it() -> None:
    assert codes(check_head(replace(HEAD, key="0" * 32), TRUSTED)) == ["audit.head_forged"]


def test_another_key_cannot_sign_for_the_hub() -> None:
    other = sign_head(SigningKey.generate(), HEAD.head)
    assert codes(check_head(other, TRUSTED)) == ["audit.head_forged"]
    posing = replace(other, key=TRUSTED.fingerprint)
    assert codes(check_head(posing, TRUSTED)) == ["audit.head_forged"]


def test_a_signature_for_something_else_is_no_head() -> None:
    payload = HEAD.head.content()
    signature = KEY.sign("application/vnd.qundao.permit+json", json.dumps(payload).encode())
    assert codes(check_head(replace(HEAD, signature=signature), TRUSTED)) == ["audit.head_forged"]


def test_a_head_of_another_log_is_named() -> None:
    assert codes(check_head(HEAD, TRUSTED, "another/log")) == ["audit.foreign_origin"]


@pytest.mark.parametrize(
    "changed", [{"size": "11"}, {"size": -1}, {"root": "00"}, {"at": "x"}, {"key": 1}, {"new": 1}]
)
def test_another_form_is_not_a_head(changed: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        SignedHead.from_json({**HEAD.to_json(), **changed})


@pytest.mark.parametrize(
    ("name", "respell"),
    [
        ("root", str.upper),
        ("root", lambda root: root[:2] + " " + root[2:]),
        ("at", lambda at: at.replace(".000004Z", ".4Z")),
        ("at", lambda at: at.replace("T01", "T1")),
        ("signature", lambda signature: signature + "="),
    ],
)
def test_another_spelling_is_not_a_head(name: str, respell: Callable[[str], str]) -> None:
    data = HEAD.to_json()
    changed = {**data, name: respell(data[name])}
    assert changed != data
    with pytest.raises(ValueError):
        SignedHead.from_json(changed)


def test_a_head_must_be_possible() -> None:
    with pytest.raises(ValueError, match="origin"):
        TreeHead("", 1, bytes(32), START)
    with pytest.raises(ValueError, match="32 bytes"):
        TreeHead(ORIGIN, 1, b"", START)
    with pytest.raises(ValueError, match="time zone"):
        TreeHead(ORIGIN, 1, bytes(32), START.replace(tzinfo=None))


@pytest.mark.parametrize("older", LOG.heads[:-1])
def test_each_head_extends_those_before_it(older: SignedHead) -> None:
    proof = consistency_proof(LOG.store, older.head.size, HEAD.head.size)
    assert check_extension(older, HEAD, proof, TRUSTED) == ()


def test_a_rewritten_log_does_not_extend_the_old_head() -> None:
    forged = make_log(5)
    forged.add(make_event(5, actor="attacker"))
    forged.sign()
    older, newer = LOG.heads[1], make_log(12).heads[-1]
    assert older.head.size == 8
    proof = consistency_proof(forged.store, 4, 6)
    assert codes(check_extension(older, newer, proof, TRUSTED)) == ["audit.not_an_extension"]


@given(st.integers(0, 10), st.data())
def test_a_receipt_proves_its_event_alone(index: int, data: st.DataObject) -> None:
    heads = [head for head in LOG.heads if head.head.size > index]
    head = data.draw(st.sampled_from(heads))
    receipt = make_receipt(LOG.store, make_event(index), head)
    again = Receipt.from_json(json.loads(json.dumps(receipt.to_json())))
    assert again == receipt
    assert check_receipt(again, TRUSTED) == ()


@given(st.data())
def test_any_changed_character_of_a_receipt_is_noticed(data: st.DataObject) -> None:
    receipt = make_receipt(LOG.store, make_event(6), HEAD)
    text = json.dumps(receipt.to_json())
    place = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.characters(min_codepoint=32, max_codepoint=126))
    changed = text[:place] + letter + text[place + 1 :]
    try:
        again = Receipt.from_json(json.loads(changed))
    except (ValueError, QundaoError, TypeError):
        return
    assert again.to_json() == receipt.to_json() or check_receipt(again, TRUSTED)


def test_a_receipt_for_a_changed_event_fails() -> None:
    receipt = make_receipt(LOG.store, make_event(6), HEAD)
    forged = replace(receipt, event=make_event(6, actor="somebody_else"))
    assert codes(check_receipt(forged, TRUSTED)) == ["audit.proof_invalid"]


def test_no_receipt_under_a_head_older_than_the_event() -> None:
    with pytest.raises(QundaoError) as error:
        make_receipt(LOG.store, make_event(9), LOG.heads[1])
    assert error.value.code == "audit.bad_position"


def test_another_form_is_not_a_receipt() -> None:
    data = make_receipt(LOG.store, make_event(6), HEAD).to_json()
    with pytest.raises(ValueError, match="spelling"):
        Receipt.from_json({**data, "proof": [step.upper() for step in data["proof"]]})
    with pytest.raises(ValueError, match="receipt"):
        Receipt.from_json({"schema": "qundao.audit-receipt/1"})
