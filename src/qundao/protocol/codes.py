"""The error codes of this room."""

from __future__ import annotations

from qundao.kernel.errors import declare
from qundao.kernel.words import Words

BAD_MESSAGE = declare(
    "protocol.bad_message",
    title=Words("消息格式不正确", "The message is malformed"),
    required=Words("{required}", "{required}"),
    remedy=Words(
        "检查双方版本；保留该消息供排查", "compare both versions; keep the message for diagnosis"
    ),
)
BAD_SIGNATURE = declare(
    "protocol.bad_signature",
    title=Words("消息签名无效", "The message's signature is not valid"),
    required=Words("由密钥 {key} 对原始字节的签名", "a signature of the exact bytes by key {key}"),
    remedy=Words(
        "丢弃该消息；若反复出现，请核对密钥指纹",
        "drop the message; if it recurs, compare key fingerprints",
    ),
    status=401,
)
NOT_IN_TIME = declare(
    "protocol.not_in_time",
    title=Words("消息不在有效时间内", "The message is outside its time"),
    required=Words(
        "在 {start} 与 {end} 之间（容差 {skew} 秒）",
        "a time between {start} and {end} (± {skew} s)",
    ),
    remedy=Words("校准双方时钟（NTP）后重发", "set both clocks (NTP) and send again"),
    status=401,
)
WRONG_ADDRESS = declare(
    "protocol.wrong_address",
    title=Words("消息的发送方或接收方不符", "The message is from or for somebody else"),
    required=Words("{required}", "{required}"),
    remedy=Words(
        "检查节点是否接入了正确的平台", "check that the node is connected to the right hub"
    ),
    status=401,
)
ID_REUSED = declare(
    "protocol.id_reused",
    title=Words("消息编号被重复用于不同内容", "A message id was used again for other content"),
    required=Words("每个编号只对应一份内容", "one content for one id"),
    remedy=Words(
        "丢弃后来的消息；检查是否有两个进程共用一个节点目录",
        "drop the later one; check that no two processes share one node folder",
    ),
    status=409,
)
REPLAYED = declare(
    "protocol.replayed",
    title=Words("一次性随机数已用过", "The nonce was used before"),
    required=Words("新的随机数", "a fresh nonce"),
    remedy=Words("重新发起请求", "make the request anew"),
    status=401,
)
