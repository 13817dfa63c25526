"""What may stand in the field for a host: a name or an address, or the folder of a socket; not a whole URL."""

from __future__ import annotations

from ipaddress import ip_address

SOCKETS = ("/", "@")  # a folder, and a name in Linux's abstract namespace
BEYOND = frozenset("/:@?#")  # what follows a host in a URL, or goes before it


def host_alone(host: str) -> str:
    """The host, or several with commas between, as they are. Raises ValueError for what has a scheme, port or path."""
    if not host.strip().startswith(SOCKETS) and not all(map(_is_alone, host.split(","))):
        raise ValueError("Write the host alone; port and database have fields of their own")
    return host


def _is_alone(host: str) -> bool:
    host = host.strip()
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    try:
        ip_address(bare)
    except ValueError:
        return not BEYOND & set(host)
    return True
