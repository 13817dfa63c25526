"""The long tail of services (Discord, Telegram, SMS gateways and some hundred more) through the library Apprise.

It answers yes or no and knows no key of a message, so it is for telling, never for paging. One address per channel; no
retries of its own, which are the outbox's; and no address that Midwatch itself would not call.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated, Any, ClassVar
from urllib.parse import unquote

from pydantic import AfterValidator, Field, SecretStr

from apps.alerts.channels.bodies import cropped
from apps.alerts.channels.contract import ChannelDriver, Outgoing, Repeat, SendFailed, SendRefused, Sent
from apps.alerts.channels.guard import guarded
from apps.alerts.channels.replies import told
from apps.common.plugins import Settings
from apps.summaries.services import Message

if TYPE_CHECKING:
    from apprise import NotifyBase

REQUIREMENTS = ("apprise>=2",)
CONNECT_SECONDS = 4.0
READ_SECONDS = 8.0
MAX_BODY = 3_000
SECRET_LENGTH = 6  # a part of an address that is this long may be a token
OWN_CHANNELS = {
    "mailto": "Email", "mailtos": "Email", "slack": "Slack (bot)", "msteams": "Microsoft Teams (workflow)",
    "workflow": "Microsoft Teams (workflow)", "workflows": "Microsoft Teams (workflow)", "pagerduty": "PagerDuty",
    "opsgenie": "Opsgenie or Jira Service Management", "http": "Webhook", "https": "Webhook",
}  # fmt: skip
# They show something on the screen of the machine, or write to its log.
LOCAL = frozenset({"dbus", "qt", "kde", "glib", "gnome", "macosx", "windows", "syslog", "blink1"})
CALLS = re.compile(r"(?<!\w)@(?=\S)|<(?=\S)")
log = logging.getLogger("apprise")
log.setLevel(logging.WARNING)  # below, it tells of addresses, which hold keys
log.propagate = False  # what it has to say becomes the error of the delivery


def _one_address(value: SecretStr) -> SecretStr:
    """Raises ValueError that repeats nothing of the address, which is a secret."""
    address = value.get_secret_value().strip()
    scheme = address.partition("://")[0].lower()
    if not re.fullmatch(r"[a-z0-9]+://\S+", address.replace(address[: len(scheme)], scheme, 1)):
        raise ValueError("write one address of Apprise, such as discord://webhook_id/webhook_token")
    if re.search(r",\s*\w+://", address):
        raise ValueError("write one address only; make a channel for each of the others")
    if scheme in OWN_CHANNELS:
        raise ValueError(f"choose the channel type “{OWN_CHANNELS[scheme]}” instead; it can do more")
    if scheme in LOCAL:
        raise ValueError(f"{scheme}:// shows messages on the machine that runs Midwatch, where nobody sees them")
    return SecretStr(address)


class AppriseSettings(Settings):
    """Where messages go."""

    url: Annotated[SecretStr, Field(max_length=2_000), AfterValidator(_one_address)] = Field(
        title="Address",
        description="An address as Apprise writes them, such as discord://webhook_id/webhook_token. Who knows it can "
        "post, so it is kept secret.",
    )


class Apprise(ChannelDriver):
    """One message per event, as plain text."""

    label = "Apprise (Discord, Telegram, SMS and more)"
    repeat = Repeat.VISIBLE
    per_second = 1.0  # the services differ; none that it speaks to takes less
    Settings: ClassVar[type[Settings]] = AppriseSettings

    def send(self, outgoing: Outgoing) -> Sent:
        attempt = _Attempt(self.settings.url.get_secret_value(), outgoing.message)
        # A receiver that sends a byte now and then resets every timeout of a socket; only leaving it alone ends that.
        attempt.start()
        attempt.join(self.seconds)
        return attempt.outcome(self.seconds)


class _Attempt(threading.Thread):
    """One call of Apprise, on a thread of its own that can be left behind."""

    def __init__(self, url: str, message: Message) -> None:
        super().__init__(name="apprise", daemon=True)
        self.url = url
        self.message = message
        self.taken = False
        self.refused: list[str] = []
        self.said: list[str] = []
        self.fault: SendRefused | None = None

    def run(self) -> None:
        listener = _Listener(self.said)
        log.addHandler(listener)
        try:
            with guarded() as guard:
                self.refused = guard.refused
                self.taken = _plugin(self.url).notify(**_content(self.message))
        except SendRefused as error:
            self.fault = error
        except Exception as error:  # the plugins are many, and each may fail in its own way
            log.exception("%s: %s", type(error).__name__, error)
        finally:
            log.removeHandler(listener)

    def outcome(self, seconds: float) -> Sent:
        """The receipt, or the error."""
        if self.fault:
            raise self.fault
        if self.refused:
            raise SendRefused(self.refused[0])
        service = self.url.partition("://")[0].lower()
        if self.is_alive():
            raise SendFailed(f"{service} was called but gave no answer within {seconds:g} s.", unconfirmed=True)
        if not self.taken:
            said = told(" ".join(self.said[:3]), _secrets_in(self.url))
            raise SendFailed(
                f"{service} did not take the message" + (f": “{said}”." if said else "."), unconfirmed=True
            )
        return Sent(f"{service} took the message.")


class _Listener(logging.Handler):
    """Keeps what Apprise writes to its log on this thread: its own way to catch that is not made for threads."""

    def __init__(self, said: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._said = said
        self._thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread:
            self._said.append(record.getMessage())


def _plugin(url: str) -> NotifyBase:
    """What sends to `url`, held to one attempt, short waits and no redirects, whatever the address asks for."""
    if find_spec("apprise") is None:
        line = f"{sys.executable} -m pip install '{REQUIREMENTS[0]}'"
        raise SendRefused(f"The package apprise is not installed. Where Midwatch runs, enter: {line}")
    import apprise  # noqa: PLC0415  # an extra, and slow to load

    plugin = apprise.Apprise.instantiate(url, asset=apprise.AppriseAsset(async_mode=False))
    if plugin is None:
        raise SendRefused("Apprise does not understand the address. Compare it with the page of the service.")
    plugin.retry, plugin.redirects = 0, False
    plugin.socket_connect_timeout, plugin.socket_read_timeout = CONNECT_SECONDS, READ_SECONDS
    plugin.overflow_mode = apprise.OverflowMode.TRUNCATE
    return plugin


def _content(message: Message) -> dict[str, Any]:
    """Title and text. The link comes early, so that it is never what a short message loses."""
    details = "\n".join(f"{name}: {value}" for name, value in message.details)
    text = f"{message.headline}\n{message.link}\n\n{details}\n\n{message.footer}"
    mood = {"resolved": "success", "test": "info", "digest": "info"}.get(message.kind, "failure")
    title, body = calling_nobody(message.subject), cropped(calling_nobody(text), MAX_BODY)
    return {"title": title, "body": body, "notify_type": mood, "body_format": "text"}


def calling_nobody(text: str) -> str:
    """`text` in which no service finds somebody to call: a table may be named @everyone, or <!channel>. An invisible
    character keeps apart what would be read as one word; mail addresses stay as they are."""
    return CALLS.sub(lambda found: f"{found[0]}\u2060", text)


def _secrets_in(url: str) -> list[str]:
    """Whatever in the address may be a token, the longest first."""
    parts = re.split(r"[/@:?&=,]", url.partition("://")[2])
    forms = {form for part in [url, *parts] for form in (part, unquote(part)) if len(form) >= SECRET_LENGTH}
    return sorted(forms, key=len, reverse=True)
