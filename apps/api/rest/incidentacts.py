"""What can be done to an incident over REST: one function per act, with the fields of the body that it takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from apps.alerts import services
from apps.alerts.models import Incident, Snooze
from apps.api.rest.callers import Caller, reach
from apps.common.errors import InvalidInput
from apps.common.records import record
from apps.teams.models import User
from apps.teams.permissions import Act

LEARNED = ("cause", "fix", "prevention")


@record
class Asked:
    """An act that a caller asks for. Every reading raises InvalidInput that names the field."""

    incident: Incident
    caller: Caller
    body: Mapping[str, Any]
    now: datetime

    @property
    def whose(self) -> dict[str, Any]:
        """Who does it, and when, as services take it."""
        by = "" if self.caller.user else f"The API token {self.caller.token}"
        return {"incident": self.incident, "user": self.caller.user, "by": by, "now": self.now}

    def text(self, name: str) -> str:
        value = self.body.get(name, "")
        if not isinstance(value, str):
            raise InvalidInput(f"{name} must be text.", field=name)
        return value

    def moment(self, name: str) -> datetime | None:
        """A time with its zone; None when it is left out."""
        if self.body.get(name) is None:
            return None
        try:
            moment = datetime.fromisoformat(self.text(name))
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            raise InvalidInput(f"{name} must be a time with its zone, such as 2026-03-04T00:00:00Z.", field=name)
        return moment

    def other(self, name: str) -> Incident:
        """Another incident, which the caller may act on."""
        number = self.body.get(name)
        if not isinstance(number, int) or isinstance(number, bool):
            raise InvalidInput(f"{name} must be the number of an incident.", field=name)
        return reach(Incident.objects.all(), self.caller, number, Act.OPERATE)


def acknowledge(asked: Asked) -> None:
    services.acknowledge(**asked.whose)


def assign(asked: Asked) -> None:
    email = asked.text("to").strip()
    to = User.objects.filter(email__iexact=email, memberships__team=asked.incident.team_id).first() if email else None
    if email and to is None:
        raise InvalidInput(f"{email} is not in the team {asked.incident.team}. Name one of its members.", field="to")
    services.assign(to=to, **asked.whose)


def snooze(asked: Asked) -> None:
    mode = asked.text("mode") or Snooze.TIME
    if mode not in Snooze.values:
        raise InvalidInput(f"mode must be one of {', '.join(Snooze.values)}.", field="mode")
    services.snooze(mode=mode, until=asked.moment("until"), **asked.whose)


def unsnooze(asked: Asked) -> None:
    services.unsnooze(**asked.whose)


def fixed(asked: Asked) -> None:
    services.say_fixed(**asked.whose)


def close(asked: Asked) -> None:
    services.close_as(outcome=services.checked_outcome(asked.text("outcome")), **asked.whose)


def outcome(asked: Asked) -> None:
    services.judge(outcome=asked.text("outcome"), **asked.whose)


def severity(asked: Asked) -> None:
    services.set_severity(severity=asked.text("severity"), **asked.whose)


def merge(asked: Asked) -> None:
    into = asked.other("into")
    services.merge(incident=asked.incident, into=into, user=asked.caller.user, now=asked.now)


def split(asked: Asked) -> None:
    if asked.incident.merged_into_id is None:
        raise InvalidInput("It stands by itself already.")
    services.split(**asked.whose)


def note(asked: Asked) -> None:
    services.note(text=asked.text("text"), **asked.whose)


def learned(asked: Asked) -> None:
    services.describe(texts={name: asked.text(name) for name in LEARNED if name in asked.body}, **asked.whose)


ACTS: Mapping[str, tuple[Callable[[Asked], None], tuple[str, ...]]] = {
    "acknowledge": (acknowledge, ()),
    "assign": (assign, ("to",)),
    "snooze": (snooze, ("mode", "until")),
    "unsnooze": (unsnooze, ()),
    "fixed": (fixed, ()),
    "close": (close, ("outcome",)),
    "outcome": (outcome, ("outcome",)),
    "severity": (severity, ("severity",)),
    "merge": (merge, ("into",)),
    "split": (split, ()),
    "note": (note, ("text",)),
    "learned": (learned, LEARNED),
}
