"""What may stand behind the `?` of an address. A parameter that is not known is refused: a filter that has no effect
because of a slip of the pen would answer with all there is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from types import MethodType
from typing import Any

from django.http import HttpRequest
from ninja.operation import Operation
from ninja.params.models import QueryModel

from apps.common.errors import InvalidInput, near


def only_known(run: MethodType) -> MethodType:
    """Decorate the operations of a router: once the caller is known, the address is looked at, and then the view
    runs."""
    operation: Operation = run.__self__  # type: ignore[assignment]
    view: Callable[..., Any] = operation.view_func
    queries = [model for model in operation.models if issubclass(model, QueryModel)]
    known = sorted(name for query in queries for name in query.__ninja_flatten_map__)

    @wraps(view)
    def checked(request: HttpRequest, **values: Any) -> Any:
        for name in request.GET:
            if name not in known:
                raise InvalidInput(_refusal(name, known), field=name)
        return view(request, **values)

    operation.view_func = checked
    return run


def _refusal(name: str, known: Sequence[str]) -> str:
    if not known:
        return f"There is no parameter {name!r} here. This address takes none."
    hint = near(name, known) or f"Those of this address are {', '.join(known)}."
    return f"There is no parameter {name!r} here. {hint}"
