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
    goes to and fro until a client sends `until`, and nothing from then on; with `piece`, the answers from then on come
    by so many bytes with a moment between them. `reached` is set when it has fallen silent, or slow.
    """

    moment = 0.02  # seconds

    host = "127.0.0.1"

    def __init__(self, *, says: bytes = b"", behind: int | None = None, until: bytes = b"", piece: int = 0) -> None:
        self.reached = threading.Event()
        self._says, self._behind, self._until = says, behind, until
        self._piece, self._end = piece, threading.Event()
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
        self._end.set()
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
                if not self.reached.is_set() or (self._piece and until):
                    target.sendall(data)
                elif self._piece:
                    self._drip(data, target)
        if not self.reached.is_set():
            with suppress(OSError):
                target.shutdown(socket.SHUT_RDWR)

    def _drip(self, data: bytes, target: socket.socket) -> None:
        target.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(data), self._piece):
            if self._end.wait(self.moment):
                return
            target.sendall(data[start : start + self._piece])

    def _run(self, work: Callable[..., None], *arguments: Any) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()
