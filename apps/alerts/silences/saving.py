"""Making, changing and ending mutes and maintenance windows."""

from __future__ import annotations

import zoneinfo
from dataclasses import asdict
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.db import transaction

from apps.alerts.models import Delivery, Silence
from apps.alerts.silences import subjects
from apps.alerts.silences.covering import window_of
from apps.alerts.silences.recurring import next_span, open_at
from apps.alerts.silences.releasing import look_again
from apps.alerts.silences.sentences import scope_sentence, window_sentence
from apps.common.errors import InvalidInput
from apps.common.records import record
from apps.teams.models import Team, User

WEEK_MINUTES = 7 * 24 * 60
REASON_LIMIT = 300
PATTERNS = 50


@record
class SilenceDraft:
    """What is to be silenced, when and why; see the model. `starts_at` None means now."""

    kind: str
    reason: str
    rule_id: int | None = None
    connection_id: int | None = None
    tables: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    timezone: str = "UTC"
    weekdays: tuple[int, ...] = ()
    begins: time | None = None
    minutes: int | None = None


def silence_of(*, team: Team, draft: SilenceDraft, now: datetime) -> Silence:
    """The silence as it would be saved. Raises InvalidInput that says what to change."""
    values: dict[str, Any] = asdict(draft) | {
        "starts_at": draft.starts_at or now,
        "tables": list(draft.tables),
        "tags": list(draft.tags),
        "weekdays": sorted(set(draft.weekdays)),
        "reason": draft.reason.strip(),
    }
    silence = Silence(team=team, **values)
    _check_words(silence)
    _check_scope(silence)
    _check_times(silence, now)
    return silence


@transaction.atomic
def save_silence(
    *, team: Team, draft: SilenceDraft, owner: User | None, now: datetime, instance: Silence | None = None
) -> Silence:
    """Make a mute or maintenance window, or change `instance`, whose owner stays. What is held back is looked at again
    at once. Raises InvalidInput."""
    silence = silence_of(team=team, draft=draft, now=now)
    silence.owner = instance.owner if instance else owner
    if instance:
        silence.pk = instance.pk
        silence.starts_at = draft.starts_at or instance.starts_at
        silence._state.adding = False
    silence.save()
    look_again(Delivery.objects.filter(channel__team=team), now=now)
    return silence


@transaction.atomic
def end_silence(*, silence: Silence, now: datetime) -> bool:
    """End it now; what was held back is told at once. One that has not begun yet is taken away, and False returned.

    Raises InvalidInput when it is over already.
    """
    if silence.ends_at is not None and silence.ends_at <= now:
        raise InvalidInput("This silence is over already.")
    begun = silence.starts_at < now
    if begun:
        silence.ends_at = now
        silence.save(update_fields=["ends_at"])
    else:
        silence.delete()
    look_again(Delivery.objects.filter(channel__team=silence.team_id), now=now)
    return begun


def sentence_of(silence: Silence, *, now: datetime, rule: str = "", connection: str = "") -> str:
    """What it covers and when it holds, as sentences. `rule` and `connection` are their names."""
    scope = scope_sentence(
        team=silence.team.name,
        rule=rule or ("that was deleted" if silence.rule_id else ""),
        connection=connection or ("that was deleted" if silence.connection_id else ""),
        tables=silence.tables,
        tags=silence.tags,
    )
    return f"{window_sentence(window_of(silence), now)} {scope}"


def state_of(silence: Silence, *, now: datetime) -> str:
    """`Holds now`, `To come` or `Over`."""
    window = window_of(silence)
    if open_at(window, now):
        return "Holds now"
    return "To come" if next_span(window, now) else "Over"


def _check_words(silence: Silence) -> None:
    if silence.kind not in Silence.Kind.values:
        raise InvalidInput(f"kind must be one of {', '.join(Silence.Kind.values)}.", field="kind")
    if not silence.reason:
        raise InvalidInput("Say why, so that others understand the silence.", field="reason")
    if len(silence.reason) > REASON_LIMIT:
        raise InvalidInput(f"The reason is too long; write at most {REASON_LIMIT} characters.", field="reason")
    for name in ("tables", "tags"):
        words = getattr(silence, name)
        if len(words) > PATTERNS or any(not isinstance(word, str) or not word.strip() for word in words):
            raise InvalidInput(f"{name} must be a list of at most {PATTERNS} words, none of them empty.", field=name)


def _check_scope(silence: Silence) -> None:
    for field, rows in (("rule_id", subjects.rules()), ("connection_id", subjects.connections())):
        pk = getattr(silence, field)
        if pk is not None and not subjects.name_in_team(rows, pk, silence.team_id):
            what = field.removesuffix("_id")
            raise InvalidInput(f"The team {silence.team} has no {what} {pk}.", field=what)
    named = (silence.rule_id, silence.connection_id, silence.tables, silence.tags)
    if silence.kind == Silence.Kind.MUTE and not any(named):
        raise InvalidInput(
            "Say what to mute: a rule, a connection, tables or tags. Only a maintenance window can cover everything.",
            field="rule",
        )


def _check_times(silence: Silence, now: datetime) -> None:
    if silence.timezone not in zoneinfo.available_timezones():
        raise InvalidInput(
            f"{silence.timezone!r} is no time zone. Write a name such as Europe/Berlin or UTC.", field="timezone"
        )
    if silence.ends_at is not None and silence.ends_at <= max(now, silence.starts_at):
        raise InvalidInput("The end must come after the beginning, and after now.", field="ends_at")
    if silence.weekdays:
        _check_week(silence)
    elif silence.kind == Silence.Kind.MAINTENANCE and silence.ends_at is None:
        raise InvalidInput("Say when the maintenance window ends, or on which days it comes.", field="ends_at")
    if next_span(window_of(silence), now) is None and open_at(window_of(silence), now) is None:
        raise InvalidInput("It would never hold: none of its days lies between beginning and end.", field="weekdays")


def _check_week(silence: Silence) -> None:
    if any(day not in range(7) for day in silence.weekdays):
        raise InvalidInput("weekdays are numbers from 0 (Monday) to 6 (Sunday).", field="weekdays")
    if silence.begins is None:
        raise InvalidInput("Say from when on it holds on those days, such as 02:00.", field="begins")
    if not silence.minutes or not 0 < silence.minutes <= WEEK_MINUTES:
        raise InvalidInput("Say until when it holds on those days, such as 04:00.", field="minutes")


def local_moment(text: str, timezone: str) -> datetime:
    """A time as people write it by the clocks of `timezone`; one with a zone of its own keeps it. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zoneinfo.ZoneInfo(timezone))
    return moment.astimezone(UTC)


def minutes_between(begins: time, ends: time) -> int:
    """The length of a window in minutes; one that ends at the earlier or the same time lasts into the next day."""
    length = timedelta(hours=ends.hour - begins.hour, minutes=ends.minute - begins.minute)
    return int((length if length > timedelta() else length + timedelta(days=1)).total_seconds()) // 60
