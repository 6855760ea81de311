"""`qundao audit …`: export the log, and prove or disprove it without trusting the hub."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from qundao.audit.findings import Verification
from qundao.audit.verify import verify_file
from qundao.cli.codes import USAGE
from qundao.cli.environment import language
from qundao.cli.parsing import Subparsers, add_command, add_group, load
from qundao.cli.progress import TerminalProgress
from qundao.kernel.errors import fail
from qundao.kernel.signing import VerifyKey


def add(parsers: Subparsers) -> None:
    """Declare the commands."""
    group = add_group(parsers, "audit", "export and verify the audit log")
    example = "qundao audit export --dir hub --out log.jsonl"
    parser = add_command(group, "export", "write the log as a bundle", example, _export)
    parser.add_argument("--dir", type=Path, required=True, help="the hub's folder")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the bundle")
    example = "qundao audit verify --bundle log.jsonl --key ed25519:…"
    parser = add_command(group, "verify", "verify a bundle, offline", example, _verify)
    parser.add_argument("--bundle", type=Path, required=True, metavar="FILE")
    parser.add_argument("--key", required=True, help="the hub's public key, from its audit page")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the outcome to FILE")


def _export(options: argparse.Namespace) -> int:
    answer = load("qundao.hub.commands").audit_export(options.dir, out=options.out)
    print(json.dumps(answer, ensure_ascii=False, indent=1))
    return 0


def _verify(options: argparse.Namespace) -> int:
    outcome = verify_file(options.bundle, _key(options.key), progress=TerminalProgress())
    _show(outcome, language())
    if options.json:
        options.json.write_text(
            json.dumps(outcome.to_json(), ensure_ascii=False, indent=1), "utf-8"
        )
    return 0 if outcome.ok else 1


def _show(outcome: Verification, language: str) -> None:
    print(f"{outcome.origin}: {outcome.events:,} events, {outcome.heads:,} signed heads")
    for finding in outcome.findings:
        print(finding.line(language))
    print("ok" if outcome.ok else f"{len(outcome.findings) + outcome.more:,} findings")


def _key(text: str) -> VerifyKey:
    try:
        return VerifyKey.parse(text)
    except ValueError as error:
        raise fail(USAGE, text, "--key", required=f"ed25519:… ({error})") from error
