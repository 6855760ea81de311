"""The log proves itself; one altered event in a copy is found and named."""

from __future__ import annotations

import json
from pathlib import Path

from qundao.audit.verify import verify_file
from qundao.cli.demo.people import as_user
from qundao.cli.demo.processes import memory_bytes
from qundao.cli.demo.stage import Stage
from qundao.cli.demo.story import Figures, Step
from qundao.kernel.signing import VerifyKey
from qundao.kernel.words import Words


def verify(stage: Stage) -> Figures:
    """Export the log as the auditor and verify it with nothing but the hub's public key."""
    bundle = _bundle(stage)
    outcome = verify_file(bundle, _key(stage))
    return {
        "events": outcome.events,
        "signed_heads": outcome.heads,
        "ok": outcome.ok,
        "command": f"qundao audit verify --bundle {bundle.name} --key {_key(stage).text}",
    }


def tamper(stage: Stage) -> Figures:
    """Alter one event in a copy of the export; the verification names it."""
    copy = stage.folder / "audit-altered.jsonl"
    altered = _alter(_bundle(stage), copy)
    outcome = verify_file(copy, _key(stage))
    named = [f for f in outcome.findings if f.names(altered)]
    return {
        "altered_event": altered,
        "ok": outcome.ok,
        "named": bool(named),
        "finding": named[0].line("en") if named else "",
        "original_still_ok": verify_file(_bundle(stage), _key(stage)).ok,
    }


def weigh(stage: Stage) -> Figures:
    """Weigh the six running processes."""
    weight = memory_bytes([p.pid for p in stage.processes.values()])
    return {
        "processes": len(stage.processes),
        "summed_pss_mib": None if weight is None else round(weight / 2**20),
    }


def _bundle(stage: Stage) -> Path:
    place = stage.folder / "audit.jsonl"
    if not stage.get("bundle"):
        auditor = as_user(stage, "auditor")
        place.write_bytes(auditor.download("/api/v1/auditlog/bundle?purpose=demonstration"))
        stage.put("bundle", place.name)
    return place


def _key(stage: Stage) -> VerifyKey:
    return VerifyKey.parse(stage.get("hub")["key"])


def _alter(source: Path, target: Path) -> int:
    """Copy the bundle with one byte of one permit event's text changed; return its number."""
    lines = source.read_bytes().split(b"\n")
    for place, line in enumerate(lines):
        if b'"permit.issued"' in line:
            number = _sequence(line)
            lines[place] = line.replace(b"permit.issued", b"permit.isszed", 1)
            target.write_bytes(b"\n".join(lines))
            return number
    raise LookupError("no permit in the log")


def _sequence(line: bytes) -> int:
    data = json.loads(line)
    event = data.get("event", data)
    event = json.loads(event) if isinstance(event, str) else event
    return int(event["sequence"])


STEPS = (
    Step("verify", Words("验证存证", "The log is verified"), verify),
    Step("tamper", Words("副本中改动一字节即被指认", "One altered byte is named"), tamper),
    Step("memory", Words("内存占用", "Memory"), weigh),
)
