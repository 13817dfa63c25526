"""What a person can do from within a message, without opening Midwatch."""

from __future__ import annotations

from enum import StrEnum


class Answer(StrEnum):
    """One tap on a message about an incident."""

    ACKNOWLEDGE = "acknowledge"
    SNOOZE = "snooze"
    NOT_A_PROBLEM = "not_a_problem"

    @property
    def label(self) -> str:
        """What stands on the button."""
        return LABELS[self]

    @property
    def explanation(self) -> str:
        """What the tap brings about, as a sentence for the page that asks for it."""
        return EXPLANATIONS[self]


LABELS = {
    Answer.ACKNOWLEDGE: "Acknowledge",
    Answer.SNOOZE: "Snooze until the next working morning",
    Answer.NOT_A_PROBLEM: "Not a problem",
}
EXPLANATIONS = {
    Answer.ACKNOWLEDGE: "Everybody sees that you take care of it. Reminders and escalation stop.",
    Answer.SNOOZE: "Nobody is told more about it until then. Checks go on.",
    Answer.NOT_A_PROBLEM: "The incident is closed as a false alarm. If the next check finds it again, it opens again.",
}
