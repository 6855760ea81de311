"""The error codes of this room."""

from __future__ import annotations

from qundao.kernel.errors import declare
from qundao.kernel.words import Words

BAD_DESCRIPTION = declare(
    "catalogue.bad_description",
    title=Words("数据集的描述不完整或有误", "The dataset's description is incomplete or wrong"),
    required=Words("{required}", "{required}"),
    remedy=Words(
        "数据管理员在节点上更正描述后重新登记",
        "the steward corrects the description on the node and registers again",
    ),
    status=422,
)
BAD_PROFILE = declare(
    "catalogue.bad_profile",
    title=Words("数据画像格式不正确", "The profile is malformed"),
    required=Words("{required}", "{required}"),
    remedy=Words(
        "由节点重新生成画像；若反复出现请核对双方版本",
        "let the node profile the data again; compare versions if it recurs",
    ),
    status=422,
)
BAD_VOCABULARY = declare(
    "catalogue.bad_vocabulary",
    title=Words("词表汇报格式不正确", "What is told of the vocabulary is malformed"),
    required=Words("{required}", "{required}"),
    remedy=Words(
        "由节点重新汇报；若反复出现请核对双方版本",
        "let the node tell it again; compare versions if it recurs",
    ),
    status=422,
)
TOO_FINE = declare(
    "catalogue.profile_too_fine",
    title=Words("画像中有过细的计数", "The profile holds counts that are too fine"),
    required=Words("不低于 {floor} 的分段计数", "banded counts of at least {floor}"),
    remedy=Words(
        "由节点按分段重新生成画像；细数不离开节点",
        "let the node profile again in bands; fine counts never leave it",
    ),
    status=422,
)
