"""The story as a list of steps, played in order, each printing its figures."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from qundao.cli.codes import STEP_FAILED
from qundao.cli.demo.stage import Stage
from qundao.kernel.errors import QundaoError, fail
from qundao.kernel.words import Words

Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its id in the figures file, its title, and what it does."""

    id: str
    title: Words
    play: Callable[[Stage], Figures]


def play(steps: tuple[Step, ...], stage: Stage, language: str) -> list[dict[str, Any]]:
    """Play every step that is not done yet and return all records.

    Raises `cli.demo_step_failed` with the step's own problems behind it.
    """
    return [_play(number, step, stage, language) for number, step in enumerate(steps, 1)]


def _play(number: int, step: Step, stage: Stage, language: str) -> dict[str, Any]:
    print(f"\n{number}. {step.title.in_(language)}", flush=True)
    record = stage.recall(step.id)
    if record is None:
        begun = time.monotonic()
        figures = _figures(number, step, stage)
        seconds = round(time.monotonic() - begun, 2)
        record = {"id": step.id, "ok": True, "seconds": seconds, "figures": figures}
        stage.remember(step.id, record)
    _show(record["figures"], depth=1)
    return record


def _figures(number: int, step: Step, stage: Stage) -> Figures:
    try:
        return step.play(stage)
    except QundaoError as error:
        stopped = fail(STEP_FAILED, step.id, step=number, required="ok", logs=stage.logs)
        raise QundaoError(*stopped.problems, *error.problems) from error


def _show(value: dict[str, Any], depth: int) -> None:
    margin = "   " * depth
    for key, item in value.items():
        if isinstance(item, dict) and item:
            print(f"{margin}{key}:")
            _show(item, depth + 1)
        elif isinstance(item, list) and item and isinstance(item[0], dict):
            print(f"{margin}{key}:")
            for row in item:
                print(f"{margin}   {_text(row)}")
        else:
            print(f"{margin}{key}: {_text(item)}", flush=True)


def _text(item: Any) -> str:
    if isinstance(item, list):
        return "; ".join(_text(i) for i in item)
    if isinstance(item, dict):
        if "withheld" in item:
            return f"withheld ({item['withheld']})"
        return ", ".join(f"{k} {_text(v)}" for k, v in item.items())
    return f"{item:,}" if isinstance(item, int) and not isinstance(item, bool) else str(item)
