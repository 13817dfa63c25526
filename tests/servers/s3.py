"""A private server that speaks S3, moto's, on a free loopback port. It keeps the requests that it gets."""

from __future__ import annotations

import json
import logging
import threading
import uuid
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from moto.core.authorization import enable_iam_authentication
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.s3.models import s3_backends
from werkzeug.serving import make_server

REGION = "eu-central-1"
ADMIN = {"aws_access_key_id": "test-admin", "aws_secret_access_key": "test-admin-secret"}


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    range: str


@dataclass(frozen=True, slots=True)
class Key:
    id: str
    secret: str


class S3Server:
    """Call `start` and `stop`. Keys and policies count only within `guarded`; else everybody may do everything."""

    host = "127.0.0.1"

    def __init__(self) -> None:
        self.requests: list[Request] = []
        logging.getLogger("werkzeug").setLevel(logging.ERROR)  # it would write a line for each request
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._server = make_server(self.host, 0, self._answer, threaded=True)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self._server.port}"

    def start(self) -> S3Server:
        self._thread.start()
        self._s3 = self._client("s3")
        return self

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def create_bucket(self) -> str:
        """An empty bucket with a name of its own."""
        bucket = f"lake-{uuid.uuid4().hex[:12]}"
        self._s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        return bucket

    def put(self, bucket: str, key: str, content: bytes) -> None:
        self._s3.put_object(Bucket=bucket, Key=key, Body=content)

    def put_many(self, bucket: str, keys: Iterable[str], content: bytes) -> None:
        """Without a request each, which would take seconds."""
        storage = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
        for key in keys:
            storage.put_object(bucket, key, content)

    def upload(self, folder: Path, bucket: str, prefix: str) -> None:
        """Every file below a folder, under the same names."""
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            self.put(bucket, f"{prefix}{file.relative_to(folder).as_posix()}", file.read_bytes())

    def remove(self, bucket: str, key: str) -> None:
        self._s3.delete_object(Bucket=bucket, Key=key)

    def create_key(self, policy: str) -> Key:
        """A key that may do what the policy (JSON) allows."""
        iam, user = self._client("iam"), f"reader-{uuid.uuid4().hex[:8]}"
        iam.create_user(UserName=user)
        iam.put_user_policy(UserName=user, PolicyName="reader", PolicyDocument=policy)
        made = iam.create_access_key(UserName=user)["AccessKey"]
        return Key(made["AccessKeyId"], made["SecretAccessKey"])

    def guarded(self) -> AbstractContextManager[None]:
        """From here on signatures and policies are checked."""
        return enable_iam_authentication()

    def _client(self, service: str) -> Any:
        config = Config(s3={"addressing_style": "path"})
        return boto3.client(service, endpoint_url=self.url, region_name=REGION, config=config, **ADMIN)

    def _answer(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("RAW_URI", environ["PATH_INFO"])
        self.requests.append(Request(environ["REQUEST_METHOD"], path, environ.get("HTTP_RANGE", "")))
        answer: Iterable[bytes] = self._moto(environ, start)
        return answer


def nothing_allowed(bucket: str) -> str:
    """A policy that allows what no reader needs."""
    statement = {"Effect": "Allow", "Action": "s3:GetBucketTagging", "Resource": f"arn:aws:s3:::{bucket}"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
