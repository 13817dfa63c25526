"""Facts as a model is given them, for the tests of the guard."""

from __future__ import annotations

from typing import Any

DROP: dict[str, Any] = {
    "what happened": "main.orders received 65 % fewer rows than expected. It received 350 rows on 20 Nov 2026 "
    "(Europe/Berlin); 1,000 were expected (65 % below the same weekday of the last 4 weeks).",
    "state": "It has been open since 21 Nov 2026, 06:10 (Europe/Berlin). Nobody has acknowledged it yet.",
    "Rule": "Orders volume",
    "Connection": "shop",
    "Limits": "at least 700 rows are needed",
    "Severity": "High",
    "names": ["main.orders", "shop", "Orders volume"],
}
STALE: dict[str, Any] = {
    "what happened": "main.orders has not changed for 2 h 10 min. Its last change was on 21 Nov 2026, 06:10 "
    "(Europe/Berlin). The limit is 70 min.",
    "Unchanged for": "2 h 10 min",
    "Limit": "70 min",
    "Severity": "High",
    "names": ["main.orders"],
}
CHANGES: dict[str, Any] = {
    "summary": "From 14 Nov 2026, 06:00 (UTC) to 21 Nov 2026, 06:00 (UTC): 2 changes were made.",
    "entries": [
        {
            "id": "#12",
            "when": "20 Nov 2026, 10:05 (UTC)",
            "what": "A member of the team lowered the drop limit of Orders volume from 30 % to 20 %.",
        },
        {"id": "#13", "when": "20 Nov 2026, 11:00 (UTC)", "what": "A member of the team paused Payments freshness."},
    ],
    "names": ["Orders volume", "Payments freshness"],
}
