"""What a person can do on the page of an incident: one function per button, which says in a sentence what it did."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from apps.alerts import services
from apps.alerts.incidents.handling import NOTES
from apps.alerts.incidents.pages.words import snooze_words
from apps.alerts.models import Incident, Outcome, Snooze
from apps.common.errors import InvalidInput
from apps.common.records import record
from apps.common.walltime import first_instant
from apps.teams.models import User

SNOOZES = {"1h": timedelta(hours=1), "4h": timedelta(hours=4)}


@record
class Wish:
    """What a person asks for, by the fields of a form. `find` returns another incident that the person may act on."""

    incident: Incident
    user: User
    fields: Mapping[str, str]
    now: datetime
    find: Callable[[str], Incident]

    def get(self, name: str) -> str:
        return self.fields.get(name, "").strip()


def acknowledge(wish: Wish) -> str:
    services.acknowledge(incident=wish.incident, user=wish.user, now=wish.now)
    return "You have it now. Reminders and escalation stop."


def assign(wish: Wish) -> str:
    chosen = wish.get("to")
    to = User.objects.filter(pk=chosen).first() if chosen.isdecimal() else None
    if chosen and to is None:
        raise InvalidInput("There is no such person. Choose a member of the team.", field="to")
    services.assign(incident=wish.incident, to=to, user=wish.user, now=wish.now)
    return f"{to} has it now." if to else "Nobody has it now."


def snooze(wish: Wish) -> str:
    mode, until = snooze_of(wish.get("for"), wish.get("until"), ZoneInfo(wish.user.timezone), wish.now)
    services.snooze(incident=wish.incident, mode=mode, until=until, user=wish.user, now=wish.now)
    return f"{snooze_words(wish.incident)}. Checks go on, and everything is recorded."


def unsnooze(wish: Wish) -> str:
    services.unsnooze(incident=wish.incident, user=wish.user, now=wish.now)
    return "The snooze is over. What is still broken is told."


def fixed(wish: Wish) -> str:
    services.say_fixed(incident=wish.incident, user=wish.user, now=wish.now)
    return "Thank you. The next check, within a minute or two, shows whether it is; a good one closes the incident."


def close(wish: Wish) -> str:
    outcome = services.checked_outcome(wish.get("outcome"))
    services.close_as(incident=wish.incident, outcome=outcome, user=wish.user, now=wish.now)
    return f"Closed as: {outcome.label.lower()}."


def outcome(wish: Wish) -> str:
    services.judge(incident=wish.incident, outcome=wish.get("outcome"), user=wish.user, now=wish.now)
    return f"Thank you. This was: {Outcome(wish.get('outcome')).label.lower()}."


def severity(wish: Wish) -> str:
    services.set_severity(incident=wish.incident, severity=wish.get("severity"), user=wish.user, now=wish.now)
    return f"The severity is {wish.get('severity')} now."


def merge(wish: Wish) -> str:
    into = wish.find(wish.get("into"))
    services.merge(incident=wish.incident, into=into, user=wish.user, now=wish.now)
    return f"It is part of incident {wish.incident.merged_into_id} now; messages go out about that one."


def split(wish: Wish) -> str:
    if wish.incident.merged_into_id is None:
        raise InvalidInput("It stands by itself already.")
    services.split(incident=wish.incident, user=wish.user, now=wish.now)
    return f"{wish.incident.title} stands by itself now, and is told as a new incident."


def note(wish: Wish) -> str:
    services.note(incident=wish.incident, user=wish.user, text=wish.fields.get("text", ""), now=wish.now)
    return "The note is in the timeline."


def learned(wish: Wish) -> str:
    texts = {name: wish.fields[name] for name in NOTES if name in wish.fields}
    services.describe(incident=wish.incident, texts=texts, user=wish.user, now=wish.now)
    return "Kept. It is shown when something like this happens again."


ACTS: Mapping[str, Callable[[Wish], str]] = {
    act.__name__: act
    for act in (acknowledge, assign, snooze, unsnooze, fixed, close, outcome, severity, merge, split, note, learned)
}


def snooze_of(wanted: str, until: str, zone: ZoneInfo, now: datetime) -> tuple[Snooze, datetime | None]:
    """The mode of a snooze, and its time where one ends it. `wanted` is a length of SNOOZES or a mode; `until` is what
    the clocks of `zone` show then. Raises InvalidInput. Pure."""
    if wanted in SNOOZES:
        return Snooze.TIME, now + SNOOZES[wanted]
    if wanted not in Snooze.values:
        raise InvalidInput(f"Say how long: one of {', '.join([*SNOOZES, *Snooze.values])}.", field="for")
    if wanted != Snooze.TIME:
        return Snooze(wanted), None
    try:
        wall = datetime.fromisoformat(until)
    except ValueError as error:
        raise InvalidInput("Say until when, with day and time.", field="until") from error
    moment = wall if wall.tzinfo else first_instant(wall, zone)
    if moment <= now:
        raise InvalidInput("That time is over already. Choose one in the future.", field="until")
    return Snooze.TIME, moment
