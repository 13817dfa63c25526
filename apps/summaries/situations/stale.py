"""A table that has not changed for too long."""

from __future__ import annotations

from apps.summaries.language import gettext as _
from apps.summaries.situations.shape import Details, Situation, table_of
from apps.summaries.words import Facts, length, limit, moment


def _stale_title(facts: Facts) -> str:
    if facts.get("age_seconds") is not None:
        age = length(facts["age_seconds"], dative=True)
        return _("{table} has not changed for {length}").format(table=table_of(facts), length=age)
    if facts.get("deadline"):
        due = moment(facts, "deadline")
        return _("{table} did not change by {moment}").format(table=table_of(facts), moment=due)
    return _("{table} has never been seen to change").format(table=table_of(facts))


def _stale_explain(facts: Facts) -> str:
    last = ""
    if facts.get("last_change"):
        last = _("Its last change was on {moment}.").format(moment=moment(facts, "last_change"))
    if facts.get("deadline"):
        due = _("A change was due by {moment}.").format(moment=moment(facts, "deadline"))
    elif facts.get("allowed_seconds") is not None:
        due = _("The limit is {length}.").format(length=limit(facts["allowed_seconds"]))
    else:
        due = ""
    return f"{last} {due}".strip()


def _stale_details(facts: Facts) -> Details:
    last = moment(facts, "last_change") if facts.get("last_change") else _("never seen")
    details = [(_("Unchanged for"), length(facts.get("age_seconds"))), (_("Last change"), last)]
    if facts.get("allowed_seconds") is not None:
        details.append((_("Limit"), limit(facts["allowed_seconds"])))
    if facts.get("deadline"):
        details.append((_("Due by"), moment(facts, "deadline")))
    return details


def _stale_returned(facts: Facts) -> str:
    if facts.get("last_change"):
        return _("{table} is up to date again; its last change was on {moment}.").format(
            table=table_of(facts), moment=moment(facts, "last_change")
        )
    return _("{table} is up to date again.").format(table=table_of(facts))


STALE = Situation(
    title=_stale_title,
    explain=_stale_explain,
    details=_stale_details,
    over=lambda facts: _("{table} is up to date again").format(table=table_of(facts)),
    returned=_stale_returned,
)
