"""What must hold in the end, whatever happened: nothing missing, nothing doubled where the receiver can tell, and a
timeline that says what really came to pass."""

from __future__ import annotations

from tests.chaos.house import House

DELIVERIES = """
SELECT d.key, d.kind, d.status, d.incident_id, c.type
FROM alerts_delivery d JOIN alerts_channel c ON c.id = d.channel_id JOIN teams_team t ON t.id = c.team_id
WHERE d.incident_id IS NOT NULL AND t.name = 'data-ops'
"""
LINES = "SELECT incident_id, kind, count(*) FROM alerts_timelineentry GROUP BY 1, 2"


def check_truth(house: House) -> None:
    """AssertionError where the listeners, the outbox and the timeline do not tell the same story."""
    posts, mails = house.posts(), house.mails()
    lines = {(incident, kind): number for incident, kind, number in house.rows(LINES)}
    rows = house.rows(DELIVERIES)
    sent: dict[int, int] = {}
    for key, kind, status, incident, channel_type in rows:
        arrived = posts[key] if channel_type == "webhook" else mails[key]
        assert status in ("sent", "superseded", "dead"), f"{key} is {status}"
        assert status != "sent" or arrived >= 1, f"{key} is said to be sent, and never arrived"
        assert arrived <= 1 or lines.get((incident, "unconfirmed")), f"{key} came {arrived} times, unexplained"
        assert status == "sent" or kind in ("changed", "reminder") or lines.get((incident, "suppressed")) or lines.get(
            (incident, "fallback")
        ), f"{key} is {status}, unexplained"  # fmt: skip
        sent[incident] = sent.get(incident, 0) + (status == "sent")
    for incident, number in sent.items():
        assert lines.get((incident, "sent"), 0) == number, "the timeline has another number of sent messages"
        assert lines.get((incident, "detected"), 0) == 1
    known = {key for key, *_ in rows}
    assert set(posts) <= known, "a message arrived that nobody wrote"


def check_story(house: House, *, opened: int = 1, resolved: int = 1) -> None:
    """One trouble began and ended: each channel heard once of each, by a key of its own."""
    for kind, number in (("opened", opened), ("resolved", resolved)):
        assert len(house.posts(kind)) == number, f"{len(house.posts(kind))} keys of {kind}"
    assert len(house.mails()) == opened + resolved
    check_truth(house)
