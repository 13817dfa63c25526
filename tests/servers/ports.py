"""Loopback ports for the servers that the tests start."""

from __future__ import annotations

import socket


def free_port() -> int:
    """A TCP port of the loopback address on which nothing listens now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port
