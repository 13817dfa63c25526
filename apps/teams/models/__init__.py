"""Who uses Midwatch: users, teams, the role that a member has in a team, and how people come in."""

from apps.teams.models.members import ApiToken, Invitation, Member
from apps.teams.models.people import User, UserManager, check_time_zone, is_disguised, time_zones
from apps.teams.models.provisioning import ProvisionedGroup, ProvisionedUser, ProvisioningToken
from apps.teams.models.signin import GroupMapping, ProviderKind, SignInProvider
from apps.teams.models.teams import (
    CANARY_TEAM,
    OWN_TEAM,
    OWN_TEAMS,
    Language,
    PeoplesTeams,
    Purpose,
    Role,
    Team,
)

__all__ = [
    "CANARY_TEAM",
    "OWN_TEAM",
    "OWN_TEAMS",
    "ApiToken",
    "GroupMapping",
    "Invitation",
    "Language",
    "Member",
    "PeoplesTeams",
    "ProviderKind",
    "ProvisionedGroup",
    "ProvisionedUser",
    "ProvisioningToken",
    "Purpose",
    "Role",
    "SignInProvider",
    "Team",
    "User",
    "UserManager",
    "check_time_zone",
    "is_disguised",
    "time_zones",
]
