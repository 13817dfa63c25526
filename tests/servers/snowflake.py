"""A double of Snowflake for the official connector, over HTTP on loopback.

Snowflake does not document the requests of its connectors. These follow what the connector sends and understands
(version 5.2, whose core is compiled; the same addresses and fields stand in the sources of its version 3: "network.py",
"auth/_auth.py", "cursor.py"). What is behind: snowflake_account (logins), snowflake_queries and snowflake_warehouse.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

from tests.servers.snowflake_account import Account, Session, stored
from tests.servers.snowflake_errors import Refused
from tests.servers.snowflake_queries import Query
from tests.servers.snowflake_warehouse import Warehouse

ACCOUNT = "myorg-account1"
LOGIN, RENEW, END = "/session/v1/login-request", "/session/token-request", "/session"
QUERY, ABORT, TELEMETRY = "/queries/v1/query-request", "/queries/v1/abort-request", "/telemetry/send"
PATIENCE = 45  # seconds after which Snowflake replies that a statement is in progress
Fault = Refused | int | Literal["hang"]  # a refusal, an HTTP status without JSON, or silence


@dataclass(frozen=True)
class Request:
    path: str
    query: Mapping[str, str]
    token: str
    body: Mapping[str, Any]


class SnowflakeServer:
    """Call `start` and `stop`. `requests` are in their order; `queries` are the statements that ran.

    `faults` answers requests to an address, once for each fault in its list.
    """

    def __init__(self) -> None:
        self.account = Account(ACCOUNT)
        self.warehouse = Warehouse("SHOP")
        self.requests: list[Request] = []
        self.queries: list[Query] = []
        self.faults: dict[str, list[Fault]] = {}
        self.patience: float = PATIENCE
        self._by_request: dict[str, Query] = {}
        self._released = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._acts: dict[str, Callable[[Request], dict[str, Any]]] = {
            LOGIN: self._login, RENEW: self._renew, END: self._end, QUERY: self._query, ABORT: self._abort,
            TELEMETRY: lambda request: {},
        }  # fmt: skip

    @property
    def place(self) -> dict[str, Any]:
        """The connector's parameters that lead here."""
        return {"host": "127.0.0.1", "port": self._server.server_port, "protocol": "http"}

    def start(self) -> SnowflakeServer:
        self._thread.start()
        return self

    def stop(self) -> None:
        self._released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        for query in list(self.queries):
            query.end()
        with self.warehouse.lock:
            self.warehouse.session.close()

    def answer(self, request: Request) -> tuple[int, dict[str, Any] | None]:
        """The HTTP status and the reply; None: no JSON."""
        self.requests.append(request)
        faults = self.faults.get(request.path)
        fault = faults.pop(0) if faults else None
        if fault == "hang":
            self._released.wait()
            return 503, None  # nobody waits for it any more
        if isinstance(fault, int):
            return fault, None
        try:
            if isinstance(fault, Refused):
                raise fault
            return 200, self._act(request)
        except Refused as error:
            return 200, error.reply

    def asked(self, path: str) -> int:
        """How many requests came to an address."""
        return sum(request.path == path for request in self.requests)

    def _act(self, request: Request) -> dict[str, Any]:
        if request.path.endswith("/result"):
            self.account.session_of(request.token)
            return next(query for query in self.queries if query.id in request.path).reply(self.patience)
        act = self._acts[request.path]
        return {"code": None, "message": None, "success": True, **act(request)}

    def _login(self, request: Request) -> dict[str, Any]:
        data, query = request.body["data"], request.query
        self.account.check_user(data)
        wanted = stored(query.get("schemaName", ""))
        if stored(query["databaseName"]) != self.warehouse.name:
            raise Refused("390201", "The requested database does not exist or not authorized.")
        if wanted and wanted not in self.warehouse.schemas:
            raise Refused("390201", "The requested schema does not exist or not authorized.")
        session = Session(
            database=self.warehouse.name,
            schema=wanted or "PUBLIC",
            role=self.account.choose_role(query.get("roleName", "")),
            warehouse=self.account.choose_warehouse(query.get("warehouse", "")),
            parameters=dict(data["SESSION_PARAMETERS"]),
        )
        self.account.sessions.append(session)
        # Telemetry is on unless the session switches it off, as with Snowflake.
        told = {"CLIENT_TELEMETRY_ENABLED": "true", **session.parameters}
        return {
            "data": {
                "token": session.token, "validityInSeconds": 3600,
                "masterToken": session.master, "masterValidityInSeconds": 14400,
                "displayUserName": self.account.user, "serverVersion": "9.30.0", "firstLogin": False,
                "healthCheckInterval": 45, "sessionId": 1000 + len(self.account.sessions),
                "parameters": [{"name": name, "value": _typed(value)} for name, value in told.items()],
                "sessionInfo": {
                    "databaseName": session.database, "schemaName": session.schema,
                    "warehouseName": session.warehouse or None, "roleName": session.role,
                },
            }
        }  # fmt: skip

    def _renew(self, request: Request) -> dict[str, Any]:
        session = self.account.renew(request.token)
        return {
            "data": {
                "sessionToken": session.token, "validityInSecondsST": 3600, "masterToken": session.master,
                "validityInSecondsMT": 14400, "sessionId": 1000,
            }
        }  # fmt: skip

    def _end(self, request: Request) -> dict[str, Any]:
        self.account.sessions.remove(self.account.session_of(request.token))
        return {"data": None}

    def _query(self, request: Request) -> dict[str, Any]:
        session = self.account.session_of(request.token)
        reason = self.account.warehouses.get(session.warehouse)
        if reason is None:
            raise Refused("000606", "No active warehouse selected in the current session.  Select an active warehouse "
                          "with the 'use warehouse' command.", "57P03")  # fmt: skip
        if reason:
            raise Refused("090073", reason, "22000")
        query = Query(self.warehouse, session, request.body["sqlText"], request.body.get("parameters", {}))
        self.queries.append(query)
        self._by_request[request.query["requestId"]] = query
        return query.reply(self.patience)

    def _abort(self, request: Request) -> dict[str, Any]:
        if query := self._by_request.get(request.body["requestId"]):
            query.cancel()
        return {"data": None}


def _typed(value: Any) -> Any:
    """A session parameter as Snowflake tells it back."""
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


def _handler(server: SnowflakeServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            token = self.headers.get("Authorization", "").partition('Token="')[2].rstrip('"')
            split = urlsplit(self.path)
            # Telemetry is compressed; nobody reads it here.
            body = json.loads(raw) if raw and split.path != TELEMETRY else {}
            status, reply = server.answer(Request(split.path, dict(parse_qsl(split.query)), token, body))
            content = b"<html></html>" if reply is None else json.dumps(reply).encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/html" if reply is None else "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST  # noqa: N815 (the parent's name)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the parent's name)
            """Tests need no access log."""

    return Handler
