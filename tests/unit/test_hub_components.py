"""The components show what they are given: withheld numbers with reasons, curves that end."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from django.template import engines
from django.utils import translation

from qundao.hub.codes import BAD_INPUT
from qundao.hub.common.pagination import Page
from qundao.hub.pages import plot, released
from qundao.hub.pages.components import Change, Evidence, Stage, Step, Tone, WorkItem, as_words
from qundao.hub.pages.scores import read_scorecard
from qundao.kernel.errors import problem
from qundao.kernel.words import Words
from support.released_results import survival_result

NOW = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)


def render(source: str, language: str = "zh-hans", **context: object) -> str:
    with translation.override(language):
        return engines["django"].from_string("{% load qd %}" + source).render(context)


def text(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).strip()


# --- numbers -------------------------------------------------------------------------------


def test_a_withheld_number_shows_its_bound_and_reason_never_zero_or_blank() -> None:
    cell = {"withheld": "<10", "reason": {"zh": "人数少于 10", "en": "fewer than 10 people"}}
    assert text(render("{% number c %}", c=cell)) == "＜10 人数少于 10"
    assert text(render("{% number c %}", "en", c=cell)) == "＜10 fewer than 10 people"


def test_a_number_withheld_without_a_bound_says_so() -> None:
    cell = {"withheld": "*", "reason": {"zh": "互补隐藏", "en": "complementary"}}
    assert text(render("{% number c %}", c=cell)) == "不显示 互补隐藏"
    assert text(render("{% number c %}", "en", c=cell)) == "withheld complementary"


@pytest.mark.parametrize(
    ("value", "written", "shown"),
    [
        (1844, "integer", "1,844"),
        (0, "integer", "0"),
        (19.25, "percent", "19.2"),
        (0.8488, "decimal3", "0.849"),
        (0.77, "decimal3", "0.770"),
        (None, "decimal3", "–"),
        ({"text": "355 (19.3%)", "n": 355}, "text", "355 (19.3%)"),
    ],
)
def test_numbers_are_written_as_their_column_says(value, written, shown) -> None:
    assert released.read_cell(value, written).shown == shown


def test_credits_are_exact() -> None:
    assert (
        text(render('{% amount 12500001 "QD000001.1" "/x" %}')) == "12.500001 积分 来自 QD000001.1"
    )


# --- released results ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def result():
    return survival_result()


def test_figure_and_table_show_the_same_numbers(result) -> None:
    shown = released.read_result(result)
    page = render("{% released_result r 'KM' %}", r=result)
    for curve in shown.figure.curves:
        for _, at_risk in curve.at_risk:
            assert f">{at_risk}<" in page
    rows = [r for t in result["tables"] if t["id"] == "intervals" for r in t["rows"]]
    survivals = {round(r[6], 6) for r in rows if isinstance(r[6], float)}
    drawn = {round(v, 6) for c in shown.figure.curves for v in c.survival[1:]}
    assert drawn == survivals


def test_a_curve_ends_where_its_numbers_end(result) -> None:
    figure = released.read_result(result).figure
    placebo = figure.curves[0]
    assert placebo.withheld_from == placebo.times[-1] < figure.until
    line = plot.survival_plot(figure).lines[0]
    assert line.end == line.points[-1]
    assert max(p.x for p in line.points) < plot.WIDTH - plot.RIGHT
    assert "此后未公布" in render("{% survival f %}", f=figure)


def test_every_withheld_cell_has_its_reason_on_the_page(result) -> None:
    page = text(render("{% released_result r 'KM' %}", r=result))
    for table in released.read_result(result).tables:
        for _, reason in table.reasons:
            assert reason.zh in page
    assert "不显示" in page


def test_survival_and_its_limits_have_three_decimals_throughout(result) -> None:
    for table in released.read_result(result).tables:
        for i, heading in enumerate(table.columns):
            if as_words(heading.label).en in ("survival at the end", "95% lower", "95% upper"):
                shown = [row[i].shown for row in table.rows if isinstance(row[i].shown, str)]
                assert shown
                assert all(re.fullmatch(r"[01]\.[0-9]{3}|–", s) for s in shown), shown


def test_the_curve_steps_down_on_the_grid_days_and_nowhere_else(result) -> None:
    """A slope between two released points would claim values that nobody released."""
    line = plot.survival_plot(released.read_result(result).figure).lines[0]
    corners = [tuple(map(float, c.split(","))) for c in line.path[1:].split("L")]
    for (x, y), (next_x, next_y) in pairwise(corners):
        assert x == next_x or y == next_y
    falls = {x for (x, y), (_, next_y) in pairwise(corners) if y != next_y}
    assert falls <= {p.x for p in line.points}
    assert [(p.x, p.y) for p in line.points] == [corners[0], *corners[2::2]]


def test_limits_are_drawn_at_the_released_days_alone(result) -> None:
    """A band would claim limits between the days."""
    figure = released.read_result(result).figure
    for i, line in enumerate(plot.survival_plot(figure).lines):
        bars = re.findall(r"M([0-9.]+),[0-9.]+V[0-9.]+", line.limits)
        assert [float(x) for x in bars] == pytest.approx(
            [p.x + 4 * (i + 1) for p in line.points[1:]]
        )
        assert set(re.sub(r"[0-9.,]", "", line.limits)) == {"M", "V"}


def test_points_stand_on_the_grid_go_down_and_stay_inside(result) -> None:
    figure = released.read_result(result).figure
    drawing = plot.survival_plot(figure)
    for line, curve in zip(drawing.lines, figure.curves, strict=True):
        xs, ys = [p.x for p in line.points], [p.y for p in line.points]
        assert len(xs) == len(curve.times)
        assert xs == sorted(xs)
        assert ys == sorted(ys)
        assert plot.LEFT <= min(xs) <= max(xs) <= drawing.right
        assert drawing.top <= min(ys) <= max(ys) <= drawing.bottom


def test_wide_tables_stand_below_the_figure(result) -> None:
    shown = released.read_result(result)
    assert {len(t.columns) for t in shown.below} == {9}
    assert all(len(t.columns) <= released.BESIDE for t in shown.beside)
    assert len(shown.beside) + len(shown.below) == len(shown.tables)


def test_a_figure_without_numbers_is_not_drawn() -> None:
    empty = {"kind": "kaplan_meier", "x": {"label": "d", "max": 1}, "y": {"label": "s"}}
    assert released.read_figure({**empty, "series": [{"group": "a", "points": []}]}) is None
    assert released.read_figure({**empty, "kind": "forest", "series": []}) is None


def test_a_curve_needs_as_many_values_as_times() -> None:
    with pytest.raises(ValueError, match="received 2 times and 1 values"):
        plot.Curve("a", (0.0, 1.0), (1.0,))


def test_the_english_page_is_english(result) -> None:
    assert not re.search(r"[\u4e00-\u9fff]", render("{% released_result r 'KM' %}", "en", r=result))


# --- scorecard -----------------------------------------------------------------------------

CARD = {
    "schema": "qundao.scorecard/1",
    "total": 91.25,
    "categories": {"conformance": 100.0, "plausibility": 82.5},
    "checks": {"passed": 10, "failed": 2, "error": 0, "not_applicable": 3},
    "costs": [
        {
            "check": "plausibleValueLow",
            "table": "PERSON",
            "field": "YEAR_OF_BIRTH",
            "category": "plausibility",
            "code": "above_threshold",
            "share": "<1%",
            "threshold_pct": 0,
            "points": 8.75,
        }
    ],
}


def test_a_scorecard_tells_total_categories_and_what_to_mend() -> None:
    page = text(render("{% scorecard c %}", c=CARD))
    assert "91.25" in page
    assert "12 项检查中 10 项通过，另有 3 项不适用" in page
    assert "PERSON.YEAR_OF_BIRTH" in page
    assert "＜1%" in page
    assert "超过阈值" in page


def test_a_category_without_checks_is_a_dash_not_a_zero() -> None:
    parts = {p.title.en: (p.score, p.shown) for p in read_scorecard(CARD).parts}
    assert parts["completeness"] == (None, "–")
    assert parts["conformance"] == (100.0, "100")


def test_no_scorecard_says_the_next_step() -> None:
    assert "下一步" in render("{% scorecard c %}", c=None)


# --- work, time, evidence ------------------------------------------------------------------


def test_a_work_list_tells_whose_turn_it_is_and_how_long() -> None:
    items = [
        WorkItem("甲", "/a/", "审查中", turn="审查员", due=NOW, days_left=8),
        WorkItem("乙", "/b/", "补正", Tone.STOP, turn="申请人", due=NOW, days_left=-3),
        WorkItem("丙", "/c/", "使用中", Tone.NOW),
    ]
    page = render("{% work_list items '待办' '没有' '等待' %}", items=items)
    assert "剩 8 个工作日" in page
    assert "逾期 3 个工作日" in page
    assert 'class="late"' in page
    assert "不计时" in page
    assert "2026-11-22" in page


def test_an_empty_work_list_says_the_next_step() -> None:
    page = text(render("{% work_list items '待办' '没有待办' '从数据目录开始' %}", items=[]))
    assert page == "待办 没有待办 下一步：从数据目录开始"


def test_instants_are_shown_in_chinese_time() -> None:
    stage = Stage("提交", Tone.DONE, "李", NOW, "齐全", Words("时钟停走", "clock stopped"))
    assert "2026-11-22 09:30" in render("{% timeline s %}", s=[stage])


def test_evidence_tells_what_is_lacking_and_who_must_give_it() -> None:
    items = [
        Evidence("伦理批件", present=True, document="2026-31"),
        Evidence("影响评估", present=False, giver="申请人", rule="个人信息保护法第55条"),
    ]
    page = text(render("{% checklist i %}", i=items))
    assert (
        page == "已有： 伦理批件 2026-31 缺： 影响评估 由谁提供：申请人 依据：个人信息保护法第55条"
    )


def test_colour_is_never_alone() -> None:
    assert "审查中" in render("{% chip 'wait' '审查中' %}")


def test_a_stepper_counts_what_is_left() -> None:
    steps = [Step("用途", "/1", Tone.DONE), Step("方案", "/2", Tone.WAIT, 2)]
    assert "2 处待补" in render("{% stepper s %}", s=steps)


def test_a_diff_shows_both_sides() -> None:
    page = render("{% diff c '变化' %}", c=[Change("期限", "12", "24"), Change("人员", None, "张")])
    assert "<del>12</del>" in page
    assert "<ins>张</ins>" in page
    assert "（无）" in page


def test_all_defects_stand_together_each_with_its_place() -> None:
    found = [problem(BAD_INPUT, "0", "runs", required="≥ 1"), problem(BAD_INPUT, "", "plan.title")]
    page = render("{% defects p %}", p=found)
    assert "有 2 处需要处理" in page
    assert 'href="#id_runs"' in page
    assert 'href="#id_title"' in page
    field = render("{% entry 'runs' '次数' '0' %}", problems=found)
    assert 'aria-invalid="true"' in field
    assert "≥ 1" in field


def test_a_password_is_never_sent_back() -> None:
    assert "geheim" not in render("{% entry 'password' '密码' 'geheim' kind='password' %}")


@pytest.mark.parametrize(("number", "shown"), [(1, "1 2 … 9"), (5, "1 … 4 5 6 … 9")])
def test_long_lists_page(rf, number: int, shown: str) -> None:
    page = Page(("x",), number, 25, 225)
    html = render("{% pager p %}", p=page, request=rf.get("/x/", {"q": "甲", "page": "2"}))
    assert shown in text(html)
    assert "q=%E7%94%B2" in html
