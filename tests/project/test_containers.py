"""The container files cannot be run by the tests; that they parse, and name what exists, can be tested."""

from typing import Any

import pytest
import yaml
from django.core.management import get_commands

from tests.project.files import ROOT

SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]


def test_the_whole_product_is_there() -> None:
    assert set(SERVICES) == {"postgres", "redis", "migrate", "web", "worker", "beat", "dispatcher"}


@pytest.mark.parametrize(
    "name", [name for name, service in SERVICES.items() if "manage.py" in service.get("command", [])]
)
def test_services_run_commands_that_exist(name: str) -> None:
    command = SERVICES[name]["command"]
    assert command[command.index("manage.py") + 1] in get_commands()


def test_services_wait_for_services_that_exist() -> None:
    waited_for = {other for service in SERVICES.values() for other in service.get("depends_on", {})}
    assert waited_for <= set(SERVICES)


def test_the_image_installs_the_runtime_lock_and_does_not_run_as_root() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert "RUN pip install --no-cache-dir --require-hashes -r requirements.lock" in lines
    assert "USER midwatch" in lines


def test_the_workflow_calls_the_same_script_as_people() -> None:
    job = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())["jobs"]["check"]
    assert [step for step in job["steps"] if "run" in step] == [{"run": ".ci/run", "env": {"PICTURES": "1"}}]
    assert job["steps"][-1]["with"]["path"] == "test-results/"  # where the browser's pictures of pages are
