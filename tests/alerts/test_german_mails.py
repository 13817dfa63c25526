"""A team whose language is German reads German mails, from a rule that breaks to its end."""

from __future__ import annotations

from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import duckdb
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.urls import reverse
from django.utils import translation

from apps.alerts.channels.comparison import comparison_of
from apps.alerts.channels.picture import draw
from apps.alerts.models import Channel, Incident
from apps.alerts.services import deliver_due, send_test
from apps.common.clock import utc_now
from apps.teams.models import Language, Team, User
from tests.alerts.conftest import NOW, deliver, found, text_of
from tests.servers.smtp import SmtpServer

RULES = """
version: 1
team: Daten
connections:
  shop: {engine: duckdb, path: ./shop.duckdb}
channels:
  post: {type: email, to: [anna@firma.example]}
rules:
  - {name: Umsatz, connection: shop, table: main.orders, kind: freshness, every: 1h, column: at, notify: [post]}
"""


def load(home: Path, age: str) -> None:
    with duckdb.connect(str(home / "shop.duckdb")) as session:
        session.execute(f"CREATE OR REPLACE TABLE orders AS SELECT now() - INTERVAL '{age}' AS at")


def check() -> None:
    try:
        call_command("run_rules", verbosity=0)
    except (SystemExit, CommandError):
        pass


def html_of(mail: EmailMessage) -> str:
    part = mail.get_body(("html",))
    assert part is not None
    return str(part.get_content())


def test_a_german_teams_rule_breaks_and_both_mails_are_german(db: None, smtp: SmtpServer, tmp_path: Path) -> None:
    load(tmp_path, "3 hours")
    (tmp_path / "rules.yml").write_text(RULES, encoding="utf-8")
    call_command("apply", str(tmp_path / "rules.yml"), verbosity=0)
    Team.objects.update(language=Language.GERMAN)
    check()
    deliver_due(now_source=utc_now)
    load(tmp_path, "1 minute")
    check()
    deliver_due(now_source=utc_now)
    beginning, end = smtp.mails
    assert beginning["Subject"].strip() == "[Mittel] Umsatz: main.orders hat sich seit 3 Std. nicht geändert"
    text = text_of(beginning)
    assert "Alarmiert, wenn sich main.orders seit mehr als" in text
    assert "Gemessen an: Spalte at" in text
    assert "Im Bild:" in text
    assert "In Midwatch öffnen: http" in text
    assert "Sie erhalten diese Nachricht, weil die Regel „Umsatz“ diesen Kanal nennt." in text
    assert '<html lang="de"' in html_of(beginning)
    assert end["Subject"].strip().startswith("[Behoben] Umsatz: main.orders ist wieder aktuell (nach ")
    assert "Was es war: main.orders hat sich seit 3 Std. nicht geändert." in text_of(end)
    # What pages, programs and the language model read stays as it was.
    assert Incident.objects.get().facts["trouble"] == "main.orders has not changed for 3 h"


def test_the_language_is_that_of_the_channels_team_and_not_of_a_request(
    team: Team, mail: Channel, smtp: SmtpServer
) -> None:
    with translation.override("de"):
        found(team, mail)
        deliver()
    assert smtp.mails[0]["Subject"].startswith("[High] ")
    Team.objects.update(language=Language.GERMAN)
    send_test(channel=Channel.objects.get(pk=mail.pk), now=NOW)
    deliver()
    assert smtp.mails[1]["Subject"].strip() == f"[Test] Midwatch erreicht {mail}"


def test_a_picture_has_no_letter_that_its_font_lacks() -> None:
    # The font draws the same box for each letter that it lacks.
    facts = {"situation": "stale", "age_seconds": 10_800.0, "allowed_seconds": 4200.0, "language": "de"}
    comparison = comparison_of(facts)
    assert comparison is not None
    assert comparison.caption == "Unverändert: 3 Std. Grenze: 70 Min. In Ordnung: höchstens 70 Min."
    plain = replace(comparison, bars=(replace(comparison.bars[0], name="Unveraendert"), comparison.bars[1]))
    assert draw(comparison) == draw(plain)


def test_an_administrator_chooses_the_language_in_the_teams_form(team: Team, client: Client) -> None:
    client.force_login(User.objects.create_superuser("root@example.com", "a long password"))
    page = client.get(reverse("admin:teams_team_change", args=[team.pk])).content.decode()
    assert '<option value="de">Deutsch</option>' in page
