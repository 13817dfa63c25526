"""Files in S3, or in storage that speaks its language, by s3fs: one door for listings, logs and what DuckDB reads.

With an endpoint that a person typed, Midwatch connects only where it may go (apps/common/addresses.py): the name is
checked when the session opens, and each address again when a socket is opened for it, so that neither a redirect nor a
name with two meanings leads elsewhere. Keys of the machine itself are used with Amazon alone.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import duckdb
import s3fs
from aiobotocore.session import AioSession
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from fsspec.exceptions import FSTimeoutError

from apps.common.addresses import AddressRefused, AddressUnknown, checked_addresses, refusal
from apps.connections.engines import lake_s3_errors
from apps.connections.engines.errors import ConnectionFailed, DatabaseMissing, NoAnswer, UnknownHost
from apps.connections.engines.lake_layout import StoredFile
from apps.connections.engines.lake_storage import check_number

SCHEMES = ("s3://", "s3a://", "s3n://")
PORTS = {"http": 80, "https": 443}
LISTING = 60.0  # seconds that the listing of all pages may take
ERRORS = (OSError, BotoCoreError, ClientError, FSTimeoutError)


class S3Storage:
    """`bucket/prefix`, read with a key of its own, or else with what the machine has."""

    def __init__(
        self, path: str, *, key: str, secret: str, region: str, endpoint: str, connect: timedelta, patience: timedelta
    ) -> None:
        self.bucket, _, prefix = path.removeprefix("s3://").strip("/").partition("/")
        self.prefix = f"{prefix}/" if prefix else ""
        self.name = (prefix or self.bucket).rpartition("/")[2]
        self.endpoint = endpoint
        self.place = f"s3://{self.bucket}/{self.prefix}"
        self.key = f"{endpoint} {self.place}"
        self.requests = 0
        self._patience = patience.total_seconds()
        if endpoint:
            _check_endpoint(endpoint)
        self._files = s3fs.S3FileSystem(
            key=key or None,
            secret=secret or None,
            session=_session(),
            anon=bool(endpoint) and not key,
            client_kwargs={"region_name": region or "us-east-1", **({"endpoint_url": endpoint} if endpoint else {})},
            config_kwargs=_config(connect, patience, endpoint),
            default_cache_type="none",  # DuckDB asks for what it needs, and no more is to be paid for
            use_listings_cache=True,
            skip_instance_cache=True,  # s3fs would keep the secret as long as the process lives
        )
        self._files.retries = 2

    def list(self) -> list[StoredFile]:
        files: list[StoredFile] = []
        page: dict[str, Any] = {}
        deadline = time.monotonic() + LISTING
        try:
            while True:
                token = page.get("NextContinuationToken")
                page = self._page({"ContinuationToken": token} if token else {})
                files += [_file(entry, len(self.prefix)) for entry in page.get("Contents", ())]
                check_number(len(files), self.place)
                self._check_time(deadline)
                if not page.get("IsTruncated"):
                    break
        except ERRORS as error:
            raise self._failed(error) from error
        if self.prefix and not files:
            raise DatabaseMissing(f"Nothing is stored in {self.place}. Check the name of the folder; case counts.")
        return files

    def read(self, path: str) -> bytes:
        try:
            name = f"{self.bucket}/{self.prefix}{path}"
            # At once; in parts it would first ask for the size.
            content: bytes = self._files.cat_file(name, max_concurrency=1, timeout=self._patience)
        except ERRORS as error:
            raise OSError(str(self._failed(error))) from error
        return content

    def uri(self, path: str) -> str:
        return f"{self.place}{path}"

    def within(self, location: str) -> str | None:
        for scheme in SCHEMES:
            home = f"{scheme}{self.bucket}/{self.prefix}"
            if location.startswith(home):
                return location.removeprefix(home)
        return None

    def attach(self, session: duckdb.DuckDBPyConnection, files: Collection[StoredFile]) -> None:
        """What the listing told of the files is passed on: DuckDB would ask for each of them a dozen times."""
        folders: dict[str, list[dict[str, Any]]] = {}
        for file in files:
            name = f"{self.bucket}/{self.prefix}{file.path}"
            written = datetime.fromtimestamp(file.modified, UTC)
            entry = {"name": name, "size": file.size, "type": "file", "LastModified": written, "ETag": file.version}
            folders.setdefault(name.rpartition("/")[0], []).append(entry)
        self._files.dircache.clear()
        for folder, entries in folders.items():
            self._files.dircache[folder] = entries
        session.register_filesystem(self._files)

    def is_writable(self, path: str) -> bool:
        return False  # S3 tells it only to those who try

    def close(self) -> None:
        self._files.dircache.clear()

    def _check_time(self, deadline: float) -> None:
        if time.monotonic() > deadline:
            raise NoAnswer(
                f"To list {self.place} took more than {LISTING:g} s. Make a connection for each of the folders in it."
            )

    def _failed(self, error: Exception) -> ConnectionFailed:
        return lake_s3_errors.opening(error, bucket=self.bucket, endpoint=self.endpoint, seconds=self._patience)

    def _page(self, where: dict[str, str]) -> dict[str, Any]:
        self.requests += 1
        page: dict[str, Any] = self._files.call_s3(
            "list_objects_v2", Bucket=self.bucket, Prefix=self.prefix, timeout=self._patience, **where
        )
        return page


def _file(entry: dict[str, Any], skip: int) -> StoredFile:
    return StoredFile(entry["Key"][skip:], entry["Size"], entry["LastModified"].timestamp(), entry.get("ETag", ""))


@cache
def _session() -> AioSession:
    """What botocore knows of Amazon's services, which takes it a third of a second to load. It holds no settings."""
    return AioSession()


def _config(connect: timedelta, patience: timedelta, endpoint: str) -> dict[str, Any]:
    config: dict[str, Any] = {
        "connect_timeout": connect.total_seconds(),
        "read_timeout": patience.total_seconds(),
        "retries": {"total_max_attempts": 1},  # s3fs tries again by itself
        "response_checksum_validation": "when_required",  # other storages do not know Amazon's checksums
    }
    if endpoint:
        config |= {"s3": {"addressing_style": "path"}, "connector_args": {"socket_factory": _checked_socket}}
    return config


def _check_endpoint(endpoint: str) -> None:
    parts = urlsplit(endpoint)
    host, port = str(parts.hostname), parts.port or PORTS[parts.scheme]
    try:
        checked_addresses(host, port, allow_private=settings.MIDWATCH_PRIVATE_ADDRESSES)
    except AddressUnknown as error:
        raise UnknownHost(str(error)) from error
    except AddressRefused as error:
        raise ConnectionFailed(str(error)) from error


def _checked_socket(found: tuple[Any, ...]) -> socket.socket:
    """A socket for one of the addresses that a name resolved to. Raises OSError where Midwatch does not go."""
    family, kind, protocol, _, address = found
    meant = ip_address(str(address[0]).partition("%")[0])
    if reason := refusal(meant, allow_private=settings.MIDWATCH_PRIVATE_ADDRESSES):
        raise OSError(f"Midwatch does not call it: it leads to {reason}.")
    return socket.socket(family, kind, protocol)
