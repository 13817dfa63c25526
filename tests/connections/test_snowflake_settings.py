"""The settings of a Snowflake connection: accounts and keys as people paste them."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from apps.common.errors import InvalidInput
from apps.common.plugins import check_settings
from apps.connections import services
from apps.connections.engines.snowflake import Snowflake, SnowflakeSettings, stored
from apps.teams.models import Team
from tests.servers.snowflake_account import pem, private_key

KEY, SEALED = pem(private_key()), pem(private_key(), "gehe1m")
TRADITIONAL = private_key().private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
PUBLIC = private_key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
OTHER_KIND = ed25519.Ed25519PrivateKey.generate().private_bytes(
    Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
).decode()  # fmt: skip
SMALL = pem(rsa.generate_private_key(public_exponent=65537, key_size=1024))  # noqa: S505 (it is to be refused)
PLACE = {"account": "myorg-account1", "user": "READER", "database": "SHOP"}


def settings(**values: Any) -> SnowflakeSettings:
    checked = check_settings(SnowflakeSettings, {**PLACE, **values})
    assert isinstance(checked, SnowflakeSettings)
    return checked


@pytest.mark.parametrize(
    "account",
    ["myorg-account1", "MYORG-MY_ACCOUNT", "xy12345", "xy12345.eu-central-1.aws", "myorg-account1.privatelink"],
)
def test_an_account_is_named_by_its_identifier(account: str) -> None:
    assert settings(account=account, password="p").account == account


@pytest.mark.parametrize(
    ("pasted", "meant"),
    [
        ("https://myorg-account1.snowflakecomputing.com", "which is myorg-account1"),
        ("xy12345.eu-central-1.aws.snowflakecomputing.com/console", "which is xy12345.eu-central-1.aws"),
        ("https://app.snowflake.com/myorg/account1/#/homepage", "which is myorg-account1"),
        ("app.snowflake.com/eu-central-1/xy12345/", "which is xy12345.eu-central-1"),
        ("evil.example/?x=.snowflakecomputing.com", "such as myorg-account1"),
        ("user@host", "such as myorg-account1"),
        ("my org", "such as myorg-account1"),
    ],
)
def test_an_address_that_was_pasted_is_met_with_the_identifier_in_it(pasted: str, meant: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        settings(account=pasted, password="p")
    assert caught.value.field == "account"
    assert meant in str(caught.value)


@pytest.mark.parametrize(
    ("values", "said"),
    [({}, "paste the private key, or enter a password"), ({"password": "p", "private_key": KEY}, "not both")],
)
def test_there_is_exactly_one_way_to_log_in(values: dict[str, str], said: str) -> None:
    with pytest.raises(InvalidInput, match=said) as caught:
        settings(**values)
    assert caught.value.field == "private_key"


@pytest.mark.parametrize(
    "pasted",
    [KEY, KEY.replace("\n", ""), KEY.replace("\n", "\\n"), f"\n  {KEY}  ", TRADITIONAL],
    ids=["as it is", "on one line", "line breaks spelled", "blanks around", "PKCS#1"],
)
def test_a_key_is_taken_however_a_form_squeezed_it(pasted: str) -> None:
    assert Snowflake(settings(private_key=pasted))._proof() == {"authenticator": "SNOWFLAKE_JWT", "private_key": KEY}


@pytest.mark.parametrize("pasted", [SEALED, SEALED.replace("\n", " ")], ids=["as it is", "on one line"])
def test_a_key_with_a_passphrase_is_opened_here(pasted: str) -> None:
    proof = Snowflake(settings(private_key=pasted, private_key_passphrase="gehe1m"))._proof()
    assert proof == {"authenticator": "SNOWFLAKE_JWT", "private_key": KEY}


def test_a_passphrase_that_is_not_needed_does_no_harm() -> None:
    checked = settings(private_key=KEY, private_key_passphrase="of the key before")
    assert Snowflake(checked)._proof()["private_key"] == KEY


@pytest.mark.parametrize(
    ("key", "passphrase", "field", "said"),
    [
        (KEY[:200], "", "private_key", "from -----BEGIN to -----END"),
        ("MIIEvQIBADANBg", "", "private_key", "from -----BEGIN to -----END"),
        (PUBLIC, "", "private_key", "'public key'; the private key is needed"),
        (KEY.replace("MII", "MIJ"), "", "private_key_passphrase", "is damaged; paste the whole file"),
        (SEALED, "", "private_key_passphrase", "is encrypted; enter its passphrase"),
        (SEALED, "wrong", "private_key_passphrase", "the passphrase does not open the private key"),
        (OTHER_KIND, "", "private_key_passphrase", "make an RSA key of 2048 bits"),
        (SMALL, "", "private_key_passphrase", "make an RSA key of 2048 bits"),
    ],
)
def test_what_is_wrong_with_a_key_is_said_without_it(key: str, passphrase: str, field: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said) as caught:
        settings(private_key=key, private_key_passphrase=passphrase)
    assert caught.value.field == field
    assert "MII" not in str(caught.value)


def test_neither_key_nor_passphrase_show() -> None:
    checked = settings(private_key=SEALED, private_key_passphrase="gehe1m")
    assert not {"gehe1m", "MII"} & {text for text in ("gehe1m", "MII") if text in f"{checked!r} {checked.plain()}"}


@pytest.mark.django_db
def test_a_saved_connection_changes_from_a_password_to_a_key_and_back() -> None:
    team = Team.objects.create(name="data-ops")
    saved = services.save_connection(
        team=team, name="wh", engine="snowflake", settings={**PLACE, "password": "open sesame"}
    )
    changes: list[dict[str, str]] = [
        {"private_key": SEALED, "private_key_passphrase": "gehe1m"}, {}, {"password": "new"}
    ]  # fmt: skip
    kept = []
    for change in changes:
        saved = services.save_connection(
            team=team, name="wh", engine="snowflake", settings={**PLACE, **change}, instance=saved
        )
        kept.append(set(saved.secrets.open()))
    assert kept == [{"private_key", "private_key_passphrase"}, {"private_key", "private_key_passphrase"}, {"password"}]


@pytest.mark.django_db
def test_stored_secrets_do_not_go_to_another_account() -> None:
    team = Team.objects.create(name="data-ops")
    values = {**PLACE, "password": "open sesame"}
    saved = services.save_connection(team=team, name="wh", engine="snowflake", settings=values)
    moved = {**PLACE, "account": "evil-account"}
    with pytest.raises(InvalidInput, match="The account changed, so enter the password again"):
        services.save_connection(team=team, name="wh", engine="snowflake", settings=moved, instance=saved)


@pytest.mark.parametrize(("written", "kept"), [("shop", "SHOP"), ('"Shop"', "Shop"), ('"a""b"', 'a"b'), ("", "")])
def test_a_name_without_quotes_is_upper_case(written: str, kept: str) -> None:
    assert stored(written) == kept


def test_the_script_grants_reading_and_a_warehouse_and_nothing_else() -> None:
    script = Snowflake(settings(password="p", database="shop", warehouse="watch_wh")).grant_script(["PUBLIC", 'o"dd'])
    grants = [line for line in script.splitlines() if line.startswith("GRANT")]
    assert {line.split(" ON ")[0] for line in grants} == {
        "GRANT USAGE", "GRANT SELECT", "GRANT ROLE MIDWATCH_READER TO USER MIDWATCH;"
    }  # fmt: skip
    assert 'GRANT USAGE ON WAREHOUSE "WATCH_WH" TO ROLE MIDWATCH_READER;' in grants
    assert 'GRANT SELECT ON FUTURE TABLES IN SCHEMA "SHOP"."o""dd" TO ROLE MIDWATCH_READER;' in grants
    assert "TYPE = SERVICE" in script


def test_without_a_warehouse_the_script_makes_a_small_one_that_falls_asleep() -> None:
    script = Snowflake(settings(password="p")).grant_script(["PUBLIC"])
    assert "WAREHOUSE_SIZE = XSMALL AUTO_SUSPEND = 60 AUTO_RESUME = TRUE" in script


def test_the_connector_is_not_loaded_before_a_session_is_opened() -> None:
    code = "import apps.connections.engines.snowflake, sys; print('snowflake.connector' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout == "False\n"
