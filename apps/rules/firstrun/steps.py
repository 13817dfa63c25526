"""The steps, what each asks for, and when it was taken. Pure: from what is stored to what a person reads."""

from __future__ import annotations

from datetime import datetime, timedelta

from apps.common.durations import elapsed_words
from apps.common.records import record


@record
class Found:
    """How much of something a team has, and when the first of it came; None where nobody wrote that down, as when it
    was loaded from a backup."""

    count: int = 0
    first_at: datetime | None = None


@record
class Progress:
    """What a team has so far. `began_at`: when the team was made. `connection`, `channel`: the first of each, by id."""

    began_at: datetime | None
    connections: Found
    tables: Found
    rules: Found
    channels: Found
    sent: Found
    connection: int | None = None
    channel: int | None = None
    untold: str = ""  # the name of the first channel, while the team's rules and routes tell nobody
    failing: str = ""  # what the data store answered, while it does not let Midwatch in


@record
class Step:
    """One step. `took`: how long after the beginning it was reached, in words."""

    key: str
    title: str
    text: str
    done: bool
    at: datetime | None
    took: str


@record
class FirstRun:
    """All steps of a team; `next` is the one to take now, None when all are taken."""

    steps: list[Step]
    began_at: datetime | None

    @property
    def next(self) -> Step | None:
        return next((step for step in self.steps if not step.done), None)

    @property
    def done(self) -> int:
        return sum(step.done for step in self.steps)

    @property
    def live_at(self) -> datetime | None:
        """When the last of them was taken; None while one is not, or where no time is known."""
        times = [step.at for step in self.steps if step.at]
        return max(times) if times and self.next is None else None

    @property
    def took(self) -> str:
        """How long the whole way took: `24 min`."""
        return _took(self.live_at, self.began_at)


def first_run(found: Progress) -> FirstRun:
    """The steps as they stand. They may be taken in any order, as when YAML makes all at once."""
    began = found.began_at or min((each.first_at for each in _all(found) if each.first_at), default=None)
    steps = [
        Step(key, title, text, each.count > 0, each.first_at, _took(each.first_at, began))
        for (key, title, text), each in zip(_texts(found), _all(found), strict=True)
    ]
    return FirstRun(steps, began)


def _all(found: Progress) -> tuple[Found, ...]:
    return found.connections, found.tables, found.rules, found.channels, found.sent


def _texts(found: Progress) -> tuple[tuple[str, str, str], ...]:
    tables = found.tables.count
    refused = f"The data store does not let Midwatch in: {found.failing}" if found.failing else ""
    return (
        (
            "connect",
            "Connect a data store",
            "Midwatch only reads from it. Beside the form stands where your provider shows each value, and a script "
            "that makes a login which can only read.",
        ),
        (
            "tables",
            "See your tables",
            f"{tables:,} {'table was' if tables == 1 else 'tables were'} found. Five to ten that a decision hangs on "
            "are enough to begin with; those that look like it are ticked."
            if tables
            else refused or "Midwatch reads the names, columns and sizes of all tables, and suggests which to watch.",
        ),
        (
            "rules",
            "Make the rules",
            "Each says in one sentence when it would alert, and is tried on the past before it is saved. Presets hold "
            "what a fintech, a shop and a services firm watch.",
        ),
        (
            "channel",
            "Say who should hear of trouble",
            f"Nothing goes to {found.untold} yet: no rule and no route names it."
            if found.untold
            else "A channel is a place for messages: mail, Slack, PagerDuty, a webhook and more.",
        ),
        (
            "test",
            "Send a test alert",
            "It goes the way of a real one and says that it is a test. Look whether it has arrived.",
        ),
    )


def _took(at: datetime | None, began: datetime | None) -> str:
    if at is None or began is None or at < began:
        return ""
    length = at - began
    rest = timedelta(minutes=1) if length >= timedelta(minutes=1) else timedelta(seconds=1)
    return elapsed_words(length - length % rest)
