"""Where an engine may connect to when a person typed the host: the rules are those of apps/common/addresses.py.

The engine connects to the very addresses that were checked, so that a name which changes its meaning in between gains
nothing; TLS still carries the name.
"""

from __future__ import annotations

from django.conf import settings

from apps.common.addresses import AddressRefused, AddressUnknown, checked_addresses
from apps.connections.engines.errors import ConnectionFailed, UnknownHost
from apps.connections.engines.hosts import SOCKETS


def addresses_of(host: str, port: int) -> list[str]:
    """The IP addresses of `host` that may be called, never empty. Raises UnknownHost or ConnectionFailed."""
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    try:
        return checked_addresses(bare, port, allow_private=settings.MIDWATCH_PRIVATE_ADDRESSES)
    except AddressUnknown as error:
        message = f"The host {host} cannot be found. Check its spelling, and that this machine can resolve the name."
        raise UnknownHost(message) from error
    except AddressRefused as error:
        raise ConnectionFailed(str(error)) from error


def libpq_hosts(hosts: str, port: int) -> dict[str, str]:
    """libpq's `host` and `hostaddr` for one host or several with commas between: each address that may be called, with
    the name that TLS checks. Of several, those that cannot be found are left out. The folder of a socket leads to this
    machine, so it takes that all private addresses are allowed."""
    if hosts.strip().startswith(SOCKETS):
        if settings.MIDWATCH_PRIVATE_ADDRESSES is not True:
            raise ConnectionFailed(
                f"Midwatch does not call {hosts}: it leads to a socket of this machine "
                "(set MIDWATCH_PRIVATE_ADDRESSES=allow if that is wanted)."
            )
        return {"host": hosts}
    pairs: list[tuple[str, str]] = []
    trouble: UnknownHost | None = None
    for host in (each.strip() for each in hosts.split(",")):
        try:
            pairs += [(host, address) for address in addresses_of(host, port)]
        except UnknownHost as error:
            trouble = error
    if trouble and not pairs:
        raise trouble
    return {"host": ",".join(host for host, _ in pairs), "hostaddr": ",".join(address for _, address in pairs)}
