"""A child process that is kept alive for as long as its parent lives, and never longer."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

logger = logging.getLogger("midwatch.parts")

PROJECT = Path(__file__).resolve().parent.parent.parent
RESTART_SECONDS = 5.0
STOP_SECONDS = 3.0


class ChildProcess:
    """Runs a Python script again whenever it ends, until `halt` is called or this process dies (see `tether`)."""

    def __init__(
        self,
        *,
        name: str,
        script: Sequence[str],
        restart_seconds: float = RESTART_SECONDS,
        stop_seconds: float = STOP_SECONDS,
    ) -> None:
        self.name = name
        self._command = [sys.executable, "-m", "apps.common.tether", *script]
        self._restart_seconds = restart_seconds
        self._stop_seconds = stop_seconds
        self._halted = threading.Event()

    def run(self) -> None:
        """Keep the child running until `halt` is called."""
        while not self._halted.is_set():
            # A session of its own keeps the terminal's Ctrl-C away from the child: it is ended here, in order.
            with subprocess.Popen(  # noqa: S603 (our own command line)
                self._command, cwd=PROJECT, stdin=subprocess.PIPE, start_new_session=True
            ) as child:
                self._wait(child)
            if not self._halted.is_set():
                logger.warning("The %s ended (exit code %s) and is started again.", self.name, child.returncode)
            self._halted.wait(self._restart_seconds)

    def halt(self) -> None:
        self._halted.set()

    def _wait(self, child: subprocess.Popen[bytes]) -> None:
        while child.poll() is None:
            if self._halted.wait(0.2):
                child.terminate()
                try:
                    child.wait(self._stop_seconds)
                except subprocess.TimeoutExpired:
                    child.kill()
