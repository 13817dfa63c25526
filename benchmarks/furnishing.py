"""What stands beside rules and incidents: status pages, routes, silences, the audit, generated texts. Imported once
Django is set up."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from apps.alerts.models import Channel, Escalation, EscalationStep, Route, Silence
from apps.alerts.services import catch_all
from apps.changes.models import Act, AuditEntry
from apps.status.links import address_of, make_link
from apps.status.models import Product, StatusPage
from apps.summaries.models import GeneratedText, Purpose, Status
from apps.teams.models import Team, User

CHANNELS, ROUTES, SILENCES = 30, 50, 1_000
ENTRIES, TEXTS = 20_000, 2_000


def furnish(team: Team, user: User, subjects: tuple[str, ...], now: datetime) -> tuple[StatusPage, str]:
    """Give `team` much of everything else. Returns its status page, with a product for each of `subjects`, and the path
    of the page's public link."""
    _routing(team, user)
    _silences(team, user, now)
    _records(team, user, now)
    page = StatusPage.objects.create(team=team, name="Data of the shop", slug="shop", days=StatusPage.Days.QUARTER)
    for position, subject in enumerate(subjects):
        Product.objects.create(page=page, name=subject.title(), tables=[f"main.{subject}_*"], position=position)
    make_link(page, now)
    return page, urlsplit(address_of(page)).path


def _routing(team: Team, user: User) -> None:
    catch_all(team)
    channels = Channel.objects.bulk_create(
        Channel(team=team, name=f"Channel {n}", type="webhook", settings={"url": f"http://127.0.0.1:9/{n}"})
        for n in range(CHANNELS)
    )
    escalation = Escalation.objects.create(team=team, name="Nobody answers")
    for minutes in (15, 30, 60):
        step = EscalationStep.objects.create(escalation=escalation, after_minutes=minutes)
        step.people.add(user)
    routes = Route.objects.bulk_create(
        Route(team=team, name=f"Route {n}", position=n, tables=[f"sales_{n}.*"], escalation=escalation)
        for n in range(ROUTES)
    )
    for n, route in enumerate(routes):
        route.channels.add(channels[n % CHANNELS])


def _silences(team: Team, user: User, now: datetime) -> None:
    Silence.objects.bulk_create(
        Silence(
            team=team,
            reason=f"Migration {n}",
            owner=user,
            tables=[f"sales_{n}.*"],
            starts_at=now - timedelta(hours=n),
            ends_at=now - timedelta(hours=n - 10),
        )
        for n in range(SILENCES)
    )


def _records(team: Team, user: User, now: datetime) -> None:
    AuditEntry.objects.bulk_create(
        (
            AuditEntry(at=now - timedelta(minutes=n), act=Act.CHANGED, actor=str(user), user_id=user.pk,
                       team_id=team.pk, team_name=team.name, model="rules.rule", object_id=str(n % 1_000 + 1),
                       object_name=f"Rule {n % 1_000}", sentence=f"{user} changed the rule “Rule {n % 1_000}”.",
                       changes=[{"field": "Severity", "old": "Low", "new": "High"}])
            for n in reversed(range(ENTRIES))
        ),
        batch_size=2_000,
    )  # fmt: skip
    GeneratedText.objects.bulk_create(
        (
            GeneratedText(purpose=Purpose.INCIDENT, team_id=team.pk, subject_id=n + 1, occasion="opened", language="en",
                          model="model", digest=f"{n:064}", facts={"rule": "orders"}, rules="Write plainly. " * 100,
                          request="facts " * 300, plain="It is late.", answer="The orders are late. " * 10,
                          status=Status.ACCEPTED, asked_at=now - timedelta(minutes=n), due_at=now,
                          written_at=now - timedelta(minutes=n))
            for n in range(TEXTS)
        ),
        batch_size=500,
    )  # fmt: skip
