"""The error codes of this desk."""

from __future__ import annotations

from qundao.kernel.errors import declare
from qundao.kernel.words import Words

WITHDRAWN = declare(
    "catalogue.withdrawn",
    title=Words("该数据集已撤下", "The dataset has been withdrawn"),
    required=Words("未撤下的数据集", "a dataset that has not been withdrawn"),
    remedy=Words("在目录中另选数据集，或询问贡献方", "choose another, or ask its contributor"),
    status=409,
)
NOT_YOUR_DATASET = declare(
    "catalogue.not_your_dataset",
    title=Words("这不是您单位的数据集", "The dataset is not your organisation's"),
    required=Words("贡献方的数据管理员或运营方", "the contributor's steward, or the operator"),
    remedy=Words("请贡献方办理", "ask the contributor"),
    status=403,
)
BAD_FILTER = declare(
    "catalogue.bad_filter",
    title=Words("检索条件不正确", "The filter is not valid"),
    required=Words("{required}", "{required}"),
    remedy=Words("从列表中选择", "choose from the list"),
    status=422,
)
