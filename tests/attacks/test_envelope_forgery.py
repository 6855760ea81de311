"""What may be tried against envelopes on their way between hub and node."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qundao.kernel.clock import stamp
from qundao.kernel.errors import QundaoError
from qundao.kernel.signing import SigningKey, VerifyKey, b64
from qundao.protocol.envelope import (
    ENVELOPE_TYPE,
    LARGEST,
    Envelope,
    claimed_issuer,
    open_envelope,
    parse_envelope,
    read_letter,
    seal,
)
from support.permits import HUB_KEY, NODE_KEYS, START

KEY = HUB_KEY


def sealed(**changed):
    given_ = {"issuer": "hub", "audience": "node_a", "key": KEY, "now": START}
    return seal("qundao.poll/1", {"n": 1}, **{**given_, **changed})


def opened(envelope, *, now=START, key=KEY.verify_key, audience="node_a"):
    return open_envelope(envelope, key=key, issuer="hub", audience=audience, now=now)


def signed(payload: bytes) -> Envelope:
    return Envelope(
        key=KEY.verify_key.fingerprint,
        payload=b64(payload),
        signature=b64(KEY.sign(ENVELOPE_TYPE, payload)),
    )


def code(envelope, **how):
    with pytest.raises(QundaoError) as caught:
        opened(envelope, **how)
    return caught.value.code.removeprefix("protocol.")


def letter_json(**changed):
    plain = {
        "id": "msg_1",
        "type": "qundao.poll/1",
        "issuer": "hub",
        "audience": "node_a",
        "issued_at": stamp(START),
        "expires_at": stamp(START + timedelta(days=1)),
        "nonce": "0" * 32,
        "body": {},
    }
    return json.dumps({**plain, **changed}).encode()


def test_an_honest_envelope_opens_after_the_wire():
    envelope = parse_envelope(sealed().model_dump_json())
    letter = opened(envelope)
    assert (letter.issuer, letter.audience, letter.body) == ("hub", "node_a", {"n": 1})
    assert letter.digest == envelope.digest
    assert claimed_issuer(envelope) == "hub"


class TestSignature:
    def test_another_key_that_claims_the_fingerprint(self):
        thief = sealed(key=SigningKey.generate())
        forged = thief.model_copy(update={"key": KEY.verify_key.fingerprint})
        assert code(forged) == "bad_signature"

    def test_another_key_under_its_own_name(self):
        assert code(sealed(key=SigningKey.generate())) == "bad_signature"

    @pytest.mark.parametrize(
        "change",
        [
            {"suite": "none"},
            {"suite": "sm2"},
            {"schema_": "qundao.envelope/0"},
            {"signature": ""},
            {"signature": "!!"},
            {"key": ""},
        ],
    )
    def test_a_changed_wrapper(self, change):
        assert code(sealed().model_copy(update=change)) == "bad_signature"

    def test_a_permit_signature_is_no_envelope_signature(self):
        payload = letter_json()
        other = b64(KEY.sign("application/vnd.qundao.permit+json", payload))
        assert code(signed(payload).model_copy(update={"signature": other})) == "bad_signature"

    def test_nothing_inside_is_read_before_the_signature(self):
        garbage = Envelope(key=KEY.verify_key.fingerprint, payload=b64(b"garbage"), signature="AA")
        assert code(garbage) == "bad_signature"

    @given(st.data())
    def test_any_changed_byte_is_found(self, data):
        envelope = sealed()
        payload = bytearray(envelope.payload_bytes)
        at = data.draw(st.integers(0, len(payload) - 1))
        payload[at] ^= data.draw(st.integers(1, 255))
        changed = envelope.model_copy(update={"payload": b64(bytes(payload))})
        assert code(changed) == "bad_signature"

    @pytest.mark.parametrize(
        "raw",
        [
            bytes(32),
            bytes([1]) + bytes(31),
            bytes([1]) + bytes(30) + b"\x80",
            bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"),
            bytes.fromhex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
        ],
    )
    def test_keys_under_which_one_signature_fits_everything_are_refused(self, raw):
        with pytest.raises(ValueError, match="small order"):
            VerifyKey(raw)


class TestAddressAndTime:
    def test_a_message_for_somebody_else(self):
        assert code(sealed(audience="node_b")) == "wrong_address"

    def test_a_nodes_message_mirrored_back_to_it(self):
        own = NODE_KEYS["node_a"]
        mirrored = sealed(issuer="node_a", audience="hub", key=own)
        assert code(mirrored) == "bad_signature"
        assert code(mirrored, key=own.verify_key) == "wrong_address"

    @pytest.mark.parametrize(
        ("offset", "fails"),
        [
            (timedelta(minutes=-5), False),
            (timedelta(minutes=-5, microseconds=-1), True),
            (timedelta(days=7, minutes=5, microseconds=-1), False),
            (timedelta(days=7, minutes=5), True),
        ],
    )
    def test_times_hold_with_five_minutes_of_tolerance(self, offset, fails):
        if fails:
            assert code(sealed(), now=START + offset) == "not_in_time"
        else:
            assert opened(sealed(), now=START + offset).id

    def test_a_late_letter_can_still_be_told_from_a_forged_one(self):
        letter = read_letter(sealed(), key=KEY.verify_key, issuer="hub", audience="node_a")
        assert letter.body == {"n": 1}
        with pytest.raises(QundaoError):
            read_letter(
                sealed(), key=SigningKey.generate().verify_key, issuer="hub", audience="node_a"
            )


class TestForm:
    """Signed by the right key, and still not a letter."""

    @pytest.mark.parametrize(
        "payload",
        [
            b"[]",
            b"{}",
            b"null",
            b"\xff\xfe",
            b"[" * 100_000,
            letter_json(id="../../etc/passwd"),
            letter_json(id="a" * 81),
            letter_json(id="msg_1\n"),
            letter_json(id=""),
            letter_json(id=7),
            letter_json(nonce=""),
            letter_json(nonce="x" * 32),
            letter_json(body=[]),
            letter_json(body={"text": "\ud800"}),
            letter_json(body={"text": "a\0b"}),
            letter_json(body={"n": float("nan")}),
            letter_json(body={"n": float("inf")}),
            letter_json(extra=1),
            letter_json(expires_at=stamp(START)),
            letter_json(expires_at=stamp(START + timedelta(days=93))),
            letter_json(issued_at="0001-01-01T00:00:00.0Z"),
            letter_json(expires_at="9999-12-31T23:59:59.9Z"),
            letter_json(issued_at="yesterday"),
            letter_json().replace(b'"body": {}', b'"body": {}, "body": {"other": 1}'),
            letter_json().replace(b'"body": {}', b'"body": {"a": 1, "a": 2}'),
            letter_json().replace(b'"body": {}', b'"body": {"a": 1e999}'),
        ],
    )
    def test_refused_with_a_reason(self, payload):
        assert code(signed(payload)) == "bad_message"

    @given(st.binary(max_size=300))
    def test_any_signed_bytes_are_refused_without_a_crash(self, payload):
        assert code(signed(payload)) == "bad_message"

    @pytest.mark.parametrize("payload", ["%%%", "AA==", "A", "é"])
    def test_other_spellings_of_base_64(self, payload):
        assert code(sealed().model_copy(update={"payload": payload})) == "bad_message"


class TestWire:
    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"{",
            b"[]",
            b'{"key": "k"}',
            b'{"key": "k", "payload": "", "signature": "", "extra": 1}',
            b'{"key": 3, "payload": "", "signature": ""}',
            b"x" * (LARGEST + 1),
        ],
    )
    def test_what_is_no_envelope_is_refused(self, data):
        with pytest.raises(QundaoError) as caught:
            parse_envelope(data)
        assert caught.value.code == "protocol.bad_message"

    @given(st.binary(max_size=200))
    def test_any_bytes_are_refused_without_a_crash(self, data):
        with pytest.raises(QundaoError):
            parse_envelope(data)
