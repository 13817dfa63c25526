"""`kill -9` of worker, beat, dispatcher and web at ten named points. Run by `make chaos`."""

from __future__ import annotations

import http.client
import urllib.parse
import urllib.request

import pytest

from apps.common.fault import POINTS
from tests.chaos.house import House, wait_until
from tests.chaos.truth import check_story, check_truth
from tests.servers.http import Answer

OF_WORKER = POINTS[:3]
OF_SENDER = POINTS[3:8]
SESSION = (
    "from django.contrib.sessions.backends.db import SessionStore;"
    "from django.conf import settings;"
    "from apps.teams.models import User;"
    "user = User.objects.create_superuser(f'root{User.objects.count()}@example.com', password='a long enough secret');"
    "store = SessionStore();"
    "store.update({'_auth_user_id': str(user.pk), '_auth_user_backend': settings.AUTHENTICATION_BACKENDS[0],"
    " '_auth_user_hash': user.get_session_auth_hash()});"
    "store.create(); print(store.session_key)"
)
TOKEN = "a" * 32


def begin_and_end(house: House) -> None:
    """The trouble is told, it ends, and that is told too."""
    wait_until(lambda: house.posts("opened") and house.mails())
    house.mend()
    wait_until(lambda: house.posts("resolved") and len(house.mails()) == 2)
    settle(house)


def settle(house: House) -> None:
    """Wait until nothing is on its way any more."""
    unsent = "SELECT 1 FROM alerts_delivery WHERE status IN ('queued', 'sending')"
    wait_until(lambda: not house.rows(unsent))


def kill_at(house: House, point: str, *victims: str) -> None:
    """Start the victims to die at `point`; once one has died, kill the others, let the leases run out, start anew."""
    processes = [house.start(name, die_at=point) for name in victims]
    wait_until(lambda: any(process.poll() is not None for process in processes))
    house.kill(*processes)
    house.pass_time(minutes=3)
    for name in victims:
        house.start(name)


@pytest.mark.parametrize("point", OF_WORKER)
def test_a_worker_killed_in_the_middle_of_a_check_loses_no_alert(house: House, point: str) -> None:
    house.break_orders()
    house.start("beat")
    house.start("dispatcher")
    kill_at(house, point, "worker")
    begin_and_end(house)
    check_story(house)


@pytest.mark.parametrize("point", OF_SENDER)
def test_a_dispatcher_killed_in_the_middle_of_a_send_loses_no_alert(house: House, point: str) -> None:
    house.break_orders()
    house.start("beat")
    kill_at(house, point, "dispatcher", "worker")
    begin_and_end(house)
    check_story(house)


def test_a_dispatcher_killed_in_the_middle_of_a_fallback_makes_it_once(house: House) -> None:
    house.http.answers.append(Answer(410))
    house.break_orders()
    house.manage("run_rules")
    kill_at(house, "act written", "dispatcher")
    # The mail was told of the trouble itself already, so it is told of the broken channel alone.
    wait_until(lambda: len(house.mails()) == 2)
    settle(house)
    check_truth(house)
    lines = house.rows("SELECT text FROM alerts_timelineentry WHERE kind = 'fallback'")
    assert len(lines) == 1


def test_a_web_process_killed_after_a_person_closed_an_incident_still_tells_the_end(house: House) -> None:
    house.break_orders()
    house.manage("run_rules")
    house.start("dispatcher")
    wait_until(lambda: house.posts("opened") and house.mails())
    ((incident,),) = house.rows("SELECT id FROM alerts_incident")
    session = house.manage("shell", "-v", "0", "-c", SESSION).split()[-1]
    web = house.start("web", die_at="person acted")
    close_page(house, incident, session)
    wait_until(lambda: web.poll() is not None)
    wait_until(lambda: house.posts("resolved") and len(house.mails()) == 2)
    settle(house)
    check_story(house)


def test_a_beat_that_is_killed_again_and_again_only_delays(house: House) -> None:
    house.start("worker")
    house.start("dispatcher")
    for _ in range(3):
        beat = house.start("beat")
        house.break_orders()
        house.kill(beat)
    house.start("beat")
    begin_and_end(house)
    check_story(house)


def close_page(house: House, incident: int, session: str) -> None:
    """Press Close on the page of the incident; the process may die before it answers."""
    cookies = f"sessionid={session}; csrftoken={TOKEN}"
    address = f"http://127.0.0.1:{house.port}/alerts/incident/{incident}/close/"
    body = urllib.parse.urlencode({"csrfmiddlewaretoken": TOKEN, "outcome": "real"}).encode()
    request = urllib.request.Request(address, data=body, headers={"Cookie": cookies})

    def press() -> bool:
        try:
            urllib.request.urlopen(request, timeout=20)  # noqa: S310
        except (ConnectionResetError, http.client.RemoteDisconnected):
            return True
        except OSError as error:
            return "refused" not in str(error)
        return True

    wait_until(press)
