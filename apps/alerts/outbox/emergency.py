"""When the database is away nobody is told anything by the usual way. So each dispatcher tells one address that stands
in its settings: after three minutes, once an hour and host, and once more when the database is back.

What was told is kept in a small file of MIDWATCH_HOME, so that dispatchers of one host say it once, and a restart does
not say it again.
"""

from __future__ import annotations

import fcntl
import json
import logging
import re
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from pathlib import Path

import urllib3
from django.conf import settings
from django.core.mail import send_mail

from apps.common.durations import elapsed_words
from apps.common.records import record

log = logging.getLogger("midwatch.alerts")

PATIENCE = timedelta(minutes=3)
AGAIN_AFTER = timedelta(hours=1)
RETRY_AFTER = timedelta(minutes=1)
SECONDS = 10.0
BLIND = (
    "Midwatch on {host} cannot reach its database since {since} ({lasted}): monitoring is blind since then. No table "
    "is checked and no alert is sent. Bring the database back; nothing that was found before is lost. What it says: "
    "{error}"
)
BACK = (
    "Midwatch on {host} reaches its database again, after {lasted}. Checks and messages that were due are made up for "
    "now."
)


@record
class Sight:
    """What a host knows of its own blindness. `told_at`: when that was last told to the emergency address."""

    blind_since: datetime | None = None
    told_at: datetime | None = None


def is_to_tell(sight: Sight, now: datetime) -> bool:
    """Whether a blindness is to be told at `now`: pure."""
    if sight.blind_since is None or now - sight.blind_since < PATIENCE:
        return False
    return sight.told_at is None or now - sight.told_at >= AGAIN_AFTER


class Watch:
    """Minds whether the database answers. One per dispatcher; `file` is shared by those of one host."""

    def __init__(self, file: Path, *, host: str, to: Sequence[str] = (), url: str = "") -> None:
        self.file = file
        self.host = host
        self.to = list(to)
        self.url = url
        self._tried_at: datetime | None = None
        self._since: datetime | None = None
        self._unkept = Sight()  # what could not be written into the file

    @classmethod
    def here(cls) -> Watch:
        """The watch of this host, with the address that the settings name."""
        host = socket.gethostname()
        name = re.sub(r"[^A-Za-z0-9.-]", "-", host)
        file = settings.MIDWATCH_HOME / f"emergency-{name}.json"
        return cls(file, host=host, to=settings.MIDWATCH_EMERGENCY_TO, url=settings.MIDWATCH_EMERGENCY_URL)

    def blind(self, error: Exception, *, now: datetime) -> None:
        """The database did not answer at `now`."""
        if self._since is None:
            log.error("The database does not answer: %s", error)
        self._since = self._since or now
        if self._tried_at and now - self._tried_at < RETRY_AFTER:
            return
        with self._shared() as sight:
            if sight is None:
                return
            since = min(sight.blind_since or self._since, self._since)
            sight = replace(sight, blind_since=since)
            if is_to_tell(sight, now):
                self._tried_at = now
                since_words = f"{since:%d %b %Y, %H:%M} UTC"
                lasted = elapsed_words(now - since)
                text = BLIND.format(host=self.host, since=since_words, lasted=lasted, error=_in_short(error))
                if self._tell("[Emergency] Midwatch is blind: its database is away", text):
                    sight = replace(sight, told_at=now)
            self._keep(sight)

    def seeing(self, *, now: datetime) -> None:
        """The database answered at `now`. Whoever heard of the blindness hears of its end."""
        if self._since is None and self._unkept == Sight() and not self.file.exists():
            return
        self._since = self._tried_at = None
        with self._shared() as sight:
            if sight is None:
                return
            unkept, self._unkept = self._unkept, Sight()
            # A file that stays says the same again in a second, and must not be told again and again.
            sight = sight if self._forget() else unkept
            if sight.told_at and sight.blind_since:
                text = BACK.format(host=self.host, lasted=elapsed_words(now - sight.blind_since))
                self._tell("[Emergency over] Midwatch sees again", text)

    def _tell(self, subject: str, text: str) -> bool:
        """Whether one of the addresses took it; without any address the log is all that hears of it."""
        log.critical("%s", text)
        told = [self._mail(subject, text)] if self.to else []
        told += [self._call(subject, text)] if self.url else []
        return any(told) or not (self.to or self.url)

    def _mail(self, subject: str, text: str) -> bool:
        try:
            return bool(send_mail(subject, text, None, self.to))
        except OSError as error:  # smtplib's errors are of this family too
            log.error("The emergency mail to %s was not taken: %s", ", ".join(self.to), error)
            return False

    def _call(self, subject: str, text: str) -> bool:
        # Who may write settings may reach into the network anyway, so the address may be a private one.
        body = {"text": f"{subject}\n{text}", "subject": subject, "host": self.host}
        try:
            # Only the status counts; an answer without an end must not hold the dispatcher.
            with urllib3.request(
                "POST", self.url, json=body, timeout=SECONDS, retries=False, redirect=False, preload_content=False
            ) as reply:
                status = reply.status
        except urllib3.exceptions.HTTPError as error:
            log.error("The emergency address was not reached: %s", error)
            return False
        if status >= 300:
            log.error("The emergency address answered %s.", status)
        return status < 300

    @contextmanager
    def _shared(self) -> Iterator[Sight | None]:
        """What the host knows, while nobody else on it tells anything; None when another dispatcher is just at it."""
        try:
            handle = self.file.with_suffix(".lock").open("a")
        except OSError as error:
            log.error("What is told of the database cannot be shared with other dispatchers of this host: %s", error)
            handle = None
        if handle is None:
            yield self._known()
            return
        with handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield None
                return
            yield self._known()

    def _known(self) -> Sight:
        kept, own = _read(self.file), self._unkept
        since = min(filter(None, (kept.blind_since, own.blind_since)), default=None)
        return Sight(since, max(filter(None, (kept.told_at, own.told_at)), default=None))

    def _keep(self, sight: Sight) -> None:
        """The disk may be full or broken, as often when a database is away: then it is known to this process alone."""
        values = {name: moment.isoformat() if moment else None for name, moment in asdict(sight).items()}
        try:
            self.file.write_text(json.dumps(values), encoding="utf-8")
        except OSError as error:
            log.error("What was told of the database cannot be kept in %s: %s", self.file.name, error)
            self._unkept = sight

    def _forget(self) -> bool:
        """Whether nothing is kept any more."""
        try:
            self.file.unlink(missing_ok=True)
        except OSError as error:
            log.error("What was told of the database cannot be forgotten: %s", error)
            return False
        return True


def _read(file: Path) -> Sight:
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
        return Sight(**{name: datetime.fromisoformat(value) if value else None for name, value in values.items()})
    except (OSError, ValueError, TypeError, AttributeError):  # there is none, or half of one
        return Sight()


def _in_short(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
