"""Runs a script that ends when its parent does: `python -m apps.common.tether script.py arguments …`

The parent holds our standard input open and writes nothing to it. When the parent dies, however hard, the input ends.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading


def end_with_parent() -> None:
    """Ask this process to end as soon as its standard input does."""
    while os.read(0, 1024):  # not sys.stdin, whose lock a thread must not hold when the interpreter ends
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    threading.Thread(target=end_with_parent, daemon=True).start()
    sys.argv = sys.argv[1:]
    runpy.run_path(sys.argv[0], run_name="__main__")
