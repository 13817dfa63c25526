"""A model field whose secrets are encrypted at rest (Fernet; the first key encrypts, every key decrypts)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models

from apps.common.errors import MidwatchError


class SecretsUnreadable(MidwatchError):
    """No configured key opens the stored secrets."""


class Sealed:
    """Encrypted secrets by name. Opened only where they are used; shows nothing of itself in logs and pages."""

    def __init__(self, token: str = "") -> None:
        self.token = token

    @classmethod
    def of(cls, secrets: Mapping[str, str]) -> Sealed:
        """Encrypt `secrets` with the first configured key; no secrets give an empty token."""
        return cls(_fernet().encrypt(json.dumps(dict(secrets)).encode()).decode() if secrets else "")

    def open(self) -> dict[str, str]:
        """The secrets in clear. Raises SecretsUnreadable when no key fits."""
        if not self.token:
            return {}
        try:
            opened: dict[str, str] = json.loads(_fernet().decrypt(self.token.encode()))
        except InvalidToken as error:
            raise SecretsUnreadable(
                "The stored secrets cannot be opened with the keys in MIDWATCH_ENCRYPTION_KEYS. "
                "Add the key they were stored with, or enter the secrets again."
            ) from error
        return opened

    def is_current(self) -> bool:
        """Whether the first key opens it, so that it needs no rotation."""
        try:
            Fernet(settings.MIDWATCH_ENCRYPTION_KEYS[0]).decrypt(self.token.encode())
        except InvalidToken:
            return False
        return True

    def rotated(self) -> Sealed:
        """The same secrets under the first key."""
        return Sealed(_fernet().rotate(self.token.encode()).decode()) if self.token else self

    def __bool__(self) -> bool:
        return bool(self.token)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sealed) and other.token == self.token

    def __hash__(self) -> int:
        return hash(self.token)

    def __repr__(self) -> str:
        return "Sealed(…)" if self.token else "Sealed()"

    __str__ = __repr__


def _fernet() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.MIDWATCH_ENCRYPTION_KEYS])


class SealedField(models.TextField):  # type: ignore[type-arg]  # not subscriptable at run time
    """Stores a `Sealed`; never editable in a form and never shown."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"default": Sealed, "editable": False, "blank": True, **kwargs})

    def from_db_value(self, value: str | None, *_: object) -> Sealed:
        return Sealed(value or "")

    def to_python(self, value: Any) -> Sealed:
        return value if isinstance(value, Sealed) else Sealed(value or "")

    def get_prep_value(self, value: Any) -> str:
        return self.to_python(value).token
