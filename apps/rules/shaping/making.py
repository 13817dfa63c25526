"""A rule's kind, made from its stored settings, with what its settings put around it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apps.common.plugins import check_settings
from apps.rules.kinds import KINDS
from apps.rules.kinds.contract import Kind
from apps.rules.kinds.settings import QUIET_ENOUGH, NoiseSettings
from apps.rules.kinds.wants import EVERYTHING
from apps.rules.shaping.noise import Quieted
from apps.rules.shaping.scope import Scoped


def make_kind(key: str, values: Mapping[str, Any]) -> Kind:
    """Raises InvalidInput where `values` make no sense. How sure a rule must be is meant for each value apart."""
    driver = KINDS[key]
    settings = check_settings(driver.Settings, values)
    kind = driver(settings)
    if not isinstance(settings, NoiseSettings):
        return kind
    if settings.noise != QUIET_ENOUGH:
        kind = Quieted(kind)
    return kind if settings.scope == EVERYTHING else Scoped(kind)
