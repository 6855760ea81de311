"""The error codes of this room."""

from __future__ import annotations

from qundao.kernel.errors import declare
from qundao.kernel.words import Words

BAD_PROTOCOL = declare(
    "study.bad_protocol",
    title=Words("研究方案不完整或不一致", "The study protocol is incomplete or inconsistent"),
    required=Words("{required}", "{required}"),
    remedy=Words(
        "按提示的位置修改方案后再提交", "mend the protocol at the place named, then submit again"
    ),
    status=422,
)
UNKNOWN_ANALYSIS = declare(
    "study.unknown_analysis",
    title=Words("锁定方案中没有这项分析", "The locked protocol has no such analysis"),
    required=Words("{known}", "{known}"),
    remedy=Words("使用方案中的分析编号", "name an analysis of the protocol"),
    status=404,
)
BAD_ANSWER = declare(
    "study.bad_answer",
    title=Words("节点的应答与锁定方案不符", "A node's answer does not fit the locked protocol"),
    required=Words("{required}", "{required}"),
    remedy=Words(
        "不采用该应答；核对节点版本后重试该轮",
        "do not use it; compare versions and retry the round",
    ),
    status=422,
)
OVERLAP = declare(
    "study.overlap",
    title=Words(
        "两项分析以不同方式划分同一人群", "Two analyses split the same people in different ways"
    ),
    required=Words(
        "同一方案中对同一结局（或同一变量）只划分一次；与 {other} 重叠",
        "one split of an outcome or a variable in a protocol; this one overlaps with {other}",
    ),
    remedy=Words(
        "合并为一项分析：两张表相减会得出低于门槛的人数",
        "make them one analysis: subtracting one table from the other shows small numbers",
    ),
    status=422,
)
NEAR_GROUPS = declare(
    "study.near_groups",
    title=Words(
        "人群几乎相同，相减会得出少数人",
        "Groups are nearly the same: subtraction shows a few people",
    ),
    required=Words(
        "有重叠的组（或事件）相互之差为 0 或不少于 {least} 人",
        "groups (or events) that overlap differ by nobody or by at least {least} people",
    ),
    remedy=Words(
        "只保留其中一组，或使两组的差别更大；本次不放行任何数字",
        "keep one of them or make them differ by more; no number was let out",
    ),
    status=422,
)
OTHER_CONTRIBUTORS = declare(
    "study.other_contributors",
    title=Words(
        "同一批人的两个合计由不同单位贡献", "Two sums over the same people have other contributors"
    ),
    required=Words(
        "有重叠且加掩码的组由相同的节点贡献：{required}",
        "masked groups that overlap come from the same nodes: {required}",
    ),
    remedy=Words(
        "让两个组由相同的单位贡献：两个合计相减就是缺席一方的数字",
        "let the same members contribute both: the sums' difference is the absent member's part",
    ),
    status=422,
)
NOT_LOCKED = declare(
    "study.not_the_locked_protocol",
    title=Words("这不是锁定的研究方案", "This is not the locked protocol"),
    required=Words("摘要值 {required}", "digest {required}"),
    remedy=Words(
        "请平台重新发送锁定时的方案原文", "ask the hub for the protocol exactly as it was locked"
    ),
    status=409,
)
CANNOT_LEAVE_OUT = declare(
    "study.cannot_leave_out",
    title=Words(
        "答不了的节点不能从这一轮去掉", "A node that cannot answer cannot be left out here"
    ),
    required=Words(
        "不掩码、且每一组仍有别的节点提供的分析",
        "an analysis without masks, of which other nodes still give every group",
    ),
    remedy=Words(
        "在新的方案里不用答不了的数据集，或改用各节点都有的表与词表",
        "leave the dataset out of a new protocol, or use tables and vocabularies that all have",
    ),
    status=422,
)
