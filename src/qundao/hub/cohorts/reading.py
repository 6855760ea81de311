"""Reading what somebody uploads: Circe JSON or our own, bounded, every defect at once."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest

from qundao.hub.cohorts.codes import NO_FILE, NOT_OMOP
from qundao.kernel.errors import fail
from qundao.query import Population
from qundao.query.codec import kind_name
from qundao.query.reading import read_file

MOST_MB = 4
MOST_BYTES = MOST_MB * 2**20


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A population as read, and the Circe text it came from (empty: it was our own form)."""

    population: Population
    circe: str


def sent_bytes(request: HttpRequest) -> bytes:
    """Return the file of a form, else what was pasted. Raises `cohorts.no_file`."""
    file = request.FILES.get("file")
    if file is not None and (file.size or 0) > MOST_BYTES:
        raise fail(NO_FILE, f"{file.size:,} B", "file", limit=MOST_MB)
    data: bytes = file.read() if file else request.POST.get("text", "").strip().encode()
    return check_bytes(data)


def check_bytes(data: bytes) -> bytes:
    """Return what may be read. Raises `cohorts.no_file`."""
    if not 0 < len(data) <= MOST_BYTES:
        raise fail(NO_FILE, f"{len(data):,} B", "file", limit=MOST_MB)
    return data


def read_upload(data: bytes, name: str) -> Uploaded:
    """Return the population that a file holds.

    Raises `query.malformed`, `query.invalid` (each defect with its JSON path, required and
    received), `query.too_large`, `cohorts.not_omop`.
    """
    read = read_file(data, name)
    found = read.population
    if not isinstance(found, Population):
        raise fail(NOT_OMOP, kind_name(type(found)), "$.kind")
    return Uploaded(found, read.circe)
