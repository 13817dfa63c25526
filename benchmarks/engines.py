"""What a look at all tables costs, engine by engine, beside one metadata statement of the bare driver.

Two looks are timed, turn by turn with the floor: in a session that is open, and with its opening. The ratios count,
of wall time and of the CPU seconds of this process, which a busy machine disturbs less. The CPU of servers is not in
them; DuckDB, SQLite and files are read by this process itself.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from apps.connections.engines.contract import Engine
from benchmarks import cataloguing
from benchmarks.bare import bare
from benchmarks.filled import Filled
from benchmarks.measure import in_own_process, median, print_table
from benchmarks.stores import STORES
from config import collector

SIZES = (1_000, 10_000)
GOAL = 1.5  # times the floor, at most
HEADER = ("engine", "tables", "statements", "bytes billed", "look ms", "floor ms", "x floor", "CPU x floor",
          "with opening ms", "floor ms", "x floor", "CPU x floor")  # fmt: skip


class Took(NamedTuple):
    wall: float
    cpu: float


def run_part(options: argparse.Namespace) -> None:
    for key in [options.engine] if options.engine else STORES:
        for size in SIZES:
            with STORES[key](size) as filled:
                in_own_process(_print_looks, key, size, filled, max(options.rounds, 5))
                if size == max(SIZES):
                    in_own_process(cataloguing.print_catalogue, key, size, filled)
    print(f"Goals: at most {GOAL:g} x floor with the opening that each pass pays, and nothing billed by a look;")
    print("a catalogue of 10,000 tables below 10 s and 300 MiB.")


def _print_looks(key: str, size: int, filled: Filled, rounds: int) -> None:
    collector.relax()  # as every process of Midwatch does
    driver = filled.lead(key)
    settings = driver.Settings.model_validate(filled.settings)

    def look(session: Engine) -> None:
        assert len(session.observe()) == size

    def look_anew() -> None:
        with driver(settings) as session:
            look(session)

    def floor_anew() -> None:
        with bare(key, filled.settings, filled.place) as ask:
            assert ask() == size

    look_anew()
    floor_anew()
    with driver(settings) as session, bare(key, filled.settings, filled.place) as ask:
        before, billed = session.statements, session.bytes_billed
        look(session)
        statements, billed = session.statements - before, session.bytes_billed - billed
        looks, floors = _turn_by_turn(rounds, lambda: look(session), ask)
    anew, floors_anew = _turn_by_turn(rounds, look_anew, floor_anew)
    row = (key, f"{size:,}", statements, billed, *_compared(looks, floors), *_compared(anew, floors_anew))
    print_table(HEADER, [row])
    print(f"\n{filled.note}\n" if filled.note else "", flush=True)


def _turn_by_turn(rounds: int, *contestants: Callable[[], Any]) -> list[list[Took]]:
    took: list[list[Took]] = [[] for _ in contestants]
    for _ in range(rounds):
        for contestant, results in zip(contestants, took, strict=True):
            wall, cpu = time.perf_counter(), time.process_time()
            contestant()
            results.append(Took(time.perf_counter() - wall, time.process_time() - cpu))
    return took


def _compared(ours: list[Took], floor: list[Took]) -> tuple[float, float, float, float]:
    """Milliseconds of both, and the ratios of wall time and CPU."""
    wall, bare_wall = median(took.wall for took in ours), median(took.wall for took in floor)
    cpu = median(took.cpu for took in ours) / max(median(took.cpu for took in floor), 1e-6)
    return wall * 1000, bare_wall * 1000, wall / bare_wall, cpu
