"""CSV as spreadsheets read it rightly: streamed line by line, times with their zone, and no cell that computes."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import StreamingHttpResponse

CONTENT_TYPE = "text/csv; charset=utf-8"
# A spreadsheet takes a text that begins so for a formula, and runs it on the machine of whoever opens the file.
COMPUTES = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class _Line:
    """What the writer of the standard library writes to: it hands the text back."""

    def write(self, text: str) -> str:
        return text


def cell(value: Any, zone: ZoneInfo) -> Any:
    """A value as it stands in the file. Times get the offset of `zone`; a text that a spreadsheet would compute gets an
    apostrophe before it, which spreadsheets take for "this is text"."""
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat(timespec="seconds")
    if isinstance(value, str) and value.lstrip(" ").startswith(COMPUTES):
        return f"'{value}"
    return value


def lines(head: Sequence[str], rows: Iterable[Sequence[Any]], zone: ZoneInfo) -> Iterator[str]:
    """The lines of the file, the head first. Nothing is read before it is asked for."""
    writer = csv.writer(_Line())
    yield writer.writerow(head)
    for row in rows:
        yield writer.writerow([cell(value, zone) for value in row])


def download(name: str, head: Sequence[str], rows: Iterable[Sequence[Any]], zone: ZoneInfo) -> StreamingHttpResponse:
    """An answer that is saved under `name`, sent while it is read."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"', "Cache-Control": "no-store"}
    return StreamingHttpResponse(lines(head, rows, zone), content_type=CONTENT_TYPE, headers=headers)
