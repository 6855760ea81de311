"""Error codes of the engines room: what can be wrong with a source, said to its steward."""

from __future__ import annotations

from qundao.kernel.errors import declare
from qundao.kernel.words import Words

BAD_DSN = declare(
    "engines.bad_dsn",
    title=Words("数据源地址不正确", "Not a data source name"),
    required=Words(
        "形如 duckdb:///data/x.duckdb、duckdb:x.duckdb、parquet:///data/folder、"
        "csv:x.csv、postgresql://user@host/db?schema=cdm 或 spark:/data/folder 的地址",
        "an address such as duckdb:///data/x.duckdb, duckdb:x.duckdb, parquet:///data/folder, "
        "csv:x.csv, postgresql://user@host/db?schema=cdm or spark:/data/folder",
    ),
    remedy=Words(
        "更正地址；可用的选项：{options}",
        "correct the address; its options are {options}",
    ),
)
NEEDS_EXTRA = declare(
    "engines.needs_extra",
    title=Words("读取这种数据源需要附加组件", "This kind of source needs an extra"),
    required=Words("已安装附加组件 {extra}", "the extra {extra}, installed"),
    remedy=Words('运行 pip install "qundao[{extra}]"', 'run pip install "qundao[{extra}]"'),
    status=501,
)
NEEDS_JAVA = declare(
    "engines.needs_java",
    title=Words("读取这种数据源需要 Java", "This kind of source needs Java"),
    required=Words("Java {least} 或更新的版本", "Java {least} or later"),
    remedy=Words(
        "安装 Java（Debian：apt-get install openjdk-17-jre-headless），或用 JAVA_HOME 指明它在哪里",
        "install Java (Debian: apt-get install openjdk-17-jre-headless), or say by JAVA_HOME where",
    ),
    status=501,
)
SOURCE_MISSING = declare(
    "engines.source_missing",
    title=Words("数据源不存在", "The source does not exist"),
    required=Words("一个存在的{what}", "an existing {what}"),
    remedy=Words(
        "检查路径是否正确、磁盘是否已挂载", "check the path, and that the disk is mounted"
    ),
    status=404,
)
SOURCE_UNREADABLE = declare(
    "engines.source_unreadable",
    title=Words("数据源无法读取", "The source cannot be read"),
    required=Words("运行账户有权读取的、完整的{what}", "a whole {what} that this account may read"),
    remedy=Words(
        "检查文件权限；若文件已损坏，请从备份恢复或重新导出",
        "check the permissions; restore or export the file again if it is damaged",
    ),
    status=422,
)
BROKEN_PARQUET = declare(
    "engines.broken_parquet",
    title=Words("Parquet 文件已损坏", "A Parquet file is broken"),
    required=Words("完整的 Parquet 文件", "a whole Parquet file"),
    remedy=Words("重新导出该文件", "export that file again"),
    status=422,
)
BAD_CSV = declare(
    "engines.bad_csv",
    title=Words("CSV 文件无法读取", "The CSV file cannot be read"),
    required=Words(
        "至少有一行、编码为 UTF-8、UTF-16 或 GB18030 的文本",
        "text of at least one line, in UTF-8, UTF-16 or GB18030",
    ),
    remedy=Words(
        "用 ?encoding= 与 ?delimiter= 指明写法，或重新导出",
        "tell how it is written with ?encoding= and ?delimiter=, or export it again",
    ),
    status=422,
)
SOURCE_LOCKED = declare(
    "engines.source_locked",
    title=Words("数据库文件正被其他程序占用", "Another program holds the database file"),
    required=Words(
        "可读取的文件，或允许先复制（copy=auto）", "a free file, or leave to copy it (copy=auto)"
    ),
    remedy=Words(
        "等待对方程序结束，或去掉 copy=never", "wait for that program, or drop copy=never"
    ),
    status=409,
)
SOURCE_CHANGING = declare(
    "engines.source_changing",
    title=Words("数据库文件在复制过程中不断变化", "The database file kept changing while copied"),
    required=Words("复制期间保持不变的文件", "a file that stays the same while it is copied"),
    remedy=Words("在数据装载结束后重试", "try again when loading has finished"),
    status=409,
)
SOURCE_VANISHED = declare(
    "engines.source_vanished",
    title=Words("数据源在读取过程中消失", "The source vanished while it was read"),
    required=Words("在读取期间一直可用的数据源", "a source that stays while it is read"),
    remedy=Words("恢复数据源后重试；已完成的部分不受影响", "bring the source back and try again"),
    status=503,
)
DISK_FULL = declare(
    "engines.disk_full",
    title=Words("磁盘空间不足", "The disk is full"),
    required=Words("临时目录有足够的空间", "enough room in the temporary folder"),
    remedy=Words(
        "清理磁盘，或把临时目录改到更大的磁盘", "free some room, or move the temporary folder"
    ),
    status=507,
)
OUT_OF_MEMORY = declare(
    "engines.out_of_memory",
    title=Words("内存不足", "Out of memory"),
    required=Words("计算不超过内存上限", "work that fits the memory limit"),
    remedy=Words(
        "调高内存上限，或在更大的机器上运行", "raise the memory limit, or use a larger machine"
    ),
    status=507,
)
TABLE_MISSING = declare(
    "engines.table_missing",
    title=Words("数据源缺少表", "The source lacks a table"),
    required=Words("表 {table}", "the table {table}"),
    remedy=Words(
        "补充该表，或选用不需要它的分析", "add the table, or ask something that needs it not"
    ),
    status=422,
)
COLUMN_MISSING = declare(
    "engines.column_missing",
    title=Words("数据源缺少列", "The source lacks a column"),
    required=Words("查询所用的列", "the column that the query names"),
    remedy=Words("检查数据模型版本是否正确", "check that the model version is right"),
    status=422,
)
AMBIGUOUS_TABLE = declare(
    "engines.ambiguous_table",
    title=Words("两个表名只有大小写不同", "Two tables differ only in upper and lower case"),
    required=Words("不区分大小写时互不相同的表名", "table names that differ when case is ignored"),
    remedy=Words("重命名或删除其中之一", "rename or remove one of them"),
    status=422,
)
NOT_A_QUERY = declare(
    "engines.not_a_query",
    title=Words("只允许读取", "Only reading is allowed"),
    required=Words("对数据源中各表的查询", "a query over the source's tables"),
    remedy=Words("这是程序错误，请报告", "this is a programming error: please report it"),
    status=500,
)
QUERY_FAILED = declare(
    "engines.query_failed",
    title=Words("查询执行失败", "The query failed"),
    required=Words("与模型声明的类型相符的数据", "data of the types that the model declares"),
    remedy=Words(
        "运行数据质量检查，更正类型不符的列", "run the quality checks and correct the types"
    ),
    status=422,
)
CLOSED = declare(
    "engines.closed",
    title=Words("数据源已关闭", "The source is closed"),
    required=Words("打开着的数据源", "an open source"),
    remedy=Words("重新打开数据源", "open the source again"),
    status=409,
)
HEADER_ROW = declare(
    "engines.header_row_as_data",
    title=Words("表头被当作数据读入", "A header row was read as data"),
    required=Words("列名在表头、数据在行中", "column names as names and only data in the rows"),
    remedy=Words(
        "用 intake 清洗该数据源，或以“首行为表头”重新导入",
        "clean the source with intake, or import it again with its first row as header",
    ),
    status=422,
)
SERVER_AWAY = declare(
    "engines.server_away",
    title=Words("数据库服务器无法连接", "The database server cannot be reached"),
    required=Words("能够连接的数据库服务器", "a database server that takes a connection"),
    remedy=Words(
        "检查主机、端口、防火墙，以及服务器是否在运行、连接数是否已满",
        "check host, port and firewall, that the server runs, and that it has a connection free",
    ),
    status=503,
)
ACCESS_DENIED = declare(
    "engines.access_denied",
    title=Words("数据库拒绝了这个账户", "The database refused this account"),
    required=Words("正确的账户和口令", "the right account and password"),
    remedy=Words(
        "用 PGPASSWORD 或 ~/.pgpass 给出口令，并请数据库管理员允许该账户从本机登录",
        "give the password by PGPASSWORD or ~/.pgpass; have the administrator admit the account",
    ),
    status=403,
)
DATABASE_MISSING = declare(
    "engines.database_missing",
    title=Words("服务器上没有这个数据库或模式", "The server has no such database or schema"),
    required=Words("存在且有表的 {what}", "an existing {what} that has tables"),
    remedy=Words(
        "更正地址中的数据库名或 schema=…", "correct the database's name or schema=… in the address"
    ),
    status=404,
)
PERMISSION_DENIED = declare(
    "engines.permission_denied",
    title=Words("账户无权读取", "The account may not read this"),
    required=Words("对 {table} 的读取权限", "the right to read {table}"),
    remedy=Words(
        "请数据库管理员执行 GRANT USAGE ON SCHEMA 与 GRANT SELECT ON",
        "have the administrator GRANT USAGE ON SCHEMA and GRANT SELECT ON what is to be read",
    ),
    status=403,
)
TIMEOUT = declare(
    "engines.timeout",
    title=Words("查询超过了时限", "A query took longer than it may"),
    required=Words("在时限内完成的查询", "a query that ends within the time limit"),
    remedy=Words(
        "在地址中调大 timeout=秒数，或在服务器空闲时重试",
        "raise timeout=SECONDS in the address, or try again when the server is less busy",
    ),
    status=504,
)
