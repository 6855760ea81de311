"""The mapping book: versions that stay, four eyes that cannot be talked round, a whole journal."""

import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qundao.kernel.clock import stamp, utc_now
from qundao.kernel.errors import QundaoError
from qundao.node import intake_book as book
from qundao.node import intake_desks, people
from qundao.node.schema import MIGRATIONS
from qundao.node.store import Store
from support.children import in_child
from support.code_tables import CLINICAL, write_athena, write_csv, write_meddra
from support.intake_desk import PASSWORD, make_bench
from support.intake_hospital import MAPPING

CHANGED = MAPPING.replace("visit_concept_id: 9201", "visit_concept_id: 9202")


@pytest.fixture
def bench(tmp_path):
    return make_bench(tmp_path, utc_now)


def refused(call, *given, **named) -> str:
    with pytest.raises(QundaoError) as caught:
        call(*given, **named)
    return caught.value.code


def altered(bench, statement, *values):
    """What somebody with the file could do, past the store's own rules."""
    with sqlite3.connect(bench.office.store.path) as raw:
        for table in ("mapping_version", "mapping_log"):
            for rule in ("stays", "keeps"):
                raw.execute(f"DROP TRIGGER IF EXISTS {table}_{rule}")
        raw.execute(statement, values)


class TestVersions:
    def test_a_version_is_a_draft_and_never_changes(self, bench):
        first = bench.save(MAPPING, bench.wang, note="初稿")
        assert (first.number, first.state, first.name, first.note) == (1, "draft", "王敏", "初稿")
        for statement in ("UPDATE mapping_version SET text = 'x'", "DELETE FROM mapping_version"):
            code = refused(lambda s: _run(bench, s), statement)
            assert code == "node.store_unusable"

    def test_what_somebody_saved_meanwhile_is_not_passed_over(self, bench):
        bench.save(MAPPING, bench.wang)
        with bench.office.store.write() as tx:
            given = {"desk": bench.desk.id, "text": CHANGED, "note": "", "person": bench.li.id}
            code = refused(book.save, tx, base=0, newest=0, at=bench.office.stamp(), **given)
        assert code == "node.mapping_stale"
        with bench.office.store.read() as tx:
            assert len(book.versions(tx, bench.desk.id)) == 1

    def test_the_same_text_again_is_no_version(self, bench):
        bench.save(MAPPING, bench.wang)
        again = MAPPING.replace("\n", "\r\n") + "\n"
        assert refused(bench.save, again, bench.wang) == "node.mapping_unchanged"

    def test_a_draft_with_defects_is_kept_but_not_proposed(self, bench):
        bench.save(MAPPING.replace("person(病案号)", "person("), bench.wang)
        assert refused(bench.decide, book.propose, 1, bench.wang) == "intake.bad_mapping"
        assert bench.state(1) == "draft"


def _run(bench, statement):
    with bench.office.store.write() as tx:
        tx.execute(statement)


class TestFourEyes:
    def test_one_proposes_and_another_releases(self, bench):
        bench.released()
        with bench.office.store.read() as tx:
            assert book.released(tx, bench.desk.id).number == 1
            told = [(e.event, e.name) for e in book.journal(tx, bench.desk.id)]
        assert told == [("propose", "王敏"), ("release", "李强")]

    def test_who_proposes_does_not_release(self, bench):
        bench.save(MAPPING, bench.li)
        bench.decide(book.propose, 1, bench.wang)
        assert refused(bench.decide, book.release, 1, bench.wang) == "node.four_eyes"
        assert refused(bench.decide, book.release, 1, bench.li) == "node.four_eyes"
        assert bench.state(1) == "proposed"

    def test_who_wrote_an_earlier_draft_does_not_either(self, bench):
        bench.save(MAPPING, bench.li)
        bench.save(CHANGED, bench.wang)
        bench.decide(book.propose, 2, bench.wang)
        assert refused(bench.decide, book.release, 2, bench.li) == "node.four_eyes"

    @pytest.mark.parametrize("disguise", [str, lambda t: t.replace("  visit_", "      visit_")])
    def test_nor_who_wrote_a_line_that_was_copied(self, bench, disguise):
        bench.save(MAPPING, bench.wang)
        bench.save(CHANGED, bench.li, base=1)
        bench.save(disguise(CHANGED) + "# 复制\n", bench.wang, base=0)
        with bench.office.store.read() as tx:
            wrote = book.writers(tx, book.get(tx, bench.desk.id, 3))
        assert set(wrote) == {bench.wang.id, bench.li.id}

    def test_lines_that_two_have_seen_are_nobody_s_any_more(self, bench):
        bench.released()
        bench.save(CHANGED, bench.li)
        bench.decide(book.propose, 2, bench.li)
        bench.decide(book.release, 2, bench.wang)
        assert [bench.state(n) for n in (1, 2)] == ["superseded", "released"]

    def test_returned_with_a_reason_then_mended(self, bench):
        bench.save(MAPPING, bench.wang)
        bench.decide(book.propose, 1, bench.wang)
        assert refused(bench.decide, book.give_back, 1, bench.li) == "node.decision_incomplete"
        bench.decide(book.give_back, 1, bench.li, note="就诊类型不对")
        assert bench.state(1) == "returned"
        assert refused(bench.decide, book.propose, 1, bench.wang) == "node.mapping_state"
        bench.save(CHANGED, bench.wang)
        bench.decide(book.propose, 2, bench.wang)
        bench.decide(book.release, 2, bench.li)
        assert bench.state(2) == "released"

    def test_only_its_proposer_withdraws(self, bench):
        bench.save(MAPPING, bench.wang)
        bench.decide(book.propose, 1, bench.wang)
        assert refused(bench.decide, book.withdraw, 1, bench.li) == "node.mapping_state"
        bench.decide(book.withdraw, 1, bench.wang)
        assert bench.state(1) == "draft"

    def test_a_decision_sent_twice_counts_once(self, bench):
        bench.released()
        for act in (book.propose, book.release, book.give_back):
            assert refused(bench.decide, act, 1, bench.li, note="x") == "node.mapping_state"

    def test_an_older_proposal_does_not_come_after_a_newer_release(self, bench):
        bench.save(MAPPING, bench.wang)
        bench.decide(book.propose, 1, bench.wang)
        bench.released(CHANGED)
        assert refused(bench.decide, book.release, 1, bench.li) == "node.mapping_state"

    def test_somebody_whose_sign_in_ended_decides_nothing(self, bench):
        bench.save(MAPPING, bench.wang)
        bench.decide(book.propose, 1, bench.wang)
        with bench.office.store.write() as tx:
            people.end(tx, number="a001", at=bench.office.stamp())
            people.end(tx, number="A-002", at=bench.office.stamp())
        assert refused(bench.decide, book.release, 1, bench.li) == "node.person_required"

    def test_nobody_decides_nothing(self, bench):
        with bench.office.store.write() as tx:
            given = {"desk": bench.desk.id, "text": MAPPING, "base": 0, "newest": 0, "note": ""}
            assert refused(book.save, tx, person=None, at="", **given) == "node.person_required"


def test_a_kill_in_the_middle_of_a_release_leaves_a_proposal(bench):
    bench.save(MAPPING, bench.wang)
    bench.decide(book.propose, 1, bench.wang)
    root = bench.office.folder.root
    assert in_child("node.mapping.before_commit", _release, root, bench.desk.id, bench.li.id) == -9
    assert bench.state(1) == "proposed"
    assert in_child(None, _release, root, bench.desk.id, bench.li.id) == 0
    assert bench.state(1) == "released"


def _release(root, desk, person):
    """Release version 1 in a process of its own."""
    with Store(root / "node.sqlite").write() as tx:
        digest = book.get(tx, desk, 1).digest
        given = {"digest": digest, "note": "", "person": person, "at": stamp(utc_now())}
        book.release(tx, desk=desk, version=1, **given)


class TestTampering:
    def test_a_text_altered_after_it_was_proposed(self, bench):
        bench.save(MAPPING, bench.wang)
        bench.decide(book.propose, 1, bench.wang)
        altered(bench, "UPDATE mapping_version SET text = ?", CHANGED)
        assert refused(bench.decide, book.release, 1, bench.li) == "node.mapping_altered"

    def test_even_with_a_digest_that_fits(self, bench):
        bench.save(MAPPING, bench.wang)
        bench.decide(book.propose, 1, bench.wang)
        digest = book.text_digest(CHANGED)
        altered(bench, "UPDATE mapping_version SET text = ?, digest = ?", CHANGED, digest)
        assert refused(bench.decide, book.release, 1, bench.li) == "node.mapping_altered"

    def test_a_form_that_showed_another_text(self, bench):
        bench.save(MAPPING, bench.wang)
        bench.decide(book.propose, 1, bench.wang)
        seen = book.text_digest(CHANGED)
        code = refused(bench.decide, book.release, 1, bench.li, digest=seen)
        assert code == "node.mapping_altered"

    def test_a_text_altered_after_its_release_is_not_loaded(self, bench):
        bench.released()
        digest = book.text_digest(CHANGED)
        altered(bench, "UPDATE mapping_version SET text = ?, digest = ?", CHANGED, digest)
        with bench.office.store.read() as tx:
            assert refused(book.to_load, tx, bench.desk.id, 1) == "node.mapping_altered"

    def test_a_file_of_codes_altered_between_proposal_release_and_load(self, bench):
        codes = bench.desk.sources / "icd10.csv"
        codes.write_text("code,concept\nI10.x00,320128\n", "utf-8")
        listed = "icd10: {file: icd10.csv, otherwise: 0}"
        inline = "icd10: {I10.x00: 320128, E11.900: 201826, otherwise: 0}"
        bench.save(MAPPING.replace(inline, listed), bench.wang)
        bench.decide(book.propose, 1, bench.wang)
        seen = codes.read_bytes()
        codes.write_text("code,concept\nI10.x00,1\n", "utf-8")
        code = refused(bench.decide, book.release, 1, bench.li)
        assert (code, bench.state(1)) == ("node.mapping_codes_altered", "proposed")
        codes.write_bytes(seen)
        bench.decide(book.release, 1, bench.li)
        with bench.office.store.read() as tx:
            assert book.to_load(tx, bench.desk.id, 1).number == 1
            codes.unlink()
            assert refused(book.to_load, tx, bench.desk.id, 1) == "node.mapping_codes_altered"

    @pytest.mark.parametrize("kind", ["sheet", "athena", "meddra"])
    def test_a_published_table_of_codes_altered_after_its_release(self, bench, kind):
        table = bench.desk.sources / kind
        write = {"athena": write_athena, "meddra": write_meddra}.get(kind)
        read = write(table) if write else write_csv(table.with_suffix(".csv"), CLINICAL)
        files = sorted(f for f in read.iterdir() if f.name != "beside.md") if write else [read]
        name = read.relative_to(bench.desk.sources)
        listed = f"icd10: {{table: {name}, gives: concept, otherwise: 0}}"
        inline = "icd10: {I10.x00: 320128, E11.900: 201826, otherwise: 0}"
        bench.released(MAPPING.replace(inline, listed))
        (read if write else read.parent).joinpath("beside.md").write_text("x")
        with bench.office.store.read() as tx:
            assert book.to_load(tx, bench.desk.id, 1).number == 1
            for file in files:
                seen = file.read_bytes()
                file.write_bytes(seen + b"x")
                assert refused(book.to_load, tx, bench.desk.id, 1) == "node.mapping_codes_altered"
                file.write_bytes(seen)
            assert book.to_load(tx, bench.desk.id, 1).number == 1

    def test_the_journal_is_chained(self, bench):
        bench.released()
        with bench.office.store.read() as tx:
            assert book.broken_at(tx) is None
        altered(bench, "UPDATE mapping_log SET name = '王敏' WHERE number = 2")
        with bench.office.store.read() as tx:
            assert book.broken_at(tx) == 2

    def test_nothing_is_taken_out_of_it(self, bench):
        bench.released()
        for statement in ("DELETE FROM mapping_log", "UPDATE mapping_log SET note = 'x'"):
            assert refused(_run, bench, statement) == "node.store_unusable"


class TestPlaces:
    """A mapping written in a browser reads no file but the desk's sources."""

    @pytest.mark.parametrize(
        ("held", "instead"),
        [
            ('"front*.csv"', '"../node/keys/*"'),
            ('"front*.csv"', "/etc/passwd"),
            ('"front*.csv"', '["front.csv", "x/../../node/node.sqlite"]'),
            ("{I10.x00: 320128, E11.900: 201826, otherwise: 0}", "{file: ../node/keys/api.token}"),
            ("target: omop 5.4", "target: omop 5.4\nvocabulary: ../node"),
        ],
    )
    def test_not_proposed_and_not_even_rehearsed(self, bench, held, instead):
        assert held in MAPPING
        bench.save(MAPPING.replace(held, instead), bench.wang)
        assert refused(bench.decide, book.propose, 1, bench.wang) == "node.mapping_outside"
        assert refused(bench.start, "rehearse", version=1) == "node.mapping_outside"

    @pytest.mark.parametrize(
        "database", ["postgresql:///hub", "$QUNDAO_DATABASE_URL", "$qundao_database_url"]
    )
    def test_nor_a_database_of_its_writers_choice(self, bench, database):
        view = f"{{database: '{database}', view: v, keys: [n]}}"
        bench.save(MAPPING.replace('{files: "front*.csv"}', view), bench.wang)
        refusal = "node.mapping_database_outside"
        assert refused(bench.decide, book.propose, 1, bench.wang) == refusal
        assert refused(bench.start, "rehearse", version=1) == refusal

    def test_but_one_that_the_node_was_given(self, bench):
        view = "{database: $LIS_URL, view: v, keys: [n]}"
        bench.save(MAPPING.replace('{files: "front*.csv"}', view), bench.wang)
        assert bench.decide(book.propose, 1, bench.wang).state == "proposed"


class TestPeople:
    @pytest.mark.parametrize(
        ("name", "number"),
        [
            ("王敏", "B-9"),
            ("王 敏", "B-9"),
            ("王·敏", "B-9"),
            ("王敏\u200b", "B-9"),
            ("王敏2", "a-001"),
            ("王敏2", "Ａ－００１"),
            ("王敏2", "A001"),
        ],
    )
    def test_one_person_has_one_sign_in_however_written(self, bench, name, number):
        with bench.office.store.write() as tx:
            code = refused(people.add, tx, name=name, number=number, at=bench.office.stamp())
        assert code == "node.person_taken"

    @pytest.mark.parametrize(
        ("name", "number"), [("", "1"), ("··", "1"), ("赵", "А1 x"), ("赵", "")]
    )
    def test_what_is_no_person(self, bench, name, number):
        with bench.office.store.write() as tx:
            code = refused(people.add, tx, name=name, number=number, at=bench.office.stamp())
        assert code == "node.bad_person"

    def test_names_stay_taken(self, bench):
        with bench.office.store.write() as tx:
            people.end(tx, number="A-001", at=bench.office.stamp())
            code = refused(people.add, tx, name="王敏", number="C-1", at=bench.office.stamp())
        assert code == "node.person_taken"

    @pytest.mark.parametrize(
        ("new", "again"),
        [
            ("short", "short"),
            (PASSWORD, PASSWORD + "x"),
            ("王敏 2026 的密码很长", None),
            ("x" * 201, None),
        ],
    )
    def test_passwords_that_cannot_be_used(self, bench, new, again):
        with bench.office.store.write() as tx:
            given = {"old": None, "new": new, "again": again or new, "at": bench.office.stamp()}
            assert refused(people.set_password, tx, bench.wang, **given) == "node.bad_password"

    def test_a_password_signs_in_and_is_changed_with_the_old_one(self, bench):
        at = bench.office.stamp()
        with bench.office.store.write() as tx:
            people.set_password(tx, bench.wang, old=None, new=PASSWORD, again=PASSWORD, at=at)
            assert people.sign_in(tx, number="a-001", password=PASSWORD).id == bench.wang.id
            for number, password in (("A-001", "wrong"), ("A-002", PASSWORD), ("x", PASSWORD)):
                code = refused(people.sign_in, tx, number=number, password=password)
                assert code == "node.wrong_password"
            given = {"new": PASSWORD + "!", "again": PASSWORD + "!", "at": at}
            code = refused(people.set_password, tx, bench.wang, old="guess", **given)
            assert code == "node.bad_password"
            people.set_password(tx, bench.wang, old=PASSWORD, **given)
            held = tx.execute("SELECT password FROM person WHERE id = ?", (bench.wang.id,))
            assert PASSWORD not in held.fetchone()[0]


class TestDesks:
    def test_every_defect_is_told_at_once(self, bench, tmp_path):
        own = bench.office.folder.root
        with pytest.raises(QundaoError) as caught:
            intake_desks.open_desk(
                bench.office, name=" ", sources=str(own / "keys"), folder="x", person=bench.wang.id
            )
        assert {p.code for p in caught.value.problems} == {"node.bad_intake_desk"}
        assert {p.where for p in caught.value.problems} == {"name", "sources", "folder"}

    @pytest.mark.parametrize(
        "folder", ["{sources}/in", "{sources}", "{taken}/x", "{node}", "/proc/x"]
    )
    def test_folders_that_would_mix(self, bench, tmp_path, folder):
        places = {"sources": bench.desk.sources, "taken": bench.desk.folder}
        told = folder.format(node=bench.office.folder.root, **places)
        code = refused(
            intake_desks.open_desk,
            bench.office,
            name="另一个",
            sources=str(bench.desk.sources),
            folder=told,
            person=bench.wang.id,
        )
        assert code == "node.bad_intake_desk"
        with bench.office.store.read() as tx:
            assert len(intake_desks.all_desks(tx)) == 1


@settings(max_examples=15, deadline=None)
@given(
    acts=st.lists(
        st.tuples(
            st.sampled_from(["save", "propose", "withdraw", "return", "release"]),
            st.integers(0, 2),
            st.integers(1, 4),
        ),
        max_size=24,
    )
)
def test_whatever_is_tried_a_release_was_never_by_one_who_wrote_or_proposed(tmp_path_factory, acts):
    """Laws: at most one released version; its releaser neither proposed nor saved it."""
    bench = make_bench(tmp_path_factory.mktemp("law"), utc_now)
    with bench.office.store.write() as tx:
        third = people.add(tx, name="赵敏", number="A-003", at=bench.office.stamp())
    crowd = (bench.wang, bench.li, third)
    deeds = {
        "propose": book.propose,
        "withdraw": book.withdraw,
        "return": book.give_back,
        "release": book.release,
    }
    for i, (act, who, version) in enumerate(acts):
        try:
            if act == "save":
                bench.save(f"{MAPPING}# {i}\n", crowd[who])
            else:
                bench.decide(deeds[act], version, crowd[who], note="因为")
        except QundaoError:
            continue
    with bench.office.store.read() as tx:
        held = book.versions(tx, bench.desk.id)
        told = book.journal(tx, bench.desk.id)
        assert book.broken_at(tx) is None
    assert sum(v.state == "released" for v in held) <= 1
    for entry in told:
        if entry.event == "release":
            before = told[: told.index(entry)]
            proposed = [e for e in before if (e.event, e.version) == ("propose", entry.version)]
            assert entry.who not in (proposed[-1].who, held[entry.version - 1].who)


def test_a_node_of_an_older_version_gains_the_book(tmp_path):
    path = tmp_path / "node.sqlite"
    with sqlite3.connect(path, isolation_level=None) as old:
        for migration in MIGRATIONS[:3]:
            old.executescript(migration)
        old.execute("INSERT INTO login VALUES ('digest', '2999')")
        old.execute("PRAGMA user_version = 3")
    with Store(path).read() as tx:
        assert tuple(tx.execute("SELECT digest, person FROM login").fetchone()) == ("digest", None)
        assert people.everyone(tx) == []
