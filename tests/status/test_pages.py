"""What members see of status pages, what they may do, and what whoever has the link sees."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.alerts.models import Incident, Silence
from apps.changes.models import AuditEntry
from apps.changes.services import undo
from apps.connections.models import Connection
from apps.rules.models import Rule
from apps.status.models import Product, PublicUpdate, StatusPage
from apps.status.services import make_link
from apps.teams.models import Role, Team, User
from apps.teams.services import add_member, issue_token
from tests.status.conftest import HOUR, incident, product, watch

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
HEADERS = ("noindex, nofollow", "no-referrer")


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    cache.clear()


@pytest.fixture
def sign_in(team: Team) -> SignIn:
    def sign_in(role: Role, of: Team | None = None) -> Client:
        user = User.objects.create_user(f"{role}-{User.objects.count()}@example.com", name="Ada Secret")
        add_member(team=of or team, user=user, role=role)
        client = Client()
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def late(connection: Connection, status_page: StatusPage) -> Incident:
    """An open incident of a product that has a rule with telling names."""
    rule = watch(connection, "vault.secret_table", verdict="breached")
    product(status_page, "Orders", rule, description="What customers bought.")
    return incident(rule, timezone.now() - HOUR, title="secret_column is late")


@pytest.fixture
def address(status_page: StatusPage) -> str:
    made = make_link(page=status_page, now=timezone.now())
    return "/" + made.split("/", 3)[3]


def own(page: StatusPage, more: str = "") -> str:
    return f"/status/statuspage/{page.pk}/{more}"


def test_a_member_reads_what_is_wrong_and_what_is_behind_it(
    sign_in: SignIn, status_page: StatusPage, late: Incident
) -> None:
    body = sign_in(Role.VIEWER).get(own(status_page)).content.decode()
    assert "Orders is late since" in body
    assert "secret_column is late" in body
    assert "Tell readers" not in body


def test_the_team_is_on_it_once_somebody_is(sign_in: SignIn, status_page: StatusPage, late: Incident) -> None:
    Incident.objects.update(acknowledged_at=timezone.now(), status="acknowledged")
    assert "; the team is on it." in sign_in(Role.VIEWER).get(own(status_page)).content.decode()


def test_pages_of_others_do_not_exist(sign_in: SignIn, status_page: StatusPage, late: Incident) -> None:
    stranger = sign_in(Role.ADMINISTRATOR, Team.objects.create(name="Others"))
    gets = ["", "status.json", "badge.svg", "link/", "change/", "history/", "delete/"]
    assert {stranger.get(own(status_page, each)).status_code for each in gets} == {404}
    assert stranger.get(f"/status/statuspage/incident/{late.pk}/").status_code == 404
    assert stranger.post(own(status_page, "link/"), {"do": "make"}).status_code == 404
    assert stranger.post("/status/statuspage/propose/", {"team": status_page.team_id}).status_code == 404
    assert status_page.name not in stranger.get("/status/statuspage/").content.decode()


def test_who_is_not_signed_in_is_led_to_the_sign_in(client: Client, status_page: StatusPage) -> None:
    for each in ("", "status.json", "badge.svg", "link/"):
        assert "/login/" in client.get(own(status_page, each)).headers["Location"]


def test_only_managers_change_and_share(sign_in: SignIn, status_page: StatusPage) -> None:
    for role, expected in ((Role.OPERATOR, 403), (Role.MANAGER, 200)):
        client = sign_in(role)
        assert {client.get(own(status_page, each)).status_code for each in ("change/", "link/", "delete/")} == {
            expected
        }
        assert client.get("/status/statuspage/add/").status_code == expected


def test_a_page_is_proposed_in_one_click(sign_in: SignIn, connection: Connection, team: Team) -> None:
    for table in ("sales.orders", "sales.items", "crm.people"):
        watch(connection, table)
    client = sign_in(Role.MANAGER)
    assert "Propose a page for Shop" in client.get("/status/statuspage/").content.decode()
    assert client.post("/status/statuspage/propose/", {"team": team.pk}, follow=True).status_code == 200
    assert [(each.name, each.tables) for each in Product.objects.all()] == [("Sales", ["sales.*"]), ("Crm", ["crm.*"])]
    assert StatusPage.objects.get().link_digest is None


def test_where_rules_have_tags_these_are_the_products(sign_in: SignIn, connection: Connection, team: Team) -> None:
    watch(connection, "sales.orders", tags=["order_data"])
    sign_in(Role.MANAGER).post("/status/statuspage/propose/", {"team": team.pk})
    assert [(each.name, each.tags) for each in Product.objects.all()] == [("Order data", ["order_data"])]


def form_of(page: StatusPage, **values: str) -> dict[str, str]:
    blank = {"name": page.name, "slug": page.slug, "description": "", "timezone": "UTC", "days": "90"}
    management = {"products-TOTAL_FORMS": "1", "products-INITIAL_FORMS": "0"}
    added = {"name": "Orders", "tables": "sales.*\n\nmain.orders", "tags": "", "target": "99.9", "position": "1"}
    return blank | management | {f"products-0-{name}": value for name, value in added.items()} | values


def test_a_manager_adds_a_product_and_undoes_a_change(sign_in: SignIn, status_page: StatusPage) -> None:
    client = sign_in(Role.MANAGER)
    assert client.post(own(status_page, "change/"), form_of(status_page, name="Renamed")).status_code == 302
    row = Product.objects.get()
    assert (row.name, row.tables, str(row.target)) == ("Orders", ["sales.*", "main.orders"], "99.900")
    entry = AuditEntry.objects.filter(model="status.statuspage", act="changed").first()
    assert entry is not None
    assert entry.team_id == status_page.team_id
    undo(entry=entry, user=User.objects.get(), now=timezone.now())
    assert StatusPage.objects.get().name == "Data of the shop"


def test_an_address_that_the_team_has_already_is_refused(sign_in: SignIn, status_page: StatusPage, team: Team) -> None:
    StatusPage.objects.create(team=team, name="Another", slug="taken")
    refused = sign_in(Role.MANAGER).post(own(status_page, "change/"), form_of(status_page, slug="taken"))
    assert "The team has a page with this slug already." in refused.content.decode()


def test_a_rule_of_another_team_is_no_choice(sign_in: SignIn, status_page: StatusPage) -> None:
    other = Team.objects.create(name="Others")
    theirs = watch(Connection.objects.create(team=other, name="x", engine="duckdb", settings={}), "main.x")
    sent = form_of(status_page, **{"products-0-rules": theirs.name})
    refused = sign_in(Role.MANAGER).post(own(status_page, "change/"), sent)
    assert "The team has no rule" in refused.content.decode()
    assert not Product.objects.exists()


def test_rules_are_chosen_by_their_names(sign_in: SignIn, status_page: StatusPage, connection: Connection) -> None:
    rules = [watch(connection, f"main.{name}") for name in ("a", "b")]
    names = "\n".join(rule.name for rule in rules)
    client, form = sign_in(Role.MANAGER), own(status_page, "change/")
    client.post(form, form_of(status_page, **{"products-0-rules": names}))
    assert list(Product.objects.get().rules.all()) == rules
    assert rules[1].name in client.get(form).content.decode()


def test_an_undo_brings_no_link_back(status_page: StatusPage, address: str, client: Client, sign_in: SignIn) -> None:
    sign_in(Role.MANAGER).post(own(status_page, "link/"), {"do": "revoke"})
    entry = AuditEntry.objects.filter(model="status.statuspage", act="changed").first()
    assert entry is not None
    undo(entry=entry, user=User.objects.get(), now=timezone.now())
    assert client.get(address).status_code == 404


def test_with_the_link_the_page_opens_signed_out(client: Client, address: str, late: Incident) -> None:
    answer = client.get(address)
    body = answer.content.decode()
    assert answer.status_code == 200
    assert "Orders is late since" in body
    assert "What customers bought." in body
    assert not answer.cookies
    assert (answer.headers["X-Robots-Tag"], answer.headers["Referrer-Policy"]) == HEADERS
    assert len(body) < 30_000
    assert "unfold" not in body


def test_nothing_inside_is_told_outside(
    client: Client, address: str, late: Incident, status_page: StatusPage, team: Team
) -> None:
    now = timezone.now()
    Silence.objects.create(
        team=team, kind="maintenance", reason="secret_reason", starts_at=now + HOUR, ends_at=now + 2 * HOUR
    )
    bodies = [client.get(f"{address}{each}").content.decode() for each in ("", "status.json", "badge.svg")]
    text = " ".join(bodies).lower()
    assert "planned maintenance" in text
    assert "secret" not in text


def test_a_wrong_or_revoked_link_leads_nowhere(
    client: Client, address: str, status_page: StatusPage, sign_in: SignIn
) -> None:
    assert client.get(address).status_code == 200
    assert client.get("/public/shop/wrong/").status_code == 404
    manager = sign_in(Role.MANAGER)
    manager.post(own(status_page, "link/"), {"do": "make"})
    assert client.get(address).status_code == 404
    [fresh] = re.findall(
        r'id="public-link">[^<]*(/public/[^<]+)<', manager.get(own(status_page, "link/")).content.decode()
    )
    assert client.get(fresh).status_code == 200
    manager.post(own(status_page, "link/"), {"do": "revoke"})
    for each in ("", "status.json", "badge.svg"):
        assert client.get(f"{fresh}{each}").status_code == 404


def test_the_key_stands_nowhere_in_the_clear(address: str, status_page: StatusPage) -> None:
    key = address.rstrip("/").rsplit("/", 1)[1]
    row = StatusPage.objects.values().get()
    assert key not in str(row)
    assert key not in str(list(StatusPage.history.values())) + str(list(AuditEntry.objects.values()))


def test_a_crowd_costs_one_look_each(client: Client, address: str, late: Incident) -> None:
    first = client.get(address)
    with CaptureQueriesContext(database) as queries:
        again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content, len(queries)) == (304, b"", 1)
    assert again.headers["Cache-Control"] == "public, max-age=15"


def test_who_guesses_keys_has_to_wait_and_readers_do_not(client: Client, address: str) -> None:
    answers = [client.get(f"/public/shop/guess-{number}/").status_code for number in range(62)]
    assert {answers[0], answers[-1]} == {404, 429}
    assert client.get(address).status_code == 200


def test_badges_say_state_and_sla_in_words(client: Client, address: str, late: Incident) -> None:
    number = Product.objects.get().pk
    state = client.get(f"{address}{number}/badge.svg")
    assert state.headers["Content-Type"].startswith("image/svg+xml")
    assert '<title id="t">Orders: late</title>' in state.content.decode()
    Product.objects.update(target=100)
    assert "Orders SLA: " in client.get(f"{address}{number}/badge.svg?show=sla").content.decode()
    assert "Data of the shop: late" in client.get(f"{address}badge.svg").content.decode()
    assert "0 of 1 on target" in client.get(f"{address}badge.svg?show=sla").content.decode()
    assert client.get(f"{address}999999/badge.svg").status_code == 404


def test_an_operator_tells_readers_and_takes_it_back(
    sign_in: SignIn, client: Client, address: str, late: Incident
) -> None:
    operator, form = sign_in(Role.OPERATOR), f"/status/statuspage/incident/{late.pk}/"
    assert operator.post(form, {"text": "  "}).status_code == 422
    assert operator.post(form, {"text": "We load it <b>again</b>."}).status_code == 302
    body = client.get(address).content.decode()
    assert "We load it &lt;b&gt;again&lt;/b&gt;." in body
    assert "Ada Secret" not in body
    cache.clear()
    operator.post(f"/status/statuspage/updates/{PublicUpdate.objects.get().pk}/back/")
    assert "We load it" not in client.get(address).content.decode()
    assert "taken back" in operator.get(form).content.decode()


def test_a_viewer_tells_readers_nothing(sign_in: SignIn, late: Incident) -> None:
    assert sign_in(Role.VIEWER).post(f"/status/statuspage/incident/{late.pk}/", {"text": "x"}).status_code == 403
    assert not PublicUpdate.objects.exists()


def test_a_token_reads_its_pages_and_a_stranger_finds_none(
    client: Client, status_page: StatusPage, late: Incident
) -> None:
    bearer = {"Authorization": f"Bearer {issue_token(team=status_page.team, name='t')}"}
    assert [each["slug"] for each in client.get("/api/v1/status", headers=bearer).json()] == ["shop"]
    values = client.get(f"/api/v1/status/{status_page.pk}", headers=bearer).json()
    assert (values["state"], values["products"][0]["state"]) == ("down", "down")
    other = {"Authorization": f"Bearer {issue_token(team=Team.objects.create(name='Others'), name='t')}"}
    assert client.get(f"/api/v1/status/{status_page.pk}", headers=other).status_code == 404


def test_the_json_of_the_link_is_that_of_the_api(client: Client, address: str, late: Incident) -> None:
    values = json.loads(client.get(f"{address}status.json").content)
    assert values["incidents"][0]["title"] == "Orders: late"
    assert set(values["products"][0]["months"][0]) >= {"percent", "seconds_down", "seconds_unknown", "met"}
    assert len(values["products"][0]["days"]) == 30


def test_many_rules_and_incidents_need_no_more_queries(
    sign_in: SignIn, connection: Connection, status_page: StatusPage, team: Team
) -> None:
    rules = [watch(connection, f"sales.t{number}") for number in range(20)]
    for rule in rules:
        product(status_page, rule.table, rule, tables=["sales.*"])
        row = incident(rule, timezone.now() - timedelta(days=2), timezone.now() - timedelta(days=1), reopened=1)
        row.timeline.create(at=row.opened_at, kind="detected", text="x")
    client = sign_in(Role.VIEWER)
    with CaptureQueriesContext(database) as queries:
        assert client.get(own(status_page)).status_code == 200
    assert len(queries) <= 20
    assert Rule.objects.count() == 20
