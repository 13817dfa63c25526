"""Whether a caller wants a list as a CSV file, by `format=csv` or by the header `Accept`."""

from __future__ import annotations

from typing import Literal

from django.http import HttpRequest

from apps.common.errors import InvalidInput

Format = Literal["json", "csv"]


def wants_file(request: HttpRequest, chosen: Format | None) -> bool:
    """`format` wins over the header. A file holds all there is: whoever asks for a page of it is told. Raises
    InvalidInput."""
    wanted = chosen == "csv" or (chosen is None and request.get_preferred_type(_TYPES) == "text/csv")
    if wanted and (paged := next((name for name in ("limit", "after") if name in request.GET), "")):
        raise InvalidInput(f"A CSV file holds all that fits; leave {paged} out.", field=paged)
    return wanted


_TYPES = ["application/json", "text/csv"]
