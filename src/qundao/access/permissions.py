"""Who may do what: roles × acts, as data. In which state and about whose request: `policies`.

Roles are kept apart as the assessments ask (等保三级: system, security and audit duties): the
operator runs but does not vote, the auditor reads everything and changes nothing, the cluster
office sees aggregates only.
"""

from __future__ import annotations

from enum import StrEnum

from qundao.kernel.roles import Role
from qundao.kernel.words import Words


class Act(StrEnum):
    """Something that a person can do at the hub, named `thing.verb`."""

    CATALOGUE_READ = "catalogue.read"
    DATASET_WITHDRAW = "dataset.withdraw"
    EXPLORE_ASK = "explore.ask"
    APPLICATION_DRAFT = "application.draft"
    APPLICATION_EDIT = "application.edit"
    APPLICATION_SUBMIT = "application.submit"
    APPLICATION_WITHDRAW = "application.withdraw"
    APPLICATION_READ = "application.read"
    APPLICATION_SCREEN = "application.screen"
    APPLICATION_RETURN = "application.return"
    APPLICATION_ASSIGN = "application.assign"
    REVIEW_VOTE = "review.vote"
    REVIEW_RECUSE = "review.recuse"
    APPLICATION_DECIDE = "application.decide"
    AGREEMENT_DRAFT = "agreement.draft"
    AGREEMENT_SIGN = "agreement.sign"
    PERMIT_ISSUE = "permit.issue"
    PERMIT_COUNTERSIGN = "permit.countersign"
    PERMIT_DECLINE = "permit.decline"
    PERMIT_REVOKE = "permit.revoke"
    PERMIT_EXPIRE = "permit.expire"
    APPLICATION_CLOSE = "application.close"
    STUDY_START = "study.start"
    STUDY_READ = "study.read"
    OUTPUT_REVIEW = "output.review"
    CALENDAR_LOAD = "calendar.load"
    RULE_SIGN_OFF = "rule.sign_off"

    @property
    def words(self) -> Words:
        """Return the act in both languages."""
        return _WORDS[self]


_WORDS = {
    Act.CATALOGUE_READ: Words("查看数据目录", "read the catalogue"),
    Act.DATASET_WITHDRAW: Words("撤下数据集", "withdraw a dataset"),
    Act.EXPLORE_ASK: Words("试算人数", "ask for a feasibility count"),
    Act.APPLICATION_DRAFT: Words("起草申请", "draft an application"),
    Act.APPLICATION_EDIT: Words("修改申请", "edit an application"),
    Act.APPLICATION_SUBMIT: Words("提交申请", "submit an application"),
    Act.APPLICATION_WITHDRAW: Words("撤回申请", "withdraw an application"),
    Act.APPLICATION_READ: Words("查看申请", "read an application"),
    Act.APPLICATION_SCREEN: Words("受理申请", "take up an application"),
    Act.APPLICATION_RETURN: Words("退回补正", "return for correction"),
    Act.APPLICATION_ASSIGN: Words("分派审查员", "assign reviewers"),
    Act.REVIEW_VOTE: Words("提出审查意见", "give a review"),
    Act.REVIEW_RECUSE: Words("申请回避", "recuse oneself"),
    Act.APPLICATION_DECIDE: Words("作出决定", "decide"),
    Act.AGREEMENT_DRAFT: Words("拟定协议", "draw up the agreement"),
    Act.AGREEMENT_SIGN: Words("签署协议", "sign the agreement"),
    Act.PERMIT_ISSUE: Words("签发许可", "issue the permit"),
    Act.PERMIT_COUNTERSIGN: Words("会签许可（在节点上）", "countersign the permit (on the node)"),
    Act.PERMIT_DECLINE: Words("拒绝会签（在节点上）", "decline the permit (on the node)"),
    Act.PERMIT_REVOKE: Words("撤销许可", "revoke the permit"),
    Act.PERMIT_EXPIRE: Words("许可到期（自动）", "let the permit expire (automatic)"),
    Act.APPLICATION_CLOSE: Words("办结", "close"),
    Act.STUDY_START: Words("启动研究", "start a study"),
    Act.STUDY_READ: Words("查看研究", "read a study"),
    Act.OUTPUT_REVIEW: Words("审核输出", "review an output"),
    Act.CALENDAR_LOAD: Words("载入工作日历", "load the working calendar"),
    Act.RULE_SIGN_OFF: Words("签认规则", "sign off a rule"),
}

_EVERYONE = frozenset(Role)
_STEWARD, _RESEARCHER = frozenset({Role.STEWARD}), frozenset({Role.RESEARCHER})
_REVIEWER, _OPERATOR = frozenset({Role.REVIEWER}), frozenset({Role.OPERATOR})
_PARTIES = _RESEARCHER | _STEWARD | _REVIEWER | _OPERATOR | {Role.AUDITOR}

PERMISSIONS: dict[Act, frozenset[Role]] = {
    Act.CATALOGUE_READ: _EVERYONE,
    Act.DATASET_WITHDRAW: _STEWARD | _OPERATOR,
    Act.EXPLORE_ASK: _RESEARCHER,
    Act.APPLICATION_DRAFT: _RESEARCHER,
    Act.APPLICATION_EDIT: _RESEARCHER,
    Act.APPLICATION_SUBMIT: _RESEARCHER,
    Act.APPLICATION_WITHDRAW: _RESEARCHER,
    Act.APPLICATION_READ: _PARTIES,
    Act.APPLICATION_SCREEN: _OPERATOR,
    Act.APPLICATION_RETURN: _OPERATOR,
    Act.APPLICATION_ASSIGN: _OPERATOR,
    Act.REVIEW_VOTE: _REVIEWER,
    Act.REVIEW_RECUSE: _REVIEWER,
    Act.APPLICATION_DECIDE: _OPERATOR,
    Act.AGREEMENT_DRAFT: _OPERATOR,
    Act.AGREEMENT_SIGN: _RESEARCHER | _STEWARD | _OPERATOR,
    Act.PERMIT_ISSUE: _OPERATOR,
    Act.PERMIT_COUNTERSIGN: frozenset(),
    Act.PERMIT_DECLINE: frozenset(),
    Act.PERMIT_REVOKE: _OPERATOR,
    Act.PERMIT_EXPIRE: frozenset(),
    Act.APPLICATION_CLOSE: _RESEARCHER | _OPERATOR,
    Act.STUDY_START: _RESEARCHER,
    Act.STUDY_READ: _PARTIES,
    Act.OUTPUT_REVIEW: _REVIEWER,
    Act.CALENDAR_LOAD: _OPERATOR,
    Act.RULE_SIGN_OFF: _OPERATOR,
}
"""Which roles may do what. An act with no role is done by a node or by the hub itself."""


def who_may(act: Act) -> tuple[Role, ...]:
    """Return the roles that may do `act`, in the order in which roles are declared."""
    return tuple(role for role in Role if role in PERMISSIONS[act])
