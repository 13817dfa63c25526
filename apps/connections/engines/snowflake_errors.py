"""What Snowflake and its connector refuse, as our own errors, each with a sentence that says what to do.

Snowflake numbers its errors. Where one number covers several causes, or a cause has had several numbers, the words tell
(pages "Key pair authentication: Troubleshooting", "Network policies", "Snowflake Information Schema").
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from apps.connections.engines import errors


class Case(NamedTuple):
    """`pattern` is searched in "number: text"; the sentence may quote its groups, {text} and the settings."""

    pattern: str
    error: type[errors.EngineError]
    sentence: str


HTTP = r"^\d+: HTTP request failed.*"  # how the connector begins what it says of the network
# Both while logging in and later.
NETWORK = (
    Case(
        HTTP + "(?:failed to lookup address|[Nn]ame or service not known|dns error)",
        errors.UnknownHost,
        "The account {account} cannot be found. Check its identifier and region, and that the machine that runs "
        "Midwatch can resolve names.",
    ),
    Case(
        HTTP + "certificate not valid for name",
        errors.UnknownHost,
        "There is no account {account}: the server there is not its own. Check the identifier; a locator needs its "
        "region, as in xy12345.eu-central-1.",
    ),
    Case(
        HTTP + "(?:invalid peer certificate|corrupt message|handshake|TLS)",
        errors.TlsFailed,
        "The certificate of Snowflake's server cannot be trusted: {text}. If a proxy opens TLS here, name its "
        "authority in SSL_CERT_FILE.",
    ),
    Case(
        HTTP + "Connection refused",
        errors.PortRefused,
        "Snowflake cannot be reached: the connection was refused. Check the proxy and the firewall.",
    ),
    Case(
        HTTP + r"status (?P<status>429|5\d\d)",
        errors.Busy,
        "Snowflake is not available for the moment ({status}). Midwatch tries again by itself.",
    ),
    Case(
        r"^\d+: (?:HTTP request failed|Invalid Snowflake response|Failed to communicate|\w+ timed out after \d)",
        errors.NoAnswer,
        "Snowflake gave no answer in time: {text}. Check that the account {account} can be reached, and the proxy and "
        "the firewall between.",
    ),
)

LOGIN = (
    Case(
        r"error status: (?P<status>403|404)",
        errors.UnknownHost,
        "Snowflake knows no account {account} (it answered {status}). Check the identifier: organization-account, or "
        "a locator with its region. An account that takes private links alone needs .privatelink at its end.",
    ),
    Case(
        "^390144:|JWT token is invalid",
        errors.LoginRefused,
        "Snowflake does not accept this key for user {user}: {text}. Assign its public half with ALTER USER {user} SET "
        "RSA_PUBLIC_KEY; check the user, the account identifier, and the clock of the machine that runs Midwatch. "
        "SYSTEM$GET_LOGIN_FAILURE_DETAILS tells an administrator more.",
    ),
    Case(
        "[Mm]ulti-factor|MFA|[Pp]asscode|Duo Security",
        errors.LoginRefused,
        "Snowflake asks user {user} for a second factor, which Midwatch cannot give. Make a user of TYPE = SERVICE "
        "with a key pair.",
    ),
    Case(
        "^390100:|Incorrect username or password",
        errors.LoginRefused,
        "Snowflake does not accept this password for user {user}. Check the user, the password and the account.",
    ),
    Case(
        "^390102:|temporarily locked",
        errors.LoginRefused,
        "Snowflake has locked user {user} after too many failed logins. Wait 15 minutes, or run ALTER USER {user} SET "
        "MINS_TO_UNLOCK = 0.",
    ),
    Case(
        "^390101:|access disabled",
        errors.LoginRefused,
        "User {user} is disabled in Snowflake. Run ALTER USER {user} SET DISABLED = FALSE.",
    ),
    Case(
        "password has expired|[Pp]assword must be changed",
        errors.LoginRefused,
        "The password of user {user} has expired. Change it in Snowsight, and enter the new one; or use a key pair.",
    ),
    Case(
        "^390(?:422|432):|is not allowed to access Snowflake|[Nn]etwork policy",
        errors.LoginRefused,
        "A network policy of the account {account} does not let this machine in: {text}. Add its address to the "
        "policy.",
    ),
    Case(
        "Role .*(?:not granted|does not exist or not authorized)",
        errors.LoginRefused,
        "There is no role {role}, or it is not granted to user {user}. Run GRANT ROLE {role} TO USER {user}.",
    ),
    Case(
        "requested database",
        errors.DatabaseMissing,
        "There is no database {database} that {in_role} can see. Check its name, and grant the role USAGE on it. A "
        "name that is not all upper case stands in double quotes.",
    ),
    Case(
        "requested schema",
        errors.DatabaseMissing,
        "Database {database} has no schema of this name that {in_role} can see. Upper and lower case count.",
    ),
    Case(
        "requested warehouse",
        errors.ConnectionFailed,
        "There is no warehouse {warehouse} that {in_role} may use. Check its name, and run GRANT USAGE ON WAREHOUSE "
        "{warehouse} to the role.",
    ),
    *NETWORK,
    Case("Authentication failed", errors.LoginRefused, "The private key cannot be used: {text}. Paste it anew."),
    Case("", errors.ConnectionFailed, "Snowflake refused the connection: {text}."),
)

STATEMENT = (
    Case(
        "^39011[0-5]:|reauthentication required|Session no longer exists|refresh session",
        errors.NoAnswer,
        "Snowflake ended the session: {text}. Midwatch opens a new one by itself.",
    ),
    Case("^630:|statement or warehouse timeout", errors.QueryTimeout,
         "The statement ran longer than {seconds:g} s and was cut. Make it cheaper."),
    Case("^604:", errors.QueryFailed, "Somebody cancelled the statement in Snowflake: {text}."),
    Case(
        "cannot be resumed because resource monitor",
        errors.ConnectionFailed,
        "A resource monitor keeps the warehouse from running: {text}. Raise its quota, or wait until it begins anew.",
    ),
    Case(
        r"^60[6-9]:.*suspended|[Ww]arehouse .*(?:is|was) suspended|[Ww]arehouse .* cannot be resumed",
        errors.ConnectionFailed,
        "The warehouse is suspended and does not resume by itself: {text}. Run ALTER WAREHOUSE … SET AUTO_RESUME = "
        "TRUE.",
    ),
    Case(
        "^606:|No active warehouse",
        errors.ConnectionFailed,
        "No warehouse runs the statements. Name one in the connection, and grant {in_role} USAGE on it.",
    ),
    Case(
        "^90030:|returned too much data",
        errors.QueryFailed,
        "Snowflake's INFORMATION_SCHEMA does not list so much at once. Name in the connection the schemas to watch.",
    ),
    Case("^(?:2003|2043):|does not exist or not authorized", errors.TableMissing,
         "Snowflake does not have this, or {in_role} may not see it: {text}. Check its name, upper and lower case "
         "included, or grant the role SELECT on it and USAGE on its schema."),
    Case("does not have a current (?:database|schema)", errors.TableMissing,
         "A table is named without its schema: {text}. Write schema.table."),
    Case("^904:|invalid identifier", errors.ColumnMissing,
         "The table does not have this column: {text}. Check its name; without quotes it is read in upper case."),
    Case(r"^3001:|Insufficient privileges", errors.NotPermitted,
         "This is not allowed to {in_role}: {text}. Grant the role SELECT on it."),
    *NETWORK,
    Case("", errors.QueryFailed, "The statement failed: {text}."),
)  # fmt: skip


def connecting(number: int, text: str, names: Mapping[str, str]) -> errors.EngineError:
    """Why nobody could log in. `names` are the settings that the sentences quote."""
    return _match(LOGIN, number, text, names, seconds=0)


def running(number: int, text: str, names: Mapping[str, str], *, seconds: float) -> errors.EngineError:
    """Why a statement failed that may run for `seconds`."""
    return _match(STATEMENT, number, text, names, seconds=seconds)


def _match(
    cases: tuple[Case, ...], number: int, text: str, names: Mapping[str, str], *, seconds: float
) -> errors.EngineError:
    said = _plain(text)
    found = ((case, re.search(case.pattern, f"{number}: {said}")) for case in cases)
    case, match = next((case, match) for case, match in found if match)
    known = {**names, "in_role": f"role {names['role']}" if names["role"] else "the user's default role"}
    return case.error(case.sentence.format(text=said, seconds=seconds, **known, **match.groupdict()))


def _plain(text: str) -> str:
    """What was said, on one line and without what the connector puts around it."""
    line = " ".join(text.split())
    line = re.sub(r"^(?:Failed to login: )?(?:Login error: )?|(?:, code: \d+)$", "", line)
    return line.rstrip(".") or "no reason given"
