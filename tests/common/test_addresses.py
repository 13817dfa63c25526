from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from apps.common.addresses import AddressRefused, AddressUnknown, checked_addresses, refusal


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "fe80::1",
        "fd00:ec2::254",
        "100.100.100.200",
        "168.63.129.16",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
        "::169.254.169.254",
        "224.0.0.1",
        "ff02::1",
        "0.0.0.0",  # noqa: S104
        "0.1.2.3",
        "::",
        "240.0.0.1",
        "255.255.255.255",
    ],
)
def test_some_addresses_are_never_called(address: str) -> None:
    assert refusal(ip_address(address), allow_private=True)
    assert refusal(ip_address(address), allow_private=False)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.9.9.9",
        "::1",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "fd12::1",
        "fec0::1",
        "::ffff:10.0.0.1",
        "2002:7f00:1::",
        "64:ff9b::7f00:1",
    ],
)
def test_private_addresses_are_called_where_that_is_allowed(address: str) -> None:
    assert refusal(ip_address(address), allow_private=True) == ""
    assert "inside a private network" in refusal(ip_address(address), allow_private=False)


def test_some_private_networks_can_be_allowed_alone() -> None:
    ours = (ip_network("10.20.0.0/16"), ip_network("fd12::/16"))
    for address in ("10.20.3.4", "fd12::9", "::ffff:10.20.3.4", "93.184.215.14"):
        assert refusal(ip_address(address), allow_private=ours) == ""
    for address in ("10.21.0.1", "127.0.0.1", "fd13::1", "169.254.169.254"):
        assert refusal(ip_address(address), allow_private=ours)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:4700::1111", "::ffff:93.184.215.14", "64:ff9b::5db8:d70e"])
def test_public_addresses_are_called(address: str) -> None:
    assert refusal(ip_address(address), allow_private=False) == ""


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0x7f.1", "127.1", "0177.0.0.1", "localhost", "::1"])
def test_every_way_to_write_this_machine_is_recognised(host: str) -> None:
    assert set(checked_addresses(host, 80, allow_private=True)) <= {"127.0.0.1", "::1"}
    with pytest.raises(AddressRefused, match="MIDWATCH_PRIVATE_ADDRESSES"):
        checked_addresses(host, 80, allow_private=False)


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 300])
def test_a_name_that_does_not_resolve_is_unknown(host: str) -> None:
    with pytest.raises(AddressUnknown, match="is not known"):
        checked_addresses(host, 80, allow_private=False)
