"""What the API says of itself, held against it: requests made up from its OpenAPI break nothing down."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import not_a_server_error
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


@pytest.mark.django_db
def test_no_request_that_the_schema_allows_breaks_the_api(world: World, settings: Any) -> None:
    settings.MIDWATCH_API_RATE = 1_000_000
    headers = program(world.team, Role.ADMINISTRATOR).headers
    schema = schemathesis.openapi.from_dict(api.get_openapi_schema())
    schema.app = WSGIHandler()
    asked = set()
    for found in schema.get_all_operations():
        operation = found.ok()
        asked.add(f"{operation.method.upper()} {operation.path.removeprefix('/api/v1')}")
        _try(operation, headers)
    assert asked == routes.operations()


def _try(operation: Any, headers: dict[str, str]) -> None:
    @seed(20_261_121)
    @_bounded
    @given(case=operation.as_strategy())
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
