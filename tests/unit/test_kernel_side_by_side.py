"""Work done side by side: answers in order, and nothing more begun once the caller stops."""

from __future__ import annotations

import threading

import pytest

from qundao.kernel.side_by_side import side_by_side


@pytest.mark.parametrize("at_once", [1, 2, 5])
def test_answers_come_in_the_order_of_the_work(at_once):
    assert list(side_by_side(lambda n: n * n, range(20), at_once)) == [n * n for n in range(20)]


def test_two_pieces_are_under_way_at_a_time():
    meeting = threading.Barrier(2, timeout=30)
    assert all(place in (0, 1) for place in side_by_side(lambda _: meeting.wait(), range(4), 2))


@pytest.mark.parametrize("at_once", [1, 2])
def test_a_failure_is_raised_where_its_answer_would_be(at_once):
    def do(n):
        if n == 3:
            raise ValueError(n)
        return n

    got = []
    with pytest.raises(ValueError, match="3"):
        got.extend(iter_into(side_by_side(do, range(50), at_once), got))
    assert got == [0, 1, 2]


def iter_into(answers, got):
    for answer in answers:
        got.append(answer)
    return ()


@pytest.mark.parametrize("at_once", [1, 2])
def test_what_is_not_begun_when_the_caller_stops_is_left_undone(at_once):
    begun = []
    release = threading.Event()

    def do(n):
        begun.append(n)
        if n:
            release.wait(30)
        return n

    answers = side_by_side(do, range(100), at_once)
    assert next(answers) == 0
    release.set() if at_once == 1 else threading.Timer(0.2, release.set).start()
    answers.close()
    assert len(begun) <= 1 + at_once


def test_no_more_is_made_ahead_than_is_told():
    """What is made is in memory until it is taken."""
    begun = []
    answers = side_by_side(begun.append, range(100), 2, ahead=3)
    next(answers)
    assert len(begun) <= 4
    answers.close()
