"""Which network addresses a person may make Midwatch call.

An address that somebody typed could point at the machine itself, at the cloud's metadata service or into the company's
network. A name is resolved once and the caller connects to the addresses that were checked, so that a name which
changes its meaning between the check and the call gains nothing.

AddressError
├── AddressUnknown    the name cannot be resolved now; it may be later
└── AddressRefused    it leads where Midwatch does not go
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from apps.common.errors import MidwatchError

# Metadata services outside the link-local range: AWS over IPv6, Alibaba, Azure.
METADATA = frozenset({ip_address("fd00:ec2::254"), ip_address("100.100.100.200"), ip_address("168.63.129.16")})
THIS_NETWORK = ip_network("0.0.0.0/8")
IPV4_COMPATIBLE = ip_network("::/96")
TRANSLATED = ip_network("64:ff9b::/96")

Private = bool | tuple[IPv4Network | IPv6Network, ...]
"""Which private addresses may be called: all, none, or those of some networks."""


class AddressError(MidwatchError):
    """A host that cannot be called."""


class AddressUnknown(AddressError):
    """The name does not resolve."""


class AddressRefused(AddressError):
    """The address is not allowed."""


def checked_addresses(host: str, port: int, *, allow_private: Private) -> list[str]:
    """The IP addresses of `host` that may be called, in the resolver's order; never empty.

    `allow_private` admits loopback and private networks, or some of them. Raises AddressUnknown or AddressRefused.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise AddressUnknown(f"The host {host} is not known. Check its name.") from error
    addresses = list(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found))
    reasons = {address: refusal(ip_address(address), allow_private=allow_private) for address in addresses}
    allowed = [address for address in addresses if not reasons[address]]
    if not allowed:
        raise AddressRefused(f"Midwatch does not call {host}: it leads to {reasons[addresses[0]]}.")
    return allowed


def refusal(address: IPv4Address | IPv6Address, *, allow_private: Private) -> str:
    """Why `address` may not be called, as words that follow "it leads to"; empty when it may."""
    meant = _meant(address)
    if meant in METADATA or meant.is_link_local:
        return f"{meant}, an address that machines keep for themselves (link-local or metadata)"
    if meant.is_multicast:
        return f"{meant}, a multicast address"
    if meant.is_unspecified or (isinstance(meant, IPv4Address) and meant in THIS_NETWORK):
        return f"{meant}, which is no address of a host"
    if _is_inside(meant):
        hint = "set MIDWATCH_PRIVATE_ADDRESSES=allow, or to its network, if that is wanted"
        return "" if _is_allowed(meant, allow_private) else f"{meant}, an address inside a private network ({hint})"
    return f"{meant}, a reserved address" if meant.is_reserved else ""


def _is_allowed(address: IPv4Address | IPv6Address, private: Private) -> bool:
    return private if isinstance(private, bool) else any(address in network for network in private)


def _is_inside(address: IPv4Address | IPv6Address) -> bool:
    """This machine, or a network that the internet does not reach. `ipaddress` counts reserved ones as private too."""
    if address.is_loopback or (isinstance(address, IPv6Address) and address.is_site_local):
        return True
    return not address.is_global and not address.is_reserved


def _meant(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 address stands for, in any of its disguises; else the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped:
        return address.ipv4_mapped
    if address.sixtofour:
        return address.sixtofour
    if address.teredo:
        return address.teredo[1]
    if address in TRANSLATED or (address in IPV4_COMPATIBLE and int(address) > 1):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address
