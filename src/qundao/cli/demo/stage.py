"""The stage of the story: its folder, its processes, and what has been done so far.

Everything done is remembered in `state.json` as soon as it is done, so that a story that was
interrupted continues where it stopped and nothing is done twice.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from qundao.cli.demo.processes import Process

STATE = "state.json"


class Stage:
    """The demonstration's folder and running processes."""

    def __init__(self, folder: Path, *, fresh: bool) -> None:
        self.folder = folder.resolve()
        if fresh and (self.folder / STATE).exists():
            shutil.rmtree(self.folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.processes: dict[str, Process] = {}
        self._path = self.folder / STATE
        self._state: dict[str, Any] = {"done": {}, "steps": {}}
        if self._path.exists():
            self._state = json.loads(self._path.read_text("utf-8"))

    @property
    def logs(self) -> Path:
        """Return the folder of the processes' logs."""
        return self.folder / "logs"

    def once(self, key: str, act: Callable[[], Any]) -> Any:
        """Do `act` unless `key` is done, remember its JSON result, and return it."""
        done = self._state["done"]
        if key not in done:
            done[key] = act()
            self._save()
        return done[key]

    def put(self, key: str, value: Any) -> None:
        """Remember a value, replacing what was there."""
        self._state["done"][key] = value
        self._save()

    def get(self, key: str) -> Any:
        """Return what is remembered under a key, or None."""
        return self._state["done"].get(key)

    def password(self, login: str) -> str:
        """Return the login's password, made at random the first time."""
        made: str = self.once(f"password:{login}", lambda: secrets.token_urlsafe(12))
        return made

    def recall(self, step: str) -> dict[str, Any] | None:
        """Return a finished step's record, or None."""
        found: dict[str, Any] | None = self._state["steps"].get(step)
        return found

    def remember(self, step: str, record: dict[str, Any]) -> None:
        """Keep a finished step's record."""
        self._state["steps"][step] = record
        self._save()

    def start(self, name: str, *arguments: str) -> Process:
        """Start a `qundao` command in the background under a name."""
        process = Process(name, arguments, self.logs / f"{name}.log")
        self.processes[name] = process
        return process

    def stop(self) -> None:
        """Stop every process: nodes first, all at once, so that the hub hears their last words."""
        last_first = list(reversed(self.processes.values()))
        for node in last_first[:-1]:
            node.ask_to_end()
        for process in last_first:
            process.stop()
        self.processes.clear()

    def _save(self) -> None:
        draft = self._path.with_suffix(".tmp")
        with draft.open("w", encoding="utf-8") as file:
            json.dump(self._state, file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        draft.chmod(0o600)
        draft.replace(self._path)
