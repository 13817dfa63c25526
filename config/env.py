"""Everything Midwatch reads from the environment, in one frozen value.

Each variable may also be given as `NAME_FILE`, the path of a file that holds the value (container secrets).
`docs/settings.md` documents them in one table; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from tempfile import TemporaryFile

from django.core.exceptions import ImproperlyConfigured

from apps.common.addresses import Private
from apps.common.durations import parse_duration
from apps.common.records import record
from config import keys, llm

VARIABLES = (
    "ALLOWED_HOSTS",
    "DATABASE_URL",
    "EMAIL_URL",
    "MIDWATCH_API_RATE",
    "MIDWATCH_BASE_URL",
    "MIDWATCH_EMERGENCY_TO",
    "MIDWATCH_EMERGENCY_URL",
    "MIDWATCH_ENCRYPTION_KEYS",
    "MIDWATCH_HEARTBEAT_URL",
    "MIDWATCH_HOME",
    "MIDWATCH_KEEP_CHECKS",
    "MIDWATCH_KEEP_OBSERVATIONS",
    "MIDWATCH_LLM_DAILY_BUDGET",
    "MIDWATCH_LLM_KEY",
    "MIDWATCH_LLM_MODEL",
    "MIDWATCH_LLM_TEAM_BUDGET",
    "MIDWATCH_LLM_TIMEOUT",
    "MIDWATCH_LLM_URL",
    "MIDWATCH_METRICS_TOKEN",
    "MIDWATCH_MFA_ROLES",
    "MIDWATCH_OIDC_CLIENT_ID",
    "MIDWATCH_OIDC_CLIENT_SECRET",
    "MIDWATCH_OIDC_GROUPS_CLAIM",
    "MIDWATCH_OIDC_URL",
    "MIDWATCH_PRIVATE_ADDRESSES",
    "MIDWATCH_SSO_ONLY",
    "MIDWATCH_TRUSTED_PROXIES",
    "MIDWATCH_WORKER_THREADS",
    "PORT",
    "REDIS_URL",
    "SECRET_KEY",
)
ROLES = ("viewer", "operator", "manager", "administrator")


@record
class Environment:
    """The validated settings. `embedded` means: no DATABASE_URL, so SQLite in `home` and keys of its own."""

    home: Path
    embedded: bool
    database_url: str
    redis_url: str
    email_url: str
    secret_key: str
    encryption_keys: tuple[str, ...]
    base_url: str
    heartbeat_url: str
    metrics_token: str
    emergency_to: tuple[str, ...]
    emergency_url: str
    allowed_hosts: tuple[str, ...]
    port: int
    private_addresses: Private
    worker_threads: int
    api_rate: int
    keep_checks: timedelta
    keep_observations: timedelta
    mfa_roles: tuple[str, ...]
    sso_only: bool
    trusted_proxies: int
    oidc: dict[str, str]
    llm: llm.LanguageModel


def read(environ: Mapping[str, str], *, root: Path) -> Environment:
    """Read the environment. Raises ImproperlyConfigured with a sentence that says what to set."""
    home = _home(Path(_value(environ, "MIDWATCH_HOME") or root / "var").expanduser().resolve())
    database_url = _value(environ, "DATABASE_URL")
    embedded = not database_url
    port = _port(_value(environ, "PORT") or "8000")
    hosts = _list(_value(environ, "ALLOWED_HOSTS"))
    base_url = (_value(environ, "MIDWATCH_BASE_URL") or f"http://127.0.0.1:{port}").rstrip("/")
    return Environment(
        home=home,
        embedded=embedded,
        database_url=database_url or f"sqlite:///{home / 'midwatch.sqlite3'}",
        redis_url=_value(environ, "REDIS_URL"),
        email_url=_value(environ, "EMAIL_URL"),
        secret_key=_value(environ, "SECRET_KEY") or _own_key(embedded, home, "SECRET_KEY"),
        encryption_keys=_list(
            _value(environ, "MIDWATCH_ENCRYPTION_KEYS") or _own_key(embedded, home, "MIDWATCH_ENCRYPTION_KEYS")
        ),
        base_url=base_url,
        heartbeat_url=_value(environ, "MIDWATCH_HEARTBEAT_URL"),
        metrics_token=_value(environ, "MIDWATCH_METRICS_TOKEN"),
        emergency_to=_mailboxes(_list(_value(environ, "MIDWATCH_EMERGENCY_TO"))),
        emergency_url=_value(environ, "MIDWATCH_EMERGENCY_URL"),
        allowed_hosts=hosts or ("127.0.0.1", "localhost", "[::1]"),
        port=port,
        private_addresses=_private(_value(environ, "MIDWATCH_PRIVATE_ADDRESSES"), default=embedded),
        worker_threads=_threads(_value(environ, "MIDWATCH_WORKER_THREADS") or "8"),
        api_rate=_rate(_value(environ, "MIDWATCH_API_RATE") or "600"),
        keep_checks=_keep(environ, "MIDWATCH_KEEP_CHECKS"),
        keep_observations=_keep(environ, "MIDWATCH_KEEP_OBSERVATIONS"),
        mfa_roles=_roles(_list(_value(environ, "MIDWATCH_MFA_ROLES"))),
        sso_only=_yes(_value(environ, "MIDWATCH_SSO_ONLY")),
        trusted_proxies=_proxies(_value(environ, "MIDWATCH_TRUSTED_PROXIES") or "0"),
        oidc=_oidc(environ),
        llm=llm.read(lambda name: _value(environ, name)),
    )


def _value(environ: Mapping[str, str], name: str) -> str:
    if path := environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(
                f"{name}_FILE names {path}, which cannot be read: {error.strerror}. Correct the path or its rights."
            ) from error
    return environ.get(name, "").strip()


def _home(path: Path) -> Path:
    """The folder, made when it is missing; for its owner alone, since sessions and keys lie in it."""
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Asked by doing: rights alone do not tell of a file system that is read-only.
        with TemporaryFile(dir=path):
            return path
    except OSError as error:
        raise ImproperlyConfigured(
            f"MIDWATCH_HOME is {path}, and nothing can be written there: {error.strerror}. "
            "Name another folder, or give this account the right to write to it."
        ) from error


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _mailboxes(addresses: tuple[str, ...]) -> tuple[str, ...]:
    for address in addresses:
        if "@" not in address or not address.isprintable():
            raise ImproperlyConfigured(
                f"MIDWATCH_EMERGENCY_TO names {address!r}, which is no mail address. Write one such as ops@example.com."
            )
    return addresses


def _port(text: str) -> int:
    if text.isdecimal() and 0 < int(text) < 65536:
        return int(text)
    raise ImproperlyConfigured(f"PORT is {text!r}. Set it to a number from 1 to 65535, for example 8000.")


def _rate(text: str) -> int:
    if text.isdecimal() and 0 < int(text) <= 1_000_000:
        return int(text)
    raise ImproperlyConfigured(
        f"MIDWATCH_API_RATE is {text!r}. Write how many requests a token may make in a minute, for example 600."
    )


def _threads(text: str) -> int:
    if text.isdecimal() and 0 < int(text) <= 1000:
        return int(text)
    raise ImproperlyConfigured(
        f"MIDWATCH_WORKER_THREADS is {text!r}. Set it to a number from 1 to 1000, for example 8."
    )


def _keep(environ: Mapping[str, str], name: str) -> timedelta:
    """For how long something is kept: at least a day, at most a hundred years."""
    text = _value(environ, name) or "400d"
    try:
        length = parse_duration(text)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}.") from error
    if timedelta(days=1) <= length <= timedelta(days=36_500):
        return length
    raise ImproperlyConfigured(f"{name} is {text!r}. Set it to a length from 1d to 36500d, for example 400d.")


def _private(text: str, *, default: bool) -> Private:
    if not text:
        return default
    if text in {"allow", "refuse"}:
        return text == "allow"
    try:
        return tuple(ip_network(network) for network in _list(text))
    except ValueError as error:
        raise ImproperlyConfigured(
            f"MIDWATCH_PRIVATE_ADDRESSES is {text!r}. Set it to 'allow', to 'refuse', or to the networks that may be "
            "called, such as 10.20.0.0/16,192.168.5.7."
        ) from error


def _roles(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if name not in ROLES:
            raise ImproperlyConfigured(f"MIDWATCH_MFA_ROLES names {name!r}. Write roles of {', '.join(ROLES)}.")
    return names


def _yes(text: str) -> bool:
    if text in {"", "yes", "no"}:
        return text == "yes"
    raise ImproperlyConfigured(f"MIDWATCH_SSO_ONLY is {text!r}. Set it to 'yes' or 'no'.")


def _proxies(text: str) -> int:
    if text.isdecimal() and int(text) <= 10:
        return int(text)
    raise ImproperlyConfigured(
        f"MIDWATCH_TRUSTED_PROXIES is {text!r}. Write how many proxies of your own stand in front, for example 1."
    )


def _oidc(environ: Mapping[str, str]) -> dict[str, str]:
    """The company login that is configured without a page: nothing, or all that it takes."""
    given = {name: _value(environ, f"MIDWATCH_OIDC_{name.upper()}") for name in ("url", "client_id", "client_secret")}
    if not any(given.values()):
        return {}
    if missing := [f"MIDWATCH_OIDC_{name.upper()}" for name, value in given.items() if not value]:
        raise ImproperlyConfigured(f"The company login lacks {', '.join(missing)}. Set all of them, or none.")
    return {**given, "groups_claim": _value(environ, "MIDWATCH_OIDC_GROUPS_CLAIM") or "groups"}


def _own_key(embedded: bool, home: Path, name: str) -> str:
    if embedded:
        try:
            return keys.own_key(home, name)
        except OSError as error:
            raise ImproperlyConfigured(
                f"The key {name} cannot be kept in {home / 'keys'}: {error.strerror}. "
                "Start Midwatch as the account that owns this folder."
            ) from error
    raise ImproperlyConfigured(
        f"{name} is not set, and DATABASE_URL is. Set {name} (or {name}_FILE); "
        "`python -m config.keys` prints a fresh value for each key."
    )
