"""`python -m qundao.hub.messages`: renew and compile the English catalogue."""

from __future__ import annotations

import sys
from pathlib import Path

from qundao.hub.messages.catalogue import Message, compile_mo, read_po, write_po
from qundao.hub.messages.extract import extract

HUB = Path(__file__).resolve().parents[1]
PO = HUB / "locale" / "en" / "LC_MESSAGES" / "django.po"


def main() -> int:
    """Renew the catalogue; return 1 when translations are missing."""
    known = {(m.msgid, m.plural): m for m in read_po(PO)}
    used = extract(HUB)
    messages = [known.get((m.msgid, m.plural), m) for m in used]
    PO.write_text(write_po(messages), "utf-8")
    PO.with_suffix(".mo").write_bytes(compile_mo(messages))
    missing = [m for m in messages if not m.complete]
    sys.stdout.write(_report(messages, missing, used))
    return 1 if missing else 0


def _report(messages: list[Message], missing: list[Message], used: dict[Message, str]) -> str:
    places = {(m.msgid, m.plural): place for m, place in used.items()}
    lines = [f"{len(messages)} messages, {len(missing)} without an English translation"]
    lines += [f"  {places[m.msgid, m.plural]}: {m.msgid}" for m in sorted(missing)]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
