"""A server that begins an answer and never ends it: a byte every moment resets every timeout of a socket."""

from __future__ import annotations

import socket
import threading
from types import TracebackType
from typing import Self


class TricklingServer:
    """Use it in a `with`; it serves one client. `left` is set when the client has gone, which it must do by itself."""

    host = "127.0.0.1"
    moment = 0.02  # seconds
    most = 1_000  # bytes

    def __init__(self, head: bytes) -> None:
        self.left = threading.Event()
        self._head = head
        self._end = threading.Event()
        self._listener = socket.create_server((self.host, 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self._listener.getsockname()[1]}/hook"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        client, _ = self._listener.accept()
        with client:
            client.recv(65536)
            try:
                client.sendall(self._head)
                for _ in range(self.most):
                    if self._end.wait(self.moment):
                        return
                    client.sendall(b"x")
            except OSError:
                self.left.set()
