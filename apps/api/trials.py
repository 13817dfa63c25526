"""What would have come of a rule, for programs and as lines of text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from apps.rules.services import Backtest, Trial, TrialAlert, TrialPoint

RECENT = 30  # days
TOLD = {"false_alarm": "called false", "harmless": "called harmless", "real": "real", "missed": "real"}
SHOWN, LISTED = 20, 1_000  # alerts, the newest: as lines, and for programs


def values_of(found: Backtest, *, points: bool = False) -> dict[str, Any]:
    """Plain values, the same over REST and in the output of the command. `points`: with all that was judged."""
    return {
        "sentence": found.sentence,
        "days": found.days,
        "tables": found.tables,
        "unread": found.unread,
        "trials": [_trial(trial, points=points) for trial in found.trials],
    }


def lines_of(found: Backtest) -> Iterator[str]:
    """The sentence, and for each table the alerts that there would have been."""
    yield found.sentence
    for trial in found.trials:
        yield ""
        yield f"{trial.table}: {trial.reason or f'tried on {trial.source}'}"
        if len(trial.alerts) > SHOWN:
            yield f"  {len(trial.alerts) - SHOWN:,} earlier alerts"
        for alert in trial.alerts[-SHOWN:]:
            said = f" [{TOLD[alert.said]}]" if alert.said else ""
            opened = alert.opened.astimezone(trial.zone)
            closed = f"{alert.closed.astimezone(trial.zone):%Y-%m-%d %H:%M}" if alert.closed else "open still"
            yield f"  {opened:%Y-%m-%d %H:%M} to {closed} ({trial.zone.key}){said}  {alert.reason}".rstrip()


def _trial(trial: Trial, *, points: bool) -> dict[str, Any]:
    tally = trial.tally(RECENT)
    values = {
        "table": str(trial.table),
        "timezone": trial.zone.key,
        "unit": trial.unit,
        "since": trial.since and trial.since.isoformat(),
        "source": trial.source,
        "reason": trial.reason,
        "notes": list(trial.notes),
        "alerts_last_30_days": len(trial.opened(RECENT)),
        "alert_days": sorted({day.isoformat() for day in trial.dates(RECENT)}),
        "alerts_in_all": len(trial.alerts),
        "false_last_30_days": tally.false,
        "excused_last_30_days": tally.excused,
        "real_last_30_days": tally.real,
        "found_last_30_days": tally.found,
        "longest_seconds": trial.longest.total_seconds(),
        "alerts": list(map(_alert, trial.alerts[-LISTED:])),
        "excused": list(map(_alert, trial.excused[-LISTED:])),
        "values": list(map(_point, trial.values)),
    }
    return values | ({"points": list(map(_point, trial.few(trial.points)))} if points else {})


def _alert(alert: TrialAlert) -> dict[str, Any]:
    return {
        "opened": alert.opened.isoformat(),
        "closed": alert.closed and alert.closed.isoformat(),
        "reason": alert.reason,
        "said": alert.said,
    }


def _point(point: TrialPoint) -> dict[str, Any]:
    return {
        "at": point.at.isoformat(),
        "value": point.value,
        "low": point.low,
        "high": point.high,
        "alerts": point.alerts,
    }
