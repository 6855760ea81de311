"""At the end: the addresses and logins, and everything stays up until Ctrl-C."""

from __future__ import annotations

import time

from qundao.cli.codes import PROCESS_ENDED
from qundao.cli.demo.cast import MEMBERS, OFFICE, OPERATOR_LOGIN
from qundao.cli.demo.hub import address, start_hub
from qundao.cli.demo.stage import Stage
from qundao.cli.demo.steps.nodes import node_command, start_node
from qundao.kernel.errors import fail
from qundao.kernel.words import Words


def revive(stage: Stage) -> None:
    """Start what an earlier run had set up, so that an interrupted story goes on."""
    if stage.get("hub") and stage.recall("hub"):
        start_hub(stage)
    for member in MEMBERS:
        if stage.get(f"node:{member.key}"):
            start_node(stage, member)


def keep_open(stage: Stage, language: str) -> None:
    """Print where everything is and wait for Ctrl-C.

    Raises `cli.process_ended` when one of the processes ends by itself.
    """
    print(Words("\n平台地址：", "\nHub:").in_(language), address(stage))
    people = [OPERATOR_LOGIN, *(p.login for m in MEMBERS for p in m.people)]
    for login in (*people, *(p.login for p in OFFICE)):
        print(f"   {login:<16} {stage.password(login)}")
    for member in MEMBERS:
        told = node_command(stage, member, "login")
        print(f"   {member.name.in_(language)}: {told['console']}  {told['code']}")
    print(Words("按 Ctrl-C 结束", "Ctrl-C ends it").in_(language), flush=True)
    try:
        _watch(stage)
    except KeyboardInterrupt:
        print(Words("\n正在停止…", "\nStopping…").in_(language), flush=True)


def _watch(stage: Stage) -> None:
    while True:
        for process in stage.processes.values():
            if not process.running:
                raise fail(PROCESS_ENDED, process.tail(), name=process.name, log=process.log)
        time.sleep(1)
