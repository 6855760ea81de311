"""The rules over the whole pilot study find what the documentation explains, and nothing else."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from qundao.engines import open_engine
from qundao.intake import STUDY_TABLES, write_study
from qundao.models import cdisc
from qundao.quality import Reason, Status, run

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "pilot-findings.md"
ROW = re.compile(r"^\| `(QD-\w+-\d{4})` \| (\w+)\.(\w+) \| (\d+) / (\d+) \|", re.MULTILINE)


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pilot")
    assert set(write_study(folder)) == set(STUDY_TABLES) == set(cdisc().names)
    with open_engine(f"parquet:{folder}") as engine:
        return run(engine, cdisc(), today=date(2026, 1, 1))


def explained():
    return {
        f"{rule}:{table.lower()}.{field.lower()}": (int(violated), int(judged))
        for rule, table, field, violated, judged in ROW.findall(PAGE.read_text("utf-8"))
    }


def test_every_finding_is_explained_and_every_explanation_is_of_a_finding(report):
    failed = [f for f in report.findings if f.status is Status.FAILED]
    found = {f.check.id: (f.violated_rows, f.denominator_rows) for f in failed}
    assert found == explained()
    assert len(found) == 17


def test_nothing_could_not_be_run_and_only_what_is_empty_does_not_apply(report):
    assert not [f for f in report.findings if f.status is Status.ERROR]
    silent = {(f.reason, f.check.id) for f in report.findings if f.status is Status.NOT_APPLICABLE}
    assert silent == {
        (Reason.EMPTY_FIELD, "QD-SDTM-0015:dm.rficdtc"),
        (Reason.EMPTY_FIELD, "QD-SDTM-0044:dm.rficdtc"),
        (Reason.EMPTY_FIELD, "QD-SDTM-0083:ae.aeacn"),
        (Reason.EMPTY_FIELD, "QD-SDTM-0140:relrec.reltype"),
        (Reason.NO_CASE, "QD-SDTM-0023:ex.exstdtc"),
        (Reason.NO_CASE, "QD-SDTM-0141:relrec.reltype"),
    }


def test_the_score_is_the_one_that_the_page_names(report):
    (named,) = set(re.findall(r"about (\d+\.\d)", PAGE.read_text("utf-8")))
    assert f"{float(report.scorecard.total):.1f}" == named


def test_the_score_adds_up_from_the_findings_it_names(report):
    card = report.scorecard
    assert card.total == 100 - sum(cost.points for cost in card.costs)
    assert {c.finding.check.id for c in card.costs} == set(explained())
