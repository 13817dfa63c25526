"""Generated texts on pages: who sees the text, who sees what was sent, and who says what it is worth."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from apps.alerts.models import Incident
from apps.common.clock import utc_now
from apps.summaries.models import GeneratedText, Opinion
from apps.teams.models import Role, Team
from tests.pages.conftest import NASTY, NOW, World
from tests.servers.llm import ModelServer

SignIn = Callable[..., Client]
SECRET_FACT = "FACTS-OF-MIDWATCH"


@pytest.fixture
def text(world: World, model: ModelServer) -> GeneratedText:
    Team.objects.update(generated_summaries=True)
    return GeneratedText.objects.create(
        purpose="incident", team_id=world.team.pk, subject_id=world.incident.pk, occasion="0-medium-open",
        language="en", model="double", digest="d", rules="Write.", request=f"{SECRET_FACT} {NASTY}",
        plain="Late.", status="accepted",
        answer=f"It is late. {NASTY}", tokens_in=700, tokens_out=60, seconds=1.2, asked_at=utc_now(), due_at=NOW,
        tried_at=utc_now(), written_at=NOW,
    )  # fmt: skip


def page_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_incident_shows_its_text_with_a_label_below_what_is_known(
    viewer: Client, world: World, text: GeneratedText
) -> None:
    page = page_of(viewer, f"/alerts/incident/{world.incident.pk}/")
    assert page.index("What is known") < page.index("It is late.") < page.index("Written by a language model")
    assert NASTY not in page
    assert "What was sent" not in page


def test_a_team_that_switched_it_off_again_sees_no_text(viewer: Client, world: World, text: GeneratedText) -> None:
    Team.objects.update(generated_summaries=False)
    assert "It is late." not in page_of(viewer, f"/alerts/incident/{world.incident.pk}/")


def test_a_guest_of_the_rule_sees_no_text_which_is_written_of_all_that_the_team_sees(
    sign_in: SignIn, world: World, text: GeneratedText
) -> None:
    Incident.objects.update(rule_id=world.rule.pk)
    guests = Team.objects.create(name="Guests")
    world.rule.shared_with.add(guests)
    assert "It is late." not in page_of(sign_in(Role.MANAGER, guests), f"/alerts/incident/{world.incident.pk}/")


def test_managers_see_every_prompt_and_answer(manager: Client, world: World, text: GeneratedText) -> None:
    page = page_of(manager, f"/generated/incident/{world.incident.pk}/")
    assert page.count(SECRET_FACT) >= 3  # what was sent, and what would be sent now
    assert "Accepted" in page
    assert "700 sent, 60 answered, in 1.2 s" in page
    assert NASTY not in page
    assert "760 of 50,000 tokens" in page_of(manager, "/generated/")


def test_what_would_be_sent_is_shown_before_anything_is(manager: Client, world: World) -> None:
    page = page_of(manager, f"/generated/incident/{world.incident.pk}/")
    assert "No language model is configured" in page
    assert "has not switched generated texts on" in page
    assert SECRET_FACT in page


def test_a_viewer_sees_no_prompt_and_a_stranger_no_page(
    viewer: Client, stranger: Client, world: World, text: GeneratedText
) -> None:
    addresses = ["/generated/", f"/generated/incident/{world.incident.pk}/"]
    assert [viewer.get(address).status_code for address in addresses] == [403, 403]
    assert "It is late." not in page_of(stranger, "/generated/")
    assert stranger.get(addresses[1]).status_code == 404


def test_every_member_says_whether_a_text_is_useful_and_the_last_word_counts(
    viewer: Client, manager: Client, stranger: Client, world: World, text: GeneratedText
) -> None:
    address = f"/generated/{text.pk}/opinion/"
    assert stranger.post(address, {"useful": "yes"}).status_code == 404
    for said in ("yes", "no"):
        viewer.post(address, {"useful": said})
    manager.post(address, {"useful": "yes"})
    assert sorted(Opinion.objects.values_list("useful", flat=True)) == [False, True]
    assert "1 found it useful, 1 did not." in page_of(manager, f"/generated/incident/{world.incident.pk}/")


def test_the_list_of_texts_asks_the_same_number_of_statements_however_many_there_are(
    manager: Client, world: World, text: GeneratedText, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(20):
        GeneratedText.objects.create(
            purpose="incident", team_id=world.team.pk, subject_id=number, occasion=str(number), language="en",
            model="double", digest="d", plain="Late.", asked_at=utc_now(), due_at=NOW,
        )  # fmt: skip
    with django_assert_max_num_queries(20):
        manager.get("/generated/")


def test_the_form_of_a_team_says_what_is_sent_and_where_to(
    administrator: Client, world: World, model: ModelServer
) -> None:
    page = page_of(administrator, f"/teams/team/{world.team.pk}/change/")
    assert f"Sent to {model.base} for the model double" in page
    assert "Never sent: rows" in page


def test_a_change_is_read_by_every_member_and_summed_up_when_an_operator_asks(
    operator: Client, viewer: Client, world: World, model: ModelServer
) -> None:
    Team.objects.update(generated_summaries=True)
    page = page_of(operator, f"/changes/?team={world.team.pk}")
    assert "Have a language model sum it up" in page
    assert "Have a language model" not in page_of(viewer, f"/changes/?team={world.team.pk}")
    operator.post(f"/changes/{world.team.pk}/ask/", {"days": "7"})
    asked = GeneratedText.objects.get()
    assert (asked.purpose, asked.status, asked.team_id) == ("changes", "waiting", world.team.pk)
    assert all(entry["id"].startswith("#") for entry in asked.facts["entries"])
    assert "is not written yet" in page_of(viewer, f"/changes/?team={world.team.pk}")


def test_another_team_has_no_log_for_a_stranger(stranger: Client, world: World) -> None:
    assert stranger.get(f"/changes/?team={world.team.pk}").status_code == 404
    assert Incident.objects.filter(team=world.team).exists()


def test_nobody_without_a_team_sees_a_log(sign_in: SignIn, world: World) -> None:
    assert "You are in no team yet" in page_of(sign_in(None), "/changes/")
    assert sign_in(Role.VIEWER, world.team).get("/changes/").status_code == 200


def test_the_overview_tells_the_last_night_to_teams_that_switched_it_on(
    viewer: Client, world: World, model: ModelServer
) -> None:
    assert "w-words" not in page_of(viewer, "/")
    Team.objects.update(generated_summaries=True)
    GeneratedText.objects.create(
        purpose="period", team_id=world.team.pk, occasion="night-1", language="en", model="double", digest="d",
        plain="1 incident began.", answer="The orders were late.", status="accepted", asked_at=utc_now(),
        due_at=NOW, written_at=utc_now(),
    )  # fmt: skip
    assert "w-words" in page_of(viewer, "/")
    part = page_of(viewer, "/watch/words/")
    assert part.index("1 incident began.") < part.index("The orders were late.") < part.index("language model")
