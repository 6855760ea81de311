"""The catalogue's desk: registration by nodes, accessions, minting, search, the API."""

from __future__ import annotations

import pytest
from django.test import Client

from qundao.hub.auditlog.models import LoggedEvent
from qundao.hub.catalogue import queries
from qundao.hub.catalogue.actions import withdraw_dataset
from qundao.hub.catalogue.models import AccessionCounter, Dataset, DatasetVersion
from qundao.hub.common.models import AppendOnlyError
from qundao.hub.ledger.queries import balance, earned
from qundao.hub.nodes.models import Node
from qundao.kernel.credit import whole_credits
from qundao.kernel.errors import QundaoError
from support.hub_people import make_member
from support.hub_story import Story, StoryNode, profile, scorecard, words

pytestmark = pytest.mark.usefixtures("hub_db")


@pytest.fixture
def node() -> StoryNode:
    return StoryNode(make_member())


def events() -> list[str]:
    return list(LoggedEvent.objects.order_by("sequence").values_list("action", flat=True))


# --- registering ---------------------------------------------------------------------------


def test_a_registration_gets_an_accession_and_mints(node: StoryNode) -> None:
    receipt = node.register()
    assert receipt.result["accession"] == "QD000001.1"
    version = queries.version("QD000001")
    # 1,465 persons × 20,000 + 12,345 conditions × 300 micro-credits, at 92 of 100
    assert version.worth == (1465 * 20_000 + 12_345 * 300) * 92 // 100
    assert receipt.result["minted"] == version.minted == earned("QD000001.1") == version.worth
    purse = balance(node.member.id)
    assert purse.spendable + purse.pending == version.worth
    assert events()[-2:] == ["credits.minted", "dataset.registered"]
    assert sum(line["amount"] for line in version.valuation["lines"]) == version.minted


def test_the_same_content_again_is_the_same_version(node: StoryNode) -> None:
    first, before = node.register(), len(events())
    again = node.register()
    assert again.result == {**first.result, "again": True, "minted": 0}
    assert DatasetVersion.objects.count() == 1
    assert len(events()) == before


def test_the_same_name_with_other_content_is_the_next_version_and_earns_the_difference(node):
    first = node.register()
    more = profile(domains=[{"domain": "condition", "facts": 20_000}])
    second = node.register(profile=more)
    assert second.result["accession"] == "QD000001.2"
    worth = (1465 * 20_000 + 20_000 * 300) * 92 // 100
    assert first.result["minted"] + second.result["minted"] == worth
    assert queries.version("QD000001.2").worth == worth
    assert [v.accession for v in queries.newest_versions()] == ["QD000001.2"]
    third = node.register()  # back to less: nothing to earn, nothing to pay back
    assert (third.result["accession"], third.result["minted"]) == ("QD000001.3", 0)
    assert events()[-1] == "dataset.version_published"


def test_corrected_data_of_the_same_description_are_the_next_version_and_earn_nothing(node):
    node.register()
    corrected = node.register(data_digest="1" * 64)
    assert corrected.result == {"accession": "QD000001.2", "again": False, "minted": 0}
    first, second = (queries.version(f"QD000001.{n}") for n in (1, 2))
    assert (first.profile, first.scorecard) == (second.profile, second.scorecard)
    assert first.digest != second.digest


def test_another_name_or_another_node_is_another_dataset(node: StoryNode) -> None:
    other = StoryNode(make_member("乙医院"))
    accessions = [node.register(), node.register(dataset="lab"), other.register()]
    assert [r.result["accession"] for r in accessions] == ["QD000001.1", "QD000002.1", "QD000003.1"]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"event_floor": 4}, "disclosure.bad_floors"),
        ({"data_class": "gossip"}, "disclosure.unknown_data_class"),
        ({"labels": {}}, "catalogue.bad_description"),
        ({"profile": profile(rows=[["张三"]])}, "catalogue.bad_profile"),
        ({"scorecard": {}}, "catalogue.bad_profile"),
    ],
)
def test_a_bad_registration_leaves_nothing_and_takes_no_number(node, changed, code) -> None:
    refused = node.register(**changed)
    assert code in [p["code"] for p in refused.problems]
    assert not Dataset.objects.exists()
    assert not AccessionCounter.objects.filter(last__gt=0).exists()
    assert node.register().result["accession"] == "QD000001.1"


def test_low_quality_or_few_persons_earn_nothing(node: StoryNode) -> None:
    assert node.register(scorecard=scorecard(59.9)).result["minted"] == 0
    few = profile(persons=None, persons_band="<10")
    assert node.register(dataset="few", profile=few).result["minted"] == 0
    assert balance(node.member.id).spendable == 0


def test_genomic_data_earn_costs_never_a_market_price(node: StoryNode) -> None:
    told = profile(persons_band="1,000–4,999", tables=[])
    got = node.register(data_class="genomic", min_cell=20, event_floor=10, profile=told)
    assert got.result["minted"] == 1465 * 500_000  # cost recovery: no quality premium


def test_versions_never_change(node: StoryNode) -> None:
    node.register()
    version = queries.version("QD000001.1")
    version.score = 100
    with pytest.raises(AppendOnlyError):
        version.save()
    with pytest.raises(AppendOnlyError):
        version.delete()


# --- withdrawing ---------------------------------------------------------------------------


def test_a_withdrawn_dataset_leaves_the_catalogue_but_not_the_record(story_h1) -> None:
    story, accession = story_h1
    withdrawn = story["h1"].steward.post(
        f"/catalogue/datasets/{accession}/withdraw", reason="合同到期"
    )
    assert withdrawn["withdrawn"] is True
    listed = story["a"].researcher.get("/catalogue/datasets")
    assert accession not in [i["accession"] for i in listed["items"]]
    assert story["a"].researcher.get(f"/catalogue/datasets/{accession}")["withdrawn"] is True
    again = story["h1"].node.register(dataset="ehr", title=words("新题名"))
    assert [p["code"] for p in again.problems] == ["catalogue.withdrawn"]


def test_nobody_withdraws_anothers_dataset(story_h1) -> None:
    story, accession = story_h1
    path, why = f"/catalogue/datasets/{accession}/withdraw", {"reason": "x"}
    assert story["h2"].steward.refused("post", path, 403, **why) == ["catalogue.not_your_dataset"]
    assert story["h1"].researcher.refused("post", path, 403, **why) == ["hub.forbidden"]
    story.operator.post(path, **why)
    story.operator.post(path, **why)  # twice is once
    assert events().count("dataset.withdrawn") == 1


def test_withdrawing_is_refused_by_the_action_too(story_h1) -> None:
    story, accession = story_h1
    dataset = queries.version(accession).dataset
    with pytest.raises(QundaoError) as refused:
        withdraw_dataset(actor=story["h2"].steward.user.actor, dataset=dataset, reason="x")
    assert refused.value.code == "catalogue.not_your_dataset"


# --- reading -------------------------------------------------------------------------------


@pytest.fixture
def story_h1(story: Story) -> tuple[Story, str]:
    return story, story.accessions["h1"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("消化", {"h1", "h2"}),
        ("消化 第一", {"h1"}),
        ("ALZHEIMER", {"a", "b", "c"}),
        ("ｔｒｉａｌ", {"a", "b", "c"}),
        ("gender", {"h1", "h2", "a", "b", "c"}),
        ("QD000002", {"h2"}),
        ("100%", set()),
        ("没有", set()),
    ],
)
def test_search_by_parts_of_words(story: Story, query: str, found: set[str]) -> None:
    answer = story["a"].researcher.get("/catalogue/datasets", q=query)
    assert {i["accession"] for i in answer["items"]} == {story.accessions[k] for k in found}


def test_facets_narrow_and_tell_what_each_would_leave(story: Story) -> None:
    api = story["a"].researcher
    answer = api.get("/catalogue/datasets", data_class="trial_arm")
    assert answer["total"] == 3
    assert answer["records"] == 59 + 32 + 34
    counts = {c["value"]: c["count"] for c in answer["facets"]["data_class"]}
    assert counts == {"hospital_records": 2, "trial_arm": 3}  # its own choice does not narrow it
    assert {c["value"] for c in answer["facets"]["model"]} == {"cdisc adam-1.1"}
    assert {c["count"] for c in answer["facets"]["member"]} == {1}
    one = api.get("/catalogue/datasets", member=story["b"].id, min_score=90)
    assert [i["accession"] for i in one["items"]] == [story.accessions["b"]]
    assert api.get("/catalogue/datasets", tier="open")["total"] == 0
    refused = api.refused("get", "/catalogue/datasets", 422, tier="secret")
    assert refused == ["catalogue.bad_filter"]


def test_only_the_newest_version_is_found_and_older_ones_are_kept(story: Story) -> None:
    story["h1"].node.register(title=words("消化专病库"))
    api, accession = story["a"].researcher, story.accessions["h1"]
    found = api.get("/catalogue/datasets", q="第一医院")["items"]
    assert [i["accession"] for i in found] == ["QD000001.2"]
    old = api.get(f"/catalogue/datasets/{accession}")
    assert (old["newest"], old["versions"]) == (False, ["QD000001.2", "QD000001.1"])
    assert api.get("/catalogue/datasets/QD000001")["accession"] == "QD000001.2"


def test_a_dataset_page_has_six_columns_quality_and_where_credits_came_from(story_h1) -> None:
    story, accession = story_h1
    page = story["a"].researcher.get(f"/catalogue/datasets/{accession}")
    assert [c["key"] for c in page["columns"]] == [
        "name", "host", "source", "collection", "compliance", "sharing",
    ]  # fmt: skip
    assert page["columns"][1]["text"]["zh"] == "第一医院"
    assert (page["score"], page["records"], page["tier"]) == (92, 1465, "federated")
    assert sum(line["amount"] for line in page["valuation"]["lines"]) == page["minted"]


@pytest.mark.parametrize("accession", ["QD000099", "QD000001.9", "nonsense", "QD1", "QD000001.0"])
def test_what_does_not_exist_is_not_found(story: Story, accession: str) -> None:
    refused = story["a"].researcher.refused("get", f"/catalogue/datasets/{accession}", 404)
    assert refused == ["hub.not_found"]


def test_programs_must_sign_in() -> None:
    assert Client().get("/api/v1/catalogue/datasets").status_code == 401


def test_the_network_in_numbers_says_records(story: Story) -> None:
    assert story["a"].researcher.get("/catalogue/network") == {
        "members": 5, "nodes": 5, "nodes_online": 5, "datasets": 5,
        "records": 2 * 1465 + 59 + 32 + 34,
    }  # fmt: skip


def test_datasets_of_a_revoked_node_are_not_on_offer(story_h1) -> None:
    story, accession = story_h1
    Node.objects.filter(pk=story["h1"].node.id).update(state=Node.State.REVOKED)
    found = story["a"].researcher.get("/catalogue/datasets")["items"]
    assert accession not in [i["accession"] for i in found]


def test_versions_named_keeps_the_order_and_drops_what_is_unknown(story: Story) -> None:
    h1, b = story.accessions["h1"], story.accessions["b"]
    assert [v.accession for v in queries.versions_named([b, "QD000099.1", h1, b])] == [b, h1]


def test_a_starting_grant_pays_for_a_use(story: Story) -> None:
    assert balance(story["a"].id).spendable >= whole_credits(10_000)
