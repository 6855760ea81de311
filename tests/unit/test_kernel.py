"""The kernel: accessions, canonical JSON, errors, clock, ids, settings, signatures, faults."""

import gc
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from qundao.kernel.accession import Accession
from qundao.kernel.canonical import canonical_json
from qundao.kernel.clock import FixedClock, parse_stamp, stamp
from qundao.kernel.credit import MICRO, show_credits, whole_credits
from qundao.kernel.errors import (
    QundaoError,
    declare,
    declared_codes,
    fail,
    problem,
    problem_from_json,
    raise_if,
)
from qundao.kernel.garbage import rarely_collected
from qundao.kernel.ids import is_id, new_id
from qundao.kernel.settings import Setting, check_settings, read_bool, read_positive
from qundao.kernel.signing import SigningKey, VerifyKey, b64, signed_bytes, unb64
from qundao.kernel.words import Words, as_language

NOT_A_NUMBER = declare(
    "kernel.test_not_a_number",
    title=Words("不是数字", "Not a number"),
    required=Words("{form} 的数字", "a number such as {form}"),
    remedy=Words("更正", "correct it"),
    status=422,
)


class TestAccession:
    @pytest.mark.parametrize("text", ["QD000123", "QD000123.2", "QD999999999.999999"])
    def test_reads_what_it_writes(self, text):
        assert str(Accession.parse(text)) == text

    @pytest.mark.parametrize(
        "text", ["", "QD123", "qd000123", "QD000123.0", "QD000000", "QD000123.02", "QD000123.2.1"]
    )
    def test_refuses_other_forms_and_says_what_it_received(self, text):
        with pytest.raises(QundaoError) as caught:
            Accession.parse(text)
        assert caught.value.code == "kernel.bad_accession"


class TestCanonicalJson:
    """RFC 8785, including the number table of its appendix B and the sorting example of 3.2.3."""

    @pytest.mark.parametrize(
        ("value", "text"),
        [
            (0.0, "0"),
            (-0.0, "0"),
            (5e-324, "5e-324"),
            (-5e-324, "-5e-324"),
            (1.7976931348623157e308, "1.7976931348623157e+308"),
            (9007199254740992.0, "9007199254740992"),
            (295147905179352830000.0, "295147905179352830000"),
            (9.999999999999997e22, "9.999999999999997e+22"),
            (1e23, "1e+23"),
            (1.0000000000000001e23, "1.0000000000000001e+23"),
            (999999999999999700000.0, "999999999999999700000"),
            (1e21, "1e+21"),
            (9.999999999999997e-7, "9.999999999999997e-7"),
            (0.000001, "0.000001"),
            (333333333.3333332, "333333333.3333332"),
            (-0.0000033333333333333333, "-0.0000033333333333333333"),
            (1424953923781206.2, "1424953923781206.2"),
            (4.5, "4.5"),
            (2e-3, "0.002"),
            (1e-27, "1e-27"),
        ],
    )
    def test_numbers_as_ecmascript(self, value, text):
        assert canonical_json(value).decode() == text

    def test_keys_sort_by_utf16_units(self):
        names = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
        want = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]
        text = canonical_json(dict.fromkeys(names, 0)).decode()
        order = [text.index(n if n != "\r" else "\\r") for n in want]
        assert order == sorted(order)

    def test_text_stays_text(self):
        assert canonical_json({"b": ["群岛", None, True], "a": 1}) == (
            '{"a":1,"b":["群岛",null,true]}'.encode()
        )

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**53, {1: 2}, b"x", object()])
    def test_refuses_what_other_readers_would_change(self, value):
        with pytest.raises(ValueError, match=r"required|must"):
            canonical_json(value)


class TestErrors:
    def test_a_problem_speaks_both_languages(self):
        found = problem(NOT_A_NUMBER, "twelve", "$.age", form="12")
        assert found.text("zh-hans")["required"] == "12 的数字"
        assert found.text("en") == {
            "code": "kernel.test_not_a_number",
            "where": "$.age",
            "title": "Not a number",
            "required": "a number such as 12",
            "received": "twelve",
            "remedy": "correct it",
        }
        assert "twelve" in found.line("zh-hans")
        assert "What to do: correct it" in found.line("en")

    def test_all_defects_travel_together(self):
        found = [problem(NOT_A_NUMBER, t) for t in ("a", "b")]
        with pytest.raises(QundaoError) as caught:
            raise_if(found)
        assert [e["received"] for e in caught.value.to_json("en")["errors"]] == ["a", "b"]
        assert caught.value.status == 422
        raise_if([])

    def test_round_trip_over_the_wire(self):
        found = problem(NOT_A_NUMBER, "x", "$.a", form="1")
        assert problem_from_json(found.to_json()) == found

    def test_an_unknown_code_from_another_version_is_named(self):
        got = problem_from_json({"code": "future.thing", "received": "x"})
        assert got.code == "kernel.unknown_code"
        assert "future.thing" in got.received

    def test_an_unknown_code_speaks_with_the_words_that_came_with_it(self):
        raw = {"code": "future.thing", "received": "x", "where": "$.a", "facts": {"n": "3"}}
        told = {"title": "太多了", "required": "至多 3 个 {n}", "remedy": "少交\x1b[2J一些"}
        got = problem_from_json(raw, told)
        assert (got.code, got.received, got.where) == ("kernel.told", "x", "$.a")
        assert got.text("zh-hans")["title"] == "对方的说明：太多了（future.thing）"
        assert got.text("en")["required"] == "至多 3 个 {n}"
        assert got.text("en")["remedy"] == "少交 [2J一些"
        assert problem_from_json(got.to_json()) == got

    def test_words_that_came_along_do_not_replace_our_own(self):
        found = problem(NOT_A_NUMBER, "x", form="1")
        told = {"title": "other words", "required": "r", "remedy": "m"}
        assert problem_from_json(found.to_json(), told) == found

    def test_foreign_words_without_end_are_cut(self):
        got = problem_from_json({"code": "future.thing"}, {"title": "x" * 10_000})
        assert len(got.line("en")) < 1000

    def test_an_undeclared_code_cannot_be_raised(self):
        with pytest.raises(ValueError, match="declared"):
            fail("kernel.never_declared")

    def test_a_code_keeps_one_meaning(self):
        with pytest.raises(ValueError, match="already declared"):
            declare(
                "kernel.test_not_a_number",
                title=Words("另", "other"),
                required=Words("另", "other"),
                remedy=Words("另", "other"),
            )

    def test_a_missing_fact_does_not_break_the_message(self):
        assert problem(NOT_A_NUMBER).text("en")["required"] == "a number such as –"

    def test_declared_codes_are_listed(self):
        assert "kernel.test_not_a_number" in declared_codes()


class TestClockAndIds:
    def test_stamps_round_trip(self):
        instant = datetime(2026, 11, 22, 1, 2, 3, 4, UTC)
        assert stamp(instant) == "2026-11-22T01:02:03.000004Z"
        assert parse_stamp(stamp(instant)) == instant

    def test_a_naive_instant_is_refused(self):
        with pytest.raises(ValueError, match="time zone"):
            stamp(datetime(2026, 11, 22))  # noqa: DTZ001

    def test_a_fixed_clock_moves_only_when_told(self):
        clock = FixedClock(datetime(2026, 1, 1, tzinfo=UTC))
        assert clock() == clock()
        clock.advance(hours=2)
        assert clock().hour == 2

    def test_ids_are_distinct_sorted_by_time_and_checked(self):
        ids = [new_id("task") for _ in range(1000)]
        assert len(set(ids)) == 1000
        assert all(is_id(i, "task") for i in ids)
        assert not is_id(ids[0], "msg")
        assert not is_id(ids[0] + "x", "task")
        assert [i[:14] for i in ids] == sorted(i[:14] for i in ids)


class TestSettings:
    PORT = Setting("QUNDAO_TEST_PORT", read_positive, 80, "1 or more", Words("端口", "port"))
    HTTPS = Setting("QUNDAO_TEST_HTTPS", read_bool, False, "yes or no", Words("加密", "TLS"))

    def test_default_and_value(self):
        assert self.PORT.value({}) == 80
        assert self.PORT.value({"QUNDAO_TEST_PORT": "8080"}) == 8080
        assert self.HTTPS.value({"QUNDAO_TEST_HTTPS": "Yes"}) is True

    def test_every_wrong_setting_is_named_at_once(self):
        wrong = {"QUNDAO_TEST_PORT": "0", "QUNDAO_TEST_HTTPS": "perhaps"}
        with pytest.raises(QundaoError) as caught:
            check_settings((self.PORT, self.HTTPS), wrong)
        assert [p.where for p in caught.value.problems] == ["QUNDAO_TEST_PORT", "QUNDAO_TEST_HTTPS"]
        assert "perhaps" in str(caught.value)

    def test_a_secret_is_never_shown(self):
        key = Setting("QUNDAO_TEST_KEY", int, 0, "a number", Words("钥", "key"), secret=True)
        with pytest.raises(QundaoError) as caught:
            key.value({"QUNDAO_TEST_KEY": "hunter2"})
        assert "hunter2" not in str(caught.value)


class TestSigning:
    def test_signs_type_and_bytes(self):
        key = SigningKey.generate()
        signature = key.sign("a/b", b"data")
        assert key.verify_key.verifies("a/b", b"data", signature)
        assert not key.verify_key.verifies("a/c", b"data", signature)
        assert not key.verify_key.verifies("a/b", b"datb", signature)
        assert not SigningKey.generate().verify_key.verifies("a/b", b"data", signature)

    def test_rfc_8032_test_1(self):
        secret = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
        public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
        assert SigningKey(secret).verify_key.raw.hex() == public

    def test_pre_authentication_encoding_of_dsse(self):
        assert signed_bytes("http://example.com/HelloWorld", b"hello world") == (
            b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
        )

    def test_keys_read_back_and_the_secret_stays_out_of_repr(self):
        key = SigningKey.generate()
        assert VerifyKey.parse(key.verify_key.text) == key.verify_key
        assert key.raw.hex() not in repr(key)
        assert SigningKey(key.raw).verify_key == key.verify_key

    @pytest.mark.parametrize("text", ["rsa:AAAA", "ed25519:", "ed25519:!!!!", "ed25519:AAAA"])
    def test_other_suites_and_forms_are_refused(self, text):
        with pytest.raises(ValueError):
            VerifyKey.parse(text)

    @pytest.mark.parametrize("text", ["AA==", "A", "AB", "A A", "AA\n"])
    def test_only_one_spelling_of_base_64(self, text):
        with pytest.raises(ValueError):
            unb64(text)
        assert unb64(b64(b"\x00\xff")) == b"\x00\xff"


def test_credits_are_exact():
    assert whole_credits(3) == 3 * MICRO
    assert show_credits(1_234_567_500_000) == "1,234,567.5"
    assert show_credits(-1) == "-0.000001"
    assert show_credits(0) == "0"


def test_languages():
    assert as_language("en_GB.UTF-8") == "en"
    assert as_language("zh-CN") == "zh-hans"
    with pytest.raises(ValueError, match="both languages"):
        Words("群岛", "")
    assert Words("{n} 条", "{n} rows").format(n=3).in_("zh-hans") == "3 条"


FAULTY = """
from qundao.kernel.faults import declare_fault_point, fault_point
point = declare_fault_point("test.write.before_commit")
for passage in range(3):
    print(passage, flush=True)
    fault_point(point)
print("survived")
"""


@pytest.mark.parametrize(
    ("fault", "code", "printed"),
    [
        ("test.write.before_commit", -signal.SIGKILL, "0\n"),
        ("test.write.before_commit@2", -signal.SIGKILL, "0\n1\n"),
        ("test.other", 0, "0\n1\n2\nsurvived\n"),
        ("", 0, "0\n1\n2\nsurvived\n"),
    ],
)
def test_a_fault_point_kills_at_the_named_passage(fault, code, printed):
    done = subprocess.run(
        [sys.executable, "-c", FAULTY],
        env={**os.environ, "QUNDAO_FAULT": fault},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (code, printed)


def test_the_collector_is_as_before_when_the_last_block_ends():
    usual = gc.get_threshold()
    first, second = rarely_collected(), rarely_collected()
    first.__enter__()
    second.__enter__()
    assert gc.get_threshold()[0] == 100 * usual[0]
    first.__exit__(None, None, None)
    assert gc.get_threshold()[0] == 100 * usual[0]
    second.__exit__(None, None, None)
    assert gc.get_threshold() == usual
    with pytest.raises(KeyError), rarely_collected():
        raise KeyError
    assert gc.get_threshold() == usual
