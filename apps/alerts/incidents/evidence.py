"""What was measured around an incident, and what happened shortly before it: the same for its page and its messages.

Alerts stands below those who know tables, rules and changes; `settings.MIDWATCH_EVIDENCE` names who reads it for them.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from apps.alerts.models import Dependency, Incident
from apps.common.records import record
from apps.common.timelimit import reads_within

log = logging.getLogger("midwatch.alerts")

IN_A_MESSAGE = 4
SECONDS = 3.0  # for reading it: messages wait so long
DOWNSTREAM = 20


@record
class Happened:
    """Something that happened about the time at which the trouble began: perhaps its cause, perhaps not. `link` is the
    path of the page that shows it; empty where there is none."""

    at: datetime
    sentence: str
    link: str = ""


@record
class Evidence:
    """`chart` is what static/midwatch/chart.js draws (empty: nothing was measured), `chart_words` says in a sentence
    what it shows, `chart_lines` are its points for a table. `happened`: the likeliest first. `loads`: the last load
    before the trouble and the first one after, as sentences."""

    chart: Mapping[str, Any] = field(default_factory=dict)
    chart_words: str = ""
    chart_lines: Sequence[Any] = ()
    happened: tuple[Happened, ...] = ()
    loads: tuple[str, ...] = ()

    @property
    def facts(self) -> dict[str, Any]:
        """What messages say of it, as JSON values."""
        lines = [{"at": each.at.isoformat(), "text": each.sentence} for each in self.happened[:IN_A_MESSAGE]]
        return {**({"shortly_before": lines} if lines else {}), **({"loads": list(self.loads)} if self.loads else {})}


NO_EVIDENCE = Evidence()


def evidence_of(incident: Incident, *, now: datetime) -> Evidence:
    """Read it, in some ten statements on indexes. It is a help, never a must: when it cannot be read, or not soon, the
    log says why, and the page and the message go without."""
    try:
        with reads_within(SECONDS):
            found: Evidence = import_string(settings.MIDWATCH_EVIDENCE)(incident, now=now)
    except Exception:  # whatever is wrong with it, an alert goes out
        log.exception("The evidence of incident %s could not be read.", incident.pk)
        return NO_EVIDENCE
    return found


def fed_by(incident: Incident) -> list[str]:
    """The tables that the incident's table feeds, as far as anybody told: what is wrong there next."""
    if not incident.table or incident.connection_id is None:
        return []
    rows = Dependency.objects.filter(upstream_connection_id=incident.connection_id, upstream_table=incident.table)
    return list(rows.order_by("table").values_list("table", flat=True)[:DOWNSTREAM])
