"""`make bench`: Midwatch's figures beside a floor that runs in the same minute. Prints; judges nothing.

python -m benchmarks                              everything, at sizes that take some twenty minutes
python -m benchmarks passes --tables 5000         one part
python -m benchmarks engines --engine postgres    one engine
python -m benchmarks pages --pages overview       the pages whose name holds a word
"""

from __future__ import annotations

import argparse

from benchmarks import alerts, backtest, engines, pages, passes, scheduler, warm
from benchmarks.stores import STORES

PARTS = {
    "passes": passes.run_part,
    "warm": warm.run_part,
    "scheduler": scheduler.run_part,
    "alerts": alerts.run_part,
    "pages": pages.run_part,
    "backtest": backtest.run_part,
    "engines": engines.run_part,
}
DATABASES = ("sqlite", "postgres")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("part", nargs="?", choices=PARTS, help="one part; all of them when left out")
    parser.add_argument("--tables", type=int, default=1000, help="how many tables a pass covers")
    parser.add_argument("--rules", type=int, default=10_000, help="how many rules come due at once")
    parser.add_argument("--breaches", type=int, default=20, help="of the part alerts: how often a table breaks")
    parser.add_argument("--rounds", type=int, default=3, help="how often each contestant runs; medians are printed")
    parser.add_argument("--engine", choices=STORES, help="of the part engines: one of them; all when left out")
    parser.add_argument("--checks", type=int, default=1_000_000, help="of the part pages: how many checks are stored")
    parser.add_argument("--pages", default="", help="of the part pages: only those whose name holds this")
    parser.add_argument(
        "--databases", nargs="+", choices=DATABASES, default=list(DATABASES), help="of the part pages: kept where"
    )
    options = parser.parse_args()
    for name in [options.part] if options.part else PARTS:
        print(f"\n## {name}\n", flush=True)
        PARTS[name](options)


if __name__ == "__main__":
    main()
