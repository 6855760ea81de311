"""How Chinese systems write numbers and dates, read by DuckDB.

Full-width signs, thousands separators, `2023年3月5日`, `2023/3/5`, `20230305`, `2023.3.5 8:30`, the
days since 1900 of a spreadsheet. A time is that of the clock on the wall: an offset behind it
(`+08:00`) is left out. What is none of them, or no day of the calendar, is NULL.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from qundao.intake.mapping.costly import costly

_FULL_WIDTH = "０１２３４５６７８９．，－＋＜＞％／：　（）"
_PLAIN = "0123456789.,-+<>%/: ()"
BLANKS = " \t\r\n\u3000\u00a0\ufeff"
_EDGE = r"[^\s\x{3000}\x{a0}\x{feff}]"
_NO_BLANKS = f"(?s)^{_EDGE}(.*{_EDGE})?$"
_NUMBER = r"^[+-]?(([0-9]+|[0-9]{1,3}(,[0-9]{3})+)(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?$"
_SIGNED = r"^(<=|>=|<|>|≤|≥|＝|=)\s*"
_DAYS = ("%Y-%m-%d", "%Y%m%d")
_TIMES = ("", " %H:%M:%S", " %H:%M", " %H:%M:%S.%f", "T%H:%M:%S", "T%H:%M", "T%H:%M:%S.%f")
_MOMENTS = (*(f"{_DAYS[0]}{t}" for t in _TIMES), *(f"%Y%m%d{t}" for t in ("", "%H%M%S", "%H%M")))
_USUAL = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d", "%Y-%m-%d %H:%M")
_OF_LENGTH = {
    10: "%Y-%m-%d",
    16: "%Y-%m-%d %H:%M",
    **dict.fromkeys((21, 23, 26), "%Y-%m-%d %H:%M:%S.%f"),
}
"""What a text of so many bytes mostly is: a form that is tried in vain costs ten times one read."""

_OF_DIGITS = {8: "%Y%m%d", 14: "%Y%m%d%H%M%S"}
_HYPHENED, _WITH_T = "%-%", "%T%"
_OTHERS = (("%/%", "%Y/%m/%d"), ("%年%", "%Y年%m月%d日"), ("____.%", "%Y.%m.%d"))
_TIME_OF_COLONS = (("%:%:%", "%H:%M:%S"), ("%:%", "%H:%M"))
_TO_THE_SECOND, _OFFSET = 19, "[0-9](Z|[+-][0-9]{2}:[0-9]{2})"

_YEAR_1000, _YEAR_9999 = "1000-01-01", "9999-12-31 23:59:59"
_WORDS = ("1900-01-01", "1970-01-01")
"""What DuckDB takes the words epoch and infinity for, whatever the format: then it is looked at."""

_SERIAL = r"^[1-9][0-9]{4}(\.[0-9]+)?$"
_YEAR = "([1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])"
_LOOKS_LIKE_A_DAY = (
    rf"^{_YEAR}-[0-9]{{1,2}}-[0-9]{{1,2}}([ T].*)?$|^{_YEAR}[0-9]{{4}}([0-9]{{4}}|[0-9]{{6}})?$"
)
_REWRITTEN = (
    (r"\s*[年月]\s*", "-"),
    (r"\s*[日号]\s*", " "),
    (r"\s*[时点分]\s*", ":"),
    (r":?\s*秒\s*$|:\s*$", ""),
    (r"([0-9]:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?)\s*(Z|[+-][0-9]{2}:?[0-9]{2})$", r"\1"),
    (r"^([0-9]{4})[./]([0-9]{1,2})[./]([0-9]{1,2})", r"\1-\2-\3"),
)
_EPOCH_OF_SHEETS = "1899-12-30"
_SECONDS_OF_DAY = 86_400


def plain_text(text: exp.Expr) -> exp.Expr:
    """Return text without blanks around it, full-width ones too; empty text as NULL."""
    trimmed = exp.Trim(this=text.copy(), expression=exp.Literal.string(BLANKS))
    bare = exp.Nullif(this=trimmed, expression=exp.Literal.string(""))
    # A pattern is four times as fast as trimming, and most values have nothing to trim.
    return exp.Case().when(_like(text, _NO_BLANKS), text).else_(bare)


def number_of(text: exp.Expr, *, after_sign: bool = False) -> exp.Expr:
    """Return the number that a text writes; with `after_sign`, also behind `<` or `≥`."""
    at_once = costly(exp.TryCast(this=text.copy(), to=exp.DataType.build("DOUBLE")))
    # Most are digits and a point: the cast alone tells, where none of its liberties can be meant.
    bare_digits = exp.and_(
        exp.GTE(this=text.copy(), expression=exp.Literal.string(".")),
        exp.LT(this=text.copy(), expression=exp.Literal.string(":")),
        exp.not_(_function("contains", text.copy(), "_")),
    )
    sure = costly(_chosen((exp.and_(bare_digits, _finite(at_once)), at_once)))
    plain = _narrow(text)
    if after_sign:
        plain = _function("regexp_replace", plain, _SIGNED, "")
    plain = _unless(sure, plain)
    bare = _function("replace", plain.copy(), ",", "")
    value = exp.TryCast(this=bare, to=exp.DataType.build("DOUBLE"))
    careful = _chosen((exp.and_(_like(plain, _NUMBER), _finite(value)), value))
    return costly(exp.func("COALESCE", sure, careful, copy=False))


def _finite(number: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this="isfinite", expressions=[number.copy()])


def comparator_of(text: exp.Expr) -> exp.Expr:
    """Return `<`, `<=`, `>`, `>=` or `=` where a number is written behind one."""
    sign = _function("regexp_extract", _narrow(text), _SIGNED, 1)
    for written, plain in (("≤", "<="), ("≥", ">="), ("＝", "=")):
        sign = _function("replace", sign, written, plain)
    return exp.Nullif(this=sign, expression=exp.Literal.string(""))


def day_of(text: exp.Expr) -> exp.Expr:
    """Return the day that a text writes, perhaps with a time."""
    return exp.cast(moment_of(text), "DATE")


def moment_of(text: exp.Expr) -> exp.Expr:
    """Return the moment that a text writes; a day alone is its midnight."""
    at_once = costly(_usual_moment(text))
    first, last, *words = (
        exp.cast(exp.Literal.string(at), "TIMESTAMP") for at in (_YEAR_1000, _YEAR_9999, *_WORDS)
    )
    within = at_once.copy().between(first, last)
    meant = exp.and_(within, *(at_once.copy().neq(word) for word in words))
    sure = costly(_chosen((meant, at_once)))
    plain = _unless(sure, _hyphened(text))
    read = _moment_in(plain, *_MOMENTS)
    days = exp.TryCast(this=plain.copy(), to=exp.DataType.build("DOUBLE"))
    seconds = exp.cast(exp.Round(this=days * _SECONDS_OF_DAY), "BIGINT")
    epoch = exp.cast(exp.Literal.string(_EPOCH_OF_SHEETS), "TIMESTAMP")
    serial = epoch + exp.Anonymous(this="to_seconds", expressions=[seconds])
    a_day, a_serial = (_like(plain, form) for form in (_LOOKS_LIKE_A_DAY, _SERIAL))
    careful = _chosen((a_day, read), (a_serial, serial))
    return costly(exp.func("COALESCE", sure, careful, copy=False))


def _usual_moment(text: exp.Expr) -> exp.Expr:
    """Return the moment that a text writes in one of the usual forms, the likeliest tried alone."""
    cases = [(_is_like(text, _HYPHENED), _hyphened_moment(text))]
    cases += [(_is_like(text, signs), _with_time(text, day, " ")) for signs, day in _OTHERS]
    return _chosen(*cases, otherwise=_by_length(text, _OF_DIGITS))


def _hyphened_moment(text: exp.Expr) -> exp.Expr:
    usual = _moment_in(text, *_USUAL)
    rest = _chosen((_is_like(text, _WITH_T), _moment_with_t(text)), otherwise=usual)
    tried = _by_length(text, _OF_LENGTH)
    for likely in tried.args["ifs"]:
        likely.set("true", exp.func("COALESCE", likely.args["true"], usual.copy(), copy=False))
    tried.set("default", rest)
    return tried


def _moment_with_t(text: exp.Expr) -> exp.Expr:
    """Return the moment that a text writes with a T before its time, an offset behind it or not."""
    behind = exp.Substring(this=text.copy(), start=exp.Literal.number(_TO_THE_SECOND))
    clock = exp.Left(this=text.copy(), expression=exp.Literal.number(_TO_THE_SECOND))
    offset = _function("regexp_full_match", behind, _OFFSET)
    bare = _with_time(text, _DAYS[0], "T")
    return _chosen((offset, _moment_in(clock, f"{_DAYS[0]}T%H:%M:%S")), otherwise=bare)


def _by_length(text: exp.Expr, forms: Mapping[int, str]) -> exp.Case:
    length = exp.Anonymous(this="strlen", expressions=[text.copy()])
    read = [
        exp.If(this=exp.Literal.number(bytes_), true=_moment_in(text, form))
        for bytes_, form in forms.items()
    ]
    return exp.Case(this=length, ifs=read)


def _with_time(text: exp.Expr, day: str, between: str) -> exp.Expr:
    """Return the moment that a text writes in the form of a day, a time behind it or none."""
    times = ((_is_like(text, c), _moment_in(text, day + between + t)) for c, t in _TIME_OF_COLONS)
    return _chosen(*times, otherwise=_moment_in(text, day))


def _is_like(text: exp.Expr, pattern: str) -> exp.Expr:
    return exp.Like(this=text.copy(), expression=exp.Literal.string(pattern))


def _moment_in(text: exp.Expr, *forms: str) -> exp.Expr:
    told = [exp.Literal.string(form) for form in forms]
    form = told[0] if len(told) == 1 else exp.Array(expressions=told)
    return exp.Anonymous(this="try_strptime", expressions=[text.copy(), form])


def _unless(sure: exp.Expr, text: exp.Expr) -> exp.Expr:
    """Return a text that is asked for where nothing is sure, and worked out there alone, once.

    Written out, it stands behind what is sure, which sees to that by itself.
    """
    nothing = exp.Is(this=sure.copy(), expression=exp.null())
    return costly(_chosen((nothing, text)), in_place=text)


def _chosen(*cases: tuple[exp.Expr, exp.Expr], otherwise: exp.Expr | None = None) -> exp.Case:
    """Return the value of the first condition that holds. What is given is not copied."""
    ifs = [exp.If(this=holds, true=value) for holds, value in cases]
    return exp.Case(ifs=ifs, default=otherwise)


def _hyphened(text: exp.Expr) -> exp.Expr:
    """Return a date's text with hyphens between its parts and colons in its time."""
    plain = _narrow(text)
    for pattern, instead in _REWRITTEN:
        plain = _function("regexp_replace", plain, pattern, instead, "g")
    return exp.Trim(this=plain)


def _narrow(text: exp.Expr) -> exp.Expr:
    return _function("translate", text.copy(), _FULL_WIDTH, _PLAIN)


def _like(text: exp.Expr, pattern: str) -> exp.Expr:
    return _function("regexp_matches", text.copy(), pattern)


def _function(name: str, text: exp.Expr, *others: str | int) -> exp.Expr:
    given = [exp.Literal.number(o) if isinstance(o, int) else exp.Literal.string(o) for o in others]
    return exp.Anonymous(this=name, expressions=[text, *given])
