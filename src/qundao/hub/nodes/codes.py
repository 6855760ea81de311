"""The error codes of this desk."""

from __future__ import annotations

from qundao.kernel.errors import declare
from qundao.kernel.words import Words

BAD_CODE = declare(
    "nodes.bad_code",
    title=Words("接入码无效", "The enrolment code is not valid"),
    required=Words(
        "运营方签发、未使用、未过期的接入码（形如 QD-XXXXX-XXXXX-XXXXX-XXXXX-…）",
        "a code of the operator's, unused and not expired (QD-XXXXX-XXXXX-XXXXX-XXXXX-…)",
    ),
    remedy=Words(
        "核对接入码是否完整；已使用或过期的，请运营方重新签发",
        "check that the code is complete; if it was used or has expired, ask for a new one",
    ),
    status=403,
)
OTHER_HUB = declare(
    "nodes.other_hub",
    title=Words("接入码属于另一个平台", "The enrolment code belongs to another hub"),
    required=Words("以 {required} 结尾的接入码", "a code that ends in {required}"),
    remedy=Words(
        "核对平台地址与接入码是否来自同一运营方",
        "check that address and code come from one operator",
    ),
    status=403,
)
BAD_KEY = declare(
    "nodes.bad_key",
    title=Words("节点公钥不正确", "The node's public key is not valid"),
    required=Words("{required}", "{required}"),
    remedy=Words("在节点上重新执行接入", "connect the node anew"),
    status=422,
)
OLD_PROTOCOL = declare(
    "nodes.other_protocol",
    title=Words("节点与平台的协议版本不同", "Node and hub speak different protocol versions"),
    required=Words("协议版本 {required}", "protocol version {required}"),
    remedy=Words("升级较旧的一方", "upgrade the older side"),
    status=409,
)
UNKNOWN_NODE = declare(
    "nodes.unknown_node",
    title=Words("平台不认识该节点", "The hub does not know this node"),
    required=Words("已接入的节点", "a node that has enrolled"),
    remedy=Words(
        "用运营方签发的接入码重新接入", "connect with an enrolment code of the operator's"
    ),
    status=401,
)
REVOKED_NODE = declare(
    "nodes.revoked",
    title=Words("该节点已被撤销", "The node was revoked"),
    required=Words("有效的节点", "a node in force"),
    remedy=Words(
        "联系运营方；恢复服务需要重新接入", "contact the operator; a new enrolment is needed"
    ),
    status=403,
)
NOT_TAKEN = declare(
    "nodes.not_taken",
    title=Words("平台不接收这种消息", "The hub does not take this kind of message"),
    required=Words("{required}", "{required}"),
    remedy=Words("升级较旧的一方", "upgrade the older side"),
    status=400,
)
