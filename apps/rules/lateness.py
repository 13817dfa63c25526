"""Whether checks begin when they are due: a probe of the audit, and the words for the banner."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Count, Min, Q

from apps.alerts.services import Probe, Trouble
from apps.common.durations import elapsed_words
from apps.rules.models import RuleState

INTERVALS = 2
# A rule that is checked every minute may wait for the pass before; one that is checked daily may not wait for days.
AT_LEAST, AT_MOST = timedelta(minutes=2), timedelta(minutes=15)


def patience(seconds: int) -> timedelta:
    """How long after it was due a check that runs every `seconds` counts as late."""
    return min(max(timedelta(seconds=INTERVALS * seconds), AT_LEAST), AT_MOST)


def find_late(now: datetime) -> Trouble | None:
    """The probe: how many checks are late, since when, and what to do. What a worker has begun is due only at its next
    time. A second statement is asked only when something waits."""
    waiting = RuleState.objects.filter(next_check_at__lt=now - AT_LEAST, rule__paused=False).order_by()
    rhythms = list(waiting.values_list("check_every", flat=True).distinct())
    late = Q(pk__in=[])
    for seconds in rhythms:
        late |= Q(check_every=seconds, next_check_at__lt=now - patience(seconds))
    if not rhythms:
        return None
    found = waiting.filter(late).aggregate(count=Count("pk"), oldest=Min("next_check_at"))
    number, oldest = found["count"], found["oldest"]
    if not number:
        return None
    checks = f"{number:,} {'check has' if number == 1 else 'checks have'}"
    return Trouble(
        number,
        oldest,
        f"{checks} been due for up to {elapsed_words(now - oldest)} and did not begin: the worker or the scheduler "
        "(beat) does not run, or does not keep up. Start `manage.py up`, or in production beat and one more worker.",
    )


PROBES = (
    Probe(
        name="checks",
        title="Checks are late",
        over="Checks are on time again",
        find=find_late,
        banner=True,
    ),
)
