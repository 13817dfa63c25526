"""A lake in S3: the contract again on a real server, what a look asks for, and what is said of what is wrong."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from deltalake import write_deltalake
from pyiceberg.schema import Schema
from pyiceberg.types import LongType, NestedField
from pytest_django import Settings as DjangoSettings

from apps.connections.engines.errors import (
    ConnectionFailed,
    DatabaseMissing,
    LoginRefused,
    NoAnswer,
    NotPermitted,
    PortRefused,
    QueryFailed,
    TlsFailed,
    UnknownHost,
)
from apps.connections.engines.lake import Lake
from apps.connections.engines.lake_settings import LakeSettings, reader_policy
from apps.connections.names import TableName
from tests.connections import test_every_engine as contract
from tests.connections.iceberg_tables import IcebergTable
from tests.connections.store_lake import LakeStore
from tests.connections.stores import Store, engine
from tests.servers.http import Answer, HttpServer
from tests.servers.ports import free_port
from tests.servers.s3 import REGION, S3Server, nothing_allowed
from tests.servers.silent import SilentServer


class S3Store(LakeStore):
    """The same pipeline, which puts its files into a bucket. Each file has a new name, so none is written twice."""

    def __init__(self, server: S3Server, folder: Path) -> None:
        super().__init__(folder)
        self.server, self.bucket, self.prefix = server, server.create_bucket(), ""
        self._there: set[str] = set()
        self.wrong_settings = self.settings(path="s3://no-such-bucket")

    def settings(self, **changes: Any) -> dict[str, Any]:
        key = {"access_key_id": "reader", "secret_access_key": "gehe1m"}
        place = {"path": f"s3://{self.bucket}/{self.prefix}", "endpoint": self.server.url, "region": REGION}
        return {**place, **key, **changes}

    def execute(self, *statements: str) -> None:
        for statement in statements:
            super().execute(statement)
            self.upload()

    def upload(self) -> None:
        """Put and remove what changed in the folder."""
        now = {file.relative_to(self.root).as_posix() for file in self.root.rglob("*") if file.is_file()}
        for key in now - self._there:
            self.server.put(self.bucket, self.prefix + key, (self.root / key).read_bytes())
        for key in self._there - now:
            self.server.remove(self.bucket, self.prefix + key)
        self._there = now


@pytest.fixture
def store(s3_server: S3Server, tmp_path: Path) -> S3Store:
    """An empty bucket."""
    return S3Store(s3_server, tmp_path / "lake")


@pytest.fixture
def orders(store: S3Store) -> S3Store:
    """A folder of a bucket with the table orders, of three rows."""
    store.prefix = "the lake/"
    store.execute("CREATE TABLE orders (id integer)", "INSERT INTO orders VALUES (1), (2), (3)")
    store.server.requests.clear()
    return store


test_an_empty_store_has_no_tables = contract.test_an_empty_store_has_no_tables
test_a_name_of_any_spelling_works_everywhere = contract.test_a_name_of_any_spelling_works_everywhere
test_a_write_shows_in_the_mark_and_in_the_evidence = contract.test_a_write_shows_in_the_mark_and_in_the_evidence
test_writing_one_table_leaves_the_evidence = contract.test_writing_one_table_leaves_the_evidence_of_another
test_times_are_read_in_utc = contract.test_times_are_read_in_utc
test_nothing_can_be_written = contract.test_nothing_can_be_written
test_a_failing_statement_is_named = contract.test_a_failing_statement_is_named_and_the_session_lives_on
test_a_slow_statement_is_cut = contract.test_a_slow_statement_is_cut_and_the_session_lives_on
test_a_store_that_is_not_there = contract.test_a_store_that_is_not_there_is_a_connection_error_with_its_cause
test_all_tables_are_looked_at_with_two_statements = (
    contract.test_all_tables_are_looked_at_with_two_statements_at_most_and_each_statement_counts
)


def failure(store: Store, **changes: Any) -> ConnectionFailed:
    with pytest.raises(ConnectionFailed) as caught:
        engine(store, **changes).open()
    return caught.value


def test_a_thousand_tables_are_looked_at_with_one_request(store: S3Store) -> None:
    store.server.put_many(store.bucket, [f"lake/t{number}/x.csv" for number in range(1000)], b"n\n1\n")
    store.server.requests.clear()
    with engine(store) as session:
        assert len(session.observe()) == 1000
    assert len(store.server.requests) == 1


def test_more_than_a_page_of_files_are_listed_page_by_page(store: S3Store) -> None:
    store.server.put_many(store.bucket, [f"lake/orders/{number:05}.csv" for number in range(1001)], b"n\n1\n")
    store.server.requests.clear()
    with engine(store) as session:
        assert session.observe()[TableName("lake", "orders")].bytes == 4004
        assert session.statements == 2
    assert len(store.server.requests) == 2


def test_a_count_reads_footers_alone_and_nobody_asks_for_sizes(orders: S3Store) -> None:
    with engine(orders) as session:
        assert session.query("SELECT count(*) FROM orders") == [(3,)]
    assert {request.method for request in orders.server.requests} == {"GET"}
    assert len(orders.server.requests) <= 3


def test_delta_and_iceberg_tables_are_read_through_the_same_door(store: S3Store) -> None:
    store.prefix = "lake/"
    with duckdb.connect() as session:
        rows = session.sql("SELECT range AS id, 'a b%' || range % 2 AS part FROM range(10)")
        write_deltalake(store.root / "sales" / "d", rows, partition_by=["part"])
    schema = Schema(NestedField(1, "id", LongType(), required=False))
    iceberg = IcebergTable(store.root / "sales" / "i", schema, location=f"s3a://{store.bucket}/lake/sales/i")
    iceberg.delete_positions(iceberg.append("SELECT range AS id FROM range(10)"), 9)
    store.upload()
    with engine(store) as lake:
        looks = lake.observe()
        assert looks[TableName("sales", "d")].changed_at is not None
        assert looks[TableName("sales", "i")].changed_at is not None
        assert [column.name for column in lake.columns()[TableName("sales", "d")]] == ["id", "part"]
        assert lake.query("SELECT count(*), sum(d.id), max(part) FROM sales.d JOIN sales.i USING (id)") == [
            (9, 36, "a b%1")
        ]


def test_the_logs_of_tables_that_were_not_written_are_not_read_again(store: S3Store) -> None:
    for number in range(5):
        with duckdb.connect() as session:
            write_deltalake(store.root / "sales" / f"d{number}", session.sql("SELECT 1 AS n"))
    store.upload()
    asked = []
    for _ in range(2):
        store.server.requests.clear()
        with engine(store) as lake:
            assert len(lake.observe()) == 5
        asked.append(len(store.server.requests))
    assert asked == [6, 1]


def test_another_folder_of_the_bucket_is_out_of_reach(orders: S3Store) -> None:
    orders.server.put(orders.bucket, "secret/x.csv", b"password\ngehe1m\n")
    with engine(orders) as session:
        for path in (f"s3://{orders.bucket}/secret/x.csv", "http://169.254.169.254/latest", "/etc/passwd"):
            with pytest.raises(NotPermitted):
                session.query(f"SELECT * FROM read_text('{path}')")
        assert [str(info.name) for info in session.tables()] == ["files.orders"]


def test_the_policy_lets_a_key_read_that_folder_and_nothing_else(orders: S3Store) -> None:
    other = orders.server.create_bucket()
    settings = LakeSettings.model_validate(orders.settings())
    key = orders.server.create_key(reader_policy(settings))
    own = {"access_key_id": key.id, "secret_access_key": key.secret}
    with orders.server.guarded():
        with engine(orders, **own) as session:
            assert session.query("SELECT sum(id) FROM orders") == [(6,)]
            assert not session.write_access()
        assert isinstance(failure(orders, **own, path=f"s3://{other}"), LoginRefused)


def test_the_policy_is_written_for_the_part_of_amazon_that_the_region_is_in() -> None:
    for region, start in (("eu-central-1", "arn:aws:s3:::bucket"), ("cn-north-1", "arn:aws-cn:s3:::bucket")):
        policy = json.loads(reader_policy(LakeSettings(path="s3://bucket/x", region=region)))
        assert [statement["Resource"] for statement in policy["Statement"]] == [start, f"{start}/x/*"]
        assert policy["Statement"][0]["Condition"] == {"StringLike": {"s3:prefix": "x/*"}}


def test_each_wrong_login_has_its_own_sentence(orders: S3Store) -> None:
    policy = reader_policy(LakeSettings.model_validate(orders.settings()))
    key = orders.server.create_key(policy)
    idle = orders.server.create_key(nothing_allowed(orders.bucket))
    with orders.server.guarded():
        said = {
            "unknown": failure(orders, access_key_id="AKIANOBODY"),
            "secret": failure(orders, access_key_id=key.id, secret_access_key="wrong"),
            "allowed": failure(orders, access_key_id=idle.id, secret_access_key=idle.secret),
        }
    assert {type(error) for error in said.values()} == {LoginRefused}
    assert "does not know this access key id" in str(said["unknown"])
    assert "secret access key does not belong to this access key id" in str(said["secret"])
    assert "may not list the bucket" in str(said["allowed"])


def test_a_key_that_may_list_and_not_read_is_told_when_a_table_is_read(orders: S3Store) -> None:
    policy = json.loads(reader_policy(LakeSettings.model_validate(orders.settings())))
    policy["Statement"].pop()
    key = orders.server.create_key(json.dumps(policy))
    with orders.server.guarded(), engine(orders, access_key_id=key.id, secret_access_key=key.secret) as session:
        assert len(session.observe()) == 1
        with pytest.raises(QueryFailed, match="The storage could not be read: Access Denied"):
            session.query("SELECT sum(id) FROM orders")


def test_each_wrong_place_has_its_own_sentence(orders: S3Store) -> None:
    bucket, folder = (
        failure(orders, path="s3://no-such-bucket/x"),
        failure(orders, path=f"s3://{orders.bucket}/nowhere"),
    )
    assert {type(bucket), type(folder)} == {DatabaseMissing}
    assert "There is no bucket no-such-bucket" in str(bucket)
    assert f"Nothing is stored in s3://{orders.bucket}/nowhere/" in str(folder)
    closed = failure(orders, endpoint=f"http://127.0.0.1:{free_port()}")
    assert isinstance(closed, PortRefused)
    assert "cannot be reached" in str(closed)
    assert isinstance(failure(orders, endpoint="https://nowhere.invalid"), UnknownHost)
    assert isinstance(failure(orders, endpoint=orders.server.url.replace("http", "https")), TlsFailed)


@pytest.fixture
def listener() -> Iterator[HttpServer]:
    server = HttpServer()
    server.start()
    yield server
    server.stop()


def answer(status: int, code: str, message: str) -> Answer:
    """An error as S3 writes it."""
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return Answer(status, body.encode(), {"Content-Type": "application/xml"})


@pytest.mark.parametrize(
    ("status", "code", "error", "said"),
    [
        (
            400,
            "AuthorizationHeaderMalformed",
            ConnectionFailed,
            "The region is wrong for the bucket bucket: expecting x.",
        ),
        (400, "ExpiredToken", LoginRefused, "has expired"),
        (403, "RequestTimeTooSkewed", ConnectionFailed, "clock of the machine"),
        (403, "AllAccessDisabled", LoginRefused, "has closed the bucket bucket to everybody"),
        (503, "ServiceUnavailable", NoAnswer, "is not available now"),
        (500, "InternalError", NoAnswer, "has trouble of its own"),
        (418, "Teapot", ConnectionFailed, "refused: expecting x (Teapot)."),
    ],
)
def test_what_s3_answers_is_told_in_words(
    listener: HttpServer, status: int, code: str, error: type[ConnectionFailed], said: str
) -> None:
    listener.answers.extend([answer(status, code, "expecting x")] * 9)
    url = listener.url.removesuffix("/hook")
    settings = LakeSettings.model_validate({"path": "s3://bucket", "endpoint": url})
    with pytest.raises(error) as caught:
        Lake(settings).open()
    assert said in str(caught.value)
    assert "authorization" not in {name.lower() for name in listener.requests[0].headers}  # nobody's keys are sent


class Impatient(Lake):
    patience = timedelta(milliseconds=200)


def test_a_storage_that_hangs_is_cut_at_the_timeout() -> None:
    with SilentServer() as server:
        settings = LakeSettings.model_validate(
            {"path": "s3://bucket", "endpoint": f"http://{server.host}:{server.port}"}
        )
        started = time.monotonic()
        with pytest.raises(NoAnswer, match=r"did not answer within 0\.2 s"):
            Impatient(settings).open()
        assert time.monotonic() - started < 20


@pytest.mark.parametrize(
    ("endpoint", "said"),
    [
        ("http://127.0.0.1:9000", "an address inside a private network (set MIDWATCH_PRIVATE_ADDRESSES=allow"),
        ("http://10.1.2.3", "an address inside a private network"),
        ("http://169.254.169.254", "an address that machines keep for themselves"),
    ],
)
def test_an_endpoint_inside_is_refused_where_private_addresses_are(
    settings: DjangoSettings, endpoint: str, said: str
) -> None:
    settings.MIDWATCH_PRIVATE_ADDRESSES = False
    with pytest.raises(ConnectionFailed) as caught:
        Lake(LakeSettings.model_validate({"path": "s3://bucket", "endpoint": endpoint})).open()
    assert said in str(caught.value)


def test_a_redirect_leads_nowhere_that_is_refused(listener: HttpServer) -> None:
    listener.answers.extend([Answer(307, b"", {"Location": "http://169.254.169.254/latest/meta-data"})] * 9)
    settings = {"path": "s3://bucket", "endpoint": listener.url.removesuffix("/hook")}
    with pytest.raises(ConnectionFailed, match="an address that machines keep for themselves"):
        Lake(LakeSettings.model_validate(settings)).open()


def test_without_a_key_amazon_is_asked_with_what_the_machine_has(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in (("AWS_EC2_METADATA_DISABLED", "true"), ("HOME", str(tmp_path)), ("AWS_CONFIG_FILE", "/none")):
        monkeypatch.setenv(name, value)
    with pytest.raises(LoginRefused, match="has no key for Amazon S3 of its own"):
        Lake(LakeSettings(path="s3://bucket")).open()
