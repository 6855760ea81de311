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
