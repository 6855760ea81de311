"""The report's matrices: every check in one cell, totals that add up, shades by share."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qundao.models import cdisc
from qundao.quality import Finding, Reason, Status, checks_for
from qundao.quality.html.matrix import Cell, kahn_matrix, table_matrix

CHECKS = checks_for(cdisc())[::40]


def finding(check, status):
    bad = status is Status.FAILED
    return Finding(check, status, Reason.ABOVE if bad else Reason.WITHIN, int(bad), 1)


findings = st.lists(st.sampled_from(Status), min_size=len(CHECKS), max_size=len(CHECKS)).map(
    lambda statuses: [finding(c, s) for c, s in zip(CHECKS, statuses, strict=True)]
)


def everything(cell):
    return cell.passed, cell.failed, cell.idle


def added(cells):
    return tuple(map(sum, zip(*(everything(c) for c in cells), strict=True)))


@given(findings)
def test_cells_add_up_to_their_line_and_lines_to_all(found):
    for lines in (kahn_matrix(found)[:-1], table_matrix(found)):
        assert all(added(line.cells) == everything(line.whole) for line in lines)
        assert added([line.whole for line in lines]) == everything(kahn_matrix(found)[-1].whole)
    assert sum(everything(kahn_matrix(found)[-1].whole)) == len(found)


@given(findings)
def test_tables_with_most_failed_checks_come_first(found):
    failed = [line.whole.failed for line in table_matrix(found)]
    assert failed == sorted(failed, reverse=True)


def test_a_check_that_could_not_run_counts_as_failed():
    *_, total = kahn_matrix([finding(CHECKS[0], Status.ERROR)])
    assert everything(total.whole) == (0, 1, 0)


@pytest.mark.parametrize(
    ("passed", "failed", "shade"),
    [
        (0, 0, 0),
        (10, 0, 0),
        (99, 1, 1),
        (97, 3, 2),
        (92, 8, 3),
        (80, 20, 4),
        (70, 30, 5),
        (0, 1, 5),
    ],
)
def test_the_shade_follows_the_share_that_failed(passed, failed, shade):
    assert Cell(passed, failed, 5).shade == shade
