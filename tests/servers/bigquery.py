"""A double of the BigQuery API for Google's own client, over HTTP on loopback.

Replies follow, field by field, the pages of the BigQuery API reference (REST, v2) "datasets.list", "jobs.insert",
"jobs.get", "jobs.cancel", "jobs.query", "jobs.getQueryResults" and "tables.testIamPermissions"; errors those of "Error
messages". What is behind: bigquery_account (tokens), bigquery_jobs (queries) and bigquery_warehouse (data).
"""

from __future__ import annotations

import json
import re
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.servers.bigquery_account import Account
from tests.servers.bigquery_errors import Refused
from tests.servers.bigquery_jobs import PAGE as ROWS_A_PAGE
from tests.servers.bigquery_jobs import Job
from tests.servers.bigquery_warehouse import Warehouse

PROJECT = "shop-prod-1234"
PAGE = 1000  # datasets a reply


@dataclass(frozen=True)
class Request:
    method: str
    path: str  # without the address of the API and the project
    query: Mapping[str, str]
    body: Mapping[str, Any]


class BigQueryServer:
    """Call `start` and `stop`. `requests` are those to the API, in their order; `jobs` are the queries that ran.

    Settings: `faults` answers requests whose path holds the key, once for each error in the list. `rows_a_page` are
    sent at most.
    """

    def __init__(self, project: str = PROJECT, location: str = "EU") -> None:
        self.warehouse = Warehouse(project, location)
        self.account = Account(project)
        self.requests: list[Request] = []
        self.jobs: dict[str, Job] = {}
        self.faults: dict[str, list[Refused]] = {}
        self.may_write = True
        self.rows_a_page = ROWS_A_PAGE
        self.cuts_in_time = True  # BigQuery only says that it "might attempt" to stop a job at jobTimeoutMs
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._routes: tuple[tuple[str, str, Callable[..., dict[str, Any]]], ...] = (
            ("GET", r"/datasets", self._list_datasets),
            ("POST", r"/datasets/([^/]+)/tables/([^/]+):testIamPermissions", self._test_permissions),
            ("POST", r"/jobs", self._insert_job),
            ("GET", r"/jobs/([^/]+)", self._get_job),
            ("POST", r"/jobs/([^/]+)/cancel", self._cancel_job),
            ("POST", r"/queries", self._query),
            ("GET", r"/queries/([^/]+)", self._get_results),
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> BigQueryServer:
        self._thread.start()
        return self

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        for job in list(self.jobs.values()):
            job.end()
        with self.warehouse.lock:
            self.warehouse.session.close()

    @property
    def statements(self) -> list[str]:
        """The text of every query that ran; dry runs are none."""
        return [job.request["query"] for job in self.jobs.values()]

    @property
    def billed(self) -> int:
        return sum(job.read.billed for job in self.jobs.values())

    def answer(self, method: str, target: str, token: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Answer a request to the API. Raises Refused."""
        split = urlsplit(target)
        start, _, path = unquote(split.path).partition(f"/projects/{self.warehouse.project}")
        request = Request(method, path, dict(parse_qsl(split.query)), body)
        self.requests.append(request)
        if token not in self.account.tokens:
            raise Refused("authError", "Request had invalid authentication credentials.")
        if not path:
            raise Refused("notFound", f"Not found: Project {start.rsplit('/', 2)[-2]}")
        for part, errors in self.faults.items():
            if part in path and errors:
                raise errors.pop(0)
        for verb, pattern, act in self._routes:
            if verb == method and (found := re.fullmatch(pattern, path)):
                return act(request, *found.groups())
        raise Refused("notFound", f"The double of BigQuery does not know {method} {path}.")

    def _list_datasets(self, request: Request) -> dict[str, Any]:
        names, start = list(self.warehouse.datasets), int(request.query.get("pageToken", 0))
        end = start + min(PAGE, int(request.query.get("maxResults", PAGE)))
        project = self.warehouse.project
        items = [
            {
                "kind": "bigquery#dataset",
                "id": f"{project}:{name}",
                "datasetReference": {"datasetId": name, "projectId": project},
                "location": self.warehouse.datasets[name],
            }
            for name in names[start:end]
        ]
        more = {"nextPageToken": str(end)} if end < len(names) else {}
        return {"kind": "bigquery#datasetList", "etag": "e", **({"datasets": items} if items else {}), **more}

    def _test_permissions(self, request: Request, dataset: str, table: str) -> dict[str, Any]:
        return {"permissions": request.body["permissions"]} if self.may_write else {}

    def _insert_job(self, request: Request) -> dict[str, Any]:
        configuration = request.body["configuration"]
        if not configuration["query"].get("query"):
            raise Refused("invalid", "Required parameter is missing: query")
        job = Job(self.warehouse, _new_id(), {**configuration, **configuration["query"]})
        if not job.dry:
            raise Refused("invalid", "The double of BigQuery runs queries by jobs.query alone.")
        return job.resource

    def _get_job(self, request: Request, job_id: str) -> dict[str, Any]:
        return self.jobs[job_id].resource

    def _cancel_job(self, request: Request, job_id: str) -> dict[str, Any]:
        self.jobs[job_id].cancel()
        return {"kind": "bigquery#jobCancelResponse", "job": self.jobs[job_id].resource}

    def _query(self, request: Request) -> dict[str, Any]:
        location = request.body.get("location", self.warehouse.location)
        body = request.body if self.cuts_in_time else {**request.body, "jobTimeoutMs": 0}
        job = Job(self.warehouse, _new_id(), body)
        if location.lower() not in {place.lower() for place in self.warehouse.datasets.values()}:
            project = self.warehouse.project
            raise Refused("notFound", f"Not found: Dataset {project}:any was not found in location {location}")
        self.jobs[job.id] = job.start()
        kind = "bigquery#queryResponse"
        if not job.wait(int(request.body.get("timeoutMs", 10_000)) / 1000):
            return {"kind": kind, "jobReference": job.reference, "jobComplete": False}
        return job.page(kind, 0, self._limit(request.body.get("maxResults")))

    def _get_results(self, request: Request, job_id: str) -> dict[str, Any]:
        job, kind = self.jobs[job_id], "bigquery#getQueryResultsResponse"
        if not job.wait(int(request.query.get("timeoutMs", 10_000)) / 1000):
            return {"kind": kind, "jobReference": job.reference, "jobComplete": False}
        start = int(request.query.get("pageToken", 0))
        return job.page(kind, start, self._limit(request.query.get("maxResults")))

    def _limit(self, wanted: object) -> int:
        return self.rows_a_page if wanted is None else min(self.rows_a_page, int(str(wanted)))


def _new_id() -> str:
    return f"job_{uuid.uuid4().hex}"


def _handler(server: BigQueryServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
            if self.path == "/token":
                status, reply = server.account.give_token(dict(parse_qsl(raw)))
                self._send(status, reply)
            else:
                self._answer(json.loads(raw or "{}"))

        def _answer(self, body: Mapping[str, Any]) -> None:
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            try:
                self._send(200, server.answer(self.command, self.path, token, body))
            except Refused as error:
                self._send(error.status, error.reply)

        def _send(self, status: int, reply: Mapping[str, Any]) -> None:
            content = json.dumps(reply).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=UTF-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the parent's name)
            """Tests need no access log."""

    return Handler
