"""What can be wrong with an event, a proof or an exported log, in both languages."""

from __future__ import annotations

from qundao.kernel.errors import declare
from qundao.kernel.words import Words

BAD_ACTION = declare(
    "audit.bad_action",
    title=Words("审计动作未登记", "The audit action is not declared"),
    required=Words("动作表中的名称", "a name from the table of actions"),
    remedy=Words("先在动作表中登记该动作及其中英文名称", "declare the action with its words first"),
    status=500,
)
BAD_EVENT = declare(
    "audit.bad_event",
    title=Words("审计事件不完整或格式不正确", "The audit event is incomplete or malformed"),
    required=Words("{form}", "{form}"),
    remedy=Words("更正该字段后重新写入", "correct the field and write the event again"),
    status=500,
)
PATIENT_LEVEL = declare(
    "audit.patient_level",
    title=Words("审计事件中不得含个体数据", "An audit event may not hold data of a person"),
    required=Words(
        "只写编号、计数、规则与摘要，不写患者、受试者或证件号码",
        "ids, counts, rules and digests; no patient, subject or identity number",
    ),
    remedy=Words("删去该字段，或以汇总数代替", "leave the field out, or give an aggregate"),
    status=500,
)
BAD_POSITION = declare(
    "audit.bad_position",
    title=Words("日志位置超出范围", "The position lies outside the log"),
    required=Words("{form}", "{form}"),
    remedy=Words("核对日志的长度", "check the size of the log"),
)
NODE_MISSING = declare(
    "audit.node_missing",
    title=Words("存证树缺少节点", "A node of the log's tree is missing"),
    required=Words("日志每个完整子树的哈希", "the hash of every complete subtree of the log"),
    remedy=Words(
        "导出取证包并核验，以查明从何处开始缺失",
        "export the log and verify it, to learn where the loss begins",
    ),
    status=500,
)
EVENT_ALTERED = declare(
    "audit.event_altered",
    title=Words("事件内容与存证不符", "An event differs from what was recorded"),
    required=Words("叶哈希 {recorded}", "the leaf hash {recorded}"),
    remedy=Words(
        "以备份或存证回执核对该事件，并追查改动者",
        "compare the event with a backup or a receipt, and find who changed it",
    ),
)
EVENT_MISSING = declare(
    "audit.event_missing",
    title=Words("事件缺失", "An event is missing"),
    required=Words("编号连续的事件", "events numbered without a gap"),
    remedy=Words("从备份恢复该事件，并追查删除者", "restore the event and find who removed it"),
)
EVENT_INSERTED = declare(
    "audit.event_inserted",
    title=Words("多出一条事件", "An event was inserted"),
    required=Words("每个编号只有一条事件", "one event for each number"),
    remedy=Words("以存证回执判别真伪", "tell the true one from the false by a receipt"),
)
EVENT_REORDERED = declare(
    "audit.event_reordered",
    title=Words("事件次序被改动", "An event is out of its order"),
    required=Words("事件按编号先后排列", "events in the order of their numbers"),
    remedy=Words("恢复原有次序，并追查改动者", "restore the order and find who changed it"),
)
SUBTREE_ALTERED = declare(
    "audit.subtree_altered",
    title=Words(
        "存证树节点与其下的事件不符",
        "A stored node of the tree does not follow from the events below it",
    ),
    required=Words("节点（层 {level}，序 {index}）{recorded}", "node {level}/{index} {recorded}"),
    remedy=Words(
        "该范围内有事件连同其哈希被改写，或节点本身被改动；以备份核对",
        "an event in the range was rewritten with its hash, or the node was; compare with a backup",
    ),
)
HEAD_FORGED = declare(
    "audit.head_forged",
    title=Words("日志签名无效", "A tree head's signature does not verify"),
    required=Words("由受信任的平台密钥 {key} 签名", "a signature by the trusted key {key}"),
    remedy=Words("不要采信该日志；向平台另行索取", "do not rely on it; ask the hub for another"),
)
HEAD_MISMATCH = declare(
    "audit.head_mismatch",
    title=Words("事件与签名的日志不符", "The events do not lead to the signed tree head"),
    required=Words(
        "长度 {size} 时的根 {root}（签于 {at}）", "the root {root} at size {size}, signed {at}"
    ),
    remedy=Words(
        "上一个相符的签名之后、此签名之前的事件被改写；以备份核对该范围",
        "events after the last head that matches and before this one were rewritten; "
        "compare that range with a backup",
    ),
)
LOG_TRUNCATED = declare(
    "audit.log_truncated",
    title=Words("日志被截短", "The log was cut short"),
    required=Words("至少 {size} 条事件", "at least {size} events"),
    remedy=Words("索取完整的日志；已签名的事件不得减少", "ask for all of it; a log never shrinks"),
)
TAIL_UNSIGNED = declare(
    "audit.tail_unsigned",
    title=Words("末尾的事件没有签名", "The last events are not covered by a signature"),
    required=Words("最后一条事件之后的签名", "a signed tree head after the last event"),
    remedy=Words("重新导出；未签名的事件不作为证据", "export again; unsigned events prove nothing"),
)
FOREIGN_KEY = declare(
    "audit.foreign_key",
    title=Words(
        "日志声称的密钥不是受信任的密钥", "The log names a key that is not the trusted one"
    ),
    required=Words("密钥 {key}", "the key {key}"),
    remedy=Words(
        "从联盟协议或平台公示中核对公钥指纹", "compare the fingerprint with the alliance's charter"
    ),
)
FOREIGN_ORIGIN = declare(
    "audit.foreign_origin",
    title=Words("签名属于另一个日志", "The signature belongs to another log"),
    required=Words("来源 {origin}", "the origin {origin}"),
    remedy=Words("确认所核验的是同一平台的日志", "make sure that both come from one hub"),
)
LINE_UNREADABLE = declare(
    "audit.line_unreadable",
    title=Words("取证包中有无法识别的一行", "A line of the bundle cannot be read"),
    required=Words("{form}", "{form}"),
    remedy=Words("重新导出取证包并以校验和传送", "export it again and send it with a checksum"),
)
PROOF_INVALID = declare(
    "audit.proof_invalid",
    title=Words("存证证明不成立", "The proof does not hold"),
    required=Words("能推出根 {root} 的路径", "a path that leads to the root {root}"),
    remedy=Words(
        "该事件不在签名的日志中，或回执被改动",
        "the event is not in the signed log, or the receipt was altered",
    ),
)
NOT_AN_EXTENSION = declare(
    "audit.not_an_extension",
    title=Words("新日志不是旧日志的延续", "The newer log does not extend the older one"),
    required=Words("只在末尾追加的日志", "a log to which events were only appended"),
    remedy=Words(
        "保留两个签名：二者合在一起即是平台改写历史的证据",
        "keep both heads: together they prove that the hub rewrote its history",
    ),
)
