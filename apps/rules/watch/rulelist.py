"""Every rule with its state, the part of the overview that can be searched and filtered."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from apps.rules.overview import Question, read_watch
from apps.teams.permissions import Act, Grant


def read_rules(grant: Grant, question: Question, now: datetime) -> dict[str, Any]:
    """What the list shows, and how its own address and those of its filters go on."""
    asked = {"state": question.state, "team": question.team, "q": question.search}
    return {
        "watch": read_watch(grant, question, now),
        "member": grant.allows_anywhere(Act.VIEW),
        "may_configure": grant.allows_anywhere(Act.CONFIGURE),
        "query": urlencode({key: value for key, value in asked.items() if value}),
        "without_state": urlencode({key: value for key, value in asked.items() if value and key != "state"}),
    }
