"""The documentation names everything that can be set, run or chosen, and its links lead somewhere."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from django.core.management import get_commands

from apps.alerts.channels import CHANNELS
from apps.common.plugins import Registry
from apps.connections.engines import ENGINES
from apps.rules.kinds import KINDS
from apps.rules.kinds.settings import RowSettings, shared_names
from config.env import VARIABLES
from tests.project.files import ROOT, project_files, text_of

DOCS = Path("docs")
PAGES = [path for path in project_files() if path.suffix == ".md"]
LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)")


def without_code(text: str) -> str:
    return re.sub(r"```.*?```", "", text, flags=re.DOTALL)


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", without_code(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def sections(page: str) -> Mapping[str, str]:
    """The sections of a page, by the word in backticks in their second-level heading."""
    parts = re.split(r"^## .*?`(\w+)`.*$", text_of(DOCS / page), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_the_table_of_settings_names_every_variable_and_no_other() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)`", text_of(DOCS / "settings.md"), re.MULTILINE)
    assert tuple(rows) == VARIABLES


def test_every_command_has_a_section() -> None:
    own = {name for name, app in get_commands().items() if app.startswith("apps.")}
    assert own == set(sections("command-line.md"))


@pytest.mark.parametrize(
    ("document", "registry"),
    [("engines.md", ENGINES), ("kinds.md", KINDS), ("channels.md", CHANNELS)],
    ids=["engines", "kinds", "channels"],
)
def test_every_driver_has_a_section_with_all_its_settings(document: str, registry: Registry) -> None:  # type: ignore[type-arg]
    written = sections(document)
    assert set(registry) == set(written)
    missing = {
        f"{key}.{field}"
        for key in registry
        for field in registry[key].Settings.model_fields
        if field not in shared_names(registry[key].Settings) and f"`{field}`" not in written[key]
    }
    assert missing == set()


def test_the_settings_that_all_kinds_share_are_described_once() -> None:
    text = text_of(DOCS / "kinds.md").partition("## Which rows, and how sure")[2].partition("\n## ")[0]
    assert {field for field in RowSettings.model_fields if f"`{field}`" not in text} == set()


def test_the_index_leads_to_every_page() -> None:
    linked = set(LINK.findall(text_of(DOCS / "index.md")))
    assert {path.name for path in PAGES if path.parent == DOCS} - {"index.md"} <= linked


@pytest.mark.parametrize("document", PAGES, ids=str)
def test_every_link_inside_the_project_leads_somewhere(document: Path) -> None:
    for target in LINK.findall(without_code(text_of(document))):
        if "://" in target or target.startswith("mailto:"):
            continue
        name, _, anchor = target.partition("#")
        file = (ROOT / document).parent / name if name else ROOT / document
        assert file.exists(), f"{document} links to {target}"
        assert not anchor or anchor in anchors(file.read_text()), f"{document} links to {target}"


def test_the_change_log_has_a_place_for_what_comes_next() -> None:
    assert "## Unreleased" in text_of(Path("CHANGELOG.md"))
