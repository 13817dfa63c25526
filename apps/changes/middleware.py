"""Notes whoever takes data out as a file, wherever the file is made."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from apps.changes.services import exported
from apps.common.clock import utc_now

FILE_NAME = re.compile(r'filename="?([^";]+)')


class ExportAuditMiddleware:
    """Every answer that a browser stores as a file is an entry of the audit: a new export cannot be forgotten."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        disposition = str(response.headers.get("Content-Disposition", ""))
        if response.status_code == 200 and disposition.startswith("attachment"):
            name = FILE_NAME.search(disposition)
            exported(request=request, what=f"the file {name[1] if name else request.path}", now=utc_now())
        return response
