"""The error codes of this desk."""

from __future__ import annotations

from qundao.kernel.errors import declare
from qundao.kernel.words import Words

NO_MEMBER = declare(
    "applications.no_member",
    title=Words("申请须以成员单位身份提出", "Only a member's researcher can apply"),
    required=Words("属于某成员单位的研究者", "a researcher who works for a member"),
    remedy=Words("用成员单位的账号登录", "sign in with a member's account"),
    status=403,
)
BAD_PROTOCOL = declare(
    "applications.bad_protocol",
    title=Words("研究方案与申请不一致", "The protocol does not fit the application"),
    required=Words("{required}", "{required_en}"),
    remedy=Words(
        "修改方案或申请，使两者一致", "change the protocol or the application so that they agree"
    ),
    status=422,
)
BAD_PEOPLE = declare(
    "applications.unknown_researcher",
    title=Words("研究人员不是本单位用户", "A researcher is not a user of your organisation"),
    required=Words("本单位在用的用户名", "an active user name of your organisation"),
    remedy=Words(
        "更正用户名，或请运营方开通账号", "correct the name, or ask the operator for an account"
    ),
    status=422,
)
BAD_KIND = declare(
    "applications.bad_study_kind",
    title=Words("研究类型不在价目表中", "The kind of study is not in the tariff"),
    required=Words("{known}", "{known}"),
    remedy=Words("从价目表中选择研究类型", "choose a kind of study from the tariff"),
    status=422,
)
DATASET_GONE = declare(
    "applications.dataset_unavailable",
    title=Words("数据集版本目前不能申请", "The dataset version cannot be applied for"),
    required=Words(
        "在册、节点未撤销的数据集版本", "a registered version whose node is not revoked"
    ),
    remedy=Words("在数据目录中换选版本", "choose another version in the catalogue"),
    status=422,
)
NOT_OFFERED = declare(
    "applications.permit_not_offered",
    title=Words("该节点没有收到这份许可", "The permit was not offered to this node"),
    required=Words("发给该节点、待会签的许可", "a permit offered to this node and waiting for it"),
    remedy=Words("检查节点目录是否被复制使用", "check whether the node's folder was copied"),
    status=409,
)
BAD_COUNTERSIGNATURE = declare(
    "applications.bad_countersignature",
    title=Words("会签无效", "The countersignature is not valid"),
    required=Words(
        "节点密钥对许可摘要 {digest} 的签名", "the node key's signature of the permit {digest}"
    ),
    remedy=Words("在节点控制台重新会签", "countersign again on the node's console"),
    status=422,
)
REVOKE_REASON = declare(
    "applications.reason_needed",
    title=Words("须说明理由", "A reason is needed"),
    required=Words("至少一句理由", "a reason of at least one sentence"),
    remedy=Words("写明原因后再提交", "state the reason and submit again"),
    status=422,
)
