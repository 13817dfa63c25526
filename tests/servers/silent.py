"""A server that hangs: it takes connections and falls silent, as one does whose disk or network behind it is stuck.

Its machine still answers for it, so that neither the network nor keepalives tell the client anything.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, Self


class SilentServer:
    """Use it in a `with`. It greets with `says` and answers nothing. With the port of a server in `behind`, everything
    goes to and fro until a client sends `until`, and nothing from then on. `reached` is set when it has fallen silent.
    """

    host = "127.0.0.1"

    def __init__(self, *, says: bytes = b"", behind: int | None = None, until: bytes = b"") -> None:
        self.reached = threading.Event()
        self._says, self._behind, self._until = says, behind, until
        self._listener = socket.create_server((self.host, 0))
        self._open: list[socket.socket] = [self._listener]
        self._threads: list[threading.Thread] = []

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    def __enter__(self) -> Self:
        self._run(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for each in self._open:
            with suppress(OSError):  # the other side was quicker
                each.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for each in self._open:
            each.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:  # the end of the `with`
                return
            self._open.append(client)
            if self._behind is None:
                client.sendall(self._says)
                self.reached.set()
            else:
                server = socket.create_connection((self.host, self._behind))
                self._open.append(server)
                self._run(self._pump, client, server, self._until)
                self._run(self._pump, server, client, b"")

    def _pump(self, source: socket.socket, target: socket.socket, until: bytes) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if until and until in data:
                    self.reached.set()
                if not self.reached.is_set():
                    target.sendall(data)
        if not self.reached.is_set():
            with suppress(OSError):
                target.shutdown(socket.SHUT_RDWR)

    def _run(self, work: Callable[..., None], *arguments: Any) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()
