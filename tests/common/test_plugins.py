import pytest
from pydantic import Field, SecretStr

from apps.common import plugins
from apps.common.errors import InvalidInput
from apps.common.plugins import Driver, Registry, check_settings

HERE = "tests.common.test_plugins"


class GaugeSettings(plugins.Settings):
    host: str
    port: int = Field(default=5432, ge=1, le=65535)
    password: SecretStr = SecretStr("")
    key: SecretStr | None = None


class Gauge(Driver):
    label = "Gauge"
    Settings = GaugeSettings


GAUGES: Registry[Gauge] = Registry("gauge", {"water": f"{HERE}.Gauge", "broken": "no.such.module.Gauge"})


def test_a_driver_is_imported_when_it_is_first_asked_for() -> None:
    assert GAUGES["water"] is Gauge
    assert list(GAUGES) == ["water", "broken"]


def test_a_driver_that_cannot_be_imported_is_not_hidden() -> None:
    with pytest.raises(ImportError):
        GAUGES["broken"]


def test_an_unknown_key_names_the_nearest() -> None:
    with pytest.raises(InvalidInput, match=r"There is no gauge 'watter'\. Did you mean water\?"):
        GAUGES["watter"]


def test_an_unknown_key_with_nothing_near_lists_what_is_known() -> None:
    with pytest.raises(InvalidInput, match="Known: water, broken"):
        GAUGES["zzz"]


def test_choices_are_keys_with_labels() -> None:
    registry: Registry[Gauge] = Registry("gauge", {"water": f"{HERE}.Gauge"})
    assert registry.choices() == [("water", "Gauge")]
    assert len(registry) == 1


def test_secrets_stand_apart_from_plain_settings() -> None:
    settings = check_settings(Gauge.Settings, {"host": "db", "port": 5433, "password": "hunter2"})
    assert settings.plain() == {"host": "db", "port": 5433}
    assert settings.secrets() == {"password": "hunter2"}


def test_defaults_are_not_stored() -> None:
    assert check_settings(Gauge.Settings, {"host": "db", "port": 5432}).plain() == {"host": "db"}


def test_a_secret_that_may_be_absent_is_a_secret_too() -> None:
    assert Gauge.Settings.secret_names() == ("password", "key")


def test_secrets_do_not_show_in_the_text_of_settings() -> None:
    assert "hunter2" not in repr(check_settings(Gauge.Settings, {"host": "db", "password": "hunter2"}))


@pytest.mark.parametrize(
    ("values", "field", "message"),
    [
        ({"host": "db", "prot": 1}, "prot", "'prot' is not known here. Did you mean port?"),
        ({"host": "db", "colour": 1}, "colour", "'colour' is not known here."),
        ({}, "host", "'host' is missing."),
        ({"host": "db", "port": 0}, "port", "port: must be greater than or equal to 1."),
        ({"host": "db", "port": "x"}, "port", "port: must be a whole number."),
        ({"host": None}, "host", "host: must not be empty."),
    ],
)
def test_wrong_settings_name_the_field_and_what_is_wrong(values: dict[str, object], field: str, message: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_settings(Gauge.Settings, values)
    assert (caught.value.field, str(caught.value)) == (field, message)
