"""Running a process and reading what the operating system accounts to it; and printing a table."""

from __future__ import annotations

import json
import multiprocessing
import os
import statistics
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from apps.common.records import record


@record
class Run:
    """One finished process: seconds, CPU seconds (its own), peak memory in MiB, and its JSON answer."""

    wall: float
    cpu: float
    peak: float
    answer: dict[str, Any]


def run(command: Sequence[str], environment: Mapping[str, str]) -> Run:
    """Run to the end. Raises RuntimeError when the process fails."""
    started = time.perf_counter()
    process = subprocess.Popen(command, env=dict(environment), stdout=subprocess.PIPE)
    output = process.stdout.read() if process.stdout else b""
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
    lines = [line for line in output.decode().splitlines() if line.startswith("{")]
    answer = json.loads(lines[-1]) if lines else {}
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, answer)


def in_own_process(function: Callable[..., None], *arguments: Any) -> None:
    """Call in a new process: Django can be configured once in each, and memory is counted from the parent's peak on."""
    process = multiprocessing.get_context("spawn").Process(target=function, args=arguments)
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(process.exitcode)


def median(values: Iterable[float]) -> float:
    return statistics.median(values)


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of the values lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def print_table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A Markdown table."""
    print("| " + " | ".join(header) + " |")
    print("|" + " --- |" * len(header))
    for row in rows:
        print("| " + " | ".join(f"{cell:.2f}" if isinstance(cell, float) else str(cell) for cell in row) + " |")
