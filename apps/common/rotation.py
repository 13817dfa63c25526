"""Moving every sealed secret to the first of the encryption keys, so that an old key can be thrown away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.apps import apps
from django.db.models import Model

from apps.common.fields import Sealed, SealedField, SecretsUnreadable
from apps.common.records import record


class Stored(NamedTuple):
    """A sealed value where it lies."""

    model: type[Model]
    field: str
    pk: Any
    sealed: Sealed

    def __str__(self) -> str:
        return f"{self.model._meta.verbose_name} {self.pk}"


@record
class Rotation:
    """How many secrets were sealed anew, how many had the first key already, and the rows that no key opens."""

    moved: int
    current: int
    unreadable: tuple[str, ...]


def stored_secrets() -> Iterator[Stored]:
    """Every sealed value that is not empty, of every model."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, SealedField):
                rows = model._default_manager.exclude(**{field.attname: ""}).order_by("pk")
                for pk, sealed in rows.values_list("pk", field.attname):
                    yield Stored(model, field.attname, pk, sealed)


def unreadable_secrets() -> list[str]:
    """The rows whose secrets no configured key opens, such as `connection 7`."""
    return [str(stored) for stored in stored_secrets() if not _opens(stored.sealed)]


def rotate() -> Rotation:
    """Seal every secret with the first key. Doing it again changes nothing; rows that no key opens are left alone."""
    moved, current, unreadable = 0, 0, []
    for stored in stored_secrets():
        if not _opens(stored.sealed):
            unreadable.append(str(stored))
        elif stored.sealed.is_current():
            current += 1
        else:
            # Only if it still holds what was read: somebody may have saved new secrets meanwhile.
            rows = stored.model._default_manager.filter(**{"pk": stored.pk, stored.field: stored.sealed})
            moved += rows.update(**{stored.field: stored.sealed.rotated()})
    return Rotation(moved, current, tuple(unreadable))


def _opens(sealed: Sealed) -> bool:
    try:
        sealed.open()
    except SecretsUnreadable:
        return False
    return True
