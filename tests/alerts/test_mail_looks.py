"""What a mail is made of: the chart, its size, its links, and lines that every program shows."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from PIL import Image
from pytest_django import Settings as DjangoSettings

from apps.alerts.channels.chartpicture import COLORS, draw_chart
from apps.alerts.channels.chartscale import Scales, moment_labels, number_labels
from apps.alerts.channels.contract import Outgoing
from apps.alerts.channels.mails import mail_to
from apps.alerts.incidents.evidence import Evidence, Happened
from apps.alerts.models import Channel, Incident
from apps.summaries.services import write_message
from apps.teams.models import Team
from tests.alerts.conftest import NOW, deliver, found
from tests.servers.smtp import SmtpServer

BEGINS = datetime(2026, 11, 20, 22, 0, tzinfo=UTC)


def chart(**more: Any) -> dict[str, Any]:
    hours = 24
    return {
        "label": "Rows that arrived", "unit": "rows",
        "times": [(BEGINS + timedelta(hours=hour)).timestamp() for hour in range(hours)],
        "values": [1_000.0] * (hours - 1) + [120.0], "low": [800.0] * hours, "high": [None] * hours,
        "learned_low": [700.0] * hours, "learned_high": [1_300.0] * hours, "breached": [hours - 1], "unusual": [],
        "moments": [{"at": (BEGINS + timedelta(hours=23)).timestamp(), "label": "it was noticed"}], **more,
    }  # fmt: skip


def known_evidence(incident: Incident, *, now: datetime) -> Evidence:
    happened = Happened(NOW - timedelta(minutes=5), "Maria lowered the tolerance.", "/rules/rule/1/history/")
    return Evidence(
        chart=chart(), chart_words="The last is 120 rows.", happened=(happened,), loads=("None came since.",)
    )


def failing_evidence(incident: Incident, *, now: datetime) -> Evidence:
    raise RuntimeError("The catalogue is away.")


def html_of(mail: EmailMessage) -> str:
    part = mail.get_body(("html",))
    assert part is not None
    return str(part.get_content())


def lines_of(mail: EmailMessage) -> list[str]:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).splitlines()


def digest(rows: int) -> Outgoing:
    still = [
        {"number": number, "severity": "high", "title": "t" * 200, "began": NOW.isoformat()} for number in range(rows)
    ]
    facts = {"situation": "digest", "how": "daily", "open": rows, "still_open": still, "begins": NOW.isoformat()}
    message = write_message(kind="digest", facts=facts, severity="low", link="http://here/", repeated=False)
    return Outgoing("d", "d", "d", first_in_thread=True, attempt=1, message=message, personal=True)


def test_the_chart_goes_along_with_its_words_for_those_who_do_not_see_it(
    team: Team, mail: Channel, smtp: SmtpServer, settings: DjangoSettings
) -> None:
    settings.MIDWATCH_EVIDENCE = f"{__name__}.known_evidence"
    found(team, mail)
    deliver()
    got = smtp.mails[0]
    (picture,) = [part for part in got.walk() if part.get_content_maintype() == "image"]
    assert f'src="cid:{picture["Content-ID"][1:-1]}" alt="The last is 120 rows."' in html_of(got)
    text = " ".join(lines_of(got))
    assert "Shortly before - Loads: None came since. - 21 Nov, 08:15 CET: Maria lowered the tolerance." in text
    assert "In the picture: The last is 120 rows." in text


def test_evidence_that_cannot_be_read_holds_no_message_back(
    team: Team, mail: Channel, smtp: SmtpServer, settings: DjangoSettings
) -> None:
    settings.MIDWATCH_EVIDENCE = f"{__name__}.failing_evidence"
    found(team, mail)
    deliver()
    assert "has not changed for 2 h 10 min" in str(smtp.mails[0]["Subject"])


def test_nothing_of_a_mail_is_fetched_from_elsewhere(team: Team, mail: Channel, smtp: SmtpServer) -> None:
    found(team, mail)
    deliver()
    html = html_of(smtp.mails[0])
    assert re.findall(r'(?:src|background)="(?!cid:)[^"]*"|url\(|@import|<link|<script', html) == []
    assert 'name="color-scheme" content="light dark"' in html


def test_no_line_of_the_text_is_wider_than_a_mail_program_shows(team: Team, mail: Channel, smtp: SmtpServer) -> None:
    found(team, mail, sentence="Alerts if " + "much of this happens and " * 20 + "nobody looks.")
    deliver()
    assert [line for line in lines_of(smtp.mails[0]) if len(line) > 76 and "http" not in line] == []


@pytest.mark.parametrize(("rows", "cut"), [(10, False), (1_500, True)])
def test_it_is_small_enough_to_be_shown_whole(db: None, rows: int, cut: bool) -> None:
    made = mail_to("a@example.com", digest(rows), answers=False, picture=None)
    html = str(made.alternatives[0][0])
    assert len(html.encode()) < 100_000
    assert ("lines are left out here; the page has them all." in html) == cut


def test_a_mail_to_a_person_says_where_they_choose_what_reaches_them(db: None) -> None:
    made = mail_to("a@example.com", digest(1), answers=False, picture=None)
    assert made.extra_headers["List-Unsubscribe"].endswith("/notifications/>")
    assert "/notifications/" in str(made.body)


def test_the_picture_shows_the_band_the_limit_and_the_bad_point() -> None:
    content = draw_chart(chart(), ZoneInfo("Europe/Berlin"))
    picture = Image.open(io.BytesIO(content)).convert("RGB")
    colors: set[Any] = {color for _, color in picture.getcolors(maxcolors=1 << 24) or []}

    def near(name: str) -> bool:
        wanted = tuple(int(COLORS[name][place : place + 2], 16) for place in (1, 3, 5))
        return any(max(abs(one - other) for one, other in zip(color, wanted, strict=True)) < 24 for color in colors)

    assert [name for name in ("usual", "limit", "value", "moment") if not near(name)] == []
    assert len(content) < 60_000


def test_times_along_the_axis_are_those_of_the_zone() -> None:
    scales = Scales.of(chart(), (0, 0, 100, 100))
    labels = list(moment_labels(scales, ZoneInfo("Europe/Berlin")))
    assert [(clock, day) for _, clock, day in labels] == [
        ("00:00", "21 Nov"), ("06:00", ""), ("12:00", ""), ("18:00", ""),
    ]  # fmt: skip
    assert [words for _, words in number_labels(scales)] == ["0", "500", "1,000"]
