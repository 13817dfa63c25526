"""The page of an incident, and what it is about."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.alerts.models import Incident, TimelineEntry
from apps.common.clock import utc_now
from apps.rules.services import delete_rule
from apps.teams.models import Role, Team, User
from tests.pages.conftest import NOW, World


def shown(client: Client, incident: Incident) -> str:
    answer = client.get(f"/alerts/incident/{incident.pk}/")
    assert answer.status_code == 200
    return answer.content.decode()


def about(team: Team, key: str) -> Incident:
    now = utc_now()
    return Incident.objects.create(
        key=key,
        team=team,
        title="Trouble",
        severity="high",
        facts={},
        opened_at=now,
        last_seen_at=now,
        next_action_at=now,
    )


def test_the_link_in_a_message_leads_to_it(viewer: Client, stranger: Client, world: World) -> None:
    address = f"/alerts/incident/{world.incident.pk}/change/"
    assert viewer.get(address).headers["Location"] == f"/alerts/incident/{world.incident.pk}/"
    assert stranger.get(address).status_code == 404


def test_it_leads_to_the_rule(viewer: Client, world: World) -> None:
    page = shown(viewer, world.incident)
    assert f'href="/rules/rule/{world.rule.pk}/">Open the rule</a>' in page
    assert "was deleted" not in page


def test_it_leads_to_the_table_but_no_guest_of_the_rule(sign_in: Any, viewer: Client, world: World) -> None:
    table = world.table
    of_table = {"table": f"{table.schema}.{table.name}", "connection_id": world.connection.pk}
    Incident.objects.filter(pk=world.incident.pk).update(**of_table, rule_id=world.rule.pk)
    assert f'href="/tables/{table.pk}/">Open the table</a>' in shown(viewer, world.incident)
    guests = Team.objects.create(name="Guests")
    world.rule.shared_with.set([guests])
    assert "Open the table" not in shown(sign_in(Role.VIEWER, guests), world.incident)


def test_it_leads_to_the_connection(viewer: Client, world: World) -> None:
    page = shown(viewer, about(world.team, f"connection/{world.connection.pk}"))
    assert f'href="/connections/connection/{world.connection.pk}/change/">Open the connection</a>' in page


def test_of_a_deleted_rule_it_says_so_and_leads_nowhere(viewer: Client, stranger: Client, world: World) -> None:
    incident, pk = world.incident, world.rule.pk
    delete_rule(rule=world.rule, now=utc_now())
    page = shown(viewer, incident)
    assert "The rule that found this was deleted." in page
    assert f"/rules/rule/{pk}/" not in page
    assert stranger.get(f"/alerts/incident/{incident.pk}/").status_code == 404


def test_of_a_deleted_connection_it_says_so_and_leads_nowhere(viewer: Client, world: World) -> None:
    page = shown(viewer, about(world.team, "connection/999999/budget"))
    assert "The connection was deleted." in page
    assert "Open the connection" not in page


def test_of_what_is_about_neither_it_says_nothing(viewer: Client, world: World) -> None:
    page = shown(viewer, about(world.team, "other/7"))
    assert "was deleted" not in page
    assert 'id="about"' not in page


def part_of(lead: Incident, number: int, merged_as: str = "table", **known: Any) -> Incident:
    now = utc_now()
    return Incident.objects.create(
        key=f"rule/9/part{number}", team=lead.team, title=f"Part {number}", severity="low", facts={}, opened_at=now,
        last_seen_at=now, next_action_at=now, merged_into=lead, merged_as=merged_as, **known,
    )  # fmt: skip


def test_it_says_what_it_is_part_of_and_leads_there(viewer: Client, world: World) -> None:
    part = part_of(world.incident, 1, "upstream")
    page = shown(viewer, part)
    assert f'id="to-lead" href="/alerts/incident/{world.incident.pk}/"' in page
    assert "its source is broken. Messages go out about that one" in page


def test_it_lists_its_parts_with_the_reason_the_open_ones_first(operator: Client, world: World) -> None:
    over = part_of(world.incident, 1, status="resolved", resolved_at=utc_now())
    related = part_of(world.incident, 2, "related")
    page = shown(operator, world.incident)
    assert page.index(f'id="part-{related.pk}"') < page.index(f'id="part-{over.pk}"')
    assert "probably related: it broke at the same time on the same connection" in page
    assert f'id="split-{related.pk}"' in page
    assert f'id="split-{over.pk}"' not in page


def test_many_parts_are_counted_and_the_rest_is_a_list(viewer: Client, world: World) -> None:
    for number in range(53):
        part_of(world.incident, number)
    page = shown(viewer, world.incident)
    assert (page.count('id="part-'), f'href="/alerts/incident/?shown=of-{world.incident.pk}">3 more' in page) == (
        50,
        True,
    )
    listed = viewer.get(f"/alerts/incident/?shown=of-{world.incident.pk}").content.decode()
    assert "53 incidents" in listed


def test_its_badges_tell_what_is_special(viewer: Client, world: World) -> None:
    now = utc_now()
    Incident.objects.update(unstable_since=now, fixed_at=now, snooze="worse", reopened=2)
    page = shown(viewer, world.incident)
    for words in ("Unstable: it comes and goes", "Called fixed, waiting for proof", "Snoozed until it gets worse",
                  "Came back 2 times"):  # fmt: skip
        assert words in page


def test_a_snooze_that_is_over_is_no_badge(viewer: Client, world: World) -> None:
    Incident.objects.update(snooze="time", snoozed_until=utc_now() - timedelta(minutes=1))
    assert "Snoozed" not in shown(viewer, world.incident)


def test_times_are_those_of_the_readers_zone(viewer: Client, world: World) -> None:
    User.objects.update(timezone="Asia/Tokyo")
    assert "21 Nov 2026, 12:00:00 JST" in shown(viewer, world.incident)


def test_what_happened_before_comes_the_nearest_first(viewer: Client, world: World) -> None:
    def before(key: str, hours: int, **known: Any) -> Incident:
        at = NOW - timedelta(hours=hours)
        return Incident.objects.create(
            key=key, team=world.team, title=f"Before {hours}", opened_at=at, last_seen_at=at, next_action_at=at,
            status="resolved", resolved_at=at + timedelta(minutes=90), connection_id=world.connection.pk, **known,
        )  # fmt: skip

    Incident.objects.update(connection_id=world.connection.pk, table="main.orders", kind="freshness")
    kind = before("rule/7/main.other", 1, kind="freshness")
    table = before("rule/8/main.orders", 2, table="main.orders", cause="The disk was full.", outcome="real")
    same = before(world.incident.key, 400)
    before("rule/9/main.else", 3, kind="volume")
    page = shown(viewer, world.incident)
    places = [page.index(f'id="similar-{each.pk}"') for each in (same, table, kind)]
    assert (places, page.count('id="similar-')) == (sorted(places), 3)
    assert "Cause: The disk was full." in page
    assert "The same table; " in page
    assert "lasted 1 h 30 min, ended by itself." in page


def test_a_thousand_parts_and_lines_need_no_more_queries(operator: Client, world: World) -> None:
    spent = []
    for count in (1, 200):
        for number in range(count):
            part_of(world.incident, 1000 * count + number)
            TimelineEntry.objects.create(incident=world.incident, at=NOW, kind="noted", text=f"Note {number}")
        with CaptureQueriesContext(connection) as queries:
            shown(operator, world.incident)
        spent.append(len(queries))
    assert spent[1] <= spent[0] + 1  # the parts that are not listed are counted
    assert spent[1] <= 20


def test_of_a_long_timeline_the_newest_lines_are_shown_first(viewer: Client, world: World) -> None:
    TimelineEntry.objects.bulk_create(
        TimelineEntry(incident=world.incident, at=NOW + timedelta(seconds=number), kind="noted", text=f"Note {number}.")
        for number in range(250)
    )
    page = shown(viewer, world.incident)
    assert ("Note 249." in page, "Note 1." in page, 'id="whole-timeline"' in page) == (True, False, True)
    assert "Note 1." in viewer.get(f"/alerts/incident/{world.incident.pk}/?timeline=all").content.decode()


def test_a_refresh_leaves_out_the_buttons_that_are_still_right(operator: Client, world: World) -> None:
    poll = re.search(r'id="incident-poll" hx-get="([^"]+)"', shown(operator, world.incident))
    assert poll
    again = operator.get(poll[1].replace("&amp;", "&")).content.decode()
    assert ('id="incident-head"' in again, 'id="incident-acts"' in again) == (True, False)
    Incident.objects.update(status="acknowledged")
    assert 'id="incident-acts"' in operator.get(poll[1].replace("&amp;", "&")).content.decode()


def test_a_viewer_sees_what_was_learned_and_no_buttons(viewer: Client, world: World) -> None:
    Incident.objects.update(cause="A key expired.")
    page = shown(viewer, world.incident)
    assert "A key expired." in page
    assert 'id="incident-acts"' not in page
    assert "<textarea" not in page
