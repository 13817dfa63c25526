"""Who may ask every address: one line for each route of the resolver and each operation of the API.

A route without a line here fails tests/pages/test_every_route.py. `Way` says who; the act beside it, with which role.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from django.urls import URLPattern, URLResolver, get_resolver

from apps.api.rest.root import api
from apps.teams.permissions import Act


class Way(StrEnum):
    """Who may ask an address."""

    OPEN = "open"  # anybody: it is the sign-in itself, or the key in the address is the proof
    OWN = "own"  # whoever is signed in: lists of what they may see, and their own things
    ROLE = "role"  # whoever has the role in some team
    OBJECT = "object"  # whoever has the role in the object's team; for strangers it does not exist
    SUPERUSER = "superuser"
    NOBODY = "nobody"  # an address of the admin that Midwatch does not use


@dataclass(frozen=True)
class Line:
    way: Way
    act: Act = Act.VIEW
    post: bool = False


NAMELESS = ("healthz", "readyz", "metrics")
OPEN = (
    *NAMELESS, "account_set_password", "admin:logout", "answer",
    "slack_pressed", "public_status", "public_status_json", "public_badge",
    "public_product_badge", "account_login", "account_inactive", "account_signup",
    "account_reset_password", "account_reset_password_done", "account_reset_password_from_key",
    "account_reset_password_from_key_done", "mfa_authenticate", "socialaccount_login_cancelled",
    "socialaccount_login_error", "socialaccount_signup", "socialaccount_connections", "google_login", "google_callback",
    "github_login", "github_callback", "openid_connect_login", "openid_connect_callback", "saml_login", "saml_acs",
    "saml_finish_acs", "saml_sls", "saml_metadata", "break_glass", "invitation", "admin:login", "account_logout",
    "scim_service", "scim_described", "scim_description", "scim_many", "scim_one", "scim_nothing",
)  # fmt: skip
OWN = (
    "account_reauthenticate", "account_change_password", "mfa_index", "mfa_reauthenticate",
    "mfa_activate_totp", "mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_generate_recovery_codes",
    "mfa_download_recovery_codes", "usersessions_list", "admin:index", "admin:search", "admin:watch",
    "admin:watch_part",
    "admin:wall", "admin:wall_board", "admin:first_steps", "admin:standing", "admin:notifications", "admin:my_tokens",
    "admin:roles", "admin:tables", "admin:costs", "admin:figures", "admin:figures_file", "admin:noise",
    "admin:noise_file", "admin:outbox", "admin:password_change", "admin:password_change_done", "admin:jsi18n",
    "mfa_add_webauthn", "mfa_edit_webauthn", "mfa_list_webauthn", "mfa_reauthenticate_webauthn", "mfa_remove_webauthn",
    "admin:app_list", "admin:change_log", "admin:alerts_incident_file",
)  # fmt: skip
OWN_POSTS = ("admin:notifications_send", "admin:first_steps_away")
# Where somebody who has not set it up finds nothing.
EMPTY = (
    "mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_download_recovery_codes", "mfa_edit_webauthn",
    "mfa_remove_webauthn",
)  # fmt: skip
NOBODY = (
    "admin:autocomplete", "admin:view_on_site", "admin:alerts_incident_add", "admin:alerts_incident_delete",
    "admin:alerts_incident_history", "admin:alerts_delivery_add", "admin:alerts_delivery_delete",
    "admin:alerts_delivery_history", "admin:teams_invitation_delete", "admin:mfa_authenticator_add",
    "admin:usersessions_usersession_add", "admin:socialaccount_socialaccount_add",
)  # fmt: skip
VIEW = (
    "admin:rules_rule_proposed",
    "admin:table_page", "admin:table_calendar", "admin:connection_costs", "admin:connection_standing",
    "admin:connections_connection_catalogue", "admin:alerts_incident_page", "admin:alerts_incident_evidence",
    "admin:alerts_delivery_state", "admin:rules_rule_page", "admin:rules_rule_told", "admin:rules_rule_checks",
    "admin:rules_rule_checks_file", "admin:status_statuspage_page", "admin:status_statuspage_json",
    "admin:status_statuspage_badge", "admin:status_product_badge", "admin:outbox_mail",
)  # fmt: skip
OPERATE = ("admin:status_updates",)
OPERATE_POSTS = (
    "admin:change_log_ask",
    "admin:connections_connection_look", "admin:alerts_incident_act", "admin:alerts_delivery_replay",
    "admin:alerts_channel_test", "admin:rules_rule_check", "admin:rules_rule_feedback",
    "admin:rules_rule_feedback_back", "admin:alerts_silence_end", "admin:status_update_back",
)  # fmt: skip
CONFIGURE = (
    "admin:generated_incident",
    "admin:suggestions", "admin:presets", "admin:rules_rule_tables", "admin:rules_rule_columns",
)  # fmt: skip
CONFIGURE_POSTS = (
    "admin:suggestions_look", "admin:suggestions_make", "admin:audit_undo", "admin:alerts_route_move",
    "admin:rules_rule_learned", "admin:rules_rule_take_over", "admin:rules_rule_pause", "admin:status_statuspage_link",
    "admin:connections_connection_test", "admin:connections_connection_script", "admin:rules_rule_backtest",
)  # fmt: skip
ADMINISTER_POSTS = ("admin:teams_invitation_revoke", "admin:teams_apitoken_revoke")
# Where the role is asked of what was sent, in any team of the person.
ROLE = {
    "admin:generated": Line(Way.ROLE, Act.CONFIGURE),
    "admin:generated_opinion": Line(Way.OBJECT, post=True),
    "admin:teams_signinprovider_provision": Line(Way.SUPERUSER, post=True),
    "admin:teams_signinprovider_revoke": Line(Way.SUPERUSER, post=True),
    "admin:audit": Line(Way.ROLE, Act.CONFIGURE),
    "admin:audit_file": Line(Way.ROLE, Act.CONFIGURE),
    "admin:alerts_route_told": Line(Way.OBJECT),
    "admin:alerts_silence_preview": Line(Way.OWN, post=True),
    "admin:rules_rule_preview": Line(Way.OWN, post=True),
    "admin:rules_rule_cost": Line(Way.OWN, post=True),
    "admin:rules_rule_matches": Line(Way.OWN, post=True),
    "admin:rules_rule_draft_told": Line(Way.OWN, post=True),
    "admin:status_statuspage_propose": Line(Way.OBJECT, Act.CONFIGURE, post=True),
    "admin:my_tokens_revoke": Line(Way.OBJECT, post=True),
    "admin:teams_signinprovider_try": Line(Way.SUPERUSER),
    "admin:auth_user_password_change": Line(Way.SUPERUSER),
}
# The admin's own pages of a model: who sees one, who adds and deletes, who opens its form.
TEAM_MODELS = {
    "teams_invitation": (Act.ADMINISTER, Act.ADMINISTER, Act.ADMINISTER),
    "teams_apitoken": (Act.ADMINISTER, Act.ADMINISTER, Act.ADMINISTER),
    "teams_member": (Act.VIEW, Act.ADMINISTER, Act.VIEW),
    "connections_connection": (Act.VIEW, Act.CONFIGURE, Act.VIEW),
    "alerts_incident": (Act.VIEW, Act.VIEW, Act.VIEW),
    "alerts_delivery": (Act.VIEW, Act.VIEW, Act.VIEW),
    "alerts_route": (Act.VIEW, Act.CONFIGURE, Act.CONFIGURE),
    "alerts_escalation": (Act.VIEW, Act.CONFIGURE, Act.CONFIGURE),
    "alerts_rotation": (Act.VIEW, Act.CONFIGURE, Act.CONFIGURE),
    "alerts_silence": (Act.VIEW, Act.OPERATE, Act.VIEW),
    "alerts_channel": (Act.VIEW, Act.CONFIGURE, Act.VIEW),
    "rules_rule": (Act.VIEW, Act.CONFIGURE, Act.CONFIGURE),
    "status_statuspage": (Act.VIEW, Act.CONFIGURE, Act.CONFIGURE),
}
SUPERUSER_MODELS = (
    "teams_user", "teams_signinprovider", "account_emailaddress", "socialaccount_socialaccount", "mfa_authenticator",
    "usersessions_usersession",
)  # fmt: skip
API_LISTS = (
    "/rules", "/noise", "/silences", "/routes", "/figures", "/incidents", "/status", "/deliveries", "/search", "/usage",
    "/tables", "/connections", "/channels",
)  # fmt: skip
API_VIEW = (
    "/rules/{pk}", "/rules/{pk}/feedback", "/rules/{pk}/learned", "/rules/{pk}/proposal", "/rules/{pk}/checks",
    "/silences/{pk}", "/incidents/{pk}", "/status/{pk}", "/deliveries/{pk}", "/tables/{pk}/days", "/tables/{pk}",
)  # fmt: skip
API: dict[str, Line] = {
    **{f"GET {path}": Line(Way.OWN) for path in API_LISTS},
    **{f"GET {path}": Line(Way.OBJECT) for path in API_VIEW},
    "GET /routes/preview": Line(Way.OWN),
    "GET /connections/{pk}/suggestions": Line(Way.OBJECT, Act.CONFIGURE),
    "GET /connections/{pk}/presets": Line(Way.OBJECT, Act.CONFIGURE),
    "POST /connections/{pk}/suggestions": Line(Way.OBJECT, Act.CONFIGURE),
    "POST /rules": Line(Way.ROLE, Act.CONFIGURE),
    "POST /rules/preview": Line(Way.ROLE, Act.CONFIGURE),
    "POST /rules/matches": Line(Way.ROLE, Act.CONFIGURE),
    "POST /rules/estimate": Line(Way.ROLE, Act.CONFIGURE),
    "POST /rules/backtest": Line(Way.ROLE, Act.CONFIGURE),
    "POST /rules/{pk}/backtest": Line(Way.OBJECT, Act.CONFIGURE),
    "PATCH /rules/{pk}": Line(Way.OBJECT, Act.CONFIGURE),
    "DELETE /rules/{pk}": Line(Way.OBJECT, Act.CONFIGURE),
    "POST /rules/{pk}/check": Line(Way.OBJECT, Act.OPERATE),
    "POST /rules/{pk}/feedback": Line(Way.OBJECT, Act.OPERATE),
    "DELETE /rules/{pk}/feedback/{feedback_id}": Line(Way.OBJECT, Act.OPERATE),
    "POST /silences": Line(Way.ROLE, Act.OPERATE),
    "POST /silences/{pk}/end": Line(Way.OBJECT, Act.OPERATE),
    "POST /incidents/{pk}/{act}": Line(Way.OBJECT, Act.OPERATE),
    "POST /deliveries/{pk}/replay": Line(Way.OBJECT, Act.OPERATE),
    "POST /tables/{pk}/days": Line(Way.OBJECT, Act.OPERATE),
}
# The actions of lists: each does to a chosen row what takes this role, and leaves the others out.
ACTIONS = {
    "alerts_incident": dict.fromkeys(
        ("acknowledge", "close_as_real", "close_as_false_alarm", "close_as_expected", "close_as_duplicate",
         "close_as_wont_fix"), Act.OPERATE,
    ),
    "rules_rule": {"check_now": Act.OPERATE, "pause": Act.CONFIGURE, "resume": Act.CONFIGURE},
}  # fmt: skip


def lines() -> dict[str, Line]:
    """Every route by its name, with who may ask it."""
    found = {name: Line(Way.OPEN) for name in OPEN} | {name: Line(Way.OWN) for name in OWN}
    found |= {name: Line(Way.OWN, post=True) for name in OWN_POSTS} | {name: Line(Way.NOBODY) for name in NOBODY}
    reads: tuple[tuple[tuple[str, ...], Act], ...] = (
        (VIEW, Act.VIEW),
        (OPERATE, Act.OPERATE),
        (CONFIGURE, Act.CONFIGURE),
    )
    posts: tuple[tuple[tuple[str, ...], Act], ...] = (
        (OPERATE_POSTS, Act.OPERATE),
        (CONFIGURE_POSTS, Act.CONFIGURE),
        (ADMINISTER_POSTS, Act.ADMINISTER),
    )
    for names, act in reads:
        found |= {name: Line(Way.OBJECT, act) for name in names}
    for names, act in posts:
        found |= {name: Line(Way.OBJECT, act, post=True) for name in names}
    return {**_of_models(), **found, **ROLE}


def _of_models() -> dict[str, Line]:
    found: dict[str, Line] = {}
    for model, (see, add, form) in TEAM_MODELS.items():
        own = Line(Way.OWN) if see is Act.VIEW else Line(Way.ROLE, see)
        found |= {
            f"admin:{model}_changelist": own, f"admin:{model}_add": Line(Way.ROLE, add),
            f"admin:{model}_history": Line(Way.OBJECT, see), f"admin:{model}_delete": Line(Way.OBJECT, add),
            f"admin:{model}_change": Line(Way.OBJECT, form),
        }  # fmt: skip
    found |= {
        "admin:alerts_silence_delete": Line(Way.OBJECT),  # leads to where it is ended
        "admin:teams_team_changelist": Line(Way.OWN), "admin:teams_team_add": Line(Way.SUPERUSER),
        "admin:teams_team_history": Line(Way.OBJECT), "admin:teams_team_change": Line(Way.OBJECT),
        "admin:teams_team_delete": Line(Way.SUPERUSER),
    }  # fmt: skip
    for model in SUPERUSER_MODELS:
        for page in ("changelist", "add", "history", "delete", "change"):
            found[f"admin:{model}_{page}"] = Line(Way.SUPERUSER)
    return found


def names() -> Iterator[str]:
    """The names of all routes but those of the API, which are operations; without one, the pattern."""
    seen = set()
    for pattern, name in _walk(get_resolver()):
        key = name or pattern
        # The admin leads from an object's address to its form, and from an unknown address nowhere.
        if (
            not pattern.startswith("api/")
            and not key.endswith(("<path:object_id>/", "<path:object_id>/change/", "(?P<url>.*)$"))
            and key not in seen
        ):
            seen.add(key)
            yield key


def _walk(resolver: URLResolver, prefix: str = "", space: str = "") -> Iterator[tuple[str, str]]:
    for entry in resolver.url_patterns:
        whole = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield whole, f"{space}{entry.name}" if entry.name else ""
        else:
            yield from _walk(entry, whole, f"{entry.namespace}:" if entry.namespace else space)


def operations() -> set[str]:
    """Every operation of the API, such as `GET /rules/{pk}`."""
    paths = api.get_openapi_schema()["paths"]
    return {f"{verb.upper()} {path.removeprefix('/api/v1')}" for path, verbs in paths.items() for verb in verbs}
