"""What the API says of itself, held against it: requests made up from its OpenAPI break nothing down."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from apps.api.rest.root import api
from apps.teams.models import Role
from tests.api.rest import program
from tests.pages import routes
from tests.pages.conftest import World

EXAMPLES = 5
CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance]
# Said for all operations in docs/api.md, and not again for each of them.
EVERYWHERE = {400, 401, 403, 404, 409, 413, 422, 429}


@pytest.fixture
def one_connection() -> Iterator[None]:
    """Requests go on in the transaction of the test, as those of Django's own client do."""
    for each in (request_started, request_finished):
        each.disconnect(close_old_connections)
    yield
    for each in (request_started, request_finished):
        each.connect(close_old_connections)


@pytest.mark.django_db
@pytest.mark.usefixtures("one_connection")
def test_no_request_that_the_schema_allows_breaks_the_api(world: World, values: dict[str, Any], settings: Any) -> None:
    settings.MIDWATCH_API_RATE = 1_000_000
    headers = program(world.team, Role.ADMINISTRATOR).headers
    schema = schemathesis.openapi.from_dict(api.get_openapi_schema())
    schema.app = WSGIHandler()
    asked = set()
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        asked.add(f"{operation.method.upper()} {operation.path.removeprefix('/api/v1')}")
        of = operation.path.split("/")[3]
        real = {"pk": values["api"].get(of, 1), "feedback_id": values["feedback_id"], "act": "note"}
        _try(operation, headers, {name: value for name, value in real.items() if f"{{{name}}}" in operation.path})
    assert asked == routes.operations()


def _try(operation: Any, headers: dict[str, str], real: dict[str, Any]) -> None:
    """Ask with addresses of objects that there are (`real`), and with any others."""

    @seed(20_261_121)
    @_bounded
    @given(case=operation.as_strategy(path_parameters=real) | operation.as_strategy())
    def ask(case: Any) -> None:
        with transaction.atomic():
            answer = case.call(headers=headers)
            transaction.set_rollback(True)
        if answer.status_code not in EVERYWHERE:
            case.validate_response(answer, checks=[*CHECKS, status_code_conformance])

    ask()


_bounded = settings(
    max_examples=EXAMPLES, database=None, deadline=None, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
