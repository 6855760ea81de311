"""The error codes of this desk."""

from __future__ import annotations

from qundao.kernel.errors import declare
from qundao.kernel.words import Words

NOT_YOURS = declare(
    "studies.not_yours",
    title=Words("这项许可不属于您", "The permit is not yours"),
    required=Words("许可中列名的研究者", "a researcher named in the permit"),
    remedy=Words(
        "请许可中的研究者操作，或申请变更人员",
        "ask a researcher of the permit, or apply to add people",
    ),
    status=403,
)
NOT_IN_FORCE = declare(
    "studies.permit_not_in_force",
    title=Words("许可尚未生效或已失效", "The permit is not in force"),
    required=Words(
        "各节点均已会签、未到期、未撤销的许可",
        "a permit countersigned by every node, neither expired nor revoked",
    ),
    remedy=Words(
        "在申请页查看还差哪一方", "see on the application's page whose signature is missing"
    ),
    status=409,
)
NOT_WAITING = declare(
    "studies.not_waiting",
    title=Words("这一轮不再接收应答", "This round takes no more answers"),
    required=Words("状态为“等待节点应答”的任务", "a task that waits for its node"),
    remedy=Words("丢弃该应答；新的一轮有新的任务", "drop the answer; a new round has new tasks"),
    status=409,
)
WRONG_TASK = declare(
    "studies.wrong_task",
    title=Words("应答与任务不符", "The answer does not belong to the task"),
    required=Words("{required}", "{required}"),
    remedy=Words("检查节点是否应答了别的任务", "check whether the node answered another task"),
    status=409,
)
CANNOT_RETRY = declare(
    "studies.cannot_retry",
    title=Words("这一轮还不能重试", "This round cannot be retried yet"),
    required=Words(
        "未完成或超过期限 {deadline} 的一轮",
        "a round that failed or is past its deadline {deadline}",
    ),
    remedy=Words("等待节点应答或期限到达", "wait for the nodes or for the deadline"),
    status=409,
)
OWN_OUTPUT = declare(
    "studies.own_output",
    title=Words("不能审核本单位的结果", "Nobody reviews an output of their own organisation"),
    required=Words("与申请单位无隶属关系的审查员", "a reviewer of another organisation"),
    remedy=Words("请改派审查员", "have another reviewer assigned"),
    status=403,
)
DECIDED = declare(
    "studies.already_decided",
    title=Words("该结果已有审核结论", "The output has been decided already"),
    required=Words("待审核的结果", "an output under review"),
    remedy=Words("查看已有结论", "read the decision that stands"),
    status=409,
)
REASON_NEEDED = declare(
    "studies.reason_needed",
    title=Words("不予发布须说明理由", "A refusal needs a reason"),
    required=Words("至少一句理由", "a reason of at least one sentence"),
    remedy=Words("写明哪一项、为什么、怎样修改", "say which figure, why, and what to change"),
    status=422,
)
UNPAID = declare(
    "studies.unpaid",
    title=Words("没有可结算给贡献方的积分", "Nothing is put aside to pay the contributors"),
    required=Words("签署协议时冻结的积分", "the credits put aside when the agreement was signed"),
    remedy=Words(
        "使用已提前结束，结果不予发布；需要时重新申请",
        "the use was ended early, so the result is not released; apply again if needed",
    ),
    status=409,
)
