"""The door of changes: the audit of Midwatch itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction
from django.http import HttpRequest

from apps.changes.audit import chain, reading, sealing, undoing
from apps.changes.audit.actor import Actor, current, of_request
from apps.changes.audit.chain import Break
from apps.changes.audit.writing import write
from apps.changes.models import Act, AuditEntry
from apps.teams.models import ApiToken, ProvisioningToken, Team, User

__all__ = ["Break", "exported", "glass_broken", "provisioning_used", "seal", "token_used", "undo", "undoable", "verify"]


def exported(*, request: HttpRequest, what: str, now: datetime, team: Team | None = None) -> None:
    """Note that whoever makes `request` took data out: `what` says which, as in "the checks of Orders volume"."""
    actor = of_request(request)
    write(act=Act.EXPORTED, actor=actor, text=f"{actor.name} exported {what}.", now=now, team=team)


def token_used(*, token: ApiToken, address: str, now: datetime) -> None:
    """Note that a token was used: the first time on each day (UTC) from each address."""
    if _noted_today(token, address, now):
        return
    actor = Actor(f"the API token {token.name} of {token.team}", address=address)
    text = f"The API token {token.name} of {token.team} was used from {address or 'this machine'}."
    write(act=Act.TOKEN_USED, actor=actor, text=text, now=now, team=token.team, row=token)


def provisioning_used(*, token: ProvisioningToken, address: str, now: datetime) -> None:
    """The same for the key by which a provider sends its people."""
    if _noted_today(token, address, now):
        return
    actor = Actor(f"the provisioning by {token.provider}", address=address)
    text = f"The provisioning token of {token.provider} was used from {address or 'this machine'}."
    write(act=Act.TOKEN_USED, actor=actor, text=text, now=now, row=token)


def _noted_today(token: ApiToken | ProvisioningToken, address: str, now: datetime) -> bool:
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return AuditEntry.objects.filter(
        act=Act.TOKEN_USED, model=token._meta.label_lower, object_id=str(token.pk), address=address, at__gte=today
    ).exists()


def glass_broken(*, user: User, what: str, now: datetime) -> None:
    """Note that somebody at the command line got access around the company login; `what` says how."""
    actor = current()
    write(act=Act.BREAK_GLASS, actor=actor, text=f"{actor.name} {what} for {user.email}.", now=now, row=user)


def undoable(*, model: str, object_id: int) -> AuditEntry | None:
    """The newest change of this object, where it can be undone; None where there is none, or it cannot."""
    rows = AuditEntry.objects.filter(model=model, object_id=str(object_id), act=Act.CHANGED)
    newest = rows.order_by("-pk").first()
    return newest if newest and not undoing.problems_of([newest])[newest.pk] else None


@transaction.atomic
def undo(*, entry: AuditEntry, user: User, now: datetime) -> None:
    """Set what `entry` changed back to what it was before. Raises InvalidInput when that cannot be, and says why."""
    undoing.undo(entry, user, now)


def seal(*, now: datetime) -> int:
    """Chain what was added to the audit since the last time. Returns how many entries."""
    return sealing.seal(now=now)


def verify() -> Iterator[Break]:
    """Every place where the chain of the audit does not hold."""
    return chain.breaks(reading.sealed())
