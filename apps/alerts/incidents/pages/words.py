"""How pages put the state of an incident into words and colours. Pure but for the reader's time zone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from apps.alerts.models import Delivery, DeliveryStatus, Incident, IncidentStatus, Merge, Snooze, TimelineKind
from apps.common.durations import elapsed_words
from apps.common.records import record
from apps.common.templatetags.midwatch import exact

LOOKS = {
    IncidentStatus.OPEN: "mw-breached",
    IncidentStatus.ACKNOWLEDGED: "mw-unknown",
    IncidentStatus.RESOLVED: "mw-ok",
}
# Why an incident is part of another, after its title.
REASONS: Mapping[str, str] = {
    Merge.TABLE: "the same table",
    Merge.CONNECTION: "the connection cannot be checked",
    Merge.UPSTREAM: "its source is broken",
    Merge.RELATED: "probably related: it broke at the same time on the same connection",
    Merge.PERSON: "a person merged them",
}
# Symbols of the theme's icon font. Beside each stands the kind in words.
ICONS: Mapping[str, str] = {
    TimelineKind.DETECTED: "error",
    TimelineKind.REOPENED: "replay",
    TimelineKind.CHANGED: "trending_up",
    TimelineKind.GROUPED: "call_merge",
    TimelineKind.SPLIT: "call_split",
    TimelineKind.ACKNOWLEDGED: "back_hand",
    TimelineKind.ASSIGNED: "person",
    TimelineKind.SNOOZED: "snooze",
    TimelineKind.ESCALATED: "priority_high",
    TimelineKind.NOTED: "edit_note",
    TimelineKind.QUEUED: "schedule_send",
    TimelineKind.SENT: "mark_email_read",
    TimelineKind.FAILED: "sms_failed",
    TimelineKind.UNCONFIRMED: "help",
    TimelineKind.FALLBACK: "alt_route",
    TimelineKind.SUPPRESSED: "notifications_off",
    TimelineKind.RECOVERED: "check",
    TimelineKind.RESOLVED: "check_circle",
    TimelineKind.EDITED: "tune",
    TimelineKind.FEEDBACK: "thumbs_up_down",
}


@record
class Badge:
    """A few words about the state, and the class of its colour."""

    text: str
    look: str = ""


def state_badges(incident: Incident, now: datetime, part_of: int | None) -> Iterator[Badge]:
    """Open, acknowledged or resolved, and what makes it special now. `part_of`: the number that the reader may see."""
    yield Badge(incident.get_status_display(), LOOKS[IncidentStatus(incident.status)])
    if incident.status != IncidentStatus.RESOLVED:
        yield from _open_badges(incident, now)
    if part_of:
        yield Badge(f"Part of #{part_of}")
    if incident.outcome:
        yield Badge(incident.get_outcome_display())


def _open_badges(incident: Incident, now: datetime) -> Iterator[Badge]:
    if incident.unstable_since:
        yield Badge("Unstable: it comes and goes", "mw-unknown")
    if is_snoozed(incident, now):
        yield Badge(snooze_words(incident), "mw-learning")
    if incident.fixed_at:
        yield Badge("Called fixed, waiting for proof", "mw-learning")
    if incident.over_at:
        yield Badge("Good again, parts of it are not", "mw-ok")


def is_snoozed(incident: Incident, now: datetime) -> bool:
    """Whether nobody is to hear more of it for a while."""
    return bool(incident.snooze) and (incident.snoozed_until is None or incident.snoozed_until > now)


def snooze_words(incident: Incident) -> str:
    """`Snoozed until 21 Nov 2026, 09:00:00 CET`"""
    if incident.snooze == Snooze.GOOD_LOAD:
        return "Snoozed until the next good check"
    if incident.snooze == Snooze.WORSE:
        return "Snoozed until it gets worse"
    return f"Snoozed until {exact(incident.snoozed_until)}"


def still_fails(incident: Incident) -> bool:
    """Whether its own trouble was there when it was last looked at."""
    settled = incident.over_at is not None or incident.stable_since is not None
    return incident.status != IncidentStatus.RESOLVED and not settled


def lasted(incident: Incident, now: datetime) -> timedelta:
    """How long it has lasted since it began, or since it last came back."""
    seconds = incident.facts.get("duration_seconds")
    if incident.resolved_at and isinstance(seconds, int | float):
        return timedelta(seconds=seconds)
    return (incident.resolved_at or now) - began(incident)


def began(incident: Incident) -> datetime:
    """When it opened, or last came back."""
    try:
        return datetime.fromisoformat(str(incident.facts.get("opened_at")))
    except ValueError:
        return incident.opened_at


def lasted_words(incident: Incident, now: datetime) -> str:
    return elapsed_words(lasted(incident, now))


def closed_by(incident: Incident) -> str:
    """Who closed it, in words; empty while it is open."""
    if incident.status != IncidentStatus.RESOLVED:
        return ""
    if incident.resolved_by or incident.facts.get("by"):
        return f"closed by {incident.resolved_by or incident.facts['by']}"
    return "no longer watched" if incident.facts.get("withdrawn") else "ended by itself"


def told_names(deliveries: Sequence[Delivery]) -> str:
    """Whom messages reached, and for whom one waits: `Maria Lang, Slack; not yet: PagerDuty`."""
    sent = {str(each.channel) for each in deliveries if each.status == DeliveryStatus.SENT}
    waiting = {str(each.channel) for each in deliveries if each.status != DeliveryStatus.SUPERSEDED} - sent
    late = f"{'not yet' if sent else 'Not yet'}: {', '.join(sorted(waiting))}" if waiting else ""
    return "; ".join(filter(None, [", ".join(sorted(sent)), late])) or "Nobody"
