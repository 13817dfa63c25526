"""What the audit looks for. A probe is a question that costs a statement or two on an index, however much there is.

Each app has its own probes; `settings.MIDWATCH_PROBES` names them all, because alerts stands below most apps.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.utils.module_loading import import_string

from apps.common.records import record


@record
class Trouble:
    """What a probe found: how much, since when (None when nobody knows), and in sentences what is wrong and what to
    do."""

    count: int
    since: datetime | None
    sentence: str


@record
class Probe:
    """One question about Midwatch itself.

    `find` only reads. `repair` puts right what can be put right, and returns how much that was. `title` is the trouble
    in one clause without a full stop, `over` the clause that says that it is over. `banner`: people are told of it on
    every page, because nothing they see there is up to date meanwhile.
    """

    name: str
    title: str
    over: str
    find: Callable[[datetime], Trouble | None]
    repair: Callable[[datetime], int] | None = None
    banner: bool = False

    @property
    def key(self) -> str:
        """The key of its incident."""
        return f"midwatch/{self.name}"


def all_probes() -> list[Probe]:
    """The probes of all apps, in the order of the settings."""
    return [probe for path in settings.MIDWATCH_PROBES for probe in import_string(path)]


def troubles(*, now: datetime, banner: bool = False) -> dict[Probe, Trouble]:
    """What is wrong now; with `banner` only what concerns every page."""
    asked = [probe for probe in all_probes() if probe.banner or not banner]
    return {probe: trouble for probe in asked if (trouble := probe.find(now))}
