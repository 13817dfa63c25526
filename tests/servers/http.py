"""A real HTTP listener on loopback that keeps what it gets and answers what it is told to answer."""

from __future__ import annotations

import socket
import ssl
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal

from tests.servers.ports import free_port

POLL_SECONDS = 0.02  # how soon it notices that it is to stop


@dataclass(frozen=True, slots=True)
class Answer:
    """What to answer. `hang` waits until the listener is released or stopped; `reset` cuts the connection."""

    status: int = 200
    body: bytes = b"ok"
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: Literal["", "hang", "reset"] = ""


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class HttpServer:
    """Call `start` and `stop`. `requests` are in their order; `answers` are used up one by one, then it answers 200.

    With a `certificate` (a file with the private key as well) it speaks TLS.
    """

    host = "127.0.0.1"

    def __init__(self, *, certificate: Path | None = None) -> None:
        self.requests: list[Request] = []
        self.accepted: list[Request] = []  # those that it answered with 2xx
        self.answers: deque[Answer] = deque()
        self.port = free_port()
        self._arrived = threading.Semaphore(0)
        self._released = threading.Event()
        self._server = ThreadingHTTPServer((self.host, self.port), _handler(self))
        self._server.daemon_threads = True
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=[POLL_SECONDS], daemon=True)

    @property
    def origin(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.origin}/hook"

    def start(self) -> HttpServer:
        self._thread.start()
        return self

    def stop(self) -> None:
        self.release()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def release(self) -> None:
        """Let every hanging answer go."""
        self._released.set()
        self._released = threading.Event()

    def wait(self, seconds: float = 20) -> None:
        """Return when one more request has arrived."""
        assert self._arrived.acquire(timeout=seconds), "no request arrived"

    def usual(self, request: Request) -> Answer:
        """What it answers when no answer was laid ready."""
        return Answer()

    def take(self, request: Request) -> Answer:
        self.requests.append(request)
        released = self._released
        answer = self.answers.popleft() if self.answers else self.usual(request)
        self._arrived.release()
        if answer.fault == "hang":
            released.wait()
        if not answer.fault and 200 <= answer.status < 300:
            self.accepted.append(request)
        return answer


def _handler(server: HttpServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = server.take(Request(self.command, self.path, headers, body))
            if answer.fault:
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
                return
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        do_GET = do_POST  # noqa: N815 (the parent's name)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the parent's name)
            """Tests need no access log."""

    return Handler
