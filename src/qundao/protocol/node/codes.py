"""Why a node does not answer: declared where both sides read it, so that the hub has the words."""

from __future__ import annotations

from qundao.kernel.errors import declare
from qundao.kernel.words import Words

STOPPED = declare(
    "node.stopped",
    title=Words("本节点已停用", "This node is stopped"),
    required=Words("恢复运行的节点（{who}：{why}）", "a node at work ({who}: {why})"),
    remedy=Words(
        "数据管理员在控制台恢复运行后重试", "the steward resumes it on the console; then try again"
    ),
    status=423,
)
UNKNOWN_PERMIT = declare(
    "node.unknown_permit",
    title=Words("本节点没有这份许可", "The node has no such permit"),
    required=Words("已送达本节点的许可编号", "the id of a permit offered to this node"),
    remedy=Words("核对编号，或请平台重新送达", "check the id, or ask the hub to send it again"),
    status=404,
)
UNKNOWN_DATASET = declare(
    "node.unknown_dataset",
    title=Words("本节点没有这个数据集版本", "The node holds no such dataset version"),
    required=Words("以下之一：{held}", "one of {held}"),
    remedy=Words("核对数据集编号", "check the accession"),
    status=404,
)
SOURCE_CHANGED = declare(
    "node.source_changed",
    title=Words("数据源与登记时不一致", "The source is not what was registered"),
    required=Words("登记版本 {accession} 时的数据", "the data as registered for {accession}"),
    remedy=Words(
        "恢复登记时的数据，或用同一名称重新接入以登记新版本",
        "restore that data, or connect it again under the same name as a new version",
    ),
    status=409,
)
ROUND_USED = declare(
    "node.round_used",
    title=Words("该轮次已用于另一项任务", "The round was used for another task"),
    required=Words("新的轮次编号", "a new round id"),
    remedy=Words("平台以新的轮次重新下达", "the hub sends the task under a new round"),
    status=409,
)
BAD_ROUND = declare(
    "node.bad_round",
    title=Words("轮次的分组方式与方案不符", "The round's groups do not fit the protocol"),
    required=Words("{required}", "{required}"),
    remedy=Words("平台按锁定方案重新下达", "the hub sends the task as the locked protocol says"),
    status=403,
)
EXPLORE_CLOSED = declare(
    "node.explore_closed",
    title=Words("本节点未开放试算", "This node does not answer exploring questions"),
    required=Words("本单位已开放试算的节点", "a node whose member allows exploring"),
    remedy=Words("提交数据使用申请以获得精确统计", "apply for the data to get exact statistics"),
    status=403,
)
COHORTS_CLOSED = declare(
    "node.cohorts_closed",
    title=Words("本节点不试算人群定义", "This node does not explore cohort definitions"),
    required=Words("本单位已打开人群定义试算的节点", "a node whose member turned that on"),
    remedy=Words(
        "用分段条件试算，或请该单位的数据管理员打开；也可直接提交数据使用申请",
        "ask in bands, ask the member's steward to turn it on, or apply for the data",
    ),
    status=403,
)
EXPLORE_SPENT = declare(
    "node.explore_spent",
    title=Words(
        "该数据集今年可回答的试算问题已用完", "This dataset answers no new questions this year"
    ),
    required=Words(
        "{year} 年内所有单位合计不超过 {limit} 个不同的问题",
        "at most {limit} different questions of all members in {year}",
    ),
    remedy=Words(
        "以前答过的问题仍可重复；需要精确数字请提交数据使用申请",
        "earlier questions stay free; apply for the data if you need exact figures",
    ),
    status=429,
)
OLD_VERSION = declare(
    "node.old_version",
    title=Words("不是该数据集的最新版本", "This is not the dataset's newest version"),
    required=Words("最新版本 {newest}", "the newest version, {newest}"),
    remedy=Words("试算最新版本", "ask the newest version"),
    status=409,
)
CANNOT_ANSWER = declare(
    "node.cannot_answer",
    title=Words("本节点的数据答不了这个定义", "The node's data cannot answer this definition"),
    required=Words("{zh}", "{en}"),
    remedy=Words(
        "改用该节点有的表与词表，或在方案中不用该数据集；答不了不等于零",
        "use tables and vocabularies that the node has, or leave the dataset out of the "
        "protocol; this is not a zero",
    ),
    status=422,
)
TASK_FAILED = declare(
    "node.task_failed",
    title=Words("任务在节点上未能完成", "The task could not be completed on the node"),
    required=Words("能够完成的计算", "a computation that completes"),
    remedy=Words(
        "节点日志中有详情；数据管理员排查后由平台重新下达",
        "the node's log has the details; the steward looks into it, then the hub sends it again",
    ),
    status=500,
)
