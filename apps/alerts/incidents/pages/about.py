"""What an incident is about, as links. Alerts knows rules and connections by name alone: it reads them off the key."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

from django.apps import apps
from django.urls import reverse

from apps.alerts.models import Incident
from apps.common.records import record
from apps.teams.permissions import Act, Grant

# By the beginning of a key: the model, and the page of one.
ABOUT = {
    "rule": ("rules.Rule", "admin:rules_rule_page"),
    "connection": ("connections.Connection", "admin:connections_connection_change"),
    "channel": ("alerts.Channel", "admin:alerts_channel_change"),
}
AN_HOUR = timedelta(hours=1)  # what is still going on is expected for a while


@record
class About:
    """`link` leads to the rule or the connection; what was deleted has words and no link. `say` leads to where a person
    tells the rule what its finding was; empty where no rule found something wrong."""

    words: str = ""
    link: str = ""
    say: str = ""


def about(incident: Incident) -> About:
    """Read it off the key; one statement at most."""
    family, _, rest = incident.key.partition("/")
    number = rest.partition("/")[0]
    if family not in ABOUT or not number.isdecimal():
        return About()
    model, page_name = ABOUT[family]
    if not apps.get_model(model)._default_manager.filter(pk=number).exists():
        gone = "The rule that found this was deleted." if family == "rule" else f"The {family} was deleted."
        return About(gone)
    link = reverse(page_name, args=[number])
    found = family == "rule" and incident.facts.get("situation") != "unknown"
    return About(f"Open the {family}", link, f"{link}?{_say_query(incident)}#say" if found else "")


def table_page(incident: Incident, grant: Grant) -> str:
    """Where the page of its table is. Empty where it has none, and for a guest, who reads the rule alone."""
    schema, _, name = incident.table.rpartition(".")
    if not name or incident.connection_id is None or not grant.allows(Act.VIEW, incident.team_id):
        return ""
    tables = apps.get_model("connections.Table")._default_manager
    found = tables.filter(connection_id=incident.connection_id, schema=schema, name=name)
    number = found.values_list("pk", flat=True).first()
    return reverse("admin:table_page", args=[number]) if number else ""


def _say_query(incident: Incident) -> str:
    """What the page of the rule needs in order to ask what this was: the table, and the time that it is about."""
    begins = incident.facts.get("period_start") or incident.opened_at.isoformat()
    ends = incident.facts.get("period_end") or (incident.resolved_at or incident.last_seen_at + AN_HOUR).isoformat()
    return urlencode({"of": incident.facts.get("table", ""), "begins": begins, "ends": ends})
