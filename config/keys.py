"""The keys that embedded mode makes for itself and keeps in MIDWATCH_HOME/keys, readable by their owner alone."""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Callable
from pathlib import Path

MAKERS: dict[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(50),
    # A Fernet key is 32 random bytes in URL-safe base64 (cryptography.io, Fernet).
    "MIDWATCH_ENCRYPTION_KEYS": lambda: base64.urlsafe_b64encode(os.urandom(32)).decode(),
}


def own_key(home: Path, name: str) -> str:
    """The key kept under `home`; made at the first call. Two processes that start at once agree on one key."""
    folder = home / "keys"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / name.lower()
    if not path.exists():
        draft = folder / f".{name.lower()}.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(MAKERS[name](), encoding="utf-8")
        try:
            os.link(draft, path)  # fails when another process was first: then its key counts
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text(encoding="utf-8").strip()


if __name__ == "__main__":
    for key_name, make in MAKERS.items():
        print(f"{key_name}={make()}")
