"""The error codes of this room."""

from __future__ import annotations

from qundao.kernel.errors import declare
from qundao.kernel.words import Words

BAD_SPEC = declare(
    "analysis.bad_spec",
    title=Words("分析方案有误", "The planned analysis is not valid"),
    required=Words("{required}", "{required}"),
    remedy=Words("在研究方案中改正这一处", "correct this place in the study protocol"),
    status=422,
)
BAD_ROWS = declare(
    "analysis.bad_rows",
    title=Words("数据行不符合分析的约定", "The rows do not fit the analysis"),
    required=Words("{required}", "{required}"),
    remedy=Words(
        "检查数据源与变量定义；本次不产生任何数字",
        "examine the source and the variable's definition; no number was made",
    ),
    status=422,
)
BAD_ANSWER = declare(
    "analysis.bad_answer",
    title=Words("节点应答与分析的格式不符", "A node's answer does not fit the analysis"),
    required=Words("{required}", "{required}"),
    remedy=Words(
        "核对各节点的软件版本与锁定方案，再以新的轮次下达任务",
        "compare the nodes' versions and the locked protocol, then ask again in a new round",
    ),
    status=409,
)
