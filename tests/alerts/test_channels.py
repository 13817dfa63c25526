"""Saving channels, and the contract that every kind of channel keeps."""

from __future__ import annotations

import pytest

from apps.alerts.channels import CHANNELS
from apps.alerts.channels.contract import ChannelDriver, Repeat
from apps.alerts.models import Channel
from apps.alerts.outbox.dispatcher import driver_of
from apps.alerts.services import save_channel
from apps.common.errors import InvalidInput
from apps.teams.models import Team

URL = "https://example.com/hook"
SECRET = "a secret that both sides know"


def hook(team: Team, name: str = "hook", **changes: object) -> Channel:
    settings = {"url": URL, "secret": SECRET, **changes}
    return save_channel(team=team, name=name, type="webhook", settings=settings, secret_names={"secret": "HOOK"})


def secret_of(channel: Channel) -> str:
    secrets: dict[str, str] = Channel.objects.get(pk=channel.pk).secrets.open()
    return secrets.get("secret", "")


@pytest.mark.parametrize("key", list(CHANNELS))
def test_every_kind_of_channel_declares_what_the_rest_relies_on(key: str) -> None:
    driver = CHANNELS[key]
    assert issubclass(driver, ChannelDriver)
    assert driver.label
    assert driver.repeat in Repeat
    assert all(field.title and field.description for field in driver.Settings.model_fields.values())


def test_the_secret_is_sealed_and_stays_out_of_the_settings(team: Team) -> None:
    channel = hook(team)
    assert channel.settings == {"url": URL}
    assert SECRET not in str(Channel.objects.values())
    assert driver_of(channel).settings.secret.get_secret_value() == SECRET


@pytest.mark.parametrize("settings", [{"url": URL}, {"url": URL, "secret": ""}, {"url": URL, "secret": None}])
def test_a_secret_that_is_not_entered_again_is_kept(team: Team, settings: dict[str, str]) -> None:
    channel = save_channel(team=team, name="hook", type="webhook", settings=settings, instance=hook(team))
    assert secret_of(channel) == SECRET
    assert channel.secret_names == {"secret": "HOOK"}


def test_a_secret_can_be_removed(team: Team) -> None:
    channel = save_channel(
        team=team, name="hook", type="webhook", settings={"url": URL}, instance=hook(team), keep_secrets=False
    )
    assert secret_of(channel) == ""


def test_a_secret_is_not_carried_into_another_kind_of_channel(team: Team) -> None:
    settings = {"to": ["ops@example.com"]}
    channel = save_channel(team=team, name="hook", type="email", settings=settings, instance=hook(team))
    assert secret_of(channel) == ""


def test_saving_the_same_again_writes_nothing(team: Team) -> None:
    channel = hook(team)
    before = Channel.objects.get().secrets.token
    save_channel(
        team=team, name="hook", type="webhook", settings={"url": URL, "secret": SECRET}, instance=channel,
        secret_names={"secret": "HOOK"},
    )  # fmt: skip
    assert channel.history.count() == 1
    assert Channel.objects.get().secrets.token == before


def test_a_new_secret_replaces_the_old_and_is_a_change(team: Team) -> None:
    channel = hook(team)
    save_channel(team=team, name="hook", type="webhook", settings={"url": URL, "secret": "x" * 24}, instance=channel)
    assert secret_of(channel) == "x" * 24
    assert channel.history.count() == 2


@pytest.mark.parametrize("name", ["", "  ", "n" * 101, "two\nlines", "hook"])
def test_a_name_must_be_short_and_free(team: Team, name: str) -> None:
    hook(team)
    with pytest.raises(InvalidInput) as refused:
        hook(team, name)
    assert refused.value.field == "name"


def test_two_teams_may_use_the_same_name(team: Team) -> None:
    assert hook(team).name == hook(Team.objects.create(name="Finance")).name


def test_an_unknown_kind_of_channel_names_the_nearest(team: Team) -> None:
    with pytest.raises(InvalidInput, match="Did you mean email"):
        save_channel(team=team, name="x", type="emial", settings={})
