"""The error codes of the console's people, mappings and load jobs."""

from __future__ import annotations

from qundao.kernel.errors import declare
from qundao.kernel.words import Words

# --- people ----------------------------------------------------------------------------------

BAD_PERSON = declare(
    "node.bad_person",
    title=Words("人员信息不正确", "The person is not described right"),
    required=Words(
        "姓名与工号，各 1–80 个字；工号只含字母、数字与连字符",
        "a name and a staff number, 80 characters at most; letters, digits, hyphens in the number",
    ),
    remedy=Words("更正后重试", "correct it and try again"),
    status=422,
)
PERSON_TAKEN = declare(
    "node.person_taken",
    title=Words("此人已有登录身份", "This person has a sign-in already"),
    required=Words(
        "每人一个登录身份：与“{name}（{number}）”的姓名或工号相同",
        "one sign-in a person: the name or number is that of “{name} ({number})”",
    ),
    remedy=Words(
        "同一人请使用已有身份；同名的不同人请在姓名后加注科室",
        "use the one there is; where two people share a name, add the department to it",
    ),
    status=409,
)
UNKNOWN_PERSON = declare(
    "node.unknown_person",
    title=Words("没有这个人的登录身份", "Nobody of that number signs in here"),
    required=Words("在册且未停用的工号", "a staff number that is on the list and not ended"),
    remedy=Words("用 qundao node people 查看", "see `qundao node people`"),
    status=404,
)
PERSON_REQUIRED = declare(
    "node.person_required",
    title=Words("这一步须以本人身份登录", "This needs a sign-in in one's own name"),
    required=Words("以姓名登记、在册的登录身份", "a sign-in of a named person who is on the list"),
    remedy=Words(
        "在节点机器上用 qundao node add-person 登记本人，再用给出的登录码登录",
        "have yourself added by `qundao node add-person` on the node's machine, "
        "then sign in with the code it prints",
    ),
    status=403,
)
WRONG_PASSWORD = declare(
    "node.wrong_password",
    title=Words("工号或密码不正确", "Number or password is wrong"),
    required=Words("在册的工号与本人设定的密码", "a staff number on the list and its own password"),
    remedy=Words(
        "忘记密码时在节点机器上运行 qundao node login --person 工号",
        "forgotten: run `qundao node login --person NUMBER` on the node's machine",
    ),
    status=401,
)
BAD_PASSWORD = declare(
    "node.bad_password",
    title=Words("密码不可用", "The password cannot be used"),
    required=Words(
        "{least}–200 个字符，不含本人姓名或工号，两次输入相同；更改时须给出原密码",
        "{least} to 200 characters without one's own name or number, written the same twice; "
        "to change it, the old one",
    ),
    remedy=Words("另选一个密码", "choose another"),
    status=422,
)

# --- mappings ----------------------------------------------------------------------------------

BAD_DESK = declare(
    "node.bad_intake_desk",
    title=Words("入库台的设置不正确", "The intake desk is not set up right"),
    required=Words("{zh}", "{en}"),
    remedy=Words("更正后重新提交", "correct it and send again"),
    status=422,
)
UNKNOWN_DESK = declare(
    "node.unknown_intake_desk",
    title=Words("没有这个入库台", "There is no such intake desk"),
    required=Words("入库页上列出的入库台", "a desk that the intake page lists"),
    remedy=Words("从入库页进入", "go there from the intake page"),
    status=404,
)
UNKNOWN_MAPPING = declare(
    "node.unknown_mapping",
    title=Words("没有这个映射版本", "There is no such version of the mapping"),
    required=Words("1 到 {newest} 的版本号", "a version from 1 to {newest}"),
    remedy=Words("从入库台的版本列表进入", "go there from the desk's list of versions"),
    status=404,
)
MAPPING_STATE = declare(
    "node.mapping_state",
    title=Words("映射版本当前的状态不允许此操作", "The version's state does not allow this"),
    required=Words("状态为 {required} 的版本", "a version that is {required}"),
    remedy=Words("刷新页面查看当前状态", "look at the version's present state"),
    status=409,
)
FOUR_EYES = declare(
    "node.four_eyes",
    title=Words("须由另一人放行", "Somebody else has to release this"),
    required=Words(
        "没有提出、也没有参与编写这一版本的人（参与者：{wrote}）",
        "a person who neither proposed nor wrote any of this version (who did: {wrote})",
    ),
    remedy=Words(
        "请另一位在册人员登录后审阅并放行", "ask another person on the list to sign in and decide"
    ),
    status=403,
)
MAPPING_ALTERED = declare(
    "node.mapping_altered",
    title=Words("映射内容与所提出的不一致", "The mapping is not what was proposed"),
    required=Words("摘要为 {digest} 的内容", "the text with the digest {digest}"),
    remedy=Words(
        "不要放行，也不要载入；查明谁改动了节点的记录，再另存并提出新版本",
        "do not release or load it; find out who changed the node's store, then save and "
        "propose it as a new version",
    ),
    status=409,
)
MAPPING_OUTSIDE = declare(
    "node.mapping_outside",
    title=Words("映射指向来源文件夹以外", "The mapping leads out of the folder of sources"),
    required=Words(
        "来源文件夹以内的文件名，不含 .. 也不以 / 开头",
        "names of files below the folder of sources, without .. and not from / on",
    ),
    remedy=Words(
        "把文件放进来源文件夹，或为那个文件夹另建入库台",
        "put the file into the folder of sources, or set up a desk for the other folder",
    ),
    status=422,
)
DATABASE_OUTSIDE = declare(
    "node.mapping_database_outside",
    title=Words("映射指向未提供给入库台的数据库", "The mapping names a database of its own choice"),
    required=Words(
        "节点管理员设置的环境变量，如 $LIS_URL（不以 QUNDAO_ 开头）",
        "a variable set by the node's administrator, such as $LIS_URL (not one of QUNDAO_…)",
    ),
    remedy=Words(
        "请节点管理员把地址写进环境变量，映射里只写变量名",
        "have the node's administrator put the address into a variable, and name that",
    ),
    status=422,
)
CODES_ALTERED = declare(
    "node.mapping_codes_altered",
    title=Words("编码表文件在此之后改动过", "A file of codes was changed since"),
    required=Words(
        "与“{name}”作出决定时相同的编码表文件",
        "the files of codes as they were when {name} decided",
    ),
    remedy=Words(
        "恢复原文件；若改动有意，把映射的 version 加一，另存、提出，由另一人放行",
        "restore the file; if the change is meant, raise the mapping's version by one, save and "
        "propose it, and have somebody else release it",
    ),
    status=409,
)
MAPPING_STALE = declare(
    "node.mapping_stale",
    title=Words("其间有人保存了新的版本", "Somebody saved a newer version meanwhile"),
    required=Words(
        "以最新版本 {newest} 为底的修改", "a change on top of the newest version, {newest}"
    ),
    remedy=Words(
        "您写的内容保留在下方：复制后打开最新版本，再改一次",
        "what you wrote is kept below: copy it, open the newest version and change that",
    ),
    status=409,
)
NOTHING_CHANGED = declare(
    "node.mapping_unchanged",
    title=Words("内容没有变化", "Nothing was changed"),
    required=Words("与版本 {number} 不同的内容", "a text other than that of version {number}"),
    remedy=Words("修改后再保存", "change it, then save"),
    status=409,
)

# --- jobs --------------------------------------------------------------------------------------

NOT_RELEASED = declare(
    "node.mapping_not_released",
    title=Words("这个映射版本未经放行", "This version of the mapping is not released"),
    required=Words(
        "由另一人放行、且未被替代的版本；未放行的可以试映射",
        "a version that somebody else released and no later one replaced; others can be rehearsed",
    ),
    remedy=Words("先提出并由另一人放行", "propose it and have somebody else release it"),
    status=409,
)
JOB_BUSY = declare(
    "node.intake_job_busy",
    title=Words("这个入库台正在进行另一项工作", "The desk is at work on something else"),
    required=Words("一个入库台同时只做一件事", "one job of a desk at a time"),
    remedy=Words("等它完成，或先取消它", "wait for it, or cancel it"),
    status=409,
)
UNKNOWN_JOB = declare(
    "node.unknown_intake_job",
    title=Words("没有这项入库工作", "There is no such intake job"),
    required=Words("入库台上列出的工作", "a job that the desk lists"),
    remedy=Words("从入库台进入", "go there from the desk"),
    status=404,
)
JOB_STATE = declare(
    "node.intake_job_state",
    title=Words("这项工作当前的状态不允许此操作", "The job's state does not allow this"),
    required=Words("{zh}", "{en}"),
    remedy=Words("刷新页面查看当前状态", "look at the job's present state"),
    status=409,
)
JOB_FAILED = declare(
    "node.intake_job_failed",
    title=Words("工作未能完成", "The job could not be completed"),
    required=Words("能够完成的工作", "a job that completes"),
    remedy=Words(
        "查看工作日志 {log}，改正后继续",
        "see its log {log}, mend it and go on",
    ),
    status=500,
)
NO_VERSION = declare(
    "node.no_loaded_version",
    title=Words("没有这个载入的版本", "There is no such loaded version"),
    required=Words("入库台上列出的版本", "a version that the desk lists"),
    remedy=Words("从入库台进入", "go there from the desk"),
    status=404,
)
NOT_LOOPBACK = declare(
    "node.not_loopback",
    title=Words("含患者数据的文件只在本机下载", "Files with patients' data stay on this machine"),
    required=Words(
        "本机浏览器直接发来的请求，不经代理", "a request of this machine's browser, by no proxy"
    ),
    remedy=Words("在节点机器上打开控制台", "open the console on the node's machine"),
    status=403,
)

# --- the bench -----------------------------------------------------------------------------------

CANNOT_PLACE = declare(
    "node.intake_cannot_place",
    title=Words("无法自动写进映射", "This cannot be put into the mapping by itself"),
    required=Words(
        "映射中已有的规则或编码表（不在文件里的），以及一行文字",
        "a rule, or a list of codes that is not in a file, of the mapping, and one line of text",
    ),
    remedy=Words("在编辑页手工写入", "write it in the editor"),
    status=422,
)
NOT_LOOKED = declare(
    "node.sources_not_looked_at",
    title=Words("还没有看过来源", "The sources were not looked at yet"),
    required=Words("先做一次“看来源”或试映射", "a look at the sources, or a rehearsal, first"),
    remedy=Words("在入库台上开始", "begin it on the desk's page"),
    status=409,
)
