"""Whether one value looks like an identity number, a code, a unit …: the tests behind a meaning."""

from __future__ import annotations

import re

from qundao.intake.date_forms import existing

_IDENTITY = re.compile(r"[1-9][0-9]{5}([0-9]{4})([0-9]{2})([0-9]{2})[0-9]{3}[0-9Xx]")
_OLD_IDENTITY = re.compile(r"[1-9][0-9]{7}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[0-9]{3}")
_SIGNS = 11
_PHONE = re.compile(r"(?:(?:\+|00)?86[- ]?)?1[3-9][0-9]{9}|0[0-9]{2,3}[- ][0-9]{7,8}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}")
_ADDRESS = re.compile(r"[省市县区镇乡村路街巷里弄号栋室]")
_ICD10 = re.compile(r"[A-TV-Z][0-9][0-9A-Z](?:\.(?:[0-9]{1,4}|x[0-9]{2,3}|[0-9]x[0-9]{2}))?"
                    r"(?:x[0-9]{3}|[+*†])?", re.IGNORECASE)  # fmt: skip
_OPERATION = re.compile(r"[0-9]{2}\.[0-9]{1,4}(?:x[0-9]{3})?")
_CODE = re.compile(r"(?=.*[0-9])[A-Za-z0-9][A-Za-z0-9_.:/-]{0,39}")
NUMBER = r"[+-]?(?:(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:[.][0-9]+)?|[.][0-9]+)(?:[eE][+-]?[0-9]+)?"
"""A number, thousands separators allowed, for Python and for RE2."""

_NUMBER = re.compile(NUMBER)
_AGE = re.compile(
    r"([0-9]{1,3})(?:\.[0-9]+)? ?(?:岁|周岁|Y|y|月|个月|M|天|日|D)?(?:[0-9]{1,2}(?:月|天))?"
)
_NAME = re.compile(r"[\u4e00-\u9fff·]{2,4}")
_TELLING_SEX = frozenset(
    ("男", "女", "男性", "女性", "Male", "Female", "male", "female", "MALE", "FEMALE")
)
_SEX = _TELLING_SEX | frozenset(("M", "F", "m", "f", "U", "0", "1", "2", "9", "未知"))
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵周吴徐孙朱马胡郭林何高梁郑罗宋谢唐韩曹许邓萧冯曾程蔡彭潘袁于董余苏叶吕魏蒋田杜"
    "丁沈姜范江傅钟卢汪戴崔任陆廖姚方金邱夏谭韦贾邹石熊孟秦阎薛侯雷白龙段郝孔邵史毛常万顾赖武康贺"
    "严尹钱施牛洪龚汤陶黎温莫易樊乔文安殷颜庄章鲁倪庞邢俞翟蓝聂齐向申葛柴伍覃骆关焦柳欧祝纪尚毕耿芦"
    "左季管符辛苗詹曲靳祁路涂兰甘裴梅童翁霍游阮尤岳柯牟滕谷舒卜成饶宁凌盛查单冉鲍华包屈房喻解蒲卫简"
    "时连车项闵邬吉党阳司费蒙席晏隋古强穆姬宫景米麦谈柏瞿艾沙鄢桂窦郁缪畅巩卓褚栾戚全娄甄郎池丛边岑"
)
_COMPOUND = ("欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "司徒")
_UNIT_PART = (
    r"(?:[munpfkdcμµ]?(?:mol|g|G|L|l|IU|iu|U|u|Eq|eq|kat|m|M|s|Pa|cal|J|V|Osm)|dL|dl|ml|mL|min|"
    r"h|d|mmHg|copies|cells?|HPF|LPF|S/CO|COI|INR|1\.73 ?m2|10\^[0-9]{1,2}|10\*[0-9]{1,2}|"
    r"[个次片粒支瓶盒袋丸吸滴]|岁|周|天|年|℃|°C|24 ?h)"
)
_UNIT = re.compile(rf"(?:%|‰|{_UNIT_PART}(?:[/·.*×]{_UNIT_PART}){{0,3}})")


def is_identity_number(text: str) -> bool:
    """Tell whether a text has the form of a Chinese identity number, of 18 signs or the old 15."""
    found = _IDENTITY.fullmatch(text)
    if found:
        return existing(*map(int, found.groups())) is not None
    return _OLD_IDENTITY.fullmatch(text) is not None


def check_digit_is_right(text: str) -> bool:
    """Tell whether an 18-sign identity number satisfies ISO 7064 MOD 11-2 (GB 11643-1999)."""
    rest = 0
    for sign in text[:-1]:
        rest = (rest + int(sign)) * 2 % _SIGNS
    last = 10 if text[-1] in "Xx" else int(text[-1])
    return (rest + last) % _SIGNS == 1


def is_phone(text: str) -> bool:
    """Tell whether a text is a Chinese mobile number, or a landline with its area code."""
    return _PHONE.fullmatch(text) is not None


def is_email(text: str) -> bool:
    """Tell whether a text has the form of an e-mail address."""
    return _EMAIL.fullmatch(text) is not None


def is_address(text: str) -> bool:
    """Tell whether a text holds two or more of the words of which Chinese addresses are made."""
    return len(text) > 4 and len(_ADDRESS.findall(text)) > 1


def is_person_name(text: str) -> bool:
    """Tell whether a text is two to four Chinese signs of which the first is a surname."""
    surname = text[:1] in _SURNAMES or text.startswith(_COMPOUND)
    return surname and _NAME.fullmatch(text) is not None


def is_icd10(text: str) -> bool:
    """Tell whether a text has the form of an ICD-10 code, with the Chinese extensions."""
    return _ICD10.fullmatch(text) is not None


def is_operation_code(text: str) -> bool:
    """Tell whether a text has the form of an ICD-9-CM-3 code, with the Chinese extensions."""
    return _OPERATION.fullmatch(text) is not None


def is_code(text: str) -> bool:
    """Tell whether a text is letters and digits without blanks, at least one digit among them."""
    return _CODE.fullmatch(text) is not None


def is_number(text: str) -> bool:
    """Tell whether a text is a number, thousands separators allowed."""
    return _NUMBER.fullmatch(text) is not None


def is_age(text: str) -> bool:
    """Tell whether a text is an age: 45, 45岁, 8月, 3岁2月."""
    found = _AGE.fullmatch(text)
    return found is not None and int(found[1]) <= 130


def is_sex(text: str) -> bool:
    """Tell whether a text is one of the ways of writing a sex."""
    return text in _SEX


def says_sex(text: str) -> bool:
    """Tell whether a text can hardly be anything but a sex."""
    return text in _TELLING_SEX


def is_unit(text: str) -> bool:
    """Tell whether a text is built as a unit of measurement is."""
    return _UNIT.fullmatch(text) is not None


def is_prose(text: str) -> bool:
    """Tell whether a text is longer than a code or a name, or holds blanks or punctuation."""
    return len(text) > 20 or re.search(r"[，。；、,;\n ]", text) is not None


_BIRTH = "(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])"
INSIDE = (
    f"(^|[^0-9])[1-9][0-9]{{5}}{_BIRTH}[0-9]{{3}}[0-9Xx]([^0-9]|$)"
    "|(^|[^0-9A-Za-z])(86)?1[3-9][0-9]{9}([^0-9A-Za-z]|$)"
)
"""An identity number or a mobile number somewhere in a text, for Python and for RE2."""

_INSIDE = re.compile(INSIDE)


def holds_identifier(text: str) -> bool:
    """Tell whether an identity number or a mobile number stands somewhere inside a text."""
    return _INSIDE.search(text) is not None
