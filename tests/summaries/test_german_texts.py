"""German texts, written out: what a team reads whose language is German."""

from __future__ import annotations

from typing import Any

import pytest

from apps.summaries.services import write_message, write_title
from tests.summaries.test_every_situation import BASE, ROWS, TOLD

GERMAN = BASE | {"language": "de", "because": "the rule “Orders” names this channel."}
DAY = {"period_start": "2026-11-19T23:00:00+00:00", "period_end": "2026-11-20T23:00:00+00:00"}
HEADLINES: dict[tuple[str, str], tuple[dict[str, Any], str]] = {
    ("stale", "opened"): (
        {"age_seconds": 277_200.0, "allowed_seconds": 93_600.0, "last_change": "2026-11-18T01:10:00+00:00"},
        "main.orders hat sich seit 3 Tagen 5 Std. nicht geändert. Letzte Änderung: 18. Nov. 2026, 02:10 Uhr "
        "(Europe/Berlin). Die Grenze von 26 Std. ist überschritten.",
    ),
    ("drop", "opened"): (
        ROWS | DAY
        | {"difference_percent": -65.53, "baseline_words": "the mean of the same weekday in the last 4 days"},
        "main.orders hat 65,5 % weniger Zeilen erhalten als erwartet. Erhalten: 350 Zeilen am 20. Nov. 2026 "
        "(Europe/Berlin); erwartet waren 1.000 (65,5 % weniger als das Mittel desselben Wochentags der letzten 4 "
        "Tage).",
    ),
    ("faulty", "reopened"): (
        {"rows": 1204, "faulty": 1, "allowed": 0, "fault": "has a value in mail that is not an email address"},
        "Wieder aufgetreten: 1 Zeile von main.orders hat einen Wert in mail, der keine E-Mail-Adresse ist. "
        "Anteil: weniger als 0,1 % von 1.204 Zeilen; keine ist erlaubt.",
    ),
    ("flat", "escalated"): (
        {"rows": 1204, "same_seconds": 172_800, "flat_seconds": 86_400},
        "main.orders hat seit 2 Tagen genau 1.204 Zeilen. Der Vorfall ist offen seit 21. Nov. 2026, 06:10 Uhr "
        "(Europe/Berlin), und niemand hat ihn bestätigt. Bestätigen Sie ihn, um zu zeigen, dass Sie sich darum "
        "kümmern; dann wird niemand sonst benachrichtigt.",
    ),
    ("gaps", "reminder"): (
        {"missing": ["3 Mar 2026", "4 Mar 2026"], "count": 2, "periods": "day", "open_seconds": 97_200},
        "main.orders hat für 2 Tage keine Zeilen. Der Vorfall ist seit 1 Tag 3 Std. offen, und niemand hat ihn "
        "bestätigt. Bestätigen Sie ihn, um zu zeigen, dass Sie sich darum kümmern; dann wird niemand mehr erinnert.",
    ),
    ("connection", "opened"): (
        TOLD["connection"][0] | {"rules": 1},
        "Die Verbindung shop ist nicht nutzbar. The password is wrong. 1 Regel kann bis dahin nicht geprüft werden.",
    ),
    ("schema", "changed"): (
        {"added": [["discount", "numeric"]], "change": "Ada raised the severity from low to high."},
        "Ada hat den Schweregrad von „niedrig“ auf „hoch“ angehoben. Die Spalten von main.orders haben sich geändert "
        "(1 neu). Neu: discount (numeric).",
    ),
    ("number", "summary"): (
        {"what": "the share of zeros in price", "value": 12.5, "percent": True, "high": 10.0},
        "Nachrichten hierzu wurden bis jetzt zurückgehalten, und die Störung besteht weiter: Der Anteil der Nullen in "
        "price in main.orders ist 12,5 %. Beginn: 21. Nov. 2026, 06:10 Uhr (Europe/Berlin).",
    ),
    ("drop", "resolved"): (
        ROWS | DAY | {"rows": 1204, "parts": {"total": 2}},
        "Die Daten sind wieder da: main.orders hat wie erwartet Zeilen erhalten: 1.204 Zeilen am 20. Nov. 2026 "
        "(Europe/Berlin). Die Störung hat 1 Std. gedauert. 2 weitere Störungen, die dazugehörten, endeten ebenfalls.",
    ),
    ("stale", "resolved"): (
        {"by": "Ada", "duration_seconds": 172_800.0},
        "Ada hat den Vorfall zu main.orders geschlossen; er war 2 Tage offen. Findet die nächste Prüfung die Störung "
        "wieder, wird er erneut geöffnet.",
    ),
}  # fmt: skip
ROLLUP: dict[str, Any] = {
    "language": "de", "timezone": "Europe/Berlin", "team": "Daten", "new_count": 1200, "remaining_count": 1200,
    "count": 1200, "severities": {"critical": 2, "high": 1198}, "causes": [["shop", 1100], ["crm", 100]],
    "because": "so much began at once that a message for each would have been too many.",
    "items": [{"title": "Umsatz", "severity": "critical", "began": "2026-11-21T05:10:00+00:00"}],
}  # fmt: skip
DIGEST: dict[str, Any] = {
    "language": "de", "how": "weekly", "timezone": "Europe/Berlin", "begins": "2026-11-14T06:00:00+00:00",
    "began": 2, "ended": 1, "open": 1, "teams": [{"team": "Daten", "checks": 1204, "breached": 2}],
    "still_open": [
        {"number": 7, "severity": "High", "title": "Umsatz", "began": "2026-05-01T05:10:00+00:00", "new": True},
    ],
    "resolved": [{"number": 5, "severity": "Low", "title": "Lager", "seconds": 90_000, "outcome": "false alarm"}],
}  # fmt: skip


def german(kind: str, facts: dict[str, Any]) -> Any:
    return write_message(kind=kind, facts=facts, severity="high", link="", repeated=False)


@pytest.mark.parametrize(("situation", "kind"), HEADLINES)
def test_a_headline_in_german(situation: str, kind: str) -> None:
    facts, told = HEADLINES[situation, kind]
    assert german(kind, GERMAN | {"situation": situation} | facts).headline == told


def test_a_whole_message_in_german() -> None:
    facts = HEADLINES["stale", "opened"][0] | {
        "sentence": "Alerts if main.orders has not changed for more than 26 h (expected every 24 h, 2 h tolerance), by "
        "column at.",
        "source": "column at", "trust": "estimate",
    }  # fmt: skip
    text = german("opened", GERMAN | {"situation": "stale"} | facts)
    assert text.subject == "[Hoch] Orders: main.orders hat sich seit 3 Tagen 5 Std. nicht geändert"
    assert text.details == (
        ("Tabelle", "main.orders"),
        ("Verbindung", "shop"),
        ("Unverändert", "3 Tage 5 Std."),
        ("Letzte Änderung", "18. Nov. 2026, 02:10 Uhr (Europe/Berlin)"),
        ("Grenze", "26 Std."),
        ("Regel", "Orders"),
        (
            "Wann sie alarmiert",
            "Alarmiert, wenn sich main.orders seit mehr als 26 Std. nicht geändert hat (erwartet alle 24 Std., "
            "Toleranz 2 Std.; gemessen an: Spalte at).",
        ),
        ("Gemessen an", "Spalte at (eine Schätzung)"),
        ("Geprüft", "21. Nov. 2026, 06:10 Uhr (Europe/Berlin)"),
        ("Schweregrad", "Hoch"),
    )
    assert text.footer == "Sie erhalten diese Nachricht, weil die Regel „Orders“ diesen Kanal nennt."


def test_a_roll_up_in_german() -> None:
    text = german("rollup", ROLLUP)
    assert text.subject == "[Hoch] 1.200 Vorfälle begannen auf einmal (Team Daten)"
    assert text.headline == (
        "1.200 Vorfälle begannen auf einmal und werden deshalb in einer Nachricht gemeldet. Alle bestehen weiter "
        "(2 kritisch, 1.198 hoch). Sehen Sie zuerst nach den Verbindungen shop (1.100) und crm (100)."
    )
    assert text.details[0] == ("1. Kritisch", "Umsatz (seit 21. Nov. 2026, 06:10 Uhr (Europe/Berlin))")


def test_a_digest_in_german() -> None:
    text = german("digest", DIGEST)
    assert text.subject == "Midwatch: Ihre Woche, 2 neue Vorfälle, 1 offen"
    assert text.headline == (
        "Seit 14. Nov. 2026, 07:00 Uhr (Europe/Berlin): 2 Vorfälle begannen, 1 beendet. 1 ist jetzt offen. "
        "1.204 Prüfungen liefen."
    )
    assert text.sections == (
        ("Noch offen", (("#7 Hoch, neu", "Umsatz. Seit 1. Mai 2026, 07:10 Uhr (Europe/Berlin); noch von niemandem "
                         "übernommen."),)),
        ("Behoben", (("#5 Niedrig", "Lager. Dauer: 1 Tag 1 Std. (Fehlalarm)."),)),
        ("Prüfungen nach Team", (("Daten", "1.204 Prüfungen: 2 mit Verstoß"),)),
    )  # fmt: skip


def test_a_test_message_in_german() -> None:
    text = german("test", {"language": "de", "channel": "Bereitschaft", "team": "Daten"})
    assert text.subject == "[Test] Midwatch erreicht Bereitschaft"
    assert text.headline.startswith("Dies ist ein Test des Kanals Bereitschaft. Es ist nichts gestört:")


def test_without_a_language_and_in_one_without_a_catalogue_a_text_is_english() -> None:
    facts = BASE | {"situation": "stale", "age_seconds": 7800.0}
    for language in ({}, {"language": "en"}, {"language": "tlh"}, {"language": None}):
        assert write_title(facts=facts | language) == "main.orders has not changed for 2 h 10 min"
