"""The turn of the worker: ask for what is due, have it written, and show it where a message stands already."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from apps.alerts.generating.incidents import ask_for_incidents
from apps.alerts.generating.later import changes_in_place
from apps.alerts.generating.nights import ask_for_nights
from apps.alerts.incidents import order
from apps.alerts.outbox.telling import announce
from apps.summaries.texts import is_on, write_waiting
from apps.teams.models import Team


def write_texts(*, clock: Callable[[], datetime]) -> int:
    """One turn. Returns how many texts were written that may be shown."""
    now = clock()
    teams = list(Team.objects.filter(generated_summaries=True)) if is_on() else []
    if not teams:
        return 0
    ask_for_incidents(teams, now)
    ask_for_nights(teams, now)
    written = write_waiting(teams=[team.pk for team in teams], clock=clock)
    with transaction.atomic():
        # Nobody ends one of these between the look at it and the message that it is open and has a text.
        order.hold({text.team_id for text in written})
        announce(changes_in_place(written, clock()), now=clock())
    return len(written)
