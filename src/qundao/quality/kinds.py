"""The kinds of check: what each asks, in words, and where the Kahn framework puts it.

Categories and contexts are those of Kahn et al. 2016 (eGEMs 4(1):18); names and severities are
those of OHDSI DataQualityDashboard where it has the check.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from qundao.kernel.words import Words


class Level(StrEnum):
    """What a check speaks of."""

    TABLE = "TABLE"
    FIELD = "FIELD"
    CONCEPT = "CONCEPT"


class Category(StrEnum):
    """Does it fit the standard, is it there, can it be true?"""

    CONFORMANCE = "conformance"
    COMPLETENESS = "completeness"
    PLAUSIBILITY = "plausibility"

    @property
    def words(self) -> Words:
        """Return the category's name in both languages."""
        return _CATEGORY_WORDS[self]


class Context(StrEnum):
    """Held against the data's own declarations, or against something outside them."""

    VERIFICATION = "verification"
    VALIDATION = "validation"


class Subcategory(StrEnum):
    """What within a category: form, reference, reckoning; with or without time."""

    VALUE = "value"
    RELATIONAL = "relational"
    COMPUTATIONAL = "computational"
    ATEMPORAL = "atemporal"
    TEMPORAL = "temporal"


class Severity(StrEnum):
    """How much stands on it: unusable, against convention, or merely good to know."""

    FATAL = "fatal"
    CONVENTION = "convention"
    CHARACTERIZATION = "characterization"


_CATEGORY_WORDS = {
    Category.CONFORMANCE: Words("规范性", "conformance"),
    Category.COMPLETENESS: Words("完整性", "completeness"),
    Category.PLAUSIBILITY: Words("合理性", "plausibility"),
}


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of check. `words` says what a violated row is.

    `subcategory` is that of Kahn et al.; completeness has none.
    """

    name: str
    level: Level
    category: Category
    context: Context
    severity: Severity
    words: Words
    subcategory: Subcategory | None = None


_SHORT = {
    "table": Level.TABLE,
    "field": Level.FIELD,
    "concept": Level.CONCEPT,
    "conf": Category.CONFORMANCE,
    "comp": Category.COMPLETENESS,
    "plau": Category.PLAUSIBILITY,
    "ver": Context.VERIFICATION,
    "val": Context.VALIDATION,
    "fatal": Severity.FATAL,
    "conv": Severity.CONVENTION,
    "char": Severity.CHARACTERIZATION,
    "value": Subcategory.VALUE,
    "relat": Subcategory.RELATIONAL,
    "comput": Subcategory.COMPUTATIONAL,
    "atemp": Subcategory.ATEMPORAL,
    "temp": Subcategory.TEMPORAL,
}


def _kind(name: str, places: str, zh: str, en: str) -> Kind:
    level, category, context, severity, *sub = (_SHORT[p] for p in places.split())
    return Kind(
        name,
        Level(level),
        Category(category),
        Context(context),
        Severity(severity),
        Words(zh, en),
        Subcategory(sub[0]) if sub else None,
    )


_KINDS = (
    _kind("cdmTable", "table conf ver fatal relat", "缺少该表", "the table is absent"),
    _kind("cdmField", "field conf ver fatal relat", "缺少该字段", "the field is absent"),
    _kind("isRequired", "field conf val fatal relat", "必填字段为空", "a required field is empty"),
    _kind(
        "cdmDatatype",
        "field conf ver fatal value",
        "整数字段的值不是无符号整数",
        "a value of an integer field is not an unsigned integer",
    ),
    _kind(
        "isPrimaryKey",
        "field conf ver fatal relat",
        "主键重复",
        "the primary key occurs more than once",
    ),
    _kind(
        "isForeignKey",
        "field conf ver fatal relat",
        "外键指向的记录不存在",
        "the foreign key points at nothing",
    ),
    _kind(
        "fkDomain",
        "field conf ver conv value",
        "概念不属于规定的领域",
        "the concept is of another domain",
    ),
    _kind(
        "fkClass",
        "field conf ver conv comput",
        "概念不属于规定的类别",
        "the concept is of another class",
    ),
    _kind(
        "isStandardValidConcept",
        "field conf ver conv value",
        "概念不是有效的标准概念",
        "the concept is not standard and valid",
    ),
    _kind(
        "isIso8601",
        "field conf ver conv value",
        "日期不是 ISO 8601 格式",
        "the date is not ISO 8601",
    ),
    _kind(
        "isControlledTerm",
        "field conf ver conv value",
        "取值不在受控术语之内",
        "the value is not a controlled term",
    ),
    _kind(
        "agreesWith",
        "field conf val conv relat",
        "与同一受试者在另一数据集中的值不一致",
        "the value differs from the same subject's in another dataset",
    ),
    _kind(
        "measurePersonCompleteness",
        "table comp val conv",
        "该表中没有此人的任何记录",
        "the person has no record in the table",
    ),
    _kind(
        "measureSubjectCompleteness",
        "table comp val conv",
        "应有记录的受试者在该数据集中没有记录",
        "a subject who should be in the dataset is not",
    ),
    _kind(
        "measureConditionEraCompleteness",
        "table comp val conv",
        "有诊断记录的人没有诊断时段",
        "a person with conditions has no condition era",
    ),
    _kind("measureValueCompleteness", "field comp ver char", "字段为空", "the field is empty"),
    _kind(
        "standardConceptRecordCompleteness",
        "field comp ver conv",
        "标准概念为 0（未映射）",
        "the standard concept is 0 (unmapped)",
    ),
    _kind(
        "sourceConceptRecordCompleteness",
        "field comp ver conv",
        "源概念为 0（未映射）",
        "the source concept is 0 (unmapped)",
    ),
    _kind(
        "sourceValueCompleteness",
        "field comp ver conv",
        "该源值映射为 0",
        "a source value is mapped to 0",
    ),
    _kind(
        "measureObservationPeriodOverlap",
        "table plau ver fatal temp",
        "此人的观察期重叠或首尾相接",
        "the person's observation periods overlap or touch",
    ),
    _kind(
        "plausibleValueLow", "field plau ver char atemp", "值低于合理下限", "the value is too low"
    ),
    _kind(
        "plausibleValueHigh", "field plau ver char atemp", "值高于合理上限", "the value is too high"
    ),
    _kind(
        "plausibleTemporalAfter",
        "field plau ver char temp",
        "日期早于它应当晚于的日期",
        "the date is before one that it must follow",
    ),
    _kind(
        "plausibleAfterBirth",
        "field plau ver char temp",
        "日期早于出生",
        "the date is before birth",
    ),
    _kind(
        "plausibleDuringLife",
        "field plau ver char temp",
        "日期在死亡 60 天之后",
        "the date is more than 60 days after death",
    ),
    _kind(
        "plausibleBeforeDeath",
        "field plau ver char temp",
        "日期在死亡 60 天之后（仅计有死亡记录者）",
        "the date is more than 60 days after death (persons with a death)",
    ),
    _kind(
        "plausibleStartBeforeEnd",
        "field plau ver char temp",
        "开始晚于结束",
        "the start is after the end",
    ),
    _kind(
        "withinVisitDates",
        "field plau ver char",
        "日期距就诊起止超过 7 天",
        "the date is over 7 days away from its visit",
    ),
    _kind(
        "withinObservationPeriod",
        "field plau ver char temp",
        "日期不在此人的任何观察期内",
        "the date is in none of the person's observation periods",
    ),
    _kind(
        "plausibleGender",
        "concept plau val char atemp",
        "该概念不应见于此性别",
        "the concept is not found in persons of this sex",
    ),
    _kind(
        "plausibleGenderUseDescendants",
        "concept plau val char atemp",
        "该概念或其下位概念不应见于此性别",
        "the concept and what lies below it are not found in persons of this sex",
    ),
    _kind(
        "plausibleUnitConceptIds",
        "concept plau ver char atemp",
        "该检验的单位不在规定之内",
        "the unit is none of those that the measurement has",
    ),
    _kind(
        "isConsistent",
        "field conf ver conv relat",
        "同一记录或相关记录的取值彼此不符",
        "the values of the row, or of a row that it points at, do not fit together",
    ),
    _kind(
        "isOnlyOne",
        "field conf ver fatal relat",
        "只应有一条的记录有多条",
        "there are several of a row that there may be one of",
    ),
    _kind(
        "isDeterminedBy",
        "field conf ver conv relat",
        "同一键对应多个取值",
        "one key has several values",
    ),
    _kind("isLinked", "field conf ver fatal relat", "所指的记录不存在", "the link leads to no row"),
    _kind(
        "hasValues",
        "field comp ver conv",
        "缺少必须有的条目",
        "an entry that must be there is missing",
    ),
    _kind(
        "siteCondition",
        "field plau val conv",
        "符合本单位规则所述的情形",
        "what a rule of the site describes",
    ),
    _kind("profileMissing", "field comp ver char", "取值缺失", "the value is missing"),
    _kind(
        "profileDisguised",
        "field comp ver conv",
        "以“无”“NA”“9999”等代替空值",
        "a word or number such as NA or 9999 stands for nothing",
    ),
    _kind("profileType", "field conf ver conv", "不是该列的类型", "not of the column's type"),
    _kind("profileOutliers", "field plau ver char", "离群值", "far outside of what is usual"),
    _kind("profileUniqueKey", "field conf ver fatal", "键重复", "the key occurs more than once"),
    _kind("profileDuplicateRows", "table plau ver conv", "整行重复", "the whole row occurs again"),
    _kind("profileHeaderRows", "table conf ver fatal", "表头混入数据", "a header among the data"),
    _kind(
        "profileRaggedLines",
        "table conf ver fatal",
        "列数与表头不同的行",
        "a line with more or fewer fields than the header",
    ),
    _kind(
        "profilePersonalData",
        "field conf val fatal",
        "疑似个人身份信息",
        "seems to be personal data",
    ),
    _kind(
        "profileDrift",
        "field plau val char",
        "与上一版本相比分布变化",
        "distributed otherwise than in the version before",
    ),
    _kind(
        "profileMissingDrift",
        "field comp val char",
        "与上一版本相比缺失率变化",
        "missing more or less often than in the version before",
    ),
    _kind(
        "profileRowDrift",
        "table plau val char",
        "与上一版本相比行数变化",
        "more or fewer rows than in the version before",
    ),
    _kind(
        "isElapsedDays",
        "field plau ver conv temp",
        "天数不等于两日期之差加一",
        "the days are not the difference of the two dates plus one",
    ),
)
KINDS: Mapping[str, Kind] = {k.name: k for k in _KINDS}
