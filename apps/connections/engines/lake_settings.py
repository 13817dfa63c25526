"""What a person says of a lake, and the policy that lets a key read it and nothing else."""

from __future__ import annotations

import json
import re
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from apps.common import plugins

S3 = "s3://"
BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]+")
UNKNOWN = ("your-bucket", "/", "your-folder")
ENDPOINT = "write a whole address without a path, such as https://minio.example.com:9000"


class LakeSettings(plugins.Settings):
    """Which folder to read, and with which key."""

    path: str = Field(
        title="Folder",
        description="A folder on the machine that runs Midwatch, such as /data/lake, or s3://bucket/folder.",
        min_length=1,
    )
    access_key_id: str = Field(
        "",
        title="Access key id",
        description="For S3. Empty: the machine's own role at Amazon; at another endpoint, no login at all.",
    )
    secret_access_key: SecretStr = Field(
        SecretStr(""), title="Secret access key", description="For S3; it came with the access key id."
    )
    region: str = Field(
        "", title="Region", description="For S3: where the bucket is, such as eu-central-1. Empty: Amazon is asked."
    )
    endpoint: str = Field(
        "",
        title="Endpoint",
        description="For storage that speaks S3, such as https://minio.example.com:9000. Empty: Amazon S3.",
    )

    @field_validator("path")
    @classmethod
    def _is_a_folder(cls, path: str) -> str:
        if path.startswith(S3):
            if not BUCKET.fullmatch(path.removeprefix(S3).partition("/")[0]):
                raise ValueError("write the name of a bucket after s3://, such as s3://bucket/folder")
        elif "://" in path:
            raise ValueError("write a folder on the machine that runs Midwatch, or s3://bucket/folder")
        return path

    @field_validator("endpoint")
    @classmethod
    def _is_an_address(cls, endpoint: str) -> str:
        endpoint = endpoint.rstrip("/")
        if endpoint:
            _check_address(endpoint)
        return endpoint

    @model_validator(mode="after")
    def _has_both_halves_of_a_key(self) -> Self:
        if self.is_s3 and bool(self.access_key_id) != bool(self.secret_access_key.get_secret_value()):
            raise ValueError("give both the access key id and its secret access key, or neither")
        return self

    @property
    def is_s3(self) -> bool:
        return self.path.startswith(S3)


def reader_policy(settings: LakeSettings) -> str:
    """The policy of a key that can list and read this folder alone, for Amazon and those who took over its language."""
    bucket, _, prefix = settings.path.removeprefix(S3).strip("/").partition("/") if settings.is_s3 else UNKNOWN
    partition = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}
    name = next((name for start, name in partition.items() if settings.region.startswith(start)), "aws")
    home = f"arn:{name}:s3:::{bucket}"
    listing: dict[str, object] = {
        "Sid": "MidwatchLists",
        "Effect": "Allow",
        "Action": "s3:ListBucket",
        "Resource": home,
    }
    if prefix:
        listing["Condition"] = {"StringLike": {"s3:prefix": f"{prefix}/*"}}
    files = f"{home}/{prefix}/*" if prefix else f"{home}/*"
    reading = {"Sid": "MidwatchReads", "Effect": "Allow", "Action": "s3:GetObject", "Resource": files}
    return json.dumps({"Version": "2012-10-17", "Statement": [listing, reading]}, indent=2) + "\n"


def _check_address(endpoint: str) -> None:
    if any(char.isspace() or not char.isprintable() for char in endpoint):
        raise ValueError("the address contains a space or an invisible character")
    parts = urlsplit(endpoint)
    try:
        numbered = parts.port is None or parts.port > 0
    except ValueError:
        numbered = False
    if parts.scheme not in ("http", "https") or not parts.hostname or not numbered:
        raise ValueError(ENDPOINT)
    if parts.path or parts.query or parts.fragment or parts.username is not None:
        raise ValueError(ENDPOINT)
