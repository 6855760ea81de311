"""Where the hub may be, and what an enrolment code says about it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qundao.kernel.errors import QundaoError
from qundao.kernel.signing import SigningKey
from qundao.node.hub_address import EnrolmentCode, check_address, is_loopback
from qundao.node.loops import LONGEST_PAUSE, Backoff

KEY = SigningKey(bytes([7] * 32)).verify_key


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://hub.example", "https://hub.example"),
        (" https://hub.example:8443/qundao/ ", "https://hub.example:8443/qundao"),
        ("http://127.0.0.1:8400/", "http://127.0.0.1:8400"),
        ("http://127.9.9.9", "http://127.9.9.9"),
        ("http://[::1]:8400", "http://[::1]:8400"),
        ("http://localhost:8400", "http://localhost:8400"),
    ],
)
def test_encrypted_or_on_this_machine(url, address):
    assert check_address(url) == address


@pytest.mark.parametrize(
    "url",
    [
        "http://hub.example",
        "http://10.0.0.1",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example",
        "http://127.0.0.1@evil.example",
        "https://user:secret@hub.example",
        "ftp://127.0.0.1",
        "file:///etc/passwd",
        "hub.example",
        "https://",
        "",
    ],
)
def test_anything_else_is_refused_without_repeating_a_password(url):
    with pytest.raises(QundaoError) as caught:
        check_address(url)
    assert caught.value.code == "node.tls_required"
    assert "secret" not in str(caught.value)


def test_names_that_look_like_loopback_are_not():
    assert not is_loopback("localhost.example")
    assert not is_loopback("0.0.0.0")
    assert not is_loopback("")


CODE = f"QD-ABCDE-FGHIJ-KLMNO-PQRS7-{KEY.fingerprint[:20]}"


@pytest.mark.parametrize(
    "text",
    [
        CODE,
        CODE.lower(),
        f"  {CODE}\n",
        CODE.replace("-KLMNO", "-\nKLMNO"),
        CODE + KEY.fingerprint[20:],
        CODE.upper(),
    ],
)
def test_a_code_as_people_type_it(text):
    code = EnrolmentCode.parse(text)
    assert code.text.startswith("QD-ABCDE-FGHIJ-KLMNO-PQRS7-")
    code.check_hub(KEY)


def test_a_code_knows_its_hub():
    with pytest.raises(QundaoError) as caught:
        EnrolmentCode.parse(CODE).check_hub(SigningKey(bytes([8] * 32)).verify_key)
    assert caught.value.code == "node.hub_key_mismatch"


@pytest.mark.parametrize(
    "text",
    ["", "QD", CODE[:-1], CODE + "g", CODE + "-x", "QD-0189-" + CODE, CODE.replace("QD", "QX")],
)
def test_a_code_that_is_none(text):
    with pytest.raises(QundaoError) as caught:
        EnrolmentCode.parse(text)
    assert caught.value.code == "node.bad_enrolment_code"
    assert len(text) < 10 or text not in str(caught.value)


@given(st.text(max_size=80))
def test_any_other_text_is_refused(text):
    with pytest.raises(QundaoError) as caught:
        EnrolmentCode.parse(text)
    assert caught.value.code == "node.bad_enrolment_code"


class TestBackoff:
    def test_doubles_to_a_minute_and_starts_anew(self):
        backoff = Backoff(chance=lambda: 1.0)
        pauses = [backoff.failed() for _ in range(10)]
        assert pauses[:4] == [0.5, 1, 2, 4]
        assert pauses[-1] == LONGEST_PAUSE
        backoff.succeeded()
        assert backoff.failed() == 0.5

    @given(st.floats(0, 1), st.integers(0, 5000))
    def test_is_bounded_and_never_nothing(self, chance, failures):
        backoff = Backoff(chance=lambda: chance)
        backoff.failures = failures
        assert 0.25 <= backoff.failed() <= LONGEST_PAUSE
