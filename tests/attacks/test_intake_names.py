"""Names and values made to break out of a load's statements, or to stop a load by one value."""

from __future__ import annotations

import os

import pytest

from qundao.intake import codes
from qundao.intake.load import feeding
from qundao.intake.load.taking import Taking
from qundao.intake.mapping import read_mapping
from qundao.intake.readers import text_stream
from qundao.kernel.errors import QundaoError
from support.own_loads import column, csv_text, loaded, own_mapping, quoted, refused

NAMES = (
    *("chunk", "s", "e", "f", "c", "r", "rowid", "target_person", "pseudonyms", "units", "added"),
    *("_item", "_faults", "_row", "_fate", "_unmapped_0", "_value", "_unit", "_of", "identifier"),
    *("x'); DROP TABLE rejects; --", 'a"b', "a'b", "a;b", "x\\", "*", "?", "$1", "{n}", "a.b"),
    *("select", "ORDER BY", "就诊号", "x" * 900),
)
OWN = ("_file", "_FILE", "_rows", "_key_0", "_once_0_0", "_once_1_0", "_each")


def test_columns_are_names_whatever_they_are_called(tmp_path):
    fields = {"k": "{kind: text, key: yes}"} | {f"v{i}": "text" for i in range(len(NAMES))}
    values = {"k": "nr"} | {f"v{i}": column(name) for i, name in enumerate(NAMES)}
    head = ["nr", *NAMES]
    text = csv_text(head, ["1", *map(str, range(len(NAMES)))])
    rows, rejects, _ = loaded(tmp_path, own_mapping(values, fields), {"x.csv": text})
    assert rows == [("1", *map(str, range(len(NAMES))))]
    assert rejects == []


def test_columns_of_groups_and_of_other_sources_are_names_too(tmp_path):
    told = [n for n in NAMES if not n.startswith("_") and "{" not in n and len(n) < 100]
    fields = {"k": "{kind: text, key: yes}"} | {f"v{i}": "text" for i in range(2 * len(told))}
    taken = {f"taken {name}": name for name in told}
    of_group = ", ".join(f"{quoted(n)}: {column('g' + n)}" for n in told)
    of_other = ", ".join(f"{quoted(t)}: {quoted(n)}" for t, n in taken.items())
    rule = (
        f"    each:\n      - {{{of_group}}}\n"
        f"    join:\n      - {{from: o, on: {{nr: nr}}, take: {{{of_other}}}}}\n"
    )
    values = {"k": "nr"} | {f"v{i}": column(n) for i, n in enumerate([*told, *taken])}
    own = csv_text(["nr", *("g" + n for n in told)], ["1", *(f"g{i}" for i in range(len(told)))])
    other = csv_text(["nr", *told], ["1", *(f"o{i}" for i in range(len(told)))])
    text = own_mapping(values, fields, "s: {files: x.csv}\n  o: {files: y.csv}", rule)
    rows, rejects, _ = loaded(tmp_path, text, {"x.csv": own, "y.csv": other})
    count = range(len(told))
    assert (rows, rejects) == ([("1", *(f"g{i}" for i in count), *(f"o{i}" for i in count))], [])


@pytest.mark.parametrize("name", OWN)
def test_a_column_named_as_the_loads_own_is_refused_not_mixed_up(tmp_path, name):
    fields = {"k": "{kind: text, key: yes}", "v": "number", "w": "text"}
    text = own_mapping({"k": "nr", "v": "number(z)", "w": column(name)}, fields)
    files = {"x.csv": csv_text(["nr", "z", name], ["1", "7.5", "text"])}
    assert refused(tmp_path, text, files) == {codes.COLUMN_TAKEN}


def test_columns_that_differ_by_case_alone_are_told_apart_or_refused(tmp_path):
    files = {"x.csv": csv_text(["ID", "id", "ÄB", "äb"], ["1", "2", "3", "4"])}
    fields = {"k": "{kind: text, key: yes}", "v": "text", "w": "text"}
    both = own_mapping({"k": "ID", "v": "id", "w": "ÄB"}, fields)
    assert refused(tmp_path, both, files) == {codes.COLUMN_TAKEN}
    rows, _, _ = loaded(tmp_path, own_mapping({"k": "id", "v": "ÄB", "w": "äb"}, fields), files)
    assert rows == [("2", "3", "4")]


@pytest.mark.parametrize(
    "text",
    [
        own_mapping({"k": "a", "v": "b"}, sources="s: {files: x.csv}\n  S: {files: x.csv}"),
        own_mapping({"k": "a", "v": "b"}, codes="w: {a: 1}\n  W: {a: 2}"),
        own_mapping({"k": "a", "v": "w"}, rule="    each:\n      - {w: a, W: b}\n"),
        own_mapping({"k": "a", "v": "w"}, rule="    each:\n      - {w: a, _item: b}\n"),
        own_mapping({"rowid": "a", "v": "b"}, {"rowid": "{kind: text, key: yes}", "v": "text"}),
        own_mapping({"k": "a", "v": "\"'\\ud800'\""}),
        own_mapping({"k": "a", "v": "b"}, codes='w: {"\\udfff": 1}'),
        own_mapping({"k": "a", "v": "9" * 20}),
        own_mapping({"k": "a", "v": "9" * 5000}),
        own_mapping({"k": "a", "v": "b"}, sources='s: {files: ""}'),
    ],
)
def test_names_and_texts_that_no_database_holds_are_refused_with_their_line(text):
    with pytest.raises(QundaoError) as refusal:
        read_mapping(text, "m.yaml")
    assert {p.code for p in refusal.value.problems} == {codes.BAD_MAPPING}


HOSTILE = ("'", '"', ";", "\n", "\\", "\0", "'); DROP TABLE rejects; --", "%s {} ${x}", "x" * 900)


def test_literals_reasons_and_codes_are_text_whatever_is_in_them(tmp_path):
    fields = {"k": "{kind: text, key: yes}"} | {f"v{i}": "text" for i in range(2 * len(HOSTILE))}
    literals = ["'" + h.replace("'", "''") + "'" for h in (f"a{h}b" for h in HOSTILE)]
    made = [quoted(f"join(z, {text})") for text in literals]
    made += [quoted(f"code(w, {text})") for text in literals]
    listed = ", ".join(f"{quoted(f'a{h}b')}: {quoted(f'v{h}!')}" for h in HOSTILE)
    rule = f"    reject: {{when: z = 'q', because: {quoted(HOSTILE[6])}}}\n"
    values = {"k": "nr"} | {f"v{i}": e for i, e in enumerate(made)}
    text = own_mapping(values, fields, rule=rule, codes=f"w: {{{listed}}}")
    files = {"x.csv": csv_text(["nr", "z"], ["1", "z"], ["2", "q"])}
    ((_, *row),), rejects, account = loaded(tmp_path, text, files)
    assert row == [f"za{h}b" for h in HOSTILE] + [f"v{h}!" for h in HOSTILE]
    assert rejects == [(3, HOSTILE[6], "", None)]
    assert account.coverage[0].rows == account.coverage[0].mapped > 0


def test_no_single_value_stops_a_load_or_is_read_as_what_it_is_not(tmp_path):
    """Far numbers, `epoch` and `infinity`, a division by nothing: rejected, each by its reason."""
    fields = {
        "k": "{kind: text, key: yes}",
        "n": "integer",
        "d": "date",
        "m": "datetime",
        "p": "integer",
        "q": "number",
    }
    values = {
        "k": "nr",
        "n": "whole(n)",
        "d": "day(d)",
        "m": "moment(m)",
        "p": "whole(p) * whole(p)",
        "q": "number(q) / number(r)",
    }
    sound = ("9007199254740993", "2020-01-02", "2020-01-02 03:04", "3", "1", "2")
    bad = {
        "n": ("9" * 40, "9223372036854775808", "1e300"),
        "d": ("epoch", "infinity", "-infinity", "0000-01-01", "00000101", "9" * 30),
        "m": ("epoch", "Infinity", "0000-01-01 01:00"),
        "p": ("9223372036854775807", "-9223372036854775807"),
        "r": ("0", "1e-320"),
    }
    head = ("n", "d", "m", "p", "q", "r")
    rows = [("sound", *sound)]
    for name, values_of in bad.items():
        for value in values_of:
            held = dict(zip(head, sound, strict=True)) | {name: value}
            held |= {"q": "1e300"} if name == "r" else {}
            rows.append((f"{name} {value}", *held.values()))
    text = csv_text(("nr", *head), *rows)
    found, rejects, _ = loaded(tmp_path, own_mapping(values, fields), {"x.csv": text})
    assert [r[:2] for r in found] == [("sound", 9007199254740993)]
    assert [place for place, *_ in rejects] == list(range(3, len(rows) + 2))
    assert {r[2] for r in rejects} == {"n", "d", "m", "p", "q"}


def test_whole_numbers_beyond_what_a_decimal_holds_stay_what_they_are(tmp_path):
    fields = {"k": "{kind: integer, key: yes}", "v": "text"}
    text = csv_text(["nr", "z"], ["9007199254740992", "a"], ["9007199254740993", "b"])
    mapping = own_mapping({"k": "whole(nr)", "v": "z"}, fields)
    rows, rejects, _ = loaded(tmp_path, mapping, {"x.csv": text})
    assert rows == [(9007199254740992, "a"), (9007199254740993, "b")]
    assert rejects == []


def test_codes_of_a_list_are_numbers_or_all_text(tmp_path):
    values = ("--5", "²", "9" * 5000, "7")
    files = {
        "x.csv": csv_text(["nr", "z"], *([c, c] for c in "abcde")),
        "w.csv": csv_text(["code", "concept"], *zip("abcd", values, strict=True)),
    }
    mapping = own_mapping({"k": "nr", "v": "code(w, z)"}, codes="w: {file: w.csv, otherwise: 0}")
    rows, _, _ = loaded(tmp_path, mapping, files)
    assert rows == [("a", "--5"), ("b", "²"), ("c", "9" * 5000), ("d", "7"), ("e", "0")]


def test_what_the_database_says_of_a_value_is_not_passed_on(tmp_path, caplog):
    """An expression of the wrong kind: refused in the product's words, no value in any of them."""
    mapping = own_mapping({"k": "nr", "v": "begin(z, number(z))"})
    files = {"x.csv": csv_text(["nr", "z"], ["1", "110101199003077758"])}
    with pytest.raises(QundaoError) as refusal:
        loaded(tmp_path, mapping, files)
    (found,) = refusal.value.problems
    assert found.code == codes.NOT_COMPUTABLE
    assert "110101" not in f"{found.to_json()}{refusal.value}{caplog.text}"
    assert not list((tmp_path / "node").glob(".work-*"))


@pytest.mark.parametrize(
    "pattern",
    ["**.csv", "/etc/passwd", "//", ".", "..", "[", "~", "a\0.csv", "x" * 5000, "folder", "pipe"],
)
def test_a_pattern_that_is_none_has_no_files(tmp_path, pattern):
    (tmp_path / "source" / "folder").mkdir(parents=True)
    os.mkfifo(tmp_path / "source" / "pipe")
    text = own_mapping({"k": "nr", "v": "z"}, sources=f"s: {{files: [{quoted(pattern)}]}}")
    found = refused(tmp_path, text, {"x.csv": csv_text(["nr", "z"], ["1", "2"])})
    assert found == {codes.SOURCE_MISSING}


def test_files_may_be_called_anything(tmp_path):
    (tmp_path / "source").mkdir()
    text = csv_text(["nr", "z"], ["1", "a"], ["1", "b"]).encode()
    raw = (b"x'\"; DROP.csv", b"x\n[1].csv", "x病案.csv".encode("gb18030"), b"x\xff\xfe.csv")
    for number, name in enumerate(raw):
        path = tmp_path / "source" / os.fsdecode(name)
        path.write_bytes(text.replace(b"1,", b"%d," % number))
    mapping = own_mapping({"k": "nr", "v": "z"}, sources='s: {files: "*.csv"}')
    rows, rejects, account = loaded(tmp_path, mapping, {})
    assert (len(rows), len(rejects)) == (4, 4)
    told = {"x'\"; DROP.csv", "x\n[1].csv", "x病案.csv", "x\\xff\\xfe.csv"}
    assert {s.file for s in account.sources} == told


def test_a_file_of_nothing_but_damage_is_taken_in_a_little_at_a_time(tmp_path, monkeypatch):
    """Defects are let go of as rows are: a damaged file does not fill the memory."""
    taken = []
    take = Taking.take

    def counted(self, file, chunk):
        taken.append(len(chunk.defects))
        take(self, file, chunk)

    monkeypatch.setattr(Taking, "take", counted)
    monkeypatch.setattr(text_stream, "BLOCK", 2**16)
    monkeypatch.setattr(feeding, "DEFECTS", 10_000)
    damage = 'x,"y"z\n' * 100_000
    files = {"x.csv": f"nr,z\n1,a\n{damage}2,b\n"}
    rows, _, account = loaded(tmp_path, own_mapping({"k": "nr", "v": "z"}), files)
    assert rows == [("1", "a"), ("2", "b")]
    assert [(s.rows, s.broken) for s in account.sources] == [(2, sum(taken))]
    assert sum(taken) == 100_000
    assert max(taken) < 40_000
