"""The error codes of the command line."""

from __future__ import annotations

from qundao.kernel.errors import declare
from qundao.kernel.words import Words

USAGE = declare(
    "cli.usage",
    title=Words("命令用法不正确", "The command is not used correctly"),
    required=Words("{required}", "{required}"),
    remedy=Words("用 --help 查看用法与示例", "see --help for the usage and an example"),
)
STEP_FAILED = declare(
    "cli.demo_step_failed",
    title=Words("演示在第 {step} 步停下", "The demonstration stopped at step {step}"),
    required=Words("{required}", "{required}"),
    remedy=Words(
        "查看 {logs} 中的日志；改正后再次运行会从这一步继续，--fresh 则从头开始",
        "read the logs in {logs}; run again to continue here, or with --fresh to start anew",
    ),
    status=500,
)
PROCESS_DIED = declare(
    "cli.process_died",
    title=Words("进程 {name} 没有启动成功", "The process {name} did not come up"),
    required=Words("{seconds} 秒内就绪", "ready within {seconds} s"),
    remedy=Words("查看日志 {log}", "read the log {log}"),
    status=500,
)
PROCESS_ENDED = declare(
    "cli.process_ended",
    title=Words("进程 {name} 自己结束了", "The process {name} ended by itself"),
    required=Words("一直运行，直到按 Ctrl-C", "running until Ctrl-C"),
    remedy=Words("查看日志 {log}，再次运行即继续", "read the log {log}, then run again to go on"),
    status=500,
)
HUB_REFUSED = declare(
    "cli.hub_refused",
    title=Words("平台没有接受请求", "The hub did not accept the request"),
    required=Words("{required}", "{required}"),
    remedy=Words("按平台返回的说明处理", "follow what the hub's answer says"),
    status=502,
)
NODE_COMMAND = declare(
    "cli.node_command_failed",
    title=Words("节点命令没有成功", "A node command failed"),
    required=Words("{required}", "{required}"),
    remedy=Words("按节点给出的说明处理", "follow what the node says"),
    status=500,
)
TOOK_TOO_LONG = declare(
    "cli.took_too_long",
    title=Words("等待超时", "Waiting took too long"),
    required=Words("{seconds} 秒内完成", "done within {seconds} s"),
    remedy=Words(
        "查看日志后再次运行，会从这一步继续", "read the logs and run again; it continues here"
    ),
    status=504,
)
CANNOT_READ = declare(
    "cli.cannot_read",
    title=Words("无法读取文件", "The file cannot be read"),
    required=Words("有权读取的文件", "a file that may be read"),
    remedy=Words("检查路径与权限", "check the path and its permissions"),
    status=422,
)
BAD_JSON = declare(
    "cli.bad_json",
    title=Words("文件不是一份 JSON 说明", "The file is no JSON description"),
    required=Words("一个 JSON 对象：{{…}}", "one JSON object: {{…}}"),
    remedy=Words(
        "对照《接入一家医院》中的示例改正所指的行列",
        "mend the line and column named, by the example in “Connect a hospital”",
    ),
    status=422,
)
CANNOT_WRITE = declare(
    "cli.cannot_write",
    title=Words("无法写入输出文件", "The output cannot be written"),
    required=Words(
        "可写的文件，其文件夹已存在", "a file that may be written in an existing folder"
    ),
    remedy=Words("换一个路径，或先建立文件夹", "choose another path, or make the folder first"),
    status=422,
)
