"""The node's keys: made once, closed to others, locked by a passphrase if there is one."""

import pytest

from qundao.kernel.errors import QundaoError
from qundao.node.keys import IDENTITY, MASK, api_token, load, load_or_make


def code(act, *args):
    with pytest.raises(QundaoError) as caught:
        act(*args)
    return caught.value.code


@pytest.mark.parametrize("passphrase", [None, "口令 passphrase"])
def test_the_same_keys_come_back(tmp_path, passphrase):
    made = load_or_make(tmp_path / "keys", passphrase)
    again = load_or_make(tmp_path / "keys", passphrase)
    assert again.identity.raw == made.identity.raw
    assert again.mask.raw == made.mask.raw
    assert made.identity.raw != made.mask.raw


def test_the_files_are_closed_to_others(tmp_path):
    load_or_make(tmp_path / "keys", None)
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700
    for name in (IDENTITY, MASK):
        assert (tmp_path / "keys" / name).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_file_that_others_may_read_is_not_used(tmp_path, mode):
    load_or_make(tmp_path, None)
    (tmp_path / IDENTITY).chmod(mode)
    assert code(load, tmp_path, None) == "node.key_exposed"


def test_a_passphrase_keeps_the_secret_out_of_the_file(tmp_path):
    keys = load_or_make(tmp_path, "open sesame")
    text = (tmp_path / IDENTITY).read_bytes()
    assert keys.identity.raw not in text
    assert b'"secret"' not in text


@pytest.mark.parametrize("passphrase", [None, "", "wrong"])
def test_another_passphrase_does_not_open_it(tmp_path, passphrase):
    load_or_make(tmp_path, "right")
    assert code(load, tmp_path, passphrase) == "node.key_unreadable"


def test_one_locked_file_does_not_pass_for_the_other(tmp_path):
    load_or_make(tmp_path, "right")
    (tmp_path / MASK).write_bytes((tmp_path / IDENTITY).read_bytes())
    assert code(load, tmp_path, "right") == "node.key_unreadable"


@pytest.mark.parametrize("text", [b"", b"{}", b"[]", b'{"schema": "qundao.node-key/1"}', b"\xff"])
def test_a_damaged_file_is_named(tmp_path, text):
    load_or_make(tmp_path, None)
    (tmp_path / IDENTITY).write_bytes(text)
    with pytest.raises(QundaoError) as caught:
        load(tmp_path, None)
    assert caught.value.code == "node.key_unreadable"
    assert str(tmp_path / IDENTITY) in caught.value.problems[0].where


def test_no_keys_at_all(tmp_path):
    assert code(load, tmp_path, None) == "node.key_unreadable"


def test_the_consoles_token_stays_the_same_and_closed(tmp_path):
    token = api_token(tmp_path)
    assert api_token(tmp_path) == token
    assert len(token) > 40
    assert (tmp_path / "api.token").stat().st_mode & 0o777 == 0o600


def test_nothing_prints_a_secret(tmp_path):
    keys = load_or_make(tmp_path, None)
    assert keys.identity.raw.hex() not in repr(keys)
    assert repr(keys.identity.raw) not in repr(keys)
