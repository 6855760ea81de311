"""Small lists of our own from which the synthetic exports are drawn.

A few dozen diagnoses and operations by the codes in daily Chinese use; drugs and laboratory items
under codes that this project made up. No vocabulary is copied.
"""

from __future__ import annotations

from dataclasses import dataclass

INSTITUTION = "合成示范医院（合成数据）"
"""Says in every row that nobody in it lives."""

SURNAMES = "王李张刘陈杨黄赵周吴徐孙朱马胡郭林何高梁郑罗宋谢唐韩曹许邓萧"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华文玉建国志红梅春雪晨宇欣怡子涵浩然"
STREETS = ("海棠路", "木兰街", "银杏巷", "朝阳里", "望江路", "云杉街")
DEPARTMENTS = ("心血管内科", "内分泌科", "呼吸内科", "神经内科", "普通外科", "骨科", "儿科")
PAYERS = ("城镇职工基本医疗保险", "城乡居民基本医疗保险", "全自费", "其他")
MARRIAGE = ("未婚", "已婚", "丧偶", "离婚")
WAYS_IN = ("急诊", "门诊", "其他医疗机构转入")
WAYS_OUT = ("医嘱离院", "医嘱转院", "非医嘱离院", "死亡")
PRESENT_ON_ADMISSION = ("有", "临床未确定", "情况不明", "无")
COMPLAINTS = (
    "反复头晕3天",
    "发热、咳嗽1周",
    "口干、多饮半年,加重2天",
    "胸闷2小时",
    "右上腹痛1天\n伴恶心",
    "复诊取药",
)

DIAGNOSES = (
    ("I10.x00", "高血压病"),
    ("E11.900", "2型糖尿病"),
    ("E11.200", "2型糖尿病伴有肾的并发症"),
    ("I25.103", "冠状动脉粥样硬化性心脏病"),
    ("I20.000", "不稳定型心绞痛"),
    ("I21.900", "急性心肌梗死"),
    ("I48.x00", "心房颤动"),
    ("I50.900", "心力衰竭"),
    ("I63.900", "脑梗死"),
    ("I61.900", "脑出血"),
    ("J18.900", "肺炎"),
    ("J44.900", "慢性阻塞性肺疾病"),
    ("J45.900", "支气管哮喘"),
    ("J06.900", "急性上呼吸道感染"),
    ("K29.500", "慢性胃炎"),
    ("K35.800", "急性阑尾炎"),
    ("K80.200", "胆囊结石"),
    ("N18.900", "慢性肾脏病"),
    ("E78.500", "高脂血症"),
    ("E04.900", "甲状腺结节"),
    ("M17.900", "膝关节病"),
    ("S72.000", "股骨颈骨折"),
    ("D64.900", "贫血"),
    ("K76.000", "脂肪肝"),
)
OPERATION_CODES = (
    ("47.0101", "腹腔镜下阑尾切除术"),
    ("51.2300", "腹腔镜下胆囊切除术"),
    ("36.0700", "冠状动脉药物洗脱支架置入术"),
    ("88.5500", "单根导管的冠状动脉造影术"),
    ("81.5400", "全膝关节置换术"),
    ("81.5200", "髋关节部分置换术"),
    ("45.1302", "胃镜检查"),
)


@dataclass(frozen=True, slots=True)
class Drug:
    """A drug of the made-up list: strength and dose in `unit`."""

    code: str
    name: str
    form: str
    dose: float
    unit: str
    frequency: str
    route: str = "口服"


DRUGS = (
    Drug("YP0001", "苯磺酸氨氯地平片", "5mg×7片", 5, "mg", "qd"),
    Drug("YP0002", "盐酸二甲双胍片", "0.5g×20片", 0.5, "g", "bid"),
    Drug("YP0003", "阿司匹林肠溶片", "100mg×30片", 100, "mg", "qd"),
    Drug("YP0004", "阿托伐他汀钙片", "20mg×7片", 20, "mg", "qn"),
    Drug("YP0005", "头孢呋辛酯片", "0.25g×12片", 0.25, "g", "bid"),
    Drug("YP0006", "氯化钾缓释片", "0.5g×24片", 1, "g", "tid"),
    Drug("YP0007", "甘精胰岛素注射液", "3ml:300单位", 12, "IU", "qn", "皮下注射"),
    Drug("YP0008", "布地奈德吸入剂", "200μg×200吸", 200, "μg", "bid", "吸入"),
    Drug("YP0009", "奥美拉唑肠溶胶囊", "20mg×14粒", 20, "mg", "每日一次"),
    Drug("YP0010", "复方丹参滴丸", "27mg×180丸", 270, "mg", "每日三次"),
)


@dataclass(frozen=True, slots=True)
class Lab:
    """A laboratory item: usual unit and range; `per` of `other_unit` make one usual unit.

    Factors from molar masses: glucose 180.16, cholesterol 386.65, triglycerides 885.7 (triolein),
    creatinine 113.12 g/mol. Abnormal results go up to two and a half times `high`, or to `most`
    where nobody has more. `words` makes an item whose results are words, ordered from normal.
    """

    code: str
    name: str
    specimen: str
    unit: str = ""
    low: float = 0
    high: float = 0
    decimals: int = 1
    other_unit: str = ""
    per: float = 0
    words: tuple[str, ...] = ()
    most: float = 0


LAB_ITEMS = (
    Lab("JY001", "葡萄糖", "血清", "mmol/L", 3.9, 6.1, 2, "mg/dL", 18.016),
    Lab("JY002", "总胆固醇", "血清", "mmol/L", 2.9, 5.2, 2, "mg/dL", 38.665),
    Lab("JY003", "甘油三酯", "血清", "mmol/L", 0.5, 1.7, 2, "mg/dL", 88.57),
    Lab("JY004", "肌酐", "血清", "μmol/L", 57, 111, 0, "mg/dL", 0.011312),
    Lab("JY005", "钾", "血清", "mmol/L", 3.5, 5.3, 2, most=9),
    Lab("JY006", "丙氨酸氨基转移酶", "血清", "U/L", 9, 50, 0),
    Lab("JY007", "血红蛋白", "全血", "g/L", 115, 175, 0, "g/dL", 0.1, most=220),
    Lab("JY008", "白细胞计数", "全血", "10^9/L", 3.5, 9.5, 2),
    Lab("JY009", "血小板计数", "全血", "10^9/L", 125, 350, 0),
    Lab("JY010", "糖化血红蛋白", "全血", "%", 4.0, 6.0, 1),
    Lab("JY011", "肌钙蛋白I", "血清", "ng/mL", 0, 0.04, 3),
    Lab("JY012", "尿蛋白", "尿液", words=("-", "+-", "+", "++")),
    Lab("JY013", "乙型肝炎表面抗原", "血清", words=("阴性", "阳性")),
)
"""The laboratory's made-up list."""
