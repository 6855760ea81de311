"""The page of units: what is read, what converts between mass and moles, what is credible."""

from __future__ import annotations

from collections.abc import Iterator

from qundao.cli.reference.markdown import both, cell, finish, heading, table
from qundao.intake.units import LIMITS, SUBSTANCES, Limit, Substance
from qundao.intake.units.data_files import listed, rows
from qundao.kernel.words import Words


def page() -> str:
    """Return the page as Markdown."""
    return finish(_lines())


def _lines() -> Iterator[str]:
    yield from heading(Words("单位、物质与可信范围", "Units, substances, limits"), "数据表")
    yield ""
    yield "怎么读、怎么换算、什么会被拒绝：[单位](../explanation/units.md)。"
    yield "How they are read, converted and refused: [Units](../explanation/units.md)."
    yield from _part(Words("写法", "Spellings"))
    yield "表中是单位各部分的写法；“公制”一栏为 y 的可带词头（毫、微、纳……）。"
    yield "The parts of units as they are written; metric ones (y) take prefixes (m, u, n …)."
    yield ""
    yield from table(("UCUM", "公制 metric", "写法 written"), _spellings())
    yield from _part(Words("物质", "Substances"))
    titles = ("代号 key", "名称 names", "g/mol", "电荷 charge", "1 IU", "来源 source")
    yield from table(titles, map(_substance, SUBSTANCES.values()))
    yield from _part(Words("可信范围", "Limits"))
    yield "血液、血清、血浆或人体的结果；尿液不在内。"
    yield "Of blood, serum, plasma or the body; nothing is said of urine."
    yield ""
    titles = (
        "代号 key",
        "单位 unit",
        "可信 credible",
        "通常 usual",
        "所用单位 units",
        "来源 source",
    )
    yield from table(titles, map(_limit, LIMITS.values()))


def _part(words: Words) -> Iterator[str]:
    yield ""
    yield f"## {words.zh} · {words.en}"
    yield ""


def _spellings() -> Iterator[tuple[str, ...]]:
    for row in (*rows("parts"), *rows("wholes")):
        written = " ".join(f"`{w}`" for w in listed(row["written"]))
        yield (f"`{row['ucum']}`" if row["ucum"] else "–", row.get("metric", "n"), written)


def _substance(known: Substance) -> tuple[str, ...]:
    mass = f"{float(known.molar_mass):.8g}" if known.molar_mass else "–"
    iu = f"{known.iu[0]} {known.iu[1]}" if known.iu else "–"
    charge = str(known.charge or "–")
    return (f"`{known.key}`", both(known.words), mass, charge, iu, cell(known.source))


def _limit(limit: Limit) -> tuple[str, ...]:
    credible = f"{float(limit.lowest):g} – {float(limit.highest):g}"
    usual = " – ".join(f"{float(bound):g}" for bound in limit.usual)
    units = " ".join(f"`{u}`" for u in limit.units)
    return (f"`{limit.substance}`", f"`{limit.unit}`", credible, usual, units, limit.source)
