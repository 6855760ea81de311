"""The error codes of the hub as a program: its folder, its requests, its permissions."""

from __future__ import annotations

from qundao.kernel.errors import declare
from qundao.kernel.words import Words

NO_HUB = declare(
    "hub.not_initialised",
    title=Words("此目录不是平台目录", "This folder is not a hub's folder"),
    required=Words("由 qundao hub init 建立的目录", "a folder made by qundao hub init"),
    remedy=Words(
        "运行 qundao hub init --dir 目录，或以 --dir / QUNDAO_HUB_DIR 指明已有的目录",
        "run qundao hub init --dir DIR, or name the right one with --dir or QUNDAO_HUB_DIR",
    ),
    status=500,
)
KEY_EXPOSED = declare(
    "hub.key_exposed",
    title=Words("平台密钥可被其他账户读取", "The hub's key can be read by other accounts"),
    required=Words("权限 0600", "mode 0600"),
    remedy=Words(
        "运行 chmod 600 {file}；若可能已泄露则更换密钥",
        "run chmod 600 {file}; replace the key if it may have leaked",
    ),
    status=500,
)
WORKERS_NEED_POSTGRESQL = declare(
    "hub.workers_need_postgresql",
    title=Words("多个工作进程需要 PostgreSQL", "Several workers need PostgreSQL"),
    required=Words(
        "以 QUNDAO_DATABASE_URL 指定 PostgreSQL，或一个工作进程",
        "PostgreSQL by QUNDAO_DATABASE_URL, or one worker",
    ),
    remedy=Words(
        "设置 QUNDAO_DATABASE_URL，或设 QUNDAO_WORKERS=1",
        "set QUNDAO_DATABASE_URL, or QUNDAO_WORKERS=1",
    ),
    status=500,
)
FORBIDDEN = declare(
    "hub.forbidden",
    title=Words("您没有进行此操作的权限", "You are not allowed to do this"),
    required=Words("角色：{zh}", "the role {en}"),
    remedy=Words(
        "请具有该角色的同事办理，或请运营方调整您的角色",
        "ask a colleague in that role, or the operator to change your roles",
    ),
    status=403,
)
NOT_YOURS = declare(
    "hub.not_yours",
    title=Words("这属于另一家单位", "This belongs to another organisation"),
    required=Words("本单位（{required}）的用户", "a user of that organisation ({required})"),
    remedy=Words("由该单位的用户查看或办理", "let a user of that organisation see to it"),
    status=403,
)
NOT_SIGNED_IN = declare(
    "hub.not_signed_in",
    title=Words("请先登录", "Please sign in first"),
    required=Words("有效的会话或 API 令牌", "a valid session or API token"),
    remedy=Words(
        "登录后重试；程序请在 Authorization 头中带上令牌",
        "sign in and try again; programs send a token in the Authorization header",
    ),
    status=401,
)
NOT_FOUND = declare(
    "hub.not_found",
    title=Words("没有找到您要的内容", "What you asked for was not found"),
    required=Words("存在且您可以查看的内容", "something that exists and that you may see"),
    remedy=Words(
        "核对编号或网址；从列表页进入", "check the number or address; start from the list"
    ),
    status=404,
)
BAD_INPUT = declare(
    "hub.bad_input",
    title=Words("填写的内容不符合要求", "An entry is not as required"),
    required=Words("{required}", "{required}"),
    remedy=Words("更正后重新提交；其余内容已保留", "correct it and send again; the rest is kept"),
    status=422,
)
STALE_FORM = declare(
    "hub.stale_form",
    title=Words("页面已过期，未作任何更改", "The page is out of date; nothing was changed"),
    required=Words("由本站当前会话打开的页面", "a page opened in this session on this site"),
    remedy=Words(
        "返回上一页，刷新后重新提交；请确认浏览器允许本站 cookie",
        "go back, reload and send again; allow this site's cookies",
    ),
    status=403,
)
TOO_LARGE = declare(
    "hub.too_large",
    title=Words("发送的内容过大", "What was sent is too large"),
    required=Words("至多 {limit} 字节", "at most {limit} bytes"),
    remedy=Words("缩小文件或分批发送", "send less, or in parts"),
    status=413,
)
TOO_MANY = declare(
    "hub.too_many_requests",
    title=Words("请求过于频繁", "Too many requests"),
    required=Words("每 {seconds} 秒至多 {limit} 次", "at most {limit} in {seconds} s"),
    remedy=Words("稍候 {wait} 秒再试", "wait {wait} s and try again"),
    status=429,
)
WRONG_METHOD = declare(
    "hub.wrong_method",
    title=Words("此地址不接受这种请求方法", "This address does not take that request method"),
    required=Words("{required}", "{required}"),
    remedy=Words("改用所要求的方法", "use the method that is required"),
    status=405,
)
UNEXPECTED = declare(
    "hub.unexpected",
    title=Words(
        "平台遇到了未预料的情况，本次操作没有生效",
        "The hub met something unforeseen; this request changed nothing",
    ),
    required=Words("平台正常完成请求", "a request that the hub can finish"),
    remedy=Words(
        "可以重试；若再次出现，把编号 {reference} 告诉运营方，日志中有同一编号的记录",
        "try again; if it recurs, give the operator the reference {reference}, which is in the log",
    ),
    status=500,
)
NOT_CONFIRMED = declare(
    "hub.not_confirmed",
    title=Words("没有勾选确认", "The decision was not confirmed"),
    required=Words("勾选确认一栏", "a tick in the box of confirmation"),
    remedy=Words(
        "核对对象与后果，勾选后再提交", "check whom it concerns, tick the box, send again"
    ),
    status=422,
)
