"""Trying a rule on 90 days of hours in its form: the first answer, and those after a limit was moved."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from benchmarks import setting
from benchmarks.measure import in_own_process


def run_part(options: argparse.Namespace) -> None:
    in_own_process(_measure, options.rounds)


def _measure(rounds: int) -> None:
    with tempfile.TemporaryDirectory() as home:
        setting.start(Path(home))
        from benchmarks.moving import measure_backtest  # noqa: PLC0415

        measure_backtest(Path(home), rounds)
