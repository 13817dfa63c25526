"""The sentences, by where they are written. A test holds those of the alerts against their originals."""

from __future__ import annotations

from apps.summaries.language import gettext_noop

BECAUSE = (
    gettext_noop("the rule “{rule}” names this channel."),
    gettext_noop("the rule “{rule}” names you."),
    gettext_noop("a rule that this concerns names this channel."),
    gettext_noop("a rule that this concerns names you."),
    gettext_noop("the rule names this channel."),
    gettext_noop("the rule names you."),
    gettext_noop("the route “{route}” of the team {team} leads here."),
    gettext_noop("it became {severity}, and the route “{route}” of the team {team} leads here."),
    gettext_noop("nobody has acknowledged it, and the escalation “{escalation}” leads here next."),
    gettext_noop("neither the rule nor a route of the team {team} leads to anybody, and you manage the team."),
    gettext_noop("nobody who was told of its beginning can be told any more, and you manage the team."),
    gettext_noop("you heard of its beginning."),
    gettext_noop("the channel {channel} does not take messages, and this one stands in for it."),
    gettext_noop("messages to you were held back until now."),
    gettext_noop("so much began at once that a message for each would have been too many."),
    gettext_noop("nobody has acknowledged the incident"),
)
HELD = (
    gettext_noop("It is muted until {moment}: {reason}."),
    gettext_noop("It is muted until somebody ends the mute: {reason}."),
    gettext_noop("A maintenance window lasts until {moment}: {reason}."),
    gettext_noop("The quiet hours of {name} last until {moment}."),
    gettext_noop("The incident was snoozed."),
    gettext_noop("The incident is snoozed until {moment}."),
    gettext_noop("The incident is snoozed until the next good check."),
    gettext_noop("The incident is snoozed until it gets worse."),
    gettext_noop("The message about the beginning is held back as well."),
)
CHANGED = (
    gettext_noop("The severity rose from {before} to {severity}, because of {title}."),
    gettext_noop("The severity went from {before} to {severity}."),
    gettext_noop("{person} raised the severity from {before} to {severity}."),
    gettext_noop("{person} lowered the severity from {before} to {severity}."),
    gettext_noop("{number} more troubles belong to it now."),
    gettext_noop("1 more trouble belongs to it now."),
    gettext_noop("{title} is broken again."),
    gettext_noop("{person} said at {time} UTC that it was fixed, but the next check found it again."),
    gettext_noop("Incident {number} ({title}) is over, and this is still broken: it stands by itself now."),
    gettext_noop("Incident {number} ({title}) is no longer watched; this one stands in its place."),
    gettext_noop("{title} cannot be checked"),
)
ENDED = (
    gettext_noop("It is part of incident {number} ({title}) now, and messages go out about that one."),
    gettext_noop("A person said that this is the new normal"),
    gettext_noop("A person said that this was expected once"),
    gettext_noop("A person said that this was a false alarm"),
    gettext_noop("A person said to ignore this time"),
    gettext_noop("The channel was deleted."),
    gettext_noop("false alarm"),
    gettext_noop("expected"),
    gettext_noop("until a time"),
    gettext_noop("until the next working morning"),
    gettext_noop("until the next good check"),
    gettext_noop("until it gets worse"),
)
NIGHTS = (
    gettext_noop("From {moment} to {until_moment}: {number} incidents began and {low} ended."),
    gettext_noop("From {moment} to {until_moment}: 1 incident began and {low} ended."),
    gettext_noop("Nothing was open at its end."),
    gettext_noop("1 was open at its end."),
    gettext_noop("{number} were open at its end."),
)
LOADS = (
    gettext_noop("The last load before the trouble came on {moment} ({length} before)."),
    gettext_noop("The last load before the trouble came on {moment}."),
    gettext_noop("The next one came on {moment}."),
    gettext_noop("None came since, as of {moment}."),
)
EDITED = (
    gettext_noop("{person} added the rule “{name}”."),
    gettext_noop("{person} added the connection “{name}”."),
    gettext_noop("{person} added the channel “{name}”."),
    gettext_noop("{person} deleted the rule “{name}”."),
    gettext_noop("{person} deleted the connection “{name}”."),
    gettext_noop("{person} deleted the channel “{name}”."),
)
OWN = (
    gettext_noop("A part of Midwatch does not work"),
    gettext_noop("Messages are late"),
    gettext_noop("Nobody has heard of an open incident"),
    gettext_noop("Reminders or escalations are late"),
    gettext_noop("The clock was put back"),
    gettext_noop("Messages that were cut off are not taken back"),
    gettext_noop("The way of an alert is not proven"),
    gettext_noop("Every part of Midwatch works again"),
    gettext_noop("Messages are on time again"),
    gettext_noop("Of every open incident somebody has heard"),
    gettext_noop("Reminders and escalations are on time again"),
    gettext_noop("Nothing waits for times of a wrong clock any more"),
    gettext_noop("Messages that were cut off are taken back again"),
    gettext_noop("The way of an alert is proven again"),
)
SOURCES = (
    gettext_noop("column {column}"),
    gettext_noop("the data store's own metadata"),
    gettext_noop("the data store's metadata"),
    gettext_noop("the data store's list of columns"),
    gettext_noop("the list of tables"),
    gettext_noop("the rule's query"),
    gettext_noop("row count"),
    gettext_noop("counted in the table"),
    gettext_noop("reckoned from the table"),
    gettext_noop("compared with the check before"),
    gettext_noop("both sides, compared by Midwatch"),
    gettext_noop("PostgreSQL write counters"),
    gettext_noop("PostgreSQL's last analysis"),
    gettext_noop("DuckDB storage metadata"),
    gettext_noop("DuckDB's estimated size"),
    gettext_noop("the newest file, or the table's own Delta or Iceberg log"),
)
MEASURED = (
    gettext_noop("the mean of the last {length}"),
    gettext_noop("the mean of the same weekday in the last {length}"),
    gettext_noop("the mean of the same hour of the week in the last {length}"),
    gettext_noop("the last good count"),
    gettext_noop("what its own history lets expect"),
    gettext_noop("has {said}"),
    gettext_noop("have {said}"),
    gettext_noop("lost {options} when {event} changed"),
    gettext_noop("lost or changed {options} when {event} changed"),
    gettext_noop("took a step of {column} that is not allowed"),
    gettext_noop("The values go from {low} to {high}."),
    gettext_noop("the mean of {column}"),
    gettext_noop("the median of {column}"),
    gettext_noop("the value of {column} that {percent} do not exceed"),
    gettext_noop("the share of zeros in {column}"),
    gettext_noop("the least {column}"),
    gettext_noop("the greatest {column}"),
    gettext_noop("the sum of {column}"),
    gettext_noop("exactly {number}"),
    gettext_noop("at least {number}"),
    gettext_noop("at most {number}"),
    gettext_noop("at least {low} and at most {high}"),
    gettext_noop(
        "No key is on both sides: they are texts on one and not on the other, so let a query cast one of them."
    ),
    gettext_noop("It has not changed since Midwatch began to watch it at {moment}."),
    gettext_noop("A table that feeds this one broke: {title}."),
    gettext_noop("The connection had trouble: {title}."),
    gettext_noop("On the same connection something else broke: {title}."),
    gettext_noop("{table} is no longer there; that was noticed then."),
)
ALERTS_IF = (
    gettext_noop(
        "Alerts if {table} has not changed for more than {dative} (expected every {length}, {said}), by {said_by}."
    ),
    gettext_noop(
        "Alerts if {table} has no change between {begin} and {end} on {said_days} "
        "({zone} time; due by {time}, {said}), by {said_by}."
    ),
    gettext_noop(
        "Alerts if {table} has no change between {begin} on {said_days} and {end} the next day "
        "({zone} time; due by {time}, {said}), by {said_by}."
    ),
    gettext_noop(
        "Alerts if {table} has no change between {begin} and {end} on {said_days} "
        "({zone} time; due at {time}, {said}), by {said_by}."
    ),
    gettext_noop(
        "Alerts if {table} has no change between {begin} on {said_days} and {end} the next day "
        "({zone} time; due at {time}, {said}), by {said_by}."
    ),
    gettext_noop("It also alerts when the wait is unusual by its own history."),
    gettext_noop("It also alerts when the rows are unusual by its own history."),
    gettext_noop("It also alerts after an unusual wait by its own history: last {length}."),
    gettext_noop("That holds until its own history is learned."),
    gettext_noop("Alerts if {table} has {said}."),
    gettext_noop("Alerts if {table} has {said} than at the last good check."),
    gettext_noop("Alerts if {table} has {said} than at the last good check ({number} then: {said_edges})."),
    gettext_noop("Alerts if {said} arrive in {table} a day by column {column}."),
    gettext_noop("Alerts if {said} arrive in {table} an hour by column {column}."),
    gettext_noop("Alerts if {said} arrive in {table} a day by column {column} than {said_usual}."),
    gettext_noop("Alerts if {said} arrive in {table} an hour by column {column} than {said_usual}."),
    gettext_noop(
        "Alerts if {said} arrive in {table} a day by column {column} ({percent} below {said_usual}, {number})."
    ),
    gettext_noop(
        "Alerts if {said} arrive in {table} a day by column {column} ({percent} above {said_usual}, {number})."
    ),
    gettext_noop(
        "Alerts if {said} arrive in {table} a day by column {column} "
        "({low_percent} below and {high_percent} above {said_usual}, {number})."
    ),
    gettext_noop(
        "Alerts if {said} arrive in {table} an hour by column {column} ({percent} below {said_usual}, {number})."
    ),
    gettext_noop(
        "Alerts if {said} arrive in {table} an hour by column {column} ({percent} above {said_usual}, {number})."
    ),
    gettext_noop(
        "Alerts if {said} arrive in {table} an hour by column {column} "
        "({low_percent} below and {high_percent} above {said_usual}, {number})."
    ),
    gettext_noop("Alerts if the number of rows of {table} does not change for {length}."),
    gettext_noop("It also alerts if its number of rows does not change for {length}."),
    gettext_noop("Alerts if any row of {table} has {said}."),
    gettext_noop("Alerts if more than {percent} of the rows of {table} have {said}."),
    gettext_noop("Alerts if more than {number} rows of {table} have {said}."),
    gettext_noop("Alerts if more than 1 row of {table} has {said}."),
    gettext_noop("Alerts if a column of {table} is added, removed or renamed, or changes its type."),
    gettext_noop(
        "Alerts if a column of {table} is added, removed or renamed, or changes its type (a wider one is fine)."
    ),
    gettext_noop("Alerts if a column of {table} is removed, renamed or changes its type."),
    gettext_noop("Alerts if a column of {table} is removed, renamed or changes its type (a wider one is fine)."),
    gettext_noop(
        "Alerts if a day has no rows in {table} by column {column}, within the last {dative} (as soon as it is over)."
    ),
    gettext_noop(
        "Alerts if an hour has no rows in {table} by column {column}, within the last {dative} (as soon as it is over)."
    ),
    gettext_noop("Alerts if the query of this rule for {table} finds any row."),
    gettext_noop("Alerts if the query of this rule for {table} gives {said}."),
    gettext_noop("Alerts if any row of {table}, by {key}, is missing in {other}, or the other way round."),
    gettext_noop("Alerts if the {column} of any {key} in {table} takes another step than {names}, {said}."),
    gettext_noop("Alerts if {names} of any {key} in {table} is lost when {event} changes, {said}."),
    gettext_noop("Alerts if {names} of any {key} in {table} is lost or changes when {event} changes, {said}."),
    gettext_noop("Alerts if Midwatch cannot reach {connection}."),
    gettext_noop("Alerts if checks of {connection} wait because its bytes of the day are used up."),
)
CHANNELS = (
    gettext_noop("Table"),
    gettext_noop("Connection"),
    gettext_noop("Please note"),
    gettext_noop("Open in Midwatch"),
    gettext_noop("Choose what reaches you"),
    gettext_noop("In the picture"),
    gettext_noop("Acknowledge"),
    gettext_noop("Snooze until the next working morning"),
    gettext_noop("Not a problem"),
    gettext_noop("Not a problem?"),
    gettext_noop("Close it"),
    gettext_noop("Keep it open"),
    gettext_noop("The incident is closed as a false alarm. If the next check finds it again, it opens again."),
    gettext_noop("{person} takes care of it."),
    gettext_noop("More"),
    gettext_noop("{number} more in Midwatch"),
    gettext_noop("{number} lines are left out here; the page has them all."),
    gettext_noop("Resolved"),
    gettext_noop("Test"),
    gettext_noop("Digest"),
    gettext_noop("Critical"),
    gettext_noop("High"),
    gettext_noop("Medium"),
    gettext_noop("Low"),
    gettext_noop("Seen"),
    gettext_noop("Expected"),
    gettext_noop("Unchanged for"),
    gettext_noop("Limit"),
    gettext_noop("Fine"),
    gettext_noop("from {said} to {said_high}"),
    gettext_noop("at least {said}"),
    gettext_noop("at most {said}"),
    gettext_noop("{number} rows"),
    gettext_noop("1 row"),
)
SAID = (*BECAUSE, *HELD, *CHANGED, *ENDED, *NIGHTS, *LOADS, *EDITED, *OWN, *SOURCES, *MEASURED, *ALERTS_IF, *CHANNELS)
