"""Which results of a rule are asked for: by verdict, by table, and by time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from apps.common.errors import InvalidInput
from apps.common.records import record
from apps.common.walltime import first_instant
from apps.connections.services import ENGINES, TableName, parse_table
from apps.rules.models import Check, Rule, Verdict


@record
class Question:
    """Empty or None: no matter. `table` is written schema.table. Results from `since` on and before `until`."""

    verdict: str = ""
    table: str = ""
    since: datetime | None = None
    until: datetime | None = None


def read_question(values: Mapping[str, str], zone: ZoneInfo) -> Question:
    """From the fields of a page: verdict, table, from, to. Days and clock times are those of `zone`, and a day in `to`
    is meant with all its hours. Raises InvalidInput."""
    verdict = values.get("verdict", "")
    if verdict and verdict not in Verdict.values:
        raise InvalidInput(f"{verdict!r} is no verdict; choose one of the list.", field="verdict")
    since, until = values.get("from", "").strip(), values.get("to", "").strip()
    question = Question(
        verdict=verdict,
        table=values.get("table", "").strip(),
        since=_moment(since, zone, "from") if since else None,
        until=_moment(until, zone, "to", end=True) if until else None,
    )
    if question.since and question.until and question.since >= question.until:
        raise InvalidInput("The beginning lies after the end; exchange the two.", field="from")
    return question


def checks_of(rule: Rule, question: Question) -> QuerySet[Check]:
    """The results that are asked for, each with its state, the newest first. Raises InvalidInput."""
    rows = Check.objects.filter(state__rule=rule).select_related("state")
    if question.verdict:
        rows = rows.filter(verdict=question.verdict)
    if table := table_asked(rule, question):
        rows = rows.filter(state__schema=table.schema, state__table=table.name)
    if question.since:
        rows = rows.filter(at__gte=question.since)
    if question.until:
        rows = rows.filter(at__lt=question.until)
    return rows.order_by("-pk")  # rows are only added, so this is their order in time, and it needs no sorting


def table_asked(rule: Rule, question: Question) -> TableName | None:
    """The table that is asked for; None: all. Raises InvalidInput."""
    if not question.table:
        return None
    try:
        return parse_table(question.table, default_schema=ENGINES[rule.connection.engine].default_schema)
    except ValueError as error:
        raise InvalidInput(f"{error}.", field="table") from error


def query_of(values: Mapping[str, str]) -> str:
    """The question as it stands in an address, without what is empty."""
    return urlencode({name: values[name] for name in ("verdict", "table", "segment", "from", "to") if values.get(name)})


def _moment(text: str, zone: ZoneInfo, field: str, *, end: bool = False) -> datetime:
    try:
        if "T" not in text:
            day = date.fromisoformat(text) + timedelta(days=1 if end else 0)
            return first_instant(datetime.combine(day, time()), zone)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise InvalidInput(f"{text!r} is no day; write it such as 2026-11-21.", field=field) from error
    return moment if moment.tzinfo else first_instant(moment, zone)
