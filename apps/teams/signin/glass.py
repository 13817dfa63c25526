"""The way in when the company login is broken: a link that a person at the command line makes, for one use."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core import signing

from apps.teams.models import User

LIFE = timedelta(minutes=15)
SALT = "midwatch.break_glass"


def make(user: User) -> str:
    """The token of a link for `user`. It ends after 15 min, and with the person's next sign-in by whatever way."""
    return signing.dumps({"user": user.pk, "before": _stamp(user)}, salt=SALT)


def read(token: str) -> User | None:
    """Whose token this is, as long as it can be used."""
    try:
        held = signing.loads(token, salt=SALT, max_age=LIFE)
    except signing.BadSignature:
        return None
    user = User.objects.filter(pk=held["user"], is_active=True).first()
    return user if user and _stamp(user) == held["before"] else None


def use(user: User, now: datetime) -> bool:
    """Use the token up. False when somebody else was faster."""
    return User.objects.filter(pk=user.pk, last_login=user.last_login).update(last_login=now) == 1


def _stamp(user: User) -> str:
    return user.last_login.isoformat() if user.last_login else ""
