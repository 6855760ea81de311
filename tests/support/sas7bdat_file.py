"""Writes the smallest sas7bdat files that a reader takes: 32 bit, little-endian, one page.

The layout is what M. Shotwell's "SAS7BDAT Database Binary Format" found. Synthetic, for tests.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

_MAGIC = bytes(12) + bytes.fromhex("c2ea8160b31411cfbd92080009c7318c181f1011")
_HEADER, _PAGE, _PAGE_HEAD, _POINTER = 1024, 16_384, 24, 12
_UTF8, _MIXED = 20, 0x0200
NAN = {None: 0xFE, "_": 0xA0, **{chr(c): 0xFF ^ c for c in range(0x41, 0x5B)}}


@dataclass(frozen=True)
class Column:
    name: str
    width: int = 8
    text: bool = False
    label: str = ""
    format: str = ""


def sas7bdat(columns, rows, name="T"):
    """Return the bytes of a file. A missing number is None, or its letter (`A` to `Z`, `_`)."""
    width = sum(c.width for c in columns)
    data = b"".join(_cell(c, v) for row in rows for c, v in zip(columns, row, strict=True))
    subheaders = _subheaders(columns, width, len(rows))
    page, end, pointers = bytearray(_PAGE), _PAGE, b""
    for sub in subheaders:
        end -= len(sub)
        page[end : end + len(sub)] = sub
        pointers += struct.pack("<IIBBH", end, len(sub), 0, 0, 0)
    count = len(subheaders)
    page[16:24] = struct.pack("<HHHH", _MIXED, count + len(rows), count, 0)
    start = _PAGE_HEAD + _POINTER * count
    page[_PAGE_HEAD:start] = pointers
    start += 4 * (start % 8 == 4)
    assert start + len(data) < end
    page[start : start + len(data)] = data
    return _header(name) + bytes(page)


def _header(name):
    head = bytearray(_HEADER)
    head[:32] = _MAGIC
    head[37], head[39], head[70] = 1, ord("1"), _UTF8
    head[84:92] = b"SAS FILE"
    head[92:156] = name.encode().ljust(64)
    head[156:164] = b"DATA    "
    head[196:208] = struct.pack("<III", _HEADER, _PAGE, 1)
    head[216:224] = b"9.0401M1"
    return bytes(head)


def _cell(column, value):
    if column.text:
        return value.encode().ljust(column.width)
    if value is None or isinstance(value, str):
        return struct.pack("<Q", 0xFFFF << 48 | NAN[value] << 40)
    return struct.pack("<d", value)


def _subheaders(columns, width, rows):
    text, refs = _texts([t for c in columns for t in (c.name, c.label, c.format)])
    size = bytearray(480)
    size[:4] = b"\xf7" * 4
    size[20:28] = struct.pack("<II", width, rows)
    size[36:40] = struct.pack("<I", len(columns))
    size[60:64] = struct.pack("<I", rows)
    names = b"".join(struct.pack("<HHHH", *refs[c.name], 0) for c in columns)
    start, attributes = 0, b""
    for c in columns:
        attributes += struct.pack("<IIHBB", start, c.width, 4, 2 if c.text else 1, 0)
        start += c.width
    formats = []
    for c in columns:
        one = bytearray(52)
        one[:4] = b"\xfe\xfb\xff\xff"
        one[34:40] = struct.pack("<HHH", *refs[c.format])
        one[40:46] = struct.pack("<HHH", *refs[c.label])
        formats.append(bytes(one))
    return [
        bytes(size), b"\xf6" * 4 + struct.pack("<II", len(columns), 0), text,
        _listed(b"\xff\xff\xff\xff", names), _listed(b"\xfc\xff\xff\xff", attributes), *formats,
    ]  # fmt: skip


def _listed(signature, entries):
    return signature + struct.pack("<HHHH", len(entries) + 8, 0, 0, 0) + entries + bytes(8)


def _texts(texts):
    """Return the subheader of texts, and for each text where it is: (subheader, offset, length)."""
    blob, refs = bytes(28), {"": (0, 0, 0)}
    for text in texts:
        raw = text.encode()
        refs.setdefault(text, (0, len(blob), len(raw)))
        if refs[text][1] == len(blob):
            blob += raw + bytes(-len(raw) % 4)
    blob += bytes(8)
    length = 4 + len(blob)
    return b"\xfd\xff\xff\xff" + struct.pack("<H", length - 12) + blob[2:], refs
