"""The error codes of this room: what can go wrong on a member's node, said to its steward."""

from __future__ import annotations

from qundao.kernel.errors import declare
from qundao.kernel.words import Words
from qundao.protocol.node.codes import (
    BAD_ROUND,
    CANNOT_ANSWER,
    COHORTS_CLOSED,
    EXPLORE_CLOSED,
    EXPLORE_SPENT,
    OLD_VERSION,
    ROUND_USED,
    SOURCE_CHANGED,
    STOPPED,
    TASK_FAILED,
    UNKNOWN_DATASET,
    UNKNOWN_PERMIT,
)

__all__ = [
    "ACCESSION_TAKEN",
    "ALREADY_ENROLLED",
    "BAD_ABOUT",
    "BAD_CODE",
    "BAD_FERRY",
    "BAD_OFFER",
    "BAD_POLICY",
    "BAD_ROUND",
    "CANNOT_ANSWER",
    "COHORTS_CLOSED",
    "CONSOLE_FAILED",
    "DECISION_INCOMPLETE",
    "DISK_FULL",
    "EXPLORE_CLOSED",
    "EXPLORE_SPENT",
    "FOLDER_BUSY",
    "FORGED_REQUEST",
    "HUB_IMPOSTOR",
    "HUB_NONSENSE",
    "HUB_REFUSED",
    "HUB_UNREACHABLE",
    "KEY_EXPOSED",
    "KEY_UNREADABLE",
    "NOT_A_NODE",
    "NOT_SIGNED_IN",
    "NO_SUCH_WAIVER",
    "OLD_VERSION",
    "PEER_CHANGED",
    "ROUND_USED",
    "SOURCE_CHANGED",
    "SOURCE_NOT_FIXED",
    "STOPPED",
    "STORE_BROKEN",
    "STORE_BUSY",
    "TASK_FAILED",
    "TLS_REQUIRED",
    "TOO_MANY_TRIES",
    "UNKNOWN_DATASET",
    "UNKNOWN_PEER",
    "UNKNOWN_PERMIT",
    "WRONG_HOST",
    "WRONG_STATE",
]

# --- the folder, its keys and its store ------------------------------------------------------

NOT_A_NODE = declare(
    "node.not_enrolled",
    title=Words("该文件夹不是已接入的节点", "This folder is not an enrolled node"),
    required=Words("已完成接入的节点文件夹", "the folder of an enrolled node"),
    remedy=Words(
        "先运行 qundao node init，填写平台地址和接入码",
        "run `qundao node init` with the hub's address and the enrolment code first",
    ),
    status=404,
)
ALREADY_ENROLLED = declare(
    "node.already_enrolled",
    title=Words("该文件夹已经是接入的节点", "This folder is an enrolled node already"),
    required=Words("一个新的文件夹", "a new folder"),
    remedy=Words(
        "换一个文件夹，或继续使用现有节点", "choose another folder, or go on with this node"
    ),
    status=409,
)
FOLDER_BUSY = declare(
    "node.folder_busy",
    title=Words("另一个进程正在运行此节点", "Another process is running this node"),
    required=Words("每个节点文件夹只有一个进程", "one process for each node folder"),
    remedy=Words("结束那个进程后重试", "end that process, then try again"),
    status=409,
)
KEY_EXPOSED = declare(
    "node.key_exposed",
    title=Words("密钥文件的权限过宽", "A key file is open to other users"),
    required=Words("只有运行账户可读写（600）", "readable and writable by its owner only (600)"),
    remedy=Words(
        "收紧权限（chmod 600）；若可能已被他人读取，请重新接入以更换密钥",
        "close it (chmod 600); if others may have read it, enrol anew with new keys",
    ),
    status=500,
)
KEY_UNREADABLE = declare(
    "node.key_unreadable",
    title=Words("密钥文件无法使用", "A key file cannot be used"),
    required=Words("{required}", "{required}"),
    remedy=Words(
        "检查 QUNDAO_NODE_PASSPHRASE 与密钥文件的备份",
        "check QUNDAO_NODE_PASSPHRASE and the key file's backup",
    ),
    status=500,
)
STORE_BROKEN = declare(
    "node.store_unusable",
    title=Words("节点的本地记录无法使用", "The node's local store cannot be used"),
    required=Words("完整的、本版本能读取的 node.sqlite", "a whole node.sqlite of this version"),
    remedy=Words(
        "从备份恢复节点文件夹；若记录来自更新的版本，请升级程序",
        "restore the node's folder from backup; upgrade if a newer version wrote the store",
    ),
    status=500,
)
STORE_BUSY = declare(
    "node.store_busy",
    title=Words("节点的本地记录正忙", "The node's local store is busy"),
    required=Words("{seconds} 秒内轮到本次写入", "a turn to write within {seconds} s"),
    remedy=Words("稍后重试", "try again in a moment"),
    status=503,
)
DISK_FULL = declare(
    "node.disk_full",
    title=Words("节点所在磁盘已满", "The node's disk is full"),
    required=Words("可写入的磁盘空间", "room to write"),
    remedy=Words(
        "腾出空间；节点会自动继续，已保存的内容不受影响",
        "free some space; the node goes on by itself and nothing stored is lost",
    ),
    status=507,
)

# --- the hub ---------------------------------------------------------------------------------

TLS_REQUIRED = declare(
    "node.tls_required",
    title=Words("与平台的连接必须加密", "The connection to the hub must be encrypted"),
    required=Words(
        "https:// 地址（仅本机地址可用 http://）", "https:// (http:// on loopback only)"
    ),
    remedy=Words("使用平台的 https 地址", "use the hub's https address"),
)
BAD_CODE = declare(
    "node.bad_enrolment_code",
    title=Words("接入码格式不正确", "The enrolment code is malformed"),
    required=Words(
        "形如 QD-XXXXX-…-0123456789abcdef0123 的接入码",
        "a code such as QD-XXXXX-…-0123456789abcdef0123",
    ),
    remedy=Words(
        "从运营方的来信中完整复制接入码", "copy the whole code from the operator's letter"
    ),
)
HUB_IMPOSTOR = declare(
    "node.hub_key_mismatch",
    title=Words("对方不是发放接入码的平台", "This is not the hub that issued the code"),
    required=Words(
        "密钥指纹以 {expected} 开头的平台", "a hub whose key's fingerprint begins {expected}"
    ),
    remedy=Words(
        "不要继续；请与运营方电话核对平台地址和密钥指纹",
        "do not go on; compare the hub's address and fingerprint with the operator by telephone",
    ),
    status=403,
)
HUB_UNREACHABLE = declare(
    "node.hub_unreachable",
    title=Words("暂时连不上平台", "The hub cannot be reached at present"),
    required=Words("可访问的平台地址 {address}", "the hub at {address}"),
    remedy=Words(
        "检查网络与代理；节点会自动重试，待发内容不会丢失",
        "check network and proxy; the node tries again by itself and loses nothing",
    ),
    status=503,
)
HUB_REFUSED = declare(
    "node.hub_refused",
    title=Words("平台拒绝了本节点的请求", "The hub refused the node's request"),
    required=Words("平台接受的请求", "a request that the hub accepts"),
    remedy=Words(
        "按平台返回的说明处理，或联系运营方",
        "follow what the hub says, or ask the operator",
    ),
    status=502,
)
HUB_NONSENSE = declare(
    "node.hub_answer_malformed",
    title=Words("平台的应答无法识别", "The hub's answer makes no sense"),
    required=Words("{required}", "{required}"),
    remedy=Words(
        "检查地址是否指向平台、中间代理是否改写内容",
        "check that the address is the hub's and that no proxy rewrites its answers",
    ),
    status=502,
)

# --- work --------------------------------------------------------------------------------------

WRONG_STATE = declare(
    "node.permit_state",
    title=Words("许可当前的状态不允许此操作", "The permit's state does not allow this"),
    required=Words("状态为 {required} 的许可", "a permit that is {required}"),
    remedy=Words("刷新页面查看当前状态", "look at the permit's present state"),
    status=409,
)
BAD_OFFER = declare(
    "node.bad_offer",
    title=Words("送达的许可与其内容不符", "The permit offered does not fit what came with it"),
    required=Words("{required}", "{required}"),
    remedy=Words(
        "不要会签；请平台重新签发，并电话核对有变化的密钥",
        "do not countersign; ask for a new permit and compare changed keys by telephone",
    ),
    status=403,
)
UNKNOWN_PEER = declare(
    "node.unknown_peer",
    title=Words("本节点没有记录该节点的密钥", "The node remembers no keys of that node"),
    required=Words("曾在会签许可中出现的节点编号", "a node of a permit that was countersigned"),
    remedy=Words("核对节点编号", "check the node's id"),
    status=404,
)
PEER_CHANGED = declare(
    "node.peer_keys_changed",
    title=Words("已接受该节点更换密钥", "A change of that node's keys was accepted"),
    required=Words("电话核对过的新指纹", "new fingerprints compared by telephone"),
    remedy=Words(
        "若非本单位所为，请立即停用节点并联系对方",
        "if nobody here did this, stop the node at once and call the other member",
    ),
)
DECISION_INCOMPLETE = declare(
    "node.decision_incomplete",
    title=Words("缺少必填内容", "Something required is missing"),
    required=Words("{zh}", "{en}"),
    remedy=Words("填写后重新提交", "fill it in and send again"),
    status=422,
)
NO_SUCH_WAIVER = declare(
    "node.no_such_waiver",
    title=Words("该数据集没有这项豁免", "The dataset has no such waiver"),
    required=Words("以下之一：{held}", "one of {held}"),
    remedy=Words("在数据集页面上核对后重新提交", "look at the dataset's page and try again"),
    status=404,
)
ACCESSION_TAKEN = declare(
    "node.accession_taken",
    title=Words("平台给出的编号已属于另一份数据", "The hub's accession belongs to other data"),
    required=Words("尚未用于“{name}”的编号", "an accession that “{name}” does not have"),
    remedy=Words(
        "不要会签相关许可；向运营方核实，必要时停用节点",
        "countersign nothing about it; ask the operator, and stop the node if in doubt",
    ),
    status=409,
)
SOURCE_NOT_FIXED = declare(
    "node.source_not_fixed",
    title=Words("该数据源可能不知不觉地改变", "The source may change unnoticed"),
    required=Words(
        "duckdb、parquet 或 csv 文件：登记的版本按内容核对",
        "duckdb, parquet or csv files: a registered version is held against its content",
    ),
    remedy=Words(
        "把数据导出为 Parquet 或 DuckDB 文件后再接入；质量检查可直接在数据库上运行",
        "export the data to Parquet or DuckDB files and connect those; "
        "quality checks can run on the database itself",
    ),
    status=422,
)
BAD_POLICY = declare(
    "node.bad_policy",
    title=Words("试算规则不正确", "The rule for exploring is not valid"),
    required=Words(
        "不小于 1 的整数；单题额度不大于总额度",
        "whole numbers from 1; the price of a question within the total",
    ),
    remedy=Words("改正后重新保存", "correct it and save again"),
    status=422,
)
BAD_ABOUT = declare(
    "node.bad_description",
    title=Words("数据集说明不完整", "The dataset's description is not complete"),
    required=Words("{required}", "{required}"),
    remedy=Words("补全说明文件后重新接入", "complete the description and connect again"),
    status=422,
)
BAD_FERRY = declare(
    "node.bad_ferry_file",
    title=Words("摆渡文件无法使用", "A ferry file cannot be used"),
    required=Words("由平台导出的 .qdmsg 文件", ".qdmsg files exported by the hub"),
    remedy=Words("重新从平台导出", "export it from the hub again"),
)

# --- the console -------------------------------------------------------------------------------

NOT_SIGNED_IN = declare(
    "node.not_signed_in",
    title=Words("尚未登录控制台", "Not signed in to the console"),
    required=Words("本机打印的一次性登录码", "the one-time code printed on this machine"),
    remedy=Words(
        "在节点机器上运行 qundao node login 获取登录码",
        "run `qundao node login` on the node's machine for a code",
    ),
    status=401,
)
TOO_MANY_TRIES = declare(
    "node.too_many_tries",
    title=Words("登录尝试过多", "Too many tries to sign in"),
    required=Words("{seconds} 秒内不超过 {limit} 次", "at most {limit} tries in {seconds} s"),
    remedy=Words("稍后再试，并使用新的登录码", "wait, then use a new code"),
    status=429,
)
FORGED_REQUEST = declare(
    "node.forged_request",
    title=Words("请求不是从本控制台页面发出的", "The request does not come from this console"),
    required=Words("由控制台页面提交的表单", "a form of the console's own pages"),
    remedy=Words("返回控制台页面重新提交", "go back to the console and send the form again"),
    status=403,
)
WRONG_HOST = declare(
    "node.wrong_host",
    title=Words("控制台只在本机地址上应答", "The console answers on this machine's address only"),
    required=Words("{required}", "{required}"),
    remedy=Words("在节点机器的浏览器中打开该地址", "open that address in this machine's browser"),
    status=421,
)
CONSOLE_FAILED = declare(
    "node.console_failed",
    title=Words("控制台程序出错，页面没有显示", "The console failed and could not show the page"),
    required=Words("能够显示的页面；节点的计算不受影响", "a page; the node's work is not affected"),
    remedy=Words(
        "返回概况页继续；把节点日志中同一时间的记录发给维护人员",
        "go on from the overview; send the log's lines of this moment to whoever maintains it",
    ),
    status=500,
)
