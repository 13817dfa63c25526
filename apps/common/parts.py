"""Long-running parts that share one process: they start together, and the end of one is the end of all."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Sequence

from apps.common.records import record

logger = logging.getLogger("midwatch.parts")


@record
class Part:
    """`run` works until `halt` is called from another thread. If it returns or raises before that, it broke."""

    name: str
    run: Callable[[], None]
    halt: Callable[[], None]


class Crew:
    """Runs `main` in the calling thread and the others in threads of their own, until one breaks or `stop` is called.

    No part is restarted here: one that broke takes the process down, so that whoever supervises the process sees it
    and starts everything afresh. What was under way is taken over then, because the database knows of it.
    """

    def __init__(self, *, main: Part, others: Sequence[Part]) -> None:
        self.main = main
        self.others = tuple(others)
        self.broken = ""
        self._stopping = threading.Event()
        self._done = threading.Event()

    def work(self, *, grace: float) -> int:
        """Returns 0 after `stop`, 1 when a part broke. What is not done `grace` seconds after that is cut off."""
        threads = [threading.Thread(target=self._run, args=(part,), name=part.name) for part in self.others]
        for thread in threads:
            thread.start()
        # Started now rather than in `stop`: a signal handler must not start threads.
        threading.Thread(target=self._cut, args=(grace,), name="grace", daemon=True).start()
        self._run(self.main)
        for part in self.others:
            part.halt()
        for thread in threads:
            thread.join()
        self._done.set()
        return self.exit_code

    @property
    def exit_code(self) -> int:
        return 1 if self.broken else 0

    def stop(self) -> None:
        """Ask for the end. Safe in a signal handler and in any thread; `work` halts the other parts."""
        self._stopping.set()
        self.main.halt()

    def _run(self, part: Part) -> None:
        try:
            part.run()
        except Exception:
            # The edge of a thread: an error that ended it unseen would leave the house half alive.
            logger.exception("The %s broke.", part.name)
        if not self._stopping.is_set():
            self.broken = part.name
            logger.error("The %s ended, so Midwatch stops. Start it again; nothing is lost.", part.name)
            self.stop()

    def _cut(self, grace: float) -> None:
        self._stopping.wait()
        if not self._done.wait(grace):
            logger.warning("Some work was still under way and is cut off; it is taken over at the next start.")
            os._exit(self.exit_code)
