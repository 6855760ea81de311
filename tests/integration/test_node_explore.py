"""The explore lane at a node: noise, budgets, one answer per question, silent refusals."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from qundao.disclosure.budget import MICRO
from qundao.engines import open_engine
from qundao.kernel.errors import QundaoError
from qundao.kernel.ids import new_id
from qundao.node import agent, datasets, explore_book, gate_log, task_book
from qundao.node.console.policy_view import change_view
from qundao.node.link import Link
from qundao.node.office import open_office
from qundao.protocol.messages import ExploreAnswer, ExploreTask
from qundao.query import (
    AgeGroup,
    BandedPredicate,
    HasCondition,
    InArm,
    PersonSex,
    SexIs,
    StandardModel,
    count,
    to_json,
)
from support.pilot_nodes import PLACEBO, SITES, accession, join, pilot_folder
from support.tiny_hub import TinyHub, running

CDISC = StandardModel.CDISC
SUBJECTS_OF_A = 59


@pytest.fixture(scope="module")
def enrolled(tmp_path_factory):
    """A node's folder to be copied: every test has the node as it was."""
    with running(TinyHub()) as hub:
        office = join(hub, tmp_path_factory.mktemp("node") / "a", "a")
        office.store.close()
        yield hub, office.folder.root


@pytest.fixture
def scene(enrolled, tmp_path):
    hub, folder = enrolled
    return hub, open_office(Path(shutil.copytree(folder, tmp_path / "a")))


def ask(hub, office, *terms, member="member_1", predicate=None, **changed):
    """Ask one question; return the answer's body."""
    task = ExploreTask(
        task=new_id("task"),
        member=member,
        accession=accession(office),
        dataset="pilot",
        predicate=to_json(BandedPredicate(CDISC, terms)) if predicate is None else predicate,
    ).model_copy(update=changed)
    hub.send(office.id, task)
    with Link(office.identity.hub_url) as link:
        agent.once(office, link)
    (body,) = [b for b in hub.bodies(ExploreAnswer) if b["task"] == task.task]
    return body


def codes(body):
    assert body["count"] is None
    assert body["spent"] == 0
    return [p["code"] for p in body["problems"]]


def spent(office):
    with office.store.read() as tx:
        return {b["member"]: b["spent"] for b in explore_book.budgets(tx)}


def set_policy(office, **changes):
    with office.store.write() as tx:
        explore_book.set_policy(tx, changes, who="李数据", why="测试", at=office.stamp())


def newer_version(office):
    """Let the node hold a second version of its dataset; return its accession."""
    first = accession(office)
    with office.store.write() as tx:
        held = datasets.by_accession(tx, first)
        datasets.insert(tx, replace(held, message=new_id("msg"), accession=None))
        second = first.replace(".1", ".2")
        tx.execute("UPDATE dataset_version SET accession = ? WHERE accession IS NULL", (second,))
    return second


def test_a_noisy_count(scene):
    hub, office = scene
    answers = [ask(hub, office), ask(hub, office, SexIs(PersonSex.FEMALE))]
    assert all(a["epsilon"] == 0.1 and a["spent"] == 0.1 for a in answers)
    # |noise| > 120 at ε = 0.1 has a probability below 1e-5
    assert answers[0]["count"] is None or abs(answers[0]["count"] - SUBJECTS_OF_A) <= 120
    assert spent(office) == {"member_1": 200_000}


def test_the_true_count_is_kept_nowhere(scene):
    """What the node stores and shows is the count after noise: nine of them are not all exact."""
    hub, office = scene
    set_policy(office, price=MICRO // 100)
    sexes = [(), (SexIs(PersonSex.FEMALE),), (SexIs(PersonSex.MALE),)]
    arms = [InArm(a) for a in (PLACEBO, "Xanomeline Low Dose", "Xanomeline High Dose")]
    predicates = [BandedPredicate(CDISC, (*s, a)) for s in sexes for a in arms]
    for predicate in predicates:
        ask(hub, office, predicate=to_json(predicate))
    with open_engine(f"parquet:{pilot_folder('a')}") as engine:
        exact = sorted(count(engine, p) for p in predicates)
    with office.store.read() as tx:
        kept = sorted(r["noisy"] for r in tx.execute("SELECT noisy FROM explored"))
    assert len(kept) == len(exact) == 9
    assert kept != exact


class TestOneAnswerPerQuestion:
    def test_asking_again_is_free_and_says_the_same(self, scene):
        hub, office = scene
        first = ask(hub, office)
        again = [ask(hub, office) for _ in range(3)]
        assert {a["count"] for a in again} == {first["count"]}
        assert {a["spent"] for a in again} == {0}
        assert spent(office) == {"member_1": 100_000}

    def test_in_another_order_of_terms(self, scene):
        hub, office = scene
        terms = (SexIs(PersonSex.FEMALE), InArm(PLACEBO))
        first = ask(hub, office, *terms)
        plain = to_json(BandedPredicate(CDISC, terms))
        plain["terms"] = plain["terms"][::-1]
        again = ask(hub, office, predicate=plain)
        assert (again["count"], again["spent"]) == (first["count"], 0)

    def test_members_who_compare_notes_hear_the_same_and_each_pays(self, scene):
        hub, office = scene
        first = ask(hub, office, member="member_1")
        other = ask(hub, office, member="member_2")
        assert other["count"] == first["count"]
        assert spent(office) == {"member_1": 100_000, "member_2": 100_000}


class TestBudgets:
    def test_a_member_that_spent_its_budget(self, scene):
        hub, office = scene
        set_policy(office, total=2 * MICRO // 10)
        ask(hub, office)
        ask(hub, office, SexIs(PersonSex.FEMALE))
        refused = ask(hub, office, SexIs(PersonSex.MALE))
        assert codes(refused) == ["disclosure.budget_spent"]
        assert ask(hub, office)["problems"] == []
        assert ask(hub, office, SexIs(PersonSex.MALE), member="member_2")["problems"] == []

    def test_invented_members_cannot_ask_without_end(self, scene):
        """A hub in an attacker's hands names a new member for each question."""
        hub, office = scene
        set_policy(office, dataset_total=2 * MICRO // 10)
        ask(hub, office, member="member_x1")
        ask(hub, office, SexIs(PersonSex.FEMALE), member="member_x2")
        refused = ask(hub, office, SexIs(PersonSex.MALE), member="member_x3")
        assert codes(refused) == ["node.explore_spent"]
        assert ask(hub, office, member="member_x4")["problems"] == []

    def test_all_members_together_have_a_hundred_questions_a_year(self, scene):
        """ε 10 by default: the three hundred of an earlier default were no bound."""
        _, office = scene
        held = accession(office)
        with office.store.write() as tx:
            local = explore_book.policy(tx)
            account = explore_book.Account("member_1", "pilot", "2026")
            for i in range(100):
                assert explore_book.exhausted(tx, account, local) is None
                said = explore_book.Said(f"q{i}", held, {}, 5, local.price)
                explore_book.save_answer(tx, account, said)
            refused = explore_book.exhausted(tx, account, local)
            next_year = explore_book.Account("member_1", "pilot", "2027")
            assert explore_book.exhausted(tx, next_year, local) is None
        assert refused.code == "node.explore_spent"
        assert dict(refused.facts) == {"limit": "100", "year": "2026"}

    def test_answers_count_at_the_price_they_were_given_at(self, scene):
        """Dearer questions later on do not make the earlier ones dearer, nor cheaper ones."""
        hub, office = scene
        ask(hub, office)
        set_policy(office, price=MICRO // 100)
        ask(hub, office, SexIs(PersonSex.FEMALE))
        with office.store.read() as tx:
            assert explore_book.spent_on(tx, "pilot", office.stamp()[:4]) == 110_000

    def test_a_new_version_draws_on_the_same_budgets(self, scene):
        hub, office = scene
        set_policy(office, dataset_total=2 * MICRO // 10)
        ask(hub, office)
        newer = newer_version(office)
        anew = ask(hub, office, accession=newer)
        assert (anew["problems"], anew["spent"]) == ([], 0.1)
        assert spent(office) == {"member_1": 200_000}
        refused = ask(hub, office, SexIs(PersonSex.MALE), accession=newer, member="member_2")
        assert codes(refused) == ["node.explore_spent"]

    def test_only_the_newest_version_answers(self, scene):
        hub, office = scene
        old = accession(office)
        newer_version(office)
        assert codes(ask(hub, office, accession=old)) == ["node.old_version"]
        assert spent(office) == {}

    def test_a_new_year_brings_a_new_budget_and_what_was_paid_for_stays_free(self, scene):
        _, office = scene
        rule = explore_book.LocalPolicy().published(10)
        with office.store.write() as tx:
            old = explore_book.Account("member_1", "pilot", "2026")
            explore_book.save_budget(tx, old, explore_book.budget(tx, old, rule).spend("q", 100))
            new = explore_book.budget(tx, explore_book.Account("member_1", "pilot", "2027"), rule)
        assert (new.spent, new.cost_of("q", 100), new.cost_of("r", 100)) == (0, 0, 100)

    def test_a_refusal_costs_nothing(self, scene):
        hub, office = scene
        ask(hub, office, dataset="other")
        assert spent(office) == {}

    @pytest.mark.parametrize(
        "changes",
        [{"price": 0}, {"min_cell": 0}, {"total": 1}, {"price": 1.5}, {"other": 1}],
    )
    def test_a_policy_that_makes_no_sense(self, scene, changes):
        _, office = scene
        with pytest.raises(QundaoError) as caught:
            set_policy(office, **changes)
        assert caught.value.code == "node.bad_policy"


class TestTheRuleIsChanged:
    def test_who_why_and_both_rules_are_kept(self, scene):
        _, office = scene
        set_policy(office, price=200_000)
        with office.store.read() as tx:
            (change,) = explore_book.policy_changes(tx)
        assert (change["who"], change["why"]) == ("李数据", "测试")
        assert (change["before"]["price"], change["after"]["price"]) == (100_000, 200_000)
        assert change_view(change)["phrases"] == [
            {"zh": "每个问题的 ε：0.1 → 0.2", "en": "ε of one question: 0.1 → 0.2"}
        ]

    @pytest.mark.parametrize("lacking", ["who", "why"])
    def test_nobody_changes_it_without_name_and_reason(self, scene, lacking):
        _, office = scene
        given = {"who": "李数据", "why": "测试"} | {lacking: " "}
        with office.store.write() as tx, pytest.raises(QundaoError) as caught:
            explore_book.set_policy(tx, {"enabled": False}, at=office.stamp(), **given)
        assert caught.value.code == "node.decision_incomplete"
        with office.store.read() as tx:
            assert explore_book.policy(tx).enabled

    def test_the_list_of_changes_is_append_only(self, scene):
        _, office = scene
        set_policy(office, enabled=False)
        for statement in ("DELETE FROM policy_log", "UPDATE policy_log SET who = 'x'"):
            with pytest.raises(QundaoError), office.store.write() as tx:
                tx.execute(statement)


class TestRefusals:
    def test_a_member_that_closed_the_lane(self, scene):
        hub, office = scene
        set_policy(office, enabled=False)
        assert codes(ask(hub, office)) == ["node.explore_closed"]

    def test_another_name_or_version(self, scene):
        hub, office = scene
        assert codes(ask(hub, office, dataset="other")) == ["node.unknown_dataset"]
        assert codes(ask(hub, office, accession="QD000009.1")) == ["node.unknown_dataset"]

    @pytest.mark.parametrize(
        "predicate",
        [
            to_json(BandedPredicate(StandardModel.OMOP, (HasCondition(192671),))),
            {"sql": "select 1"},
            {},
        ],
        ids=["another model", "free text", "nothing"],
    )
    def test_other_predicates(self, scene, predicate):
        hub, office = scene
        (code,) = {c.partition(".")[0] for c in codes(ask(hub, office, predicate=predicate))}
        assert code == "query"

    def test_too_fine_a_predicate(self, scene):
        hub, office = scene
        plain = to_json(BandedPredicate(CDISC, (AgeGroup("<65"),)))
        plain["terms"] = [*plain["terms"], *plain["terms"]]
        plain["terms"][1] = to_json(BandedPredicate(CDISC, (AgeGroup(">80"),)))["terms"][0]
        assert codes(ask(hub, office, predicate=plain)) == ["query.predicate_refused"]

    def test_a_small_group_is_hidden_not_refused(self, scene):
        hub, office = scene
        set_policy(office, min_cell=1000)
        body = ask(hub, office)
        assert (body["count"], body["withheld"], body["problems"]) == (None, "<1000", [])

    def test_an_empty_group_is_answered_like_any_other(self, scene):
        """The decision looks at the noisy count: existence itself is not told."""
        hub, office = scene
        body = ask(hub, office, InArm("No such arm"))
        assert body["problems"] == []
        assert body["spent"] == 0.1


def test_everything_said_is_on_the_list(scene):
    hub, office = scene
    said = [ask(hub, office), ask(hub, office, SexIs(PersonSex.FEMALE)), ask(hub, office)]
    ask(hub, office, dataset="other")
    with office.store.read() as tx:
        registered, *listed = gate_log.entries(tx)[::-1]
        states = [t["state"] for t in task_book.log(tx)]
    assert registered["lane"] == "registration"
    assert [e["content"]["count"] for e in listed] == [a["count"] for a in said]
    assert [e["content"]["repeated"] for e in listed] == [False, False, True]
    assert [e["on_behalf_of"] for e in listed] == ["member_1"] * 3
    assert sorted(states) == ["answered", "answered", "answered", "refused"]


def test_the_source_is_what_the_tests_think():
    assert SITES["a"] == ("701", "703")
    assert (pilot_folder("a") / "dm.parquet").exists()
