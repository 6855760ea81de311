"""The hospital template over the synthetic hospital: what was planted is found, and nothing else.

Each of 300 patients' rows is held against the list of planted defects, in each of three formats.
"""

from __future__ import annotations

from collections import Counter

import pytest

from qundao.intake.load.identity import Identity
from qundao.intake.mapping import read_mapping
from qundao.intake.synthetic import COLUMNS, FORMATS, FRONT_PAGE, VISITS, write_exports
from qundao.intake.synthetic.kinds import KINDS, TEXT_ONLY
from qundao.intake.templates import TEMPLATES, template
from qundao.kernel.errors import QundaoError
from support.intake_template_loads import (
    NO_PARENT,
    TABLE_OF,
    TARGETS,
    file_of,
    load_format,
    numbers,
    source_rows,
)

REASONS = {
    "ragged_line": {"intake.bad_row"},
    "broken_bytes": {"intake.bad_row"},
    "duplicate_key": {"key_repeated"},
    "impossible_date": {"not_a_date"},
    "unreadable_number": {"not_a_number", "剂量不是数字"},
    "result_not_numeric": {"定量项目的结果不是数字"},
    "discharge_before_admission": {"出院早于入院"},
    "birth_after_admission": {"出生晚于入院", "出生晚于就诊"},
    "report_before_sample": {"报告早于采样"},
    "wrong_unit": {"wrong_unit"},
}
"""Kinds whose rows are rejected, and the reasons that are told; `missing_required` by column."""

MISSING = {
    "主要诊断编码": ("condition_occurrence", "empty"),
    "性别": ("person", "empty"),
    "出院时间": ("visit_occurrence", "empty"),
    "病案号": ("visit_occurrence", "缺少病案号"),
    "诊断编码": ("condition_occurrence", "empty"),
    "就诊时间": ("visit_occurrence", "empty"),
    "健康卡号": ("visit_occurrence", "empty"),
    "药品编码": ("drug_exposure", "empty"),
    "开方时间": ("drug_exposure", "empty"),
    "结果": ("measurement", "缺少结果"),
    "采样时间": ("measurement", "empty"),
    "项目代码": ("measurement", "empty"),
}
LOADED_ALL_THE_SAME = {
    "unknown_code",
    "other_unit",
    "result_censored",
    "orphan_row",
    "bad_check_digit",
    "two_record_numbers",
    "age_disagrees",
    "sex_disagrees",
}
"""Found in what was loaded, or for the identity and quality checks to find: no reason to reject."""

LEFT_OUT = {"totals_line", "repeated_header"}
NO_VISIT = {
    "ragged_line",
    "broken_bytes",
    "impossible_date",
    "missing_required",
    "discharge_before_admission",
}
NO_PERSON = {"ragged_line", "broken_bytes", "missing_required", "birth_after_admission"}
UNFOLDED = {("condition_occurrence", "front"): 11, ("condition_occurrence", "visits"): 2}
UNFOLDED |= {("procedure_occurrence", "front"): 5}


class Hospital:
    """Exports, what was planted by (table, row), and the three loads under one node's key."""

    def __init__(self, folder, *, patients, every):
        self.exports, self.node = folder / "exports", folder / "node"
        self.node.mkdir()
        self.export = write_exports(self.exports, patients=patients, seed=11, every=every)
        self.cells = {
            (t, i): cells
            for t in COLUMNS
            for i, (_, cells) in enumerate(source_rows(self.exports, t))
        }
        self.loads = {f: load_format(self.exports, self.node, f) for f in FORMATS}

    def planted(self, format_):
        number = numbers(self.exports, format_)
        return {
            (p.table, number[p.table, p.place]): p
            for t in COLUMNS
            for p in self.export.of(file_of(format_, t), t)
        }


@pytest.fixture(scope="module")
def dirty(tmp_path_factory):
    return Hospital(tmp_path_factory.mktemp("dirty"), patients=300, every=4)


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    return Hospital(tmp_path_factory.mktemp("clean"), patients=40, every=0)


def own_reasons(rejects):
    """Return (target, reason) of a row's rejects, but for what follows from other rows."""
    return {(target, reason) for target, _, reason, *_ in rejects if reason != NO_PARENT}


def test_every_kind_is_planted_and_its_finding_is_told_here(dirty):
    told = {*REASONS, *LOADED_ALL_THE_SAME, *LEFT_OUT, "duplicate_row", "missing_required"}
    assert told == set(KINDS)
    assert {p.kind for p in dirty.planted("utf8").values()} == told
    columns = {p.column for p in dirty.planted("utf8").values() if p.kind == "missing_required"}
    assert columns == set(MISSING)


@pytest.mark.parametrize("format_", FORMATS)
def test_the_rejects_are_what_was_planted_and_nothing_else(dirty, format_):
    planted, found = dirty.planted(format_), dirty.loads[format_]
    expected = set()
    for row, p in planted.items():
        reasons = own_reasons(found.rejects[row])
        if p.kind == "missing_required":
            assert MISSING[p.column] in reasons, p
            assert {r for _, r in reasons} == {MISSING[p.column][1]}, p
        elif p.kind == "duplicate_key" and orphan(found, row):
            assert not reasons, p  # neither of the two is loaded: no key is there twice
            continue
        elif p.kind in REASONS:
            assert reasons, p
            assert {r for _, r in reasons} <= REASONS[p.kind], p
        else:
            assert not reasons, p
            continue
        expected.add(row)
    assert {row for row, told in found.rejects.items() if own_reasons(told)} == expected


@pytest.mark.parametrize("format_", FORMATS)
def test_lines_of_totals_and_repeated_headers_are_left_out(dirty, format_):
    found = dirty.loads[format_]
    kinds = Counter(p.table for p in dirty.planted(format_).values() if p.kind in LEFT_OUT)
    for row, p in dirty.planted(format_).items():
        if p.kind in LEFT_OUT:
            assert row not in found.fates, p
    for told in found.account.tables:
        if (told.target, told.source) not in UNFOLDED:
            assert told.left_out == kinds[TABLE_OF[told.source]], told


@pytest.mark.parametrize("format_", FORMATS)
def test_repeated_rows_are_merged(dirty, format_):
    found, merged = dirty.loads[format_], 0
    for row, p in dirty.planted(format_).items():
        if p.kind == "duplicate_row":
            orphaned = {t for t, _, reason, *_, value in found.rejects[row] if value != "emptied"}
            fates = {f.fate for f in found.fates[row]}
            assert fates == {"merged"} or orphaned, p
            merged += fates == {"merged"}
    assert merged > 40


@pytest.mark.parametrize("format_", FORMATS)
def test_what_is_loaded_all_the_same_can_be_told_from_the_rest(dirty, format_):
    found = dirty.loads[format_]
    unmapped = {c.codes: {code for code, _ in c.unmapped} for c in found.account.coverage}
    tables = {t: found.by_key(t) for t in TARGETS}
    lists = dict(zip(COLUMNS, ("icd10", "icd10", "drugs", "lab_items"), strict=True))
    seen = Counter()
    for row, p in dirty.planted(format_).items():
        loaded = [tables[f.target][f.key] for f in found.fates[row] if f.fate == "loaded"]
        if p.kind == "unknown_code":
            assert p.value in unmapped[lists[p.table]]
            sources = [
                r for r in loaded for k in r if k.endswith("_source_value") and r[k] == p.value
            ]
            assert all(0 in r.values() for r in sources)
            assert sources or orphan(found, row), p
        elif p.kind == "other_unit" and loaded:
            assert [r["unit_concept_id"] for r in loaded] == [
                {"mg/dL": 8840, "g/dL": 8713}[p.value]
            ]
            assert [r["unit_source_value"] for r in loaded] == [p.value]
        elif p.kind == "result_censored" and loaded:
            sign = 4172704 if p.value.startswith(">") else 4171756
            assert [r["operator_concept_id"] for r in loaded] == [sign]
            assert [r["value_as_number"] for r in loaded] == [float(p.value[1:])]
        elif p.kind == "orphan_row":
            emptied = {
                (r, name) for _, _, r, name, value in found.rejects[row] if value == "emptied"
            }
            assert emptied == {(NO_PARENT, "visit_occurrence_id")} or orphan(found, row), p
        else:
            continue
        seen[p.kind] += bool(loaded)
    assert min(seen[k] for k in ("unknown_code", "other_unit", "result_censored", "orphan_row")) > 9
    named = {p.value for p in dirty.planted(format_).values() if p.kind == "unknown_code"}
    assert set.union(*(unmapped[c] for c in ("icd10", "drugs", "lab_items"))) == named
    assert unmapped["sex"] == unmapped["units"] == unmapped["routes"] == set()


def orphan(found, row):
    return any(f == "person_id" for _, _, _, f, _ in found.rejects[row])


@pytest.mark.parametrize("format_", FORMATS)
def test_every_row_without_its_parent_leans_on_a_row_with_a_planted_defect(dirty, format_):
    planted, found = dirty.planted(format_), dirty.loads[format_]

    def kinds(column, value):
        own = [
            r for r, c in dirty.cells.items() if r[0] in (FRONT_PAGE, VISITS) and c[column] == value
        ]
        return [(r, planted[r].kind if r in planted else "") for r in own]

    for row, told in found.rejects.items():
        for _, _, reason, name, _ in told:
            if reason != NO_PARENT:
                continue
            if name == "person_id":
                causes = kinds("健康卡号", dirty.cells[row]["健康卡号"])
                assert {k for _, k in causes} <= NO_PERSON, (row, causes)
            elif row not in planted or planted[row].kind != "orphan_row":
                causes = kinds("就诊流水号", dirty.cells[row]["就诊流水号"])
                assert causes
                assert all(k in NO_VISIT or orphan(found, r) for r, k in causes), (row, causes)


@pytest.mark.parametrize("format_", FORMATS)
def test_the_account_adds_up_to_every_row_of_every_file(dirty, format_):
    account = dirty.loads[format_].account
    planted = Counter((p.table, p.kind) for p in dirty.planted(format_).values())
    read = {s.source: s for s in account.sources}
    for source, staged in read.items():
        table = TABLE_OF[source]
        assert staged.rows + staged.broken == dirty.export.rows[file_of(format_, table), table]
        assert staged.broken == sum(planted[table, k] for k in TEXT_ONLY)
    loaded = Counter()
    for told in account.tables:
        times = UNFOLDED.get((told.target, told.source), 1)
        assert told.candidates == read[told.source].rows * times
        assert told.candidates == told.loaded + told.rejected + told.merged + told.left_out
        fates = Counter(
            f.fate
            for (table, _), own in dirty.loads[format_].fates.items()
            for f in own
            if f.target == told.target and table == TABLE_OF[told.source]
        )
        assert (fates["loaded"], fates["merged"]) == (told.loaded, told.merged)
        rejected = {
            (row, item)
            for row, own in dirty.loads[format_].rejects.items()
            for target, item, _, _, value in own
            if (target, row[0]) == (told.target, TABLE_OF[told.source]) and value != "emptied"
        }
        assert len(rejected) == told.rejected
        loaded[told.target] += told.loaded
    assert {t: account.rows[t] for t in TARGETS} == loaded


def test_both_encodings_load_the_same_rows(dirty):
    one, other = (dirty.loads[f] for f in ("utf8", "gb18030"))
    for target in one.account.rows:
        assert one.rows(target) == other.rows(target) != []


def test_without_dirt_all_formats_load_all_rows_and_the_same(clean):
    text, book = clean.loads["utf8"], clean.loads["excel"]
    assert not text.rejects
    assert not book.rejects
    for target in text.account.rows:
        # A sheet holds 5.10 as the number 5.1: the text as written is the one thing that differs.
        without = ("value_source_value",) if target == "measurement" else ()
        assert text.rows(target, *without) == book.rows(target, *without) != []
        assert text.rows(target) == clean.loads["gb18030"].rows(target)
    assert all(t.merged == 0 for t in text.account.tables if t.target != "person")


def test_a_workbook_loads_what_text_does_and_the_lines_that_only_text_can_break(dirty):
    planted = dirty.planted("utf8")
    only_text = {row for row, p in planted.items() if p.kind in TEXT_ONLY}
    text, book = dirty.loads["utf8"], dirty.loads["excel"]
    ours, theirs = origins(text), origins(book)
    for origin, row in theirs.items():
        if origin in ours:
            assert ours[origin] == row, origin
        else:
            assert origin[:2] in only_text or orphan(text, origin[:2]), origin
    # What text loads from a later row, because the first is broken there, the book has merged.
    for origin in ours.keys() - theirs.keys():
        assert "merged" in {f.fate for f in book.fates[origin[:2]]}, origin
    assert only_text


def origins(load):
    """Return each loaded row by where it came from, but for its visit and a number's text."""
    tables = {t: load.by_key(t) for t in TARGETS}
    left = ("visit_occurrence_id", "value_source_value")
    return {
        (*row, f.target, f.item): {
            k: v for k, v in tables[f.target][f.key].items() if k not in left
        }
        for row, own in load.fates.items()
        for f in own
        if f.fate == "loaded"
    }


def test_values_are_read_as_they_were_meant(dirty):
    load = dirty.loads["utf8"]
    drugs = load.by_key("drug_exposure").values()
    lasting = {(d["drug_exposure_end_date"] - d["drug_exposure_start_date"]).days for d in drugs}
    assert lasting == {2, 6, 13, 27}
    assert all(
        d["days_supply"] - 1 == (d["drug_exposure_end_date"] - d["drug_exposure_start_date"]).days
        for d in drugs
    )
    assert {d["sig"] for d in drugs} >= {"5mg，qd，口服", "12IU，qn，皮下注射"}
    words = {
        (m["value_source_value"], m["value_as_concept_id"])
        for m in load.by_key("measurement").values()
        if m["value_as_number"] is None
    }
    assert words == {
        ("阴性", 9189),
        ("阳性", 9191),
        ("-", 9189),
        ("+-", 9192),
        ("+", 9191),
        ("++", 9191),
    }
    assert all(
        m["value_as_concept_id"] is None
        for m in load.by_key("measurement").values()
        if m["value_as_number"] is not None
    )
    statuses = Counter(
        c["condition_status_concept_id"] for c in load.by_key("condition_occurrence").values()
    )
    assert set(statuses) == {32902, 32908}


def test_names_numbers_and_telephones_are_in_the_vault_alone(dirty):
    identity = Identity(dirty.node / "identity")
    names = {
        cells["姓名"] for (t, _), cells in dirty.cells.items() if t == FRONT_PAGE and cells["姓名"]
    }
    kept = {name for _, name in identity.all_of("姓名")}
    assert len(names & kept) > 100
    numbers_ = [n.encode() for _, n in identity.all_of("身份证号")]
    for path in dirty.loads["utf8"].folder.glob("tables/*.parquet"):
        held = path.read_bytes()
        assert not any(n in held for n in numbers_), path
    people = {p for p, _ in identity.all_of("电话")}
    assert {int(k) for k in dirty.loads["utf8"].by_key("person")} <= people


def test_every_template_is_a_mapping_that_says_what_to_adapt():
    for name in TEMPLATES:
        text = template(name)
        assert read_mapping(text, f"{name}.yaml").name == name
        assert text.count("【改】") == text.count("[ADAPT]") > 2
    with pytest.raises(QundaoError) as caught:
        template("nothing")
    assert caught.value.code == "intake.no_template"
