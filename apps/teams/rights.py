"""The one table that says which role may do what.

Each line is an act, and each act needs a role at least. The checks of pages, API and answers by mail, the page "Roles",
and the table in docs/security.md come from here; tests walk every address by it.
"""

from __future__ import annotations

from enum import StrEnum

from apps.common.records import record
from apps.teams.models import Role


class Act(StrEnum):
    """What can be done to a team's objects."""

    VIEW = "view"
    OPERATE = "operate"
    CONFIGURE = "configure"
    ADMINISTER = "administer"


LEAST: dict[Act, Role] = {
    Act.VIEW: Role.VIEWER,
    Act.OPERATE: Role.OPERATOR,
    Act.CONFIGURE: Role.MANAGER,
    Act.ADMINISTER: Role.ADMINISTRATOR,
}
RANK = {role: rank for rank, role in enumerate(Role)}


def includes(role: Role, act: Act) -> bool:
    """Whether somebody with `role` in a team may do `act` to what the team has."""
    return RANK[role] >= RANK[LEAST[act]]


@record
class Right:
    """One line of the table: what may be done, as a sentence without "may"."""

    act: Act
    sentence: str

    @property
    def least(self) -> Role:
        return LEAST[self.act]

    def given_to(self) -> list[bool]:
        """For each role, in their order, whether it may."""
        return [includes(role, self.act) for role in Role]


RIGHTS = (
    Right(Act.VIEW, "Read rules, checks, charts, incidents, tables, costs and figures, and get them as files"),
    Right(Act.VIEW, "Read connections, channels, routing, silences, messages and members, without their secrets"),
    Right(Act.VIEW, "Choose own notifications and digests, and make API tokens that act for oneself"),
    Right(Act.OPERATE, "Acknowledge, assign, snooze, note, group and close incidents"),
    Right(Act.OPERATE, "Say whether an alert was right, and remark on days of a table"),
    Right(Act.OPERATE, "Check a rule now, look at a connection again, test a channel, send a message again"),
    Right(Act.OPERATE, "Mute rules, tables and connections for a time"),
    Right(Act.CONFIGURE, "Add, change, pause, share and delete rules, and take over suggestions"),
    Right(Act.CONFIGURE, "Add, change, test and delete connections and channels"),
    Right(Act.CONFIGURE, "Set up routes, escalations, rotations and maintenance windows"),
    Right(Act.CONFIGURE, "Read the audit of the team, and undo changes of its configuration"),
    Right(Act.ADMINISTER, "Change the team's name, time zone and language"),
    Right(Act.ADMINISTER, "Invite and add people, change their roles, remove them"),
    Right(Act.ADMINISTER, "Make API tokens for the team, and see and revoke every token of the team"),
)
