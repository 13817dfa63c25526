"""What happens once, at the very first start of an installation."""

from __future__ import annotations

import secrets
from typing import NamedTuple

from apps.teams.models import User

# Without characters that look alike, because people copy it from a terminal.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


class Login(NamedTuple):
    user: User
    password: str


def make_password() -> str:
    """Some 79 random bits in four groups, such as `k7wq-m3zt-…`."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(4))


def first_login(*, email: str) -> Login | None:
    """Make the first login, which may do everything; None when somebody can sign in already."""
    if User.objects.exists():
        return None
    password = make_password()
    return Login(User.objects.create_superuser(email, password), password)
