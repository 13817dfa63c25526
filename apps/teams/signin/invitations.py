"""Asking somebody to join a team: by mail, with a link that works once."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string

from apps.common.errors import InvalidInput
from apps.teams.models import Invitation, Member, Role, Team, User
from apps.teams.services import add_member

LIFE = timedelta(days=7)


@transaction.atomic
def invite(*, team: Team, email: str, role: Role, by: User, now: datetime) -> tuple[Invitation, str]:
    """Make an invitation and the key of its link, which cannot be read again. An earlier one of the same person to the
    same team ends."""
    for earlier in Invitation.objects.filter(team=team, email=email.lower(), accepted_at=None, revoked_at=None):
        revoke(invitation=earlier, now=now)
    key = secrets.token_urlsafe(32)
    row = Invitation(team=team, email=email.lower(), role=role, by=by, digest=_digest(key), expires_at=now + LIFE)
    row.save()
    return row, key


def send(*, invitation: Invitation, link: str) -> None:
    """Mail the link. Raises OSError (or smtplib's errors, which are its children) when no server takes it."""
    context = {"invitation": invitation, "link": link}
    text, html = (render_to_string(f"teams/invitation_mail.{form}", context) for form in ("txt", "html"))
    subject = f"Midwatch: join the team {invitation.team}"[:200]
    send_mail(subject, text, None, [invitation.email], html_message=html)


def waiting(*, key: str, now: datetime) -> Invitation | None:
    """The invitation of this key, when it can still be accepted."""
    rows = Invitation.objects.select_related("team", "by").filter(accepted_at=None, revoked_at=None, expires_at__gt=now)
    return rows.filter(digest=_digest(key)).first()


def offers_weekly(invitation: Invitation) -> bool:
    """Whether it is a seat for reading alone in a team that sees everything: then the weekly digest is offered."""
    return invitation.team.sees_everything and invitation.role == Role.VIEWER


def is_invited(*, email: str, now: datetime) -> bool:
    """Whether somebody asked the person of this address to join, and it still stands."""
    rows = Invitation.objects.filter(accepted_at=None, revoked_at=None, expires_at__gt=now)
    return rows.filter(email=email.lower()).exists()


@transaction.atomic
def accept(*, invitation: Invitation, user: User, now: datetime) -> Member:
    """Let the person into the team. Raises InvalidInput when it is another's invitation, or was used meanwhile."""
    if user.email.lower() != invitation.email:
        raise InvalidInput(f"This invitation is for {invitation.email}. Sign in with that address.", field="email")
    unused = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None, expires_at__gt=now)
    if not unused.update(accepted_at=now):
        raise InvalidInput("This invitation is not valid any more. Ask for a new one.", field="email")
    return add_member(team=invitation.team, user=user, role=Role(invitation.role))


def revoke(*, invitation: Invitation, now: datetime) -> None:
    """End the invitation: its link opens nothing any more."""
    if invitation.accepted_at is None and invitation.revoked_at is None:
        invitation.revoked_at = now
        invitation.save()


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
