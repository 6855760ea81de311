"""The error codes of this desk."""

from __future__ import annotations

from qundao.kernel.errors import declare
from qundao.kernel.words import Words

NO_DATASET = declare(
    "explore.no_dataset",
    title=Words("没有可以回答这个问题的数据集", "No dataset can answer this question"),
    required=Words(
        "至少一个采用 {model} 模型的数据集版本", "at least one dataset version in the {model} model"
    ),
    remedy=Words(
        "在数据目录中换选数据集，或改用另一模型的条件",
        "choose other datasets in the catalogue, or the other model's terms",
    ),
    status=422,
)
NO_MEMBER = declare(
    "explore.no_member",
    title=Words("试算人数须以成员单位身份进行", "Only a member's user can ask for counts"),
    required=Words("属于某成员单位的研究者", "a researcher who works for a member"),
    remedy=Words("用成员单位的账号登录", "sign in with a member's account"),
    status=403,
)
WRONG_PROBE = declare(
    "explore.wrong_task",
    title=Words("应答与提问不符", "The answer does not belong to the question"),
    required=Words("发给该节点、尚未应答的任务", "a task sent to this node and not answered yet"),
    remedy=Words("检查节点是否应答了别的任务", "check whether the node answered another task"),
    status=409,
)
