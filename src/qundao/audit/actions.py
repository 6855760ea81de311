"""What can happen: the closed table of audit actions, with words and risk.

A name is `thing.happened`. Rooms above add their own with `declare_action`; a name has one
meaning for ever, because events that carry it cannot be rewritten.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from qundao.audit.codes import BAD_ACTION
from qundao.kernel.errors import fail
from qundao.kernel.words import Words

Risk = Literal["normal", "high"]
_FORM = re.compile(r"^[a-z]+\.[a-z]+(_[a-z]+)*$")


@dataclass(frozen=True, slots=True)
class Action:
    """One kind of event. `high` risk is what an auditor sees first."""

    name: str
    words: Words
    risk: Risk


_ACTIONS: dict[str, Action] = {}


def declare_action(name: str, words: Words, risk: Risk = "normal") -> str:
    """Declare an action and return its name.

    Raises ValueError when the name is malformed or already has another meaning.
    """
    if not _FORM.match(name):
        raise ValueError(f"an action is written thing.happened, received {name!r}")
    action = Action(name, words, risk)
    if _ACTIONS.setdefault(name, action) != action:
        raise ValueError(f"the action {name!r} is already declared with another meaning")
    return name


def declared_actions() -> Mapping[str, Action]:
    """Return every action declared by the rooms imported so far, by name."""
    return dict(sorted(_ACTIONS.items()))


def action_named(name: str) -> Action:
    """Return a declared action. Raises `audit.bad_action`."""
    if name not in _ACTIONS:
        raise fail(BAD_ACTION, name)
    return _ACTIONS[name]


_NORMAL = (
    ("alliance.opened", "联盟成立", "alliance opened"),
    ("member.changed", "成员单位信息变更", "member changed"),
    ("user.created", "用户创建", "user created"),
    ("user.password_changed", "用户修改密码", "user changed a password"),
    ("node.online", "节点上线", "node came online"),
    ("node.offline", "节点离线", "node went offline"),
    ("dataset.registered", "数据集登记", "dataset registered"),
    ("dataset.profiled", "数据集画像更新", "dataset profiled"),
    ("dataset.checked", "数据质量检查", "dataset quality checked"),
    ("dataset.version_published", "数据集版本发布", "dataset version published"),
    ("credits.minted", "积分发放（贡献）", "credits minted"),
    ("credits.vested", "积分解锁", "credits vested"),
    ("credits.quoted", "积分报价", "credits quoted"),
    ("credits.held", "积分冻结", "credits held"),
    ("credits.captured", "积分结算", "credits captured"),
    ("credits.released", "积分解冻退回", "credits released"),
    ("credits.expired", "积分过期", "credits expired"),
    ("credits.settled", "积分欠额偿还", "credit debt settled"),
    ("explore.asked", "人数试算提出", "feasibility count asked"),
    ("explore.answered", "人数试算答复", "feasibility count answered"),
    ("explore.refused", "人数试算被拒", "feasibility count refused"),
    ("application.drafted", "申请起草", "application drafted"),
    ("application.submitted", "申请提交", "application submitted"),
    ("application.screened", "申请形式审查", "application screened"),
    ("application.returned", "申请退回补正", "application returned for completion"),
    ("application.assigned", "申请分派审查员", "application assigned to reviewers"),
    ("application.recused", "审查员回避", "reviewer recused"),
    ("application.reviewed", "申请审查意见", "application reviewed"),
    ("application.decided", "申请决定", "application decided"),
    ("application.withdrawn", "申请撤回", "application withdrawn"),
    ("application.closed", "申请办结", "application closed"),
    ("agreement.drafted", "协议拟定", "agreement drafted"),
    ("agreement.signed", "协议签署", "agreement signed"),
    ("permit.refused", "许可未获节点会签", "permit refused by a node"),
    ("permit.expired", "许可到期", "permit expired"),
    ("study.drafted", "研究方案起草", "study drafted"),
    ("study.locked", "研究方案锁定", "study locked"),
    ("study.started", "研究启动", "study started"),
    ("study.finished", "研究完成", "study finished"),
    ("task.issued", "任务下发", "task issued"),
    ("task.answered", "任务应答", "task answered"),
    ("task.failed", "任务失败", "task failed"),
    ("task.retried", "任务重试", "task retried"),
    ("task.expired", "任务过期", "task expired"),
    ("output.combined", "结果合并", "output combined"),
    ("output.reviewed", "结果出域审查", "output reviewed"),
    ("output.withheld", "结果不予发布", "output withheld"),
    ("login.succeeded", "登录成功", "login succeeded"),
    ("login.ended", "退出登录", "logout"),
    ("audit.verified", "日志核验", "log verified"),
)
_HIGH = (
    ("alliance.rule_changed", "联盟规则变更", "alliance rule changed"),
    ("member.admitted", "成员单位入会", "member admitted"),
    ("member.suspended", "成员单位暂停", "member suspended"),
    ("member.left", "成员单位退会", "member left"),
    ("user.role_changed", "用户角色变更", "user's roles changed"),
    ("user.disabled", "用户停用", "user disabled"),
    ("node.code_issued", "节点接入码签发", "node enrolment code issued"),
    ("node.enrolled", "节点接入", "node enrolled"),
    ("node.enrolment_refused", "节点接入被拒", "node enrolment refused"),
    ("node.stopped", "节点一键停用", "node stopped"),
    ("node.revoked", "节点撤销", "node revoked"),
    ("dataset.withdrawn", "数据集撤下", "dataset withdrawn"),
    ("credits.granted", "积分赠予", "credits granted"),
    ("credits.reversed", "积分冲正", "credits reversed"),
    ("credits.clawed_back", "积分追回", "credits clawed back"),
    ("permit.issued", "许可签发", "permit issued"),
    ("permit.countersigned", "许可由节点会签", "permit countersigned by a node"),
    ("permit.revoked", "许可撤销", "permit revoked"),
    ("task.rejected", "任务签名或许可不符", "task or answer rejected"),
    ("output.released", "结果发布", "output released"),
    ("login.failed", "登录失败", "login failed"),
    ("audit.exported", "取证包导出", "log exported"),
    ("settings.changed", "系统设置变更", "settings changed"),
)
for _name, _zh, _en in _NORMAL:
    declare_action(_name, Words(_zh, _en))
for _name, _zh, _en in _HIGH:
    declare_action(_name, Words(_zh, _en), "high")
